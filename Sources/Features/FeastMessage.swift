import JSON

/// A protobuf message of Feast's as JSON. Members may have the names of JSON or those of the .proto files; those with default values are
/// left out.
struct FeastMessage {
  private let object: JSONObject

  init(_ json: JSONValue) throws(JSONError) { object = try json.object() }

  /// The member under the first of the names that is there; `nil` when it is absent or null.
  func member(_ names: StaticString...) -> JSONValue? { member(names) }

  private func member(_ names: [StaticString]) -> JSONValue? {
    for name in names { if let value = object.optional(name) { return value } }
    return nil
  }

  /// The message's `spec`.
  func specification() throws(JSONError) -> FeastMessage { try FeastMessage(object.required("spec")) }

  func message(_ names: StaticString...) throws(JSONError) -> FeastMessage? {
    try member(names).map { json throws(JSONError) in try FeastMessage(json) }
  }

  func messages(_ names: StaticString...) throws(JSONError) -> [FeastMessage] {
    try member(names)?.array().decode { json throws(JSONError) in try FeastMessage(json) } ?? []
  }

  /// Messages by key, in the order they are written.
  func entries(_ names: StaticString...) throws(JSONError) -> [(String, FeastMessage)] {
    guard let members = try member(names)?.object() else { return [] }
    var entries: [(String, FeastMessage)] = []
    for member in members { entries.append((member.key, try FeastMessage(member.value))) }
    return entries
  }

  var firstKey: String? { object.first { _ in true }?.key }

  // MARK: What members say; a text that is empty is as if it were not there, since protobuf knows no difference

  func text(_ names: StaticString...) throws(JSONError) -> String? { try text(names) }

  private func text(_ names: [StaticString]) throws(JSONError) -> String? {
    guard let text = try member(names)?.string(), !text.isEmpty else { return nil }
    return text
  }

  /// A text that must be there.
  func name(_ names: StaticString...) throws(JSONError) -> String {
    let names = names.isEmpty ? ["name"] : names
    guard let text = try text(names) else { throw object.value.invalid("\"\(names[0])\" is missing or empty") }
    return text
  }

  func texts(_ names: StaticString...) throws(JSONError) -> [String: String] {
    try member(names)?.object().strings() ?? [:]
  }

  func list(_ camel: StaticString) throws(JSONError) -> [String] {
    try member(camel)?.array().decode { json throws(JSONError) in try json.string() } ?? []
  }

  func flag(_ camel: StaticString) throws(JSONError) -> Bool { try member(camel)?.bool() ?? false }

  /// The name of an enum's value, which may be written as its number. A number that is not known is told as it is; the default, 0, is
  /// `nil`.
  func enumeration(_ values: [Int64: String], _ names: StaticString...) throws(JSONError) -> String? {
    guard let json = member(names) else { return nil }
    let name: String
    if json.kind == .number {
      let number = try json.int64()
      name = values[number] ?? String(number)
    } else {
      name = try json.string()
    }
    return name == "INVALID" || name == "0" ? nil : name
  }

  /// A duration as protobuf writes it, such as `86400s` or `1.500s`; `nil` for none.
  func duration(_ camel: StaticString) throws(JSONError) -> Duration? {
    guard let json = member(camel) else { return nil }
    let text = try json.string()
    let parts = text.dropLast().split(separator: ".", omittingEmptySubsequences: false)
    let fraction = parts.count == 2 ? String(parts[1]) : ""
    guard text.last == "s", (1...2).contains(parts.count), let seconds = Int64(parts[0]), fraction.utf8.count <= 9,
      fraction.utf8.allSatisfy({ (0x30...0x39).contains($0) }), abs(Double(seconds)) <= 315_576_000_000
    else { throw json.invalid("Expected a duration such as \"86400s\"") }
    let nanoseconds = Int64(fraction + String(repeating: "0", count: 9 - fraction.utf8.count)) ?? 0
    let duration = Duration.seconds(seconds) + .nanoseconds(text.hasPrefix("-") ? -nanoseconds : nanoseconds)
    return duration == .zero ? nil : duration
  }
}

/// What enums of the .proto files call their values.
enum FeastNames {
  /// `DataSource.SourceType`.
  static let sourceTypes: [Int64: String] = [
    0: "INVALID", 1: "BATCH_FILE", 2: "BATCH_BIGQUERY", 3: "STREAM_KAFKA", 4: "STREAM_KINESIS", 5: "BATCH_REDSHIFT", 6: "CUSTOM_SOURCE",
    7: "REQUEST_SOURCE", 8: "BATCH_SNOWFLAKE", 9: "PUSH_SOURCE", 10: "BATCH_TRINO", 11: "BATCH_SPARK", 12: "BATCH_ATHENA",
    13: "BATCH_ICEBERG",
  ]

  /// `ValueType.Enum`.
  static let valueTypes: [Int64: String] = [
    0: "INVALID", 1: "BYTES", 2: "STRING", 3: "INT32", 4: "INT64", 5: "DOUBLE", 6: "FLOAT", 7: "BOOL", 8: "UNIX_TIMESTAMP",
    11: "BYTES_LIST", 12: "STRING_LIST", 13: "INT32_LIST", 14: "INT64_LIST", 15: "DOUBLE_LIST", 16: "FLOAT_LIST", 17: "BOOL_LIST",
    18: "UNIX_TIMESTAMP_LIST", 19: "NULL", 20: "MAP", 21: "MAP_LIST", 22: "BYTES_SET", 23: "STRING_SET", 24: "INT32_SET", 25: "INT64_SET",
    26: "DOUBLE_SET", 27: "FLOAT_SET", 28: "BOOL_SET", 29: "UNIX_TIMESTAMP_SET", 32: "JSON", 33: "JSON_LIST", 34: "STRUCT",
    35: "STRUCT_LIST", 36: "UUID", 37: "TIME_UUID", 38: "UUID_LIST", 39: "TIME_UUID_LIST", 40: "UUID_SET", 41: "TIME_UUID_SET",
    42: "VALUE_LIST", 43: "VALUE_SET", 44: "DECIMAL", 45: "DECIMAL_LIST", 46: "DECIMAL_SET", 47: "SCALAR_MAP", 48: "ZONED_TIMESTAMP",
  ]

  /// `parquetFormat` and `parquet_format` without their end.
  static func withoutFormat(_ word: String) -> String {
    for end in ["Format", "_format"] where word.hasSuffix(end) { return String(word.dropLast(end.utf8.count)) }
    return word
  }
}
