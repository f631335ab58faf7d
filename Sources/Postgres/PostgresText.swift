/// Text or JSON as the bytes it is, never made a Swift string. Must be UTF-8 without a zero byte to be accepted by the server.
package struct PostgresText: Hashable, Sendable {
  package var bytes: [UInt8]

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  package init(_ string: String) {
    bytes = Array(string.utf8)
  }

  package var string: String { String(decoding: bytes, as: UTF8.self) }
}

extension PostgresText: ExpressibleByStringLiteral {
  package init(stringLiteral value: String) {
    self.init(value)
  }
}

/// A jsonb document as JSON text.
package struct PostgresJSONB: Hashable, Sendable {
  package var bytes: [UInt8]

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  package init(_ string: String) {
    bytes = Array(string.utf8)
  }

  package var string: String { String(decoding: bytes, as: UTF8.self) }
}

extension PostgresCell {
  /// The bytes of anything whose binary form is its text; of jsonb, without the version byte that leads it.
  func textBytes() -> UnsafeRawBufferPointer? {
    guard !isNull else { return nil }
    if PostgresType.isTextual(type) { return bytes }
    guard type == PostgresType.jsonb.oid, bytes.first == 1 else { return nil }
    return UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
  }
}

extension String: PostgresEncodable, PostgresDecodable {
  package static var postgresType: PostgresType { .inferred }

  package func encode(into buffer: inout [UInt8]) {
    buffer.append(contentsOf: utf8)
  }

  package static func decode(_ cell: PostgresCell) throws(PostgresCellMismatch) -> String {
    guard let text = cell.textBytes() else { throw PostgresCellMismatch(expected: "String") }
    return String(decoding: text, as: UTF8.self)
  }
}

extension PostgresText: PostgresEncodable, PostgresDecodable {
  package static var postgresType: PostgresType { .inferred }

  package func encode(into buffer: inout [UInt8]) {
    buffer.append(contentsOf: bytes)
  }

  package static func decode(_ cell: PostgresCell) throws(PostgresCellMismatch) -> PostgresText {
    guard let text = cell.textBytes() else { throw PostgresCellMismatch(expected: "PostgresText") }
    return PostgresText(Array(text))
  }
}

extension PostgresJSONB: PostgresEncodable, PostgresDecodable {
  package static var postgresType: PostgresType { .jsonb }

  package func encode(into buffer: inout [UInt8]) {
    buffer.append(1)
    buffer.append(contentsOf: bytes)
  }

  package static func decode(_ cell: PostgresCell) throws(PostgresCellMismatch) -> PostgresJSONB {
    guard let text = cell.textBytes() else { throw PostgresCellMismatch(expected: "PostgresJSONB") }
    return PostgresJSONB(Array(text))
  }
}
