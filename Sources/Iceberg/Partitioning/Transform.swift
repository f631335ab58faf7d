package import JSON

/// How a column's value becomes a partition or sort value (table spec, "Partition Transforms").
package enum Transform: Hashable, Sendable, CustomStringConvertible {
  case identity, year, month, day, hour, void
  case bucket(count: Int)
  case truncate(width: Int)
  /// One that we do not know; kept as it is, as the specification asks.
  case unknown(String)

  package init(_ text: String) {
    switch text.lowercased() {
    case "identity": self = .identity
    case "year": self = .year
    case "month": self = .month
    case "day": self = .day
    case "hour": self = .hour
    case "void": self = .void
    case let lowered:
      switch Self.parameter(of: lowered) {
      case ("bucket", let count?)? where count > 0: self = .bucket(count: count)
      case ("truncate", let width?)? where width > 0: self = .truncate(width: width)
      default: self = .unknown(text)
      }
    }
  }

  /// What `name[digits]` says; the number is `nil` when it has more than 32 bits.
  private static func parameter(of text: String) -> (name: Substring, number: Int?)? {
    guard text.last == "]", let open = text.firstIndex(of: "[") else { return nil }
    let digits = text[text.index(after: open)...].dropLast()
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return (text[..<open], Int32(digits).map(Int.init))
  }

  /// From outside: buckets and widths that cannot be are refused, names that we do not know are not.
  package init(json: JSONValue) throws(JSONError) {
    let text = try json.string()
    switch Self.parameter(of: text.lowercased()) {
    case ("bucket", let count)? where count.map({ $0 > 0 }) != true:
      throw json.invalid("Invalid number of buckets: \(count.map(String.init) ?? text) (must be > 0)")
    case ("truncate", let width)? where width.map({ $0 > 0 }) != true:
      throw json.invalid("Invalid truncate width: \(width.map(String.init) ?? text) (must be > 0)")
    default: self.init(text)
    }
  }

  package var description: String {
    switch self {
    case .identity: "identity"
    case .year: "year"
    case .month: "month"
    case .day: "day"
    case .hour: "hour"
    case .void: "void"
    case .bucket(let count): "bucket[\(count)]"
    case .truncate(let width): "truncate[\(width)]"
    case .unknown(let text): text
    }
  }

  /// Whether values of that type can be transformed.
  package func accepts(_ type: PrimitiveType) -> Bool {
    switch self {
    case .void, .unknown: return true
    case .identity:
      switch type {
      case .variant, .geometry, .geography: return false
      default: return true
      }
    case .year, .month, .day: return type == .date || Self.isTimestamp(type)
    case .hour: return Self.isTimestamp(type)
    case .truncate:
      switch type {
      case .int, .long, .decimal, .string, .binary: return true
      default: return false
      }
    case .bucket:
      switch type {
      case .int, .long, .decimal, .date, .time, .timestamp, .timestamptz, .timestampNs, .timestamptzNs, .string, .uuid, .fixed, .binary:
        return true
      default: return false
      }
    }
  }

  private static func isTimestamp(_ type: PrimitiveType) -> Bool {
    switch type {
    case .timestamp, .timestamptz, .timestampNs, .timestamptzNs: true
    default: false
    }
  }
}
