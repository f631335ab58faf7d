import SeededRandom
import Testing

@testable import TableFormats

/// Damaged logs of Delta and Hudi are refused or read, and never trap.
@Suite struct LogFuzzTests {
  private static func damaged(_ original: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = original
    let edges = ["", "\"", "{", "}", "[", "null", "-1", "9223372036854775807", "%", "\\u0000", "\u{0}", "\n", ":"]
    for _ in 0..<Int.random(in: 1...3, using: &generator) where !bytes.isEmpty {
      let start = Int.random(in: 0..<bytes.count, using: &generator)
      let end = min(bytes.count, start + Int.random(in: 0...20, using: &generator))
      bytes.replaceSubrange(start..<end, with: Array((edges.randomElement(using: &generator) ?? "").utf8))
    }
    return bytes
  }

  @Test(arguments: ["three", "busy", "busy-gzip", "busy-sidecars"]) func delta(_ name: String) throws {
    let folder = "delta/\(name)/_delta_log"
    let log = DeltaLog(listing: try FormatFixture.names(in: folder))
    var generator = SeededGenerator(seed: 1)
    var refused = 0
    for round in 0..<60 {
      do {
        var reading = try DeltaReading(log)
        let count = reading.upcoming.count
        let victim = round % count
        var position = 0
        while let file = reading.next {
          var bytes = try FormatFixture.bytesIfThere("\(folder)/\(file)") ?? []
          if position == victim { bytes = Self.damaged(bytes, &generator) }
          try reading.read(bytes)
          position += 1
        }
        let table = try reading.table()
        #expect(table.fileCount <= 1_000)
      } catch {
        #expect(error is TableFormatError, "\(error)")
        refused += 1
      }
    }
    #expect(refused > 5)
  }

  @Test(arguments: [
    "v6/.hoodie/20260102030500123.commit", "v8/.hoodie/timeline/20260102030400000_20260102030600000.deltacommit",
    "v8/.hoodie/timeline/20260102030500123_20260102030501000.deltacommit",
  ])
  func hudi(_ name: String) throws {
    let original = try FormatFixture.bytes("hudi/\(name)")
    var generator = SeededGenerator(seed: 2)
    for _ in 0..<1_000 {
      do {
        let commit = try HudiCommit(Self.damaged(original, &generator))
        if let text = commit.schemaText { _ = try AvroColumns.columns(text) }
      } catch {
        #expect(!error.description.isEmpty)
      }
    }
  }

  @Test func properties() throws {
    let original = try FormatFixture.bytes("hudi/v8/.hoodie/hoodie.properties")
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<500 {
      do {
        let properties = try HudiProperties(Self.damaged(original, &generator))
        _ = try HudiReading(properties, HudiTimeline(listing: [])).table()
        _ = properties.partitionFields + properties.orderingFields + [properties.timelineFolder]
      } catch {
        #expect(!error.description.isEmpty)
      }
    }
  }
}
