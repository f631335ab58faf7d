/// A value that can be a statement's parameter.
package protocol PostgresEncodable: Sendable {
  static var postgresType: PostgresType { get }
  /// Nil is the only value that is.
  var isPostgresNull: Bool { get }
  /// Appends the value's bytes in the format of `postgresType`.
  func encode(into buffer: inout [UInt8])
}

extension PostgresEncodable {
  package var isPostgresNull: Bool { false }
}

/// A column of one row, valid while its row is.
package struct PostgresCell {
  package let type: UInt32
  package let isNull: Bool
  package let bytes: UnsafeRawBufferPointer

  package init(type: UInt32, isNull: Bool, bytes: UnsafeRawBufferPointer) {
    self.type = type
    self.isNull = isNull
    self.bytes = bytes
  }
}

/// A cell was not what its reader can read.
package struct PostgresCellMismatch: Error, Sendable {
  package var expected: String

  package init(expected: String) {
    self.expected = expected
  }
}

/// A value that can be read from a column.
package protocol PostgresDecodable {
  static func decode(_ cell: PostgresCell) throws(PostgresCellMismatch) -> Self
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
  package static var postgresType: PostgresType { Wrapped.postgresType }

  package var isPostgresNull: Bool {
    switch self {
    case .none: true
    case .some(let value): value.isPostgresNull
    }
  }

  package func encode(into buffer: inout [UInt8]) {
    self?.encode(into: &buffer)
  }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
  package static func decode(_ cell: PostgresCell) throws(PostgresCellMismatch) -> Wrapped? {
    cell.isNull ? nil : try Wrapped.decode(cell)
  }
}
