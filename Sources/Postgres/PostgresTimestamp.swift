import Glibc

/// An instant, in microseconds since 1970 (a `timestamptz`). Its infinities are the extreme values.
package struct PostgresTimestamp: Hashable, Comparable, Sendable {
  package var microseconds: Int64

  package init(microseconds: Int64) {
    self.microseconds = microseconds
  }

  package init(milliseconds: Int64) {
    microseconds = milliseconds * 1000
  }

  /// Milliseconds since 1970, rounded down.
  package var milliseconds: Int64 {
    microseconds >= 0 ? microseconds / 1000 : -((999 - microseconds) / 1000)
  }

  package static func now() -> PostgresTimestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return PostgresTimestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }

  package static func < (left: PostgresTimestamp, right: PostgresTimestamp) -> Bool {
    left.microseconds < right.microseconds
  }
}

extension PostgresTimestamp: PostgresEncodable, PostgresDecodable {
  /// PostgreSQL counts from 2000-01-01.
  private static let epochMicroseconds: Int64 = 946_684_800_000_000

  package static var postgresType: PostgresType { .timestamptz }

  package func encode(into buffer: inout [UInt8]) {
    let (value, overflow) = microseconds.subtractingReportingOverflow(Self.epochMicroseconds)
    buffer.append(bigEndian: microseconds == .max ? .max : overflow ? .min : value)
  }

  package static func decode(_ cell: PostgresCell) throws(PostgresCellMismatch) -> PostgresTimestamp {
    guard cell.type == PostgresType.timestamptz.oid || cell.type == PostgresType.timestamp.oid, let value = cell.integer(as: Int64.self)
    else { throw PostgresCellMismatch(expected: "PostgresTimestamp") }
    // Infinity and -infinity are the extreme values on the wire too.
    guard value != .max, value != .min else { return PostgresTimestamp(microseconds: value) }
    let (microseconds, overflow) = value.addingReportingOverflow(epochMicroseconds)
    return PostgresTimestamp(microseconds: overflow ? .max : microseconds)
  }
}
