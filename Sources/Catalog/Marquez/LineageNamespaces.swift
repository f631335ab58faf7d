package import CatalogStore
import Lineage

extension Catalog {
  private static let namespaceBatch = 50
  /// Nodes of each namespace that are looked at first, and then.
  private static let firstLooks = 40
  private static let furtherLooks = 2_000

  /// Namespaces of jobs and datasets that hold something that the caller may see, in order.
  ///
  /// Of a namespace so many of the first datasets and jobs are looked at, so one that holds but few of very many for the caller may be left
  /// out.
  package func lineageNamespaces(_ page: LineagePage, _ context: OperationContext) async throws -> [String] {
    let authorization = try await lineageAuthorization(context)
    var found: [String] = []
    var after: String?
    var looks = 0
    while found.count < page.end, looks < LineagePage.maximumOffset {
      let names = try await store.lineageNamespaces(after: after, limit: Self.namespaceBatch, authorization)
      looks += names.count
      let nodes = try await store.lineageNodes(beginning: names, limit: Self.firstLooks, authorization)
      let view = try await view(of: nodes, authorization)
      let shown = Set(nodes.filter { view.shown.contains($0.id) }.map(\.name.namespace))
      let beginnings = Dictionary(grouping: nodes, by: \.name.namespace)
      for name in names {
        if shown.contains(name) {
          found.append(name)
        } else if beginnings[name]?.count ?? 0 >= Self.firstLooks, try await holdsVisible(name, &looks, authorization) {
          found.append(name)
        }
      }
      guard names.count == Self.namespaceBatch, let last = names.last else { break }
      after = last
    }
    return Array(found.dropFirst(page.offset).prefix(page.limit))
  }

  /// - Throws: ``CatalogError/noSuchNamespace(_:)`` for one that holds nothing that the caller may see
  package func lineageNamespace(_ name: String, _ context: OperationContext) async throws -> String {
    let authorization = try await lineageAuthorization(context)
    var looks = 0
    guard try await holdsVisible(name, &looks, authorization) else {
      throw CatalogError.noSuchNamespace("Lineage knows of no namespace \(name)")
    }
    return name
  }

  private func holdsVisible(_ namespace: String, _ looks: inout Int, _ authorization: Authorization) async throws -> Bool {
    for kind in ["dataset", "job"] {
      let nodes = try await store.lineageNodes(kind, in: namespace, after: nil, limit: Self.furtherLooks, authorization)
      looks += nodes.looks
      let view = try await view(of: nodes.nodes, authorization)
      if !view.shown.isEmpty { return true }
    }
    return false
  }
}
