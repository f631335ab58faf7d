import CLibPQ

/// The answer to one statement; frees libpq's memory with its last reference.
final class PostgresResult {
  let handle: OpaquePointer

  init(taking handle: OpaquePointer) {
    self.handle = handle
  }

  deinit {
    PQclear(handle)
  }

  var rowCount: Int { Int(PQntuples(handle)) }

  /// Rows changed, or returned by a SELECT; 0 for statements that count nothing.
  var affectedRows: Int {
    guard let text = PQcmdTuples(handle) else { return 0 }
    var count = 0
    var position = 0
    while case let digit = text[position], digit >= 0x30, digit <= 0x39 {
      count = count &* 10 &+ Int(digit - 0x30)
      position += 1
    }
    return count
  }

  /// The first word of the command's tag.
  var command: String { String(cString: PQcmdStatus(handle)) }

  func map<T>(_ decode: (PostgresRow) throws -> T) throws -> [T] {
    let count = rowCount
    var values: [T] = []
    values.reserveCapacity(count)
    for index in 0..<count {
      values.append(try decode(PostgresRow(result: self, index: Int32(index))))
    }
    return values
  }

  func first<T>(_ decode: (PostgresRow) throws -> T) throws -> T? {
    guard rowCount > 0 else { return nil }
    return try decode(PostgresRow(result: self, index: 0))
  }
}

/// One row of an answer, read by column index from 0: `Table(id: try row[0], name: try row[1])`.
package struct PostgresRow {
  let result: PostgresResult
  let index: Int32

  package var columnCount: Int { Int(PQnfields(result.handle)) }

  /// Throws `PostgresError.decoding` if the column is NULL (unless `T` is optional) or of another type.
  package subscript<T: PostgresDecodable>(column: Int) -> T {
    get throws {
      do {
        return try T.decode(try cell(column))
      } catch let mismatch as PostgresCellMismatch {
        throw unreadable(column, as: mismatch.expected)
      }
    }
  }

  package func isNull(_ column: Int) -> Bool {
    PQgetisnull(result.handle, index, Int32(column)) != 0
  }

  /// The column's bytes as they came: text of text and json types (also jsonb), content of bytea, binary form of the others.
  package func bytes(_ column: Int) throws -> [UInt8] {
    try withBytes(column) { Array($0) }
  }

  /// The same without a copy; the pointer is valid during the call.
  package func withBytes<R>(_ column: Int, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    let cell = try cell(column)
    guard !cell.isNull else { throw unreadable(column, as: "bytes") }
    return try body(cell.type == PostgresType.jsonb.oid ? cell.textBytes() ?? cell.bytes : cell.bytes)
  }

  private func cell(_ column: Int) throws -> PostgresCell {
    guard column >= 0, column < columnCount else {
      throw PostgresError.decoding("column \(column) was asked for, but the statement returns \(columnCount)")
    }
    let column = Int32(column)
    let bytes = UnsafeRawBufferPointer(
      start: PQgetvalue(result.handle, index, column), count: Int(PQgetlength(result.handle, index, column)))
    return PostgresCell(type: PQftype(result.handle, column), isNull: PQgetisnull(result.handle, index, column) != 0, bytes: bytes)
  }

  private func unreadable(_ column: Int, as expected: String) -> PostgresError {
    let name = PQfname(result.handle, Int32(column)).map { String(cString: $0) } ?? "?"
    let found = isNull(column) ? "is NULL" : "has the type with OID \(PQftype(result.handle, Int32(column))) or a value out of range"
    return .decoding("column \(column) (\(name)) cannot be read as \(expected): it \(found)")
  }
}
