import JSON

/// A type without parts (table spec, "Primitive Types").
package enum PrimitiveType: Hashable, Sendable, CustomStringConvertible {
  case boolean, int, long, float, double, date, time
  case timestamp, timestamptz, timestampNs, timestamptzNs
  case string, uuid, binary
  case decimal(precision: Int, scale: Int)
  case fixed(length: Int)
  case unknown, variant
  /// With its coordinate reference system, unless it is the default, OGC:CRS84.
  case geometry(crs: String?)
  /// With its coordinate reference system and edge interpolation, unless they are the defaults, OGC:CRS84 and spherical.
  case geography(crs: String?, algorithm: String?)

  /// Types without parameters: their words, the usual ones first, and at the same places their values.
  private static let words = JSONWords(
    "string", "long", "int", "double", "timestamptz", "timestamp", "date", "boolean", "float", "time", "uuid", "binary", "timestamp_ns",
    "timestamptz_ns", "unknown", "variant", "geometry", "geography")
  private static let simple: [PrimitiveType] = [
    .string, .long, .int, .double, .timestamptz, .timestamp, .date, .boolean, .float, .time, .uuid, .binary, .timestampNs, .timestamptzNs,
    .unknown, .variant, .geometry(crs: nil), .geography(crs: nil, algorithm: nil),
  ]

  /// Reads a type without parameters, spelled as usual, from a member; `nil` when it is anything else.
  init?(member: Int, of members: borrowing JSONMembers) {
    guard let index = members.choice(member, among: Self.words) else { return nil }
    self = Self.simple[index]
  }

  /// Reads a type from a string; `nil` when it is none.
  init?(json: JSONValue) {
    if let index = json.word(among: Self.words) {
      self = Self.simple[index]
      return
    }
    guard let text = try? json.string() else { return nil }
    self.init(text)
  }

  /// Reads a type as the specification spells it, a name in whatever case; `nil` when it is none.
  package init?(_ text: String) {
    if let index = Self.words.index(of: text.lowercased()) {
      self = Self.simple[index]
      return
    }
    guard let call = Self.call(text) else { return nil }
    switch (call.name, call.opening) {
    case ("decimal", "("):
      let parts = Self.split(call.inside)
      guard parts.count == 2, let precision = Self.number(parts[0]), let scale = Self.number(parts[1]), (1...38).contains(precision),
        (0...precision).contains(scale)
      else { return nil }
      self = .decimal(precision: precision, scale: scale)
    case ("fixed", "["):
      guard let length = Self.number(Self.trimmed(call.inside)), Int32(exactly: length) != nil else { return nil }
      self = .fixed(length: length)
    case ("geometry", "("):
      let crs = Self.trimmed(call.inside)
      guard Self.isCRS(crs) else { return nil }
      self = .geometry(crs: Self.unlessDefault(crs))
    case ("geography", "("):
      let parts = Self.split(call.inside)
      guard parts.count <= 2, Self.isCRS(parts[0]) else { return nil }
      let algorithm = parts.count == 2 ? parts[1].lowercased() : "spherical"
      guard Self.algorithms.contains(algorithm) else { return nil }
      self = .geography(crs: Self.unlessDefault(parts[0]), algorithm: algorithm == "spherical" ? nil : algorithm)
    default: return nil
    }
  }

  private static let algorithms = ["spherical", "vincenty", "thomas", "andoyer", "karney"]
  private static let defaultCRS = "OGC:CRS84"

  /// A type with parameters: the name in lower case, the opening bracket, and what stands between it and the matching last character.
  private static func call(_ text: String) -> (name: String, opening: Character, inside: Substring)? {
    guard let open = text.firstIndex(where: { $0 == "(" || $0 == "[" }), text.last == (text[open] == "(" ? ")" : "]") else { return nil }
    return (trimmed(text[..<open]).lowercased(), text[open], text[text.index(after: open)...].dropLast())
  }

  private static func split(_ text: Substring) -> [String] { text.split(separator: ",", omittingEmptySubsequences: false).map(trimmed) }

  private static func trimmed(_ text: Substring) -> String { String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }

  /// Digits alone: `Int` would take a sign, too.
  private static func number(_ text: String) -> Int? { text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil }

  /// Whether a reference system can be read back once it is written.
  private static func isCRS(_ text: String) -> Bool { !text.isEmpty && !text.contains(")") }

  private static func unlessDefault(_ crs: String) -> String? { crs.lowercased() == defaultCRS.lowercased() ? nil : crs }

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
    case .geography(nil, nil): "geography"
    case .geography(let crs?, nil): "geography(\(crs))"
    case .geography(let crs, let algorithm?): "geography(\(crs ?? Self.defaultCRS), \(algorithm))"
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
