import Catalog
import CatalogStore
import Iceberg
import JSON

struct NamespaceController: Sendable {
  let catalog: Catalog

  func listNamespaces(_ call: Call) async throws -> Reply {
    let parent = try call.query("parent").flatMap { $0.isEmpty ? nil : $0 }
    let namespace = try parent.map { try Self.parent($0) } ?? Namespace(levels: [])
    let path = NamespacePath(warehouse: try call.warehouse, namespace: namespace)
    let page = try await catalog.listNamespaces(below: path, call.page, call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("namespaces", array: { for namespace in page.elements { $0.levels(of: namespace) } })
          $0.nextPageToken(page.next)
        }
      })
  }

  /// pyiceberg encodes the separator twice.
  private static func parent(_ text: String) throws -> Namespace {
    try Namespace(path: text.contains("%1F") || text.contains("%1f") ? decodePathComponent(text) : text)
  }

  func createNamespace(_ call: Call) async throws -> Reply {
    let request = try CreateNamespaceRequest(json: call.json)
    let path = NamespacePath(warehouse: try call.warehouse, namespace: request.namespace)
    let answer = Self.body(request.namespace, request.properties)
    try await catalog.createNamespace(path, properties: request.properties, call.context, answer: answer)
    return Reply(json: answer)
  }

  func loadNamespaceMetadata(_ call: Call) async throws -> Reply {
    let path = try call.namespace
    return Reply(json: Self.body(path.namespace, try await catalog.loadNamespace(path, call.context)))
  }

  func namespaceExists(_ call: Call) async throws -> Reply {
    _ = try await catalog.loadNamespace(call.namespace, call.context)
    return .noContent
  }

  func dropNamespace(_ call: Call) async throws -> Reply {
    try await catalog.dropNamespace(call.namespace, call.context)
    return .noContent
  }

  func updateProperties(_ call: Call) async throws -> Reply {
    let request = try UpdateNamespacePropertiesRequest(json: call.json)
    if let key = request.conflictingKey {
      throw CatalogError.unprocessable("Invalid namespace update, cannot remove and update the same key: \(key)")
    }
    let change = try await catalog.updateNamespaceProperties(
      call.namespace, removals: request.removals, updates: request.updates, call.context, answer: Self.body)
    return Reply(json: Self.body(change))
  }

  private static func body(_ namespace: Namespace, _ properties: [String: String]) -> [UInt8] {
    JSONWriter.text { writer in
      writer.object {
        $0.key("namespace")
        $0.levels(of: namespace)
        $0.field("properties", properties)
      }
    }
  }

  /// All three lists are there, also when empty: pyiceberg needs `missing`.
  private static func body(_ change: NamespacePropertyChange) -> [UInt8] {
    JSONWriter.text { writer in
      writer.object {
        $0.field("updated", change.updated)
        $0.field("removed", change.removed)
        $0.field("missing", change.missing)
      }
    }
  }
}

extension JSONWriter {
  mutating func levels(of namespace: Namespace) {
    array { for level in namespace.levels { $0.value(level) } }
  }

  /// Nothing on the last page.
  mutating func nextPageToken(_ key: String?) {
    if let key { field("next-page-token", PageToken.encode(key)) }
  }

  /// `{"identifiers":[{"namespace":…,"name":…}…]}`
  static func identifiers(_ page: Page<String>, in namespace: Namespace) -> [UInt8] {
    text { writer in
      writer.object {
        $0.field(
          "identifiers",
          array: {
            for name in page.elements {
              $0.object {
                $0.key("namespace")
                $0.levels(of: namespace)
                $0.field("name", name)
              }
            }
          })
        $0.nextPageToken(page.next)
      }
    }
  }
}
