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
    } catch CatalogError.noSuchTable, CatalogError.noSuchView {
      let what = "Cannot rename \(source.identifier) to \(target.identifier). "
      switch CatalogError.missing(kind, source.identifier) {
      case .noSuchTable(let message): throw CatalogError.noSuchTable(what + message)
      case let other: throw CatalogError.noSuchView(what + other.message)
      }
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
    let dataset = try await cached(source, at: asked.found, asked.authorization)
    let kind = asked.found.version.kind
    let table = kind == .table ? try dataset.metadata() : nil
    let properties = try table?.properties ?? ViewMetadata(jsonText: dataset.document).properties
    let place: AuthorizedNamespace
    do {
      place = try await authorized(
        action,
        [.making(kind == .table ? .createTable : .createView, properties: properties, formatVersion: asked.found.facts.formatVersion)],
        target.namespace, context)
    } catch CatalogError.noSuchNamespace {
      throw CatalogError.noSuchNamespace(
        "Cannot rename \(source.identifier) to \(target.identifier). Namespace does not exist: \(target.identifier.namespace)")
    }
    guard let left = asked.object.zone, left.id != place.facts.zone.id else { return false }
    _ = try authorizer.authorize(
      action, [PolicyQuestion(.drop)], on: asked.object, context, missing: .missing(kind, source.identifier))
    guard let table else { return true }
    try refuse(
      [left.rules.refusalOfDrop(purging: false, in: left.zone)].compactMap { $0 }
        + place.facts.zone.rules.refusals(ofArrival: table, in: place.facts.zone.zone), context)
    return true
  }
}
