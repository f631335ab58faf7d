package import CatalogStore
import Governance
import Iceberg
import JSON
import ObjectStorage

extension Catalog {
  /// Gives a table another name, maybe in another namespace of its warehouse.
  ///
  /// - Throws: ``CatalogError/noSuchTable(_:)``, ``CatalogError/noSuchNamespace(_:)``, ``CatalogError/alreadyExists(_:)``,
  ///   ``CatalogError/forbidden(_:)``
  package func renameTable(from source: DatasetPath, to target: DatasetPath, _ context: OperationContext) async throws {
    try await rename(.table, .renameTable, from: source, to: target, context)
  }

  /// Into another namespace, a dataset is made there; into another zone, it also leaves its own: both zones are asked.
  func rename(
    _ kind: DatasetKind, _ action: CatalogAction, from source: DatasetPath, to target: DatasetPath, _ context: OperationContext
  ) async throws {
    let asked: AuthorizedDataset
    do {
      asked = try await authorized(action, [PolicyQuestion(.rename)], source, as: kind, context)
    } catch CatalogError.noSuchTable, CatalogError.noSuchView, CatalogError.noSuchDataset {
      throw CatalogError.missing(kind, source.identifier, saying: "Cannot rename \(source.identifier) to \(target.identifier).")
    }
    if source.namespace != target.namespace { try await authorizeMove(asked, action, from: source, to: target, context) }
    try await store.rename(asked.found, from: source, to: target, asked.authorization)
    cache.remove(source.text)
  }

  /// - Returns: whether it goes into another zone.
  @discardableResult
  func authorizeMove(
    _ asked: AuthorizedDataset, _ action: CatalogAction, from source: DatasetPath, to target: DatasetPath, _ context: OperationContext
  ) async throws -> Bool {
    let kind = asked.found.version.kind
    let moving = try await moving(asked, from: source)
    let place: AuthorizedNamespace
    do {
      place = try await authorized(
        action,
        [.making(moving.action, properties: moving.properties, formatVersion: asked.found.facts.formatVersion)],
        target.namespace, context)
    } catch CatalogError.noSuchNamespace {
      throw CatalogError.noSuchNamespace(
        "Cannot rename \(source.identifier) to \(target.identifier). Namespace does not exist: \(target.identifier.namespace)")
    }
    guard let left = asked.object.zone, left.id != place.facts.zone.id else { return false }
    _ = try authorizer.authorize(
      action, [PolicyQuestion(.drop)], on: asked.object, context, missing: .missing(kind, source.identifier))
    guard kind != .view else { return true }
    try refuse(
      [left.rules.refusalOfDrop(of: kind.rawValue, purging: false, in: left.zone)].compactMap { $0 }
        + moving.refusals(place.facts.zone.rules, place.facts.zone.zone), context)
    return true
  }

  /// What the place that a dataset moves to must know of it.
  private struct Moving {
    /// What making it there would be.
    let action: PolicyAction
    let properties: [String: String]
    let refusals: (ZoneRules, Zone) -> [Refusal]
  }

  private func moving(_ asked: AuthorizedDataset, from source: DatasetPath) async throws -> Moving {
    switch asked.found.version.kind {
    case .table:
      let table = try await cached(source, at: asked.found, asked.authorization).metadata()
      return Moving(action: .createTable, properties: table.properties) { $0.refusals(ofArrival: table, in: $1) }
    case .view:
      let view = try ViewMetadata(jsonText: await cached(source, at: asked.found, asked.authorization).document)
      return Moving(action: .createView, properties: view.properties) { _, _ in [] }
    case .dataset:
      let dataset = try await generic(asked, source)
      return Moving(action: .createDataset, properties: dataset.description.properties) {
        $0.refusals(ofArrival: dataset.format, at: dataset.location, in: $1)
      }
    }
  }
}
