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
      guard lowered.hasSuffix("]"), let open = lowered.firstIndex(of: "["),
        let width = Int(lowered[lowered.index(after: open)...].dropLast()), width > 0
      else {
        self = .unknown(text)
        return
      }
      switch lowered[..<open] {
      case "bucket": self = .bucket(count: width)
      case "truncate": self = .truncate(width: width)
      default: self = .unknown(text)
      }
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
      case .variant, .geometry, .geography, .unknown: return false
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
