extension [UInt8] {
  mutating func append(bigEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
  }

  mutating func overwrite<T: FixedWidthInteger>(bigEndian value: T, at offset: Int) {
    withUnsafeMutableBytes { $0.storeBytes(of: value.bigEndian, toByteOffset: offset, as: T.self) }
  }
}

extension PostgresCell {
  /// The bytes as a big-endian integer of that very size.
  func integer<T: FixedWidthInteger>(as type: T.Type) -> T? {
    guard !isNull, bytes.count == MemoryLayout<T>.size else { return nil }
    return T(bigEndian: bytes.loadUnaligned(as: T.self))
  }

  /// Any of int2, int4, int8, widened.
  func anyInteger() -> Int64? {
    switch type {
    case PostgresType.int8.oid: integer(as: Int64.self)
    case PostgresType.int4.oid: integer(as: Int32.self).map(Int64.init)
    case PostgresType.int2.oid: integer(as: Int16.self).map(Int64.init)
    default: nil
    }
  }
}

extension Bool: PostgresEncodable, PostgresDecodable {
  package static var postgresType: PostgresType { .bool }

  package func encode(into buffer: inout [UInt8]) {
    buffer.append(self ? 1 : 0)
  }

  package static func decode(_ cell: PostgresCell) throws(PostgresCellMismatch) -> Bool {
    guard cell.type == PostgresType.bool.oid, let byte = cell.integer(as: UInt8.self) else {
      throw PostgresCellMismatch(expected: "Bool")
    }
    return byte != 0
  }
}

extension Int16: PostgresEncodable, PostgresDecodable {
  package static var postgresType: PostgresType { .int2 }

  package func encode(into buffer: inout [UInt8]) {
    buffer.append(bigEndian: self)
  }

  package static func decode(_ cell: PostgresCell) throws(PostgresCellMismatch) -> Int16 {
    guard let wide = cell.anyInteger(), let value = Int16(exactly: wide) else { throw PostgresCellMismatch(expected: "Int16") }
    return value
  }
}

extension Int32: PostgresEncodable, PostgresDecodable {
  package static var postgresType: PostgresType { .int4 }

  package func encode(into buffer: inout [UInt8]) {
    buffer.append(bigEndian: self)
  }

  package static func decode(_ cell: PostgresCell) throws(PostgresCellMismatch) -> Int32 {
    guard let wide = cell.anyInteger(), let value = Int32(exactly: wide) else { throw PostgresCellMismatch(expected: "Int32") }
    return value
  }
}

extension Int64: PostgresEncodable, PostgresDecodable {
  package static var postgresType: PostgresType { .int8 }

  package func encode(into buffer: inout [UInt8]) {
    buffer.append(bigEndian: self)
  }

  package static func decode(_ cell: PostgresCell) throws(PostgresCellMismatch) -> Int64 {
    guard let value = cell.anyInteger() else { throw PostgresCellMismatch(expected: "Int64") }
    return value
  }
}

extension Int: PostgresEncodable, PostgresDecodable {
  package static var postgresType: PostgresType { .int8 }

  package func encode(into buffer: inout [UInt8]) {
    buffer.append(bigEndian: Int64(self))
  }

  package static func decode(_ cell: PostgresCell) throws(PostgresCellMismatch) -> Int {
    guard let value = cell.anyInteger() else { throw PostgresCellMismatch(expected: "Int") }
    return Int(value)
  }
}

extension Double: PostgresEncodable, PostgresDecodable {
  package static var postgresType: PostgresType { .float8 }

  package func encode(into buffer: inout [UInt8]) {
    buffer.append(bigEndian: bitPattern)
  }

  package static func decode(_ cell: PostgresCell) throws(PostgresCellMismatch) -> Double {
    switch cell.type {
    case PostgresType.float8.oid: if let bits = cell.integer(as: UInt64.self) { return Double(bitPattern: bits) }
    case PostgresType.float4.oid: if let bits = cell.integer(as: UInt32.self) { return Double(Float(bitPattern: bits)) }
    default: if let integer = cell.anyInteger() { return Double(integer) }
    }
    throw PostgresCellMismatch(expected: "Double")
  }
}
