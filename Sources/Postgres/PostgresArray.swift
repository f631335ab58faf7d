/// A type that can be the element of an array parameter or column. `UInt8` is one whose array is a bytea.
package protocol PostgresArrayElement: Sendable {
  static var postgresArrayType: PostgresType { get }
  static func encodeArray(_ array: [Self], into buffer: inout [UInt8])
  static func decodeArray(_ cell: PostgresCell) throws(PostgresCellMismatch) -> [Self]
}

/// An element that has a type of its own: its arrays take PostgreSQL's array format, in one dimension.
package protocol PostgresScalar: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
  /// The element's type inside an array, where nothing is inferred.
  static var postgresElementType: PostgresType { get }
}

extension PostgresScalar {
  package static var postgresElementType: PostgresType { postgresType }

  package static func encodeArray(_ array: [Self], into buffer: inout [UInt8]) {
    PostgresArrayFormat.encode(array, element: postgresElementType, into: &buffer)
  }

  package static func decodeArray(_ cell: PostgresCell) throws(PostgresCellMismatch) -> [Self] {
    try PostgresArrayFormat.decode(cell)
  }
}

extension Bool: PostgresScalar { package static var postgresArrayType: PostgresType { .boolArray } }
extension Int16: PostgresScalar { package static var postgresArrayType: PostgresType { .int2Array } }
extension Int32: PostgresScalar { package static var postgresArrayType: PostgresType { .int4Array } }
extension Int64: PostgresScalar { package static var postgresArrayType: PostgresType { .int8Array } }
extension Int: PostgresScalar { package static var postgresArrayType: PostgresType { .int8Array } }
extension Double: PostgresScalar { package static var postgresArrayType: PostgresType { .float8Array } }
extension PostgresUUID: PostgresScalar { package static var postgresArrayType: PostgresType { .uuidArray } }
extension PostgresTimestamp: PostgresScalar { package static var postgresArrayType: PostgresType { .timestamptzArray } }
extension PostgresJSONB: PostgresScalar { package static var postgresArrayType: PostgresType { .jsonbArray } }

extension String: PostgresScalar {
  package static var postgresArrayType: PostgresType { .textArray }
  package static var postgresElementType: PostgresType { .text }
}

extension PostgresText: PostgresScalar {
  package static var postgresArrayType: PostgresType { .textArray }
  package static var postgresElementType: PostgresType { .text }
}

extension Optional: PostgresArrayElement where Wrapped: PostgresScalar {
  package static var postgresArrayType: PostgresType { Wrapped.postgresArrayType }

  package static func encodeArray(_ array: [Wrapped?], into buffer: inout [UInt8]) {
    PostgresArrayFormat.encode(array, element: Wrapped.postgresElementType, into: &buffer)
  }

  package static func decodeArray(_ cell: PostgresCell) throws(PostgresCellMismatch) -> [Wrapped?] {
    try PostgresArrayFormat.decode(cell)
  }
}

/// `[UInt8]` is a bytea.
extension UInt8: PostgresArrayElement {
  package static var postgresArrayType: PostgresType { .bytea }

  package static func encodeArray(_ array: [UInt8], into buffer: inout [UInt8]) {
    buffer.append(contentsOf: array)
  }

  package static func decodeArray(_ cell: PostgresCell) throws(PostgresCellMismatch) -> [UInt8] {
    guard !cell.isNull, cell.type == PostgresType.bytea.oid else { throw PostgresCellMismatch(expected: "[UInt8]") }
    return Array(cell.bytes)
  }
}

/// `[[UInt8]]` is a bytea[].
extension Array: PostgresArrayElement where Element == UInt8 {
  package static var postgresArrayType: PostgresType { .byteaArray }

  package static func encodeArray(_ array: [[UInt8]], into buffer: inout [UInt8]) {
    PostgresArrayFormat.encode(array, element: .bytea, into: &buffer)
  }

  package static func decodeArray(_ cell: PostgresCell) throws(PostgresCellMismatch) -> [[UInt8]] {
    try PostgresArrayFormat.decode(cell)
  }
}

extension Array: PostgresEncodable where Element: PostgresArrayElement {
  package static var postgresType: PostgresType { Element.postgresArrayType }

  package func encode(into buffer: inout [UInt8]) {
    Element.encodeArray(self, into: &buffer)
  }
}

extension Array: PostgresDecodable where Element: PostgresArrayElement {
  package static func decode(_ cell: PostgresCell) throws(PostgresCellMismatch) -> [Element] {
    try Element.decodeArray(cell)
  }
}

/// The binary form of arrays (`array_send` in PostgreSQL's arrayfuncs.c):
/// dimensions, has-nulls, element type, then per dimension its length and lower bound, then each element with its length.
enum PostgresArrayFormat {
  static func encode(_ array: [some PostgresEncodable], element: PostgresType, into buffer: inout [UInt8]) {
    let hasNulls = array.contains { $0.isPostgresNull }
    buffer.append(bigEndian: Int32(array.isEmpty ? 0 : 1))
    buffer.append(bigEndian: Int32(hasNulls ? 1 : 0))
    buffer.append(bigEndian: element.oid)
    guard !array.isEmpty else { return }
    buffer.append(bigEndian: Int32(array.count))
    buffer.append(bigEndian: Int32(1))
    for value in array {
      let lengthAt = buffer.count
      buffer.append(bigEndian: Int32(-1))
      guard !value.isPostgresNull else { continue }
      value.encode(into: &buffer)
      buffer.overwrite(bigEndian: Int32(buffer.count - lengthAt - 4), at: lengthAt)
    }
  }

  static func decode<Element: PostgresDecodable>(_ cell: PostgresCell) throws(PostgresCellMismatch) -> [Element] {
    let mismatch = PostgresCellMismatch(expected: "[\(Element.self)]")
    guard !cell.isNull, cell.bytes.count >= 12 else { throw mismatch }
    var bytes = cell.bytes
    func next() throws(PostgresCellMismatch) -> Int32 {
      guard bytes.count >= 4 else { throw mismatch }
      defer { bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(4)) }
      return Int32(bigEndian: bytes.loadUnaligned(as: Int32.self))
    }
    let dimensions = try next()
    _ = try next()
    let type = UInt32(bitPattern: try next())
    if dimensions == 0 { return [] }
    guard dimensions == 1 else { throw mismatch }
    let count = try next()
    _ = try next()
    // Each element takes at least its length: a count beyond that is not an array.
    guard count >= 0, Int(count) <= bytes.count / 4 else { throw mismatch }
    var array: [Element] = []
    array.reserveCapacity(Int(count))
    for _ in 0..<count {
      let length = Int(try next())
      guard length >= -1, length <= bytes.count else { throw mismatch }
      let element = UnsafeRawBufferPointer(rebasing: bytes.prefix(max(length, 0)))
      array.append(try Element.decode(PostgresCell(type: type, isNull: length < 0, bytes: element)))
      bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(max(length, 0)))
    }
    return array
  }
}
