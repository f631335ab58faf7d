package import CatalogStore
import Features
import Governance
import Iceberg
import Postgres
import TransparencyLog

/// A source of a feature view in a state that somebody names.
package struct NamedTrainingSource: Sendable {
  package let path: DatasetPath
  package let choice: SnapshotChoice

  package init(path: DatasetPath, choice: SnapshotChoice) {
    self.path = path
    self.choice = choice
  }
}

extension Catalog {
  /// A feature view as it is defined now, and behind it what it is computed from, each source in the state that was named for it or else
  /// in its present one.
  ///
  /// - Parameter above: views that come from this one, so that none is walked in a circle.
  /// - Returns: the view's own input first.
  /// - Throws: ``CatalogError/badRequest(_:)``; ``CatalogError/forbidden(_:)`` when the caller may not see a source.
  func resolve(
    _ input: NamedTrainingInput, view: StoredFeatureView, _ facts: FeatureViewFacts, _ asked: AuthorizedDataset,
    below above: Set<DatasetID>,
    _ context: OperationContext
  ) async throws -> [NewTrainingInput] {
    let version = "\(asked.found.version.version)"
    switch input.choice {
    case nil: break
    case .id(let id) where "\(id)" == version: break
    case .ref(let name) where name == version: break
    default:
      throw CatalogError.badRequest(
        "Of the feature view \(input.path.identifier) only the present definition is known, version \(version); bind it without a version")
    }
    var bound = BoundState(.formatVersion(version), location: "")
    bound.committedAtMs = view.importedAt?.milliseconds
    bound.recording.definition = CanonicalValue.object(facts.canonical).canonicalBytes
    bound.recording.columns = facts.features.map {
      DescribedColumn(name: $0.name, type: $0.valueType ?? "", isNullable: true, comment: $0.description)
    }
    let linked = try await store.linked(facts.sources.compactMap(\.dataset), asked.authorization)
    let above = above.union([asked.found.version.id])
    var named = Dictionary(input.sources.map { ($0.path, $0.choice) }, uniquingKeysWith: { $1 })
    var behind: [NewTrainingInput] = []
    for source in facts.sources {
      guard let dataset = source.dataset.flatMap({ linked[$0] }) else {
        let reason = source.role == .request ? "It is given with each request" : "It is no dataset of the catalog"
        bound.recording.sources.append(NewTrainingSource(source, .none(reason)))
        continue
      }
      guard try await isVisible(dataset, context) else {
        throw CatalogError.forbidden(
          "The feature view \(input.path.identifier) is computed from a dataset that you may not see; somebody who may see all of its sources must bind it"
        )
      }
      let choice = named.removeValue(forKey: dataset.path)
      if choice == nil, let reason = try await reasonForNoState(dataset, above, asked.authorization) {
        bound.recording.sources.append(NewTrainingSource(source, .none(reason)))
        continue
      }
      let inputs = try await resolve(
        NamedTrainingInput(path: dataset.path, choice: choice, role: input.role, sources: input.sources), below: above, context)
      bound.recording.sources.append(NewTrainingSource(source, .bound(inputs[0].dataset.version.id, inputs[0].bound.state)))
      behind += inputs
    }
    // Those of views behind it may be named, too.
    let known = Set(behind.map(\.path)).union(linked.values.map(\.path))
    if let stranger = named.keys.first(where: { !known.contains($0) }) {
      throw CatalogError.badRequest("The feature view \(input.path.identifier) is not computed from \(stranger.identifier)")
    }
    let own = NewTrainingInput(
      role: input.role, dataset: asked.found, format: .featureView, path: input.path, bound: bound, rowFilter: input.rowFilter,
      columns: input.columns)
    return [own] + behind
  }

  /// Why a source has no state that could be kept; `nil` where it has.
  private func reasonForNoState(
    _ source: LinkedDataset, _ above: Set<DatasetID>, _ authorization: Authorization
  ) async throws -> String? {
    if above.contains(source.found.version.id) { return "It comes from itself" }
    switch source.found.version.kind {
    case .table: return nil
    case .view: return "It is a view, whose state is that of its tables"
    case .dataset: break
    }
    guard let dataset = try await store.genericDataset(source.path, authorization) else { return "It was dropped" }
    switch dataset.format {
    case .delta, .hudi, .featureView: return nil
    case .topic: return "A topic has no state that could be kept"
    case .parquet, .csv: return dataset.description.currentVersion == nil ? "Nobody says which version of it is the present one" : nil
    case .files:
      let page = try await store.snapshots(of: source.found.version.id, PageRequest(size: 1), authorization)
      return page.elements.isEmpty ? "No snapshot of it was frozen" : nil
    }
  }
}
