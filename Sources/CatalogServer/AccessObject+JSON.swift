import Catalog
package import CatalogStore
import Governance
import Iceberg
package import JSON

/// `{"kind":"table","warehouse":"lake","namespace":["a","b"],"name":"t"}`; only what the kind has.
extension AccessObject: JSONEncodable {
  static let kinds = ["catalog", "warehouse", "zone", "namespace", "table", "view", "dataset", "model"]

  init(json: JSONValue) throws {
    let object = try json.object()
    try self.init(
      kind: object.required("kind").string(), warehouse: object.optional("warehouse")?.string(),
      levels: object.optional("namespace")?.array().map { try $0.string() }, name: object.optional("name")?.string())
  }

  /// The same from a query: `object-kind=table&warehouse=lake&namespace=a%1Fb&name=t`; `nil` when there is no kind.
  init?(query call: Call) throws {
    guard let kind = try call.query("object-kind"), !kind.isEmpty else { return nil }
    let namespace = try call.query("namespace")
    try self.init(
      kind: kind, warehouse: call.query("warehouse"), levels: namespace.map { Namespace(pathText: $0).levels }, name: call.query("name"))
  }

  private init(kind: String, warehouse: String?, levels: [String]?, name: String?) throws {
    func part<T>(_ value: T?, _ what: String) throws -> T {
      guard let value else { throw CatalogError.badRequest("The \(kind) lacks its \(what)") }
      return value
    }
    func path() throws -> NamespacePath {
      let levels = try part(levels, "namespace")
      guard !levels.isEmpty, !levels.contains("") else { throw CatalogError.badRequest("The namespace of the \(kind) has an empty level") }
      return NamespacePath(warehouse: try part(warehouse, "warehouse"), namespace: Namespace(levels: levels))
    }
    switch kind {
    case "catalog": self = .catalog
    case "warehouse": self = .warehouse(try part(warehouse, "warehouse"))
    case "zone": self = .zone(try part(name, "name"), warehouse: try part(warehouse, "warehouse"))
    case "namespace": self = .namespace(try path())
    case "model": self = .model(try part(name, "name"))
    default:
      if let dataset = DatasetKind(rawValue: kind) {
        self = .dataset(dataset, try DatasetPath(path(), part(name, "name")))
        return
      }
      throw CatalogError.badRequest("\"\(kind)\" is no kind of object; there are \(Self.kinds.joined(separator: ", "))")
    }
  }

  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("kind", kindName)
      if case .model(let name) = self { return $0.field("name", name) }
      if let warehouse = path.first { $0.field("warehouse", warehouse) }
      switch self {
      case .catalog, .warehouse, .model: break
      case .zone(let name, _): $0.field("name", name)
      case .namespace(let path): $0.field("namespace", path.namespace.levels)
      case .dataset(_, let path):
        $0.field("namespace", path.identifier.namespace.levels)
        $0.field("name", path.identifier.name)
      }
    }
  }
}
