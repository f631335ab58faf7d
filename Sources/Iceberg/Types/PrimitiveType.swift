/// A type without parts (table spec, "Primitive Types").
package enum PrimitiveType: Hashable, Sendable, CustomStringConvertible {
  case boolean, int, long, float, double, date, time
  case timestamp, timestamptz, timestampNs, timestamptzNs
  case string, uuid, binary
  case decimal(precision: Int, scale: Int)
  case fixed(length: Int)
  case unknown, variant
  /// With its coordinate reference system, where one is given.
  case geometry(crs: String?)
  /// With its coordinate reference system and edge interpolation, where they are given.
  case geography(crs: String?, algorithm: String?)

  private static let simple: [String: PrimitiveType] = [
    "boolean": .boolean, "int": .int, "long": .long, "float": .float, "double": .double, "date": .date, "time": .time,
    "timestamp": .timestamp, "timestamptz": .timestamptz, "timestamp_ns": .timestampNs, "timestamptz_ns": .timestamptzNs,
    "string": .string, "uuid": .uuid, "binary": .binary, "unknown": .unknown, "variant": .variant,
  ]

  /// Reads a type as the specification spells it; `nil` when it is none.
  package init?(_ text: String) {
    let lowered = text.lowercased()
    if let simple = Self.simple[lowered] {
      self = simple
      return
    }
    let arguments = Self.arguments(of: text)
    switch (lowered.prefix { $0 != "(" && $0 != "[" && $0 != " " }, arguments.count) {
    case ("decimal", 2):
      guard let precision = Int(arguments[0]), let scale = Int(arguments[1]), (1...38).contains(precision), (0...precision).contains(scale)
      else { return nil }
      self = .decimal(precision: precision, scale: scale)
    case ("fixed", 1):
      guard let length = Int(arguments[0]), length >= 0 else { return nil }
      self = .fixed(length: length)
    case ("geometry", 0...1): self = .geometry(crs: arguments.first)
    case ("geography", 0...2): self = .geography(crs: arguments.first, algorithm: arguments.dropFirst().first)
    default: return nil
    }
  }

  /// What stands in brackets, split at commas, without outer spaces.
  private static func arguments(of text: String) -> [String] {
    guard let open = text.firstIndex(where: { $0 == "(" || $0 == "[" }), let last = text.last, last == (text[open] == "(" ? ")" : "]")
    else {
      return []
    }
    return text[text.index(after: open)...].dropLast().split(separator: ",", omittingEmptySubsequences: false).map { part in
      String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
  }

  package var description: String {
    switch self {
    case .boolean: "boolean"
    case .int: "int"
    case .long: "long"
    case .float: "float"
    case .double: "double"
    case .date: "date"
    case .time: "time"
    case .timestamp: "timestamp"
    case .timestamptz: "timestamptz"
    case .timestampNs: "timestamp_ns"
    case .timestamptzNs: "timestamptz_ns"
    case .string: "string"
    case .uuid: "uuid"
    case .binary: "binary"
    case .decimal(let precision, let scale): "decimal(\(precision), \(scale))"
    case .fixed(let length): "fixed[\(length)]"
    case .unknown: "unknown"
    case .variant: "variant"
    case .geometry(nil): "geometry"
    case .geometry(let crs?): "geometry(\(crs))"
    case .geography(nil, _): "geography"
    case .geography(let crs?, nil): "geography(\(crs))"
    case .geography(let crs?, let algorithm?): "geography(\(crs), \(algorithm))"
    }
  }

  /// The format version that brought the type.
  package var minimumFormatVersion: Int {
    switch self {
    case .timestampNs, .timestamptzNs, .unknown, .variant, .geometry, .geography: 3
    default: 1
    }
  }

  /// Whether a column of this type may become one of type `other` (table spec, "Schema Evolution").
  package func isPromotable(to other: PrimitiveType, formatVersion: Int) -> Bool {
    switch (self, other) {
    case _ where self == other: true
    case (.int, .long), (.float, .double): true
    case (.decimal(let old, let oldScale), .decimal(let new, let newScale)): oldScale == newScale && new >= old
    case (.date, .timestamp), (.date, .timestampNs), (.unknown, _): formatVersion >= 3
    default: false
    }
  }
}
