import JSON
import TransparencyLog

/// An event as the server sent it, with all that can be said of it alone.
struct CheckedEvent: Sendable {
  let place: UInt64
  /// The 16 bytes of its id, as the place names it; zeros when nothing has the place.
  let id: ArraySlice<UInt8>
  /// Of the text; `nil` when there is none.
  let rowHash: [UInt8]?
  /// `nil` where the tree has none.
  let treeHash: [UInt8]?
  /// What of the row is not as the text says.
  let contradictions: [String]

  /// Empty when nothing has the place.
  var idText: String {
    guard id.contains(where: { $0 != 0 }) else { return "" }
    let digits = id.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    var text = ""
    for (index, digit) in digits.enumerated() {
      if [8, 12, 16, 20].contains(index) { text += "-" }
      text.append(digit)
    }
    return text
  }
}

/// Reads what `/governance/v1/log/entries` answers.
enum LogPage {
  struct Malformed: Error {}

  /// - Returns: events by growing place, one at most for each.
  static func events(_ bytes: [UInt8]) throws(Malformed) -> [CheckedEvent] {
    var reader = Reader(rest: bytes[...])
    var events: [CheckedEvent] = []
    while !reader.rest.isEmpty {
      let place = try reader.number(8)
      guard events.last.map({ $0.place < place }) ?? true, place <= UInt64(Int64.max) else { throw Malformed() }
      let id = try reader.take(16)
      let parts = try reader.number(1)
      let treeHash = parts & 1 == 0 ? nil : Array(try reader.take(32))
      guard parts & 2 != 0 else {
        events.append(CheckedEvent(place: place, id: id, rowHash: nil, treeHash: treeHash, contradictions: []))
        continue
      }
      let time = Int64(bitPattern: try reader.number(8))
      let column = try reader.take(32)
      let text = Array(try reader.take(Int(try reader.number(4))))
      let hash = LeafHash.of(text)
      var contradictions: [String] = []
      if !column.elementsEqual(hash) { contradictions.append("the column leaf_hash is not the hash of its text") }
      let event = CheckedEvent(place: place, id: id, rowHash: hash, treeHash: treeHash, contradictions: [])
      let said = said(text)
      if said.id != event.idText { contradictions.append("its text has the id \(said.id ?? "of none")") }
      if said.time != String(time) { contradictions.append("the column occurred_at is not the time of its text") }
      events.append(
        contradictions.isEmpty
          ? event : CheckedEvent(place: place, id: id, rowHash: hash, treeHash: treeHash, contradictions: contradictions))
    }
    return events
  }

  /// Id and microseconds since 1970, as the event itself says.
  private static func said(_ text: [UInt8]) -> (id: String?, time: String?) {
    guard let object = try? JSONDocument(parsing: text).root.object() else { return (nil, nil) }
    return (try? object.required("id").string(), try? object.required("time-us").string())
  }

  private struct Reader {
    var rest: ArraySlice<UInt8>

    mutating func take(_ count: Int) throws(Malformed) -> ArraySlice<UInt8> {
      guard count <= rest.count else { throw Malformed() }
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count)
    }

    mutating func number(_ count: Int) throws(Malformed) -> UInt64 { try take(count).reduce(0) { $0 << 8 | UInt64($1) } }
  }
}
