import SeededRandom
import Testing
import TransparencyLog

@testable import moraine

/// What a server answers for events of the log is read or refused.
@Suite struct LogPageTests {
  private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }

  private static let id: [UInt8] = [1, 0x9A, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 1]
  private static let name = "019a0000-0000-7000-8000-000000000001"

  private static func record(
    _ place: UInt64, _ text: String, time: Int64 = 5, leaf: [UInt8]? = nil, id: [UInt8] = id, tree: [UInt8]? = nil
  ) -> [UInt8] {
    let text = Array(text.utf8)
    let row = bytes(time) + (leaf ?? LeafHash.of(text)) + bytes(UInt32(text.count)) + text
    return bytes(place) + id + [tree == nil ? 2 : 3] + (tree ?? []) + row
  }

  @Test func eventsAreHeldAgainstTheirColumns() throws {
    let text = "{\"id\":\"\(Self.name)\",\"time-us\":\"5\"}"
    let hash = LeafHash.of(Array(text.utf8))
    let other = [UInt8](repeating: 7, count: 32)
    let page =
      Self.record(3, text, tree: other) + Self.record(4, text, time: 6) + Self.record(5, text, leaf: other)
      + Self.record(6, text, id: Array(repeating: 2, count: 16)) + Self.record(7, "no JSON")
      + Self.bytes(UInt64(8)) + [UInt8](repeating: 0, count: 16) + [1] + other
    let events = try LogPage.events(page)
    #expect(events.map(\.place) == [3, 4, 5, 6, 7, 8])
    #expect(events[0].idText == Self.name && events[0].rowHash == hash && events[0].treeHash == other)
    #expect(events[0].contradictions.isEmpty)
    #expect(events[1].contradictions == ["the column occurred_at is not the time of its text"])
    #expect(events[2].contradictions == ["the column leaf_hash is not the hash of its text"])
    #expect(events[2].rowHash == hash)
    #expect(events[3].contradictions == ["its text has the id \(Self.name)"])
    #expect(events[4].contradictions.count == 2)
    #expect(events[5].idText.isEmpty && events[5].rowHash == nil && events[5].treeHash == other)
    #expect(throws: LogPage.Malformed.self) { try LogPage.events(Self.record(4, text) + Self.record(4, text)) }
  }

  @Test func anythingIsReadOrRefused() {
    var generator = SeededGenerator(seed: 2)
    let page = Self.record(1, "{}") + Self.record(2, "{}", tree: Array(repeating: 1, count: 32))
    for length in 1..<page.count where length != Self.record(1, "{}").count {
      #expect(throws: LogPage.Malformed.self) { try LogPage.events(Array(page.prefix(length))) }
    }
    for _ in 0..<5_000 {
      var bytes = page
      for _ in 0...3 { bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator) }
      _ = try? LogPage.events(bytes)
    }
  }
}
