import JSON

/// What a source that is not Feast's own says of itself: bytes, in which those of Feast's contributors put JSON
/// (`CustomSourceOptions.configuration`, of Iceberg catalogs, PostgreSQL, ClickHouse, Oracle, Ray and others).
struct FeastConfiguration {
  /// Warehouse, namespace and table of a catalog, or whatever the source calls its table.
  let table: String?
  let query: String?
  let path: String?

  /// - Parameter text: base64, as protobuf's JSON writes bytes.
  /// - Returns: `nil` for what is no JSON object: only its own source can read it.
  init?(base64 text: String) {
    guard let bytes = Self.decoded(text), let object = try? JSONDocument(parsing: bytes).root.object() else { return nil }
    func member(_ name: StaticString) -> String? {
      guard let text = try? object.optional(name)?.string(), !text.isEmpty else { return nil }
      return text
    }
    let name = member("table") ?? member("table_ref")
    table = name.map { [member("warehouse"), member("namespace"), $0].compactMap { $0 }.joined(separator: ".") }
    query = member("query")
    path = member("path")
  }

  /// Of either alphabet, padded or not: readers of protobuf's JSON take both.
  private static func decoded(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for letter in text.utf8 where letter != UInt8(ascii: "=") {
      guard let value = value(of: letter) else { return nil }
      bits = bits << 6 | UInt32(value)
      count += 6
      guard count >= 8 else { continue }
      count -= 8
      bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
    }
    return bytes
  }

  private static func value(of letter: UInt8) -> UInt8? {
    switch letter {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): letter - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): letter - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): letter - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
    case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
    default: nil
    }
  }
}
