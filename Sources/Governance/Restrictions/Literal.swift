import Iceberg
package import JSON

/// A constant of a column's type, as Iceberg writes single values in JSON (table spec, appendix D).
package struct Literal: Hashable, Sendable, JSONEncodable {
  enum Value: Hashable, Sendable {
    case boolean(Bool)
    case integer(Int64)
    /// The shortest lexeme of a floating-point number.
    case number(String)
    case text(String)
  }

  let value: Value

  /// Reads what an annotation says as a value of `type`; `nil` when it is none, and for types without constants.
  init?(_ source: RowFilter.Operand.Value, type: PrimitiveType) {
    guard let value = Self.value(source, type) else { return nil }
    self.value = value
  }

  private static func value(_ source: RowFilter.Operand.Value, _ type: PrimitiveType) -> Value? {
    switch (source, type) {
    case (.boolean(let value), .boolean): .boolean(value)
    case (.number(let lexeme), .int): Int32(lexeme).map { .integer(Int64($0)) }
    case (.number(let lexeme), .long): Int64(lexeme).map { .integer($0) }
    case (.number(let lexeme), .float): Float(lexeme).flatMap { $0.isFinite ? .number("\($0)") : nil }
    case (.number(let lexeme), .double): Double(lexeme).flatMap { $0.isFinite ? .number("\($0)") : nil }
    case (.number(let text), .decimal(let precision, let scale)), (.text(let text), .decimal(let precision, let scale)):
      decimal(text, precision: precision, scale: scale).map { .text($0) }
    case (.text(let text), .string): .text(text)
    case (.text(let text), .uuid): uuid(text).map { .text($0) }
    case (.text(let text), .fixed(let length)): hexadecimal(text, length: length).map { .text($0) }
    case (.text(let text), .binary): hexadecimal(text, length: nil).map { .text($0) }
    case (.text(let text), .date), (.text(let text), .time), (.text(let text), .timestamp), (.text(let text), .timestamptz),
      (.text(let text), .timestampNs), (.text(let text), .timestamptzNs):
      MomentText.canonical(text, type: type).map { .text($0) }
    default: nil
    }
  }

  /// With as many digits behind the point as the type has.
  private static func decimal(_ text: String, precision: Int, scale: Int) -> String? {
    let isNegative = text.hasPrefix("-")
    let parts = text.dropFirst(isNegative ? 1 : 0).split(separator: ".", omittingEmptySubsequences: false)
    let isNumber = parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
    guard (1...2).contains(parts.count), isNumber else { return nil }
    let whole = parts[0].drop { $0 == "0" }
    let fraction = parts.count == 2 ? parts[1] : ""
    guard fraction.count <= scale, whole.count <= precision - scale else { return nil }
    let padded = fraction + String(repeating: "0", count: scale - fraction.count)
    return (isNegative ? "-" : "") + (whole.isEmpty ? "0" : whole) + (scale > 0 ? "." + padded : "")
  }

  private static func uuid(_ text: String) -> String? {
    let groups = text.lowercased().split(separator: "-", omittingEmptySubsequences: false)
    guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12], groups.allSatisfy({ $0.utf8.allSatisfy(isHexadecimal) }) else { return nil }
    return text.lowercased()
  }

  private static func hexadecimal(_ text: String, length: Int?) -> String? {
    let lowered = text.lowercased()
    guard lowered.utf8.count.isMultiple(of: 2), lowered.utf8.allSatisfy(isHexadecimal) else { return nil }
    return length.map { lowered.utf8.count == $0 * 2 } ?? true ? lowered : nil
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) }

  /// What a constant of `type` looks like, for people; `nil` for types that nothing compares with.
  static func expectation(of type: PrimitiveType) -> String? {
    switch type {
    case .boolean: "true or false"
    case .int: "a whole number of 32 bits"
    case .long: "a whole number of 64 bits"
    case .float, .double: "a number such as 1.5"
    case .decimal(let precision, let scale): "a number of at most \(precision - scale) digits before and \(scale) behind the point"
    case .date: "a date such as '2024-12-31'"
    case .time: "a time such as '23:59:59'"
    case .timestamp: "a timestamp without offset such as '2024-12-31T23:59:59.123456'"
    case .timestampNs: "a timestamp without offset such as '2024-12-31T23:59:59.123456789'"
    case .timestamptz: "a timestamp with offset such as '2024-12-31T23:59:59.123456+00:00'"
    case .timestamptzNs: "a timestamp with offset such as '2024-12-31T23:59:59.123456789+00:00'"
    case .string: "text in single quotes"
    case .uuid: "a UUID in single quotes"
    case .binary: "hexadecimal digits in single quotes"
    case .fixed(let length): "\(length * 2) hexadecimal digits in single quotes"
    case .unknown, .variant, .geometry, .geography: nil
    }
  }

  package func write(to writer: inout JSONWriter) {
    switch value {
    case .boolean(let value): writer.value(value)
    case .integer(let value): writer.value(value)
    case .number(let lexeme): writer.raw(lexeme.utf8)
    case .text(let text): writer.value(text)
    }
  }
}
