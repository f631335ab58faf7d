package import CatalogStore
import Governance
import Iceberg

// What was imported of feature stores, for those who read.

/// A feature view with the names of the datasets that it comes from.
package struct DescribedFeatureView: Sendable {
  package let view: StoredFeatureView
  package let facts: FeatureViewFacts
  /// Those that the caller may know of.
  package let sources: [DatasetID: LinkedDataset]
}

/// A feature service with the names of its views.
package struct DescribedFeatureService: Sendable {
  package let service: FeatureServiceFacts
  /// Those that the caller may know of.
  package let views: [DatasetID: LinkedDataset]
  /// Those that are there and that the caller may not know of.
  package let hidden: Set<DatasetID>
}

extension Catalog {
  /// The feature views of a namespace that were imported and that the caller may know of, in order of their names.
  ///
  /// - Throws: ``CatalogError/noSuchNamespace(_:)``
  package func listFeatureViews(
    in namespace: NamespacePath, _ page: PageRequest, _ context: OperationContext
  ) async throws -> Page<DescribedFeatureView> {
    let place = try await authorized(.listFeatures, [PolicyQuestion(.list)], namespace, context)
    let page = try await authorizer.visibleDatasets(
      in: place.facts, format: .featureView, place.object.state, page, context)
    let views = try await store.featureViews(page.elements.map(\.id), place.authorization)
    return Page(elements: try await described(views, place.authorization), next: page.next)
  }

  /// - Throws: ``CatalogError/noSuchDataset(_:)``, also for one that is no feature view or that no import has described
  package func loadFeatureView(_ path: DatasetPath, _ context: OperationContext) async throws -> DescribedFeatureView {
    let asked = try await authorized(.loadDataset, [PolicyQuestion(.getMetadata)], path, as: .dataset, context)
    let views = try await store.featureViews([asked.found.version.id], asked.authorization)
    guard let view = try await described(views, asked.authorization).first else {
      throw CatalogError.noSuchDataset("Feature view does not exist: \(path.identifier) is a dataset that no import has described as one")
    }
    return view
  }

  /// The feature services of a namespace, in order of their names.
  ///
  /// - Throws: ``CatalogError/noSuchNamespace(_:)``
  package func listFeatureServices(
    in namespace: NamespacePath, _ page: PageRequest, _ context: OperationContext
  ) async throws -> Page<DescribedFeatureService> {
    let place = try await authorized(.listFeatures, [PolicyQuestion(.getMetadata)], namespace, context)
    let services = try await store.featureServices(in: place.found.id, place.authorization)
    let after = page.after ?? ""
    let rows = services.filter { after.utf8.lexicographicallyPrecedes($0.name.utf8) }.prefix(page.size + 1)
    let (views, hidden) = try await seen(Set(rows.flatMap { $0.selections.compactMap(\.dataset) }), place.authorization)
    return Page(Array(rows), size: page.size, key: \.name) { service in
      DescribedFeatureService(service: service, views: views, hidden: hidden)
    }
  }

  private func described(_ views: [StoredFeatureView], _ authorization: Authorization) async throws -> [DescribedFeatureView] {
    let ids = Set(views.flatMap { $0.facts?.sources.compactMap(\.dataset) ?? [] })
    let sources = try await seen(ids, authorization).visible
    return views.compactMap { view in
      view.facts.map { facts in
        let own = Set(facts.sources.compactMap(\.dataset))
        return DescribedFeatureView(view: view, facts: facts, sources: sources.filter { own.contains($0.key) })
      }
    }
  }

  /// Those of the datasets that are there, and which of them the caller may not know of.
  private func seen(
    _ ids: Set<DatasetID>, _ authorization: Authorization
  ) async throws -> (visible: [DatasetID: LinkedDataset], hidden: Set<DatasetID>) {
    var visible = try await store.linked(Array(ids), authorization)
    var hidden: Set<DatasetID> = []
    for (id, dataset) in visible where try await !isVisible(dataset, authorization.context) {
      visible[id] = nil
      hidden.insert(id)
    }
    return (visible, hidden)
  }
}
