import Postgres

/// An object that the trail tells of, with what lies in it.
package struct TrailObject: Hashable, Sendable {
  package let kind: String
  /// Names that lead to it, joined by U+001F; `nil` for every object of the kind.
  package let path: String?

  /// Kinds of objects that lie in no warehouse and that grants do not name, by the names that events have for them.
  package static let otherKinds = ["principal", "webhook", "job", "tag", "term", "hold", "retention", "mlflow"]
  /// Kinds of what lies in a warehouse.
  private static let kindsInWarehouses = ["warehouse", "zone", "namespace", "table", "view", "dataset"]
  private static let separator = "\u{1F}"
  /// Levels that have an index: a warehouse and two levels of namespaces.
  private static let indexedLevels = 3

  package init(kind: String, path: String?) {
    self.kind = kind
    self.path = path
  }

  /// `nil` for the catalog, in which everything lies.
  package init?(_ object: AccessObject) {
    if case .catalog = object { return nil }
    self.init(kind: object.kindName, path: object.path.joined(separator: Self.separator))
  }

  // MARK: As the index has it

  /// Hashes of the object, and of the one to three things that it lies in, the outermost first. A warehouse and a namespace lie in themselves.
  static func hashes(kind: String, path: String) -> (object: Int64, within: [Int64]) {
    let object = hash("object", kind, path)
    guard kindsInWarehouses.contains(kind) else { return (object, [hash("kind", kind)]) }
    let levels = path.split(separator: "\u{1F}", omittingEmptySubsequences: false)
    // Datasets lie in the namespace before their name; zones and namespaces do not lie in each other.
    let depth =
      switch kind {
      case "warehouse", "namespace": levels.count
      case "zone": 1
      default: levels.count - 1
      }
    let within = (1...indexedLevels).prefix { $0 <= depth }.map { hash("within", levels.prefix($0).joined(separator: separator)) }
    return (object, within)
  }

  /// What rows of `audit_index` must fulfil: by an index, then by the names themselves.
  var condition: SQL {
    guard let path else { return "within_1 = \(Self.hash("kind", kind)) AND object_kind = \(kind)" }
    guard kind == "warehouse" || kind == "namespace" else {
      return "object = \(Self.hash("object", kind, path)) AND object_kind = \(kind) AND object_path = \(path)"
    }
    let kinds = kind == "warehouse" ? Self.kindsInWarehouses : Self.kindsInWarehouses.filter { $0 != "warehouse" && $0 != "zone" }
    let levels = path.split(separator: "\u{1F}", omittingEmptySubsequences: false)
    let depth = min(levels.count, Self.indexedLevels)
    let hash = Self.hash("within", levels.prefix(depth).joined(separator: Self.separator))
    return """
      \(raw: "within_\(depth)") = \(hash) AND object_kind = ANY (\(kinds))
      AND (object_path = \(path) OR starts_with(object_path, \(path + Self.separator)))
      """
  }

  /// FNV-1a over the parts: it finds rows, and keeps no secret.
  private static func hash(_ parts: String...) -> Int64 {
    let text = parts.joined(separator: separator)
    return Int64(bitPattern: text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
  }
}
