import Catalog
import CatalogStore
import Iceberg
import Lineage

/// How addresses spell references. A slash, a percent sign or an @ within a name is escaped as in addresses.
extension LineageReference {
  /// | text | names |
  /// |---|---|
  /// | `dataset:main/ns/t`, `dataset:main/ns/t@STATE` | a dataset, and maybe a snapshot's id, a branch, a tag or a version of it |
  /// | `feature:main/ns/view`, `column:main/ns/t/amount` | a feature view, a column |
  /// | `model:credit-risk@7`, `model:credit-risk` | a version of a model, all of them |
  /// | `job:namespace/name`, `run:UUID` | a job, one run of it |
  /// | `external:s3:%2F%2Fbucket/path` | a dataset that the catalog does not know |
  /// | `id:12` | what an earlier answer gave that number |
  ///
  /// Names of the catalog that hold no dots may have dots instead of slashes: `dataset:main.ns.t@STATE`.
  /// - Throws: ``CatalogError/badRequest(_:)``
  init(_ text: String) throws {
    guard let reference = try Self.parse(text) else {
      throw CatalogError.badRequest(
        "\"\(text.prefix(200))\" names no node; write dataset:WAREHOUSE/NAMESPACE/NAME[@STATE], feature:WAREHOUSE/NAMESPACE/NAME, column:WAREHOUSE/NAMESPACE/NAME/COLUMN, model:NAME[@VERSION], job:NAMESPACE/NAME, run:UUID, external:NAMESPACE/NAME or id:NUMBER, with / in a name as %2F and @ as %40"
      )
    }
    self = reference
  }

  private static func parse(_ text: String) throws -> LineageReference? {
    guard let colon = text.firstIndex(of: ":") else { return nil }
    let rest = text[text.index(after: colon)...]
    guard !rest.utf8.contains(0) else { return nil }
    switch text[..<colon] {
    case "id": return Int64(rest).map { .node($0) }
    case "run": return RunID(String(rest)).map { .run($0) }
    case "external", "job":
      let parts = try rest.split(separator: "/", omittingEmptySubsequences: false).map(unescaped)
      guard parts.count == 2, !parts[1].isEmpty else { return nil }
      let name = EntityName(namespace: parts[0], name: parts[1])
      return text[..<colon] == "job" ? .job(name) : .external(name)
    case "model":
      let parts = try rest.split(separator: "@", omittingEmptySubsequences: false).map(unescaped)
      guard !parts.contains("") else { return nil }
      switch parts.count {
      case 1: return .model(parts[0])
      case 2: return .modelVersion(parts[0], version: parts[1])
      default: return nil
      }
    case "dataset":
      // What follows the last level alone is a state.
      guard let at = rest.lastIndex(of: "@"), !rest[at...].contains("/") else { return try path(rest).map { .dataset($0) } }
      let state = try unescaped(rest[rest.index(after: at)...])
      guard !state.isEmpty else { return nil }
      return try path(rest[..<at]).map { .dataset($0, Int64(state).map { .id($0) } ?? .ref(state)) }
    case "feature": return try path(rest).map { .feature($0) }
    case "column":
      var levels = try levels(rest)
      guard levels.count > 3, let column = levels.popLast(), !column.isEmpty else { return nil }
      return try path(levels).map { .column($0, column) }
    default: return nil
    }
  }

  private static func path(_ text: Substring) throws -> DatasetPath? { try path(levels(text)) }

  private static func path(_ levels: [String]) throws -> DatasetPath? {
    guard levels.count > 2, !levels.contains("") else { return nil }
    return try DatasetPath(
      NamespacePath(warehouse: levels[0], namespace: Namespace(levels: Array(levels[1..<(levels.count - 1)]))), levels[levels.count - 1])
  }

  private static func levels(_ text: Substring) throws -> [String] {
    try text.split(separator: text.contains("/") ? "/" : ".", omittingEmptySubsequences: false).map(unescaped)
  }

  private static func unescaped(_ part: Substring) throws -> String {
    // A plus is a plus here: what stands for a space is undone already.
    try decodePathComponent(String(part).replacing("+", with: "%2B"))
  }
}

extension LineageReference: CustomStringConvertible {
  package var description: String {
    func join(_ path: DatasetPath) -> String {
      ([path.warehouse] + path.identifier.namespace.levels + [path.identifier.name]).map(Self.escaped).joined(separator: "/")
    }
    return switch self {
    case .node(let id): "id:\(id)"
    case .dataset(let path, nil): "dataset:\(join(path))"
    case .dataset(let path, .id(let id)): "dataset:\(join(path))@\(id)"
    case .dataset(let path, .ref(let name)): "dataset:\(join(path))@\(Self.escaped(name))"
    case .dataset(let path, .time(let time)): "dataset:\(join(path))@\(time)"
    case .feature(let path): "feature:\(join(path))"
    case .column(let path, let column): "column:\(join(path))/\(Self.escaped(column))"
    case .external(let name): "external:\(Self.escaped(name.namespace))/\(Self.escaped(name.name))"
    case .job(let name): "job:\(Self.escaped(name.namespace))/\(Self.escaped(name.name))"
    case .run(let id): "run:\(id)"
    case .model(let name): "model:\(name)"
    case .modelVersion(let name, let version): "model:\(name)@\(version)"
    }
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("%", with: "%25").replacing("/", with: "%2F").replacing("@", with: "%40")
  }
}
