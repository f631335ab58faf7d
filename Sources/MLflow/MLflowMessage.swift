import JSON

/// An object of an answer: protobuf's JSON with the names of the `.proto` files.
///
/// Numbers of 64 bits are numbers in MLflow's own JSON and texts in protobuf's. An empty text is what protobuf says for none.
struct MLflowMessage {
  private let object: JSONObject

  init(_ value: JSONValue) throws(JSONError) { object = try value.object() }

  /// `nil` when it is absent, null or empty. U+0000, which Postgres cannot store, is replaced.
  func text(_ key: StaticString) throws(JSONError) -> String? {
    guard let value = object.optional(key) else { return nil }
    let text = Self.storable(try value.string())
    return text.isEmpty ? nil : text
  }

  private static func storable(_ text: String) -> String {
    text.utf8.contains(0) ? String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 })) : text
  }

  func name(_ key: StaticString) throws(JSONError) -> String {
    guard let text = try text(key) else { throw object.value.invalid("Missing required field \"\(key)\"") }
    return text
  }

  func int64(_ key: StaticString) throws(JSONError) -> Int64? {
    guard let value = object.optional(key) else { return nil }
    guard value.kind == .string else { return try value.int64() }
    guard let number = Int64(try value.string()) else { throw value.invalid("Expected a whole number") }
    return number
  }

  /// Protobuf writes `"NaN"`, `"Infinity"` and `"-Infinity"` as texts.
  func double(_ key: StaticString) throws(JSONError) -> Double? {
    guard let value = object.optional(key) else { return nil }
    guard value.kind == .string else { return try value.double() }
    switch try value.string() {
    case "NaN": return .nan
    case "Infinity": return .infinity
    case "-Infinity": return -.infinity
    case let text:
      guard let number = Double(text) else { throw value.invalid("Expected a number") }
      return number
    }
  }

  func bool(_ key: StaticString) throws(JSONError) -> Bool? { try object.optional(key).map { value throws(JSONError) in try value.bool() } }

  func value(_ key: StaticString) -> JSONValue? { object.optional(key) }

  func message(_ key: StaticString) throws(JSONError) -> MLflowMessage? {
    try object.optional(key).map { value throws(JSONError) in try MLflowMessage(value) }
  }

  func required(_ key: StaticString) throws(JSONError) -> MLflowMessage { try MLflowMessage(try object.required(key)) }

  /// None when it is absent: protobuf leaves empty lists out.
  func list<T>(_ key: StaticString, _ decode: (MLflowMessage) throws(JSONError) -> T) throws(JSONError) -> [T] {
    guard let value = object.optional(key) else { return [] }
    return try value.array().decode { element throws(JSONError) in try decode(try MLflowMessage(element)) }
  }

  func texts(_ key: StaticString) throws(JSONError) -> [String] {
    guard let value = object.optional(key) else { return [] }
    return try value.array().decode { element throws(JSONError) in Self.storable(try element.string()) }
  }

  /// Objects with a key and a value, as tags and parameters are. Of two with the same key the last holds.
  func pairs(_ key: StaticString, named name: StaticString = "key", _ second: StaticString = "value") throws(JSONError) -> [String: String]
  {
    var result: [String: String] = [:]
    for (key, value) in try list(key, { pair throws(JSONError) in (try pair.name(name), try pair.text(second) ?? "") }) {
      result[key] = value
    }
    return result
  }
}
