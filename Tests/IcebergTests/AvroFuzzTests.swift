import SeededRandom
import Testing

@testable import Iceberg

/// Damaged files are refused or read: they never trap, and never give more records than their bytes can hold.
@Suite struct AvroFuzzTests {
  private static let limits = AvroLimits(maximumBlockSizeBytes: 1 << 20, maximumHeaderSizeBytes: 1 << 16)

  private static func read(_ bytes: [UInt8], isList: Bool) -> Int {
    var count = 0
    do {
      if isList {
        var reader = try ManifestListReader(bytes, limits: limits)
        while try reader.next() != nil { count += 1 }
      } else {
        var reader = try ManifestReader(bytes, inheriting: nil, limits: limits)
        while try reader.next() != nil { count += 1 }
      }
    } catch {
      // Refused with a message, whatever it is.
      #expect(!error.description.isEmpty)
    }
    return count
  }

  private static let files = AvroFixture.lists.map { ($0, true) } + AvroFixture.manifests.map { ($0, false) }

  @Test(arguments: files)
  func everyByteChanged(name: String, isList: Bool) throws {
    let original = try AvroFixture.bytes(name)
    var bytes = original
    for index in bytes.indices {
      let changes: [UInt8] = [0x01, 0x80, 0xFF, 0x10]
      bytes[index] ^= changes[index % 4]
      #expect(Self.read(bytes, isList: isList) <= 1 << 20)
      bytes[index] = original[index]
    }
  }

  @Test(arguments: files)
  func truncations(name: String, isList: Bool) throws {
    let bytes = try AvroFixture.bytes(name)
    let whole = Self.read(bytes, isList: isList)
    for length in stride(from: 0, to: bytes.count, by: 7) {
      #expect(Self.read(Array(bytes[..<length]), isList: isList) <= whole)
    }
  }

  @Test(arguments: files)
  func manyChanges(name: String, isList: Bool) throws {
    let original = try AvroFixture.bytes(name)
    var generator = SeededGenerator(seed: 20_261_121)
    let edges: [[UInt8]] = [
      [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], [0x01],
      [0xFE, 0xFF, 0xFF, 0xFF, 0x0F], [0xFF, 0xFF, 0xFF, 0xFF, 0x0F], [],
    ]
    for _ in 0..<250 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let start = Int.random(in: 0..<bytes.count, using: &generator)
        let end = min(bytes.count, start + Int.random(in: 0...10, using: &generator))
        bytes.replaceSubrange(start..<end, with: edges.randomElement(using: &generator) ?? [])
        if bytes.isEmpty { break }
      }
      #expect(Self.read(bytes, isList: isList) <= 1 << 20)
    }
  }
}
