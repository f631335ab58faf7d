package import CatalogStore
import Governance
package import Iceberg
import JSON
import ObjectStorage
import TransparencyLog

extension Catalog {
  /// Takes in a table whose metadata file exists. The file stays the table's present one until its next commit.
  ///
  /// - Parameter overwrite: a table of that name is replaced: it counts as dropped.
  /// - Throws: ``CatalogError/fileNotFound(_:)``, ``CatalogError/alreadyExists(_:)``, ``CatalogError/badRequest(_:)``
  package func registerTable(_ request: RegisterTableRequest, in namespace: NamespacePath, _ context: OperationContext) async throws
    -> LoadedTable
  {
    let path = try DatasetPath(namespace, request.name)
    // What the file says of its table is not known yet; but who may make none here need not have it read.
    let reading = try await authorized(
      .registerTable, [.making(.createTable, properties: GovernedProperty.complete)], namespace, context
    ).authorization
    let found = try await store.find(path)
    if let found, !(request.overwrite && found.version.kind == .table) {
      throw CatalogError.occupied(path.identifier, by: found.version.kind, wanted: .table)
    }
    if found != nil {
      let replaced = try await authorized(.registerTable, [PolicyQuestion(.drop)], path, as: .table, context)
      guard replaced.found.facts.contract == nil else {
        throw CatalogError.contractViolation(
          "The table \(path.identifier) has a contract, which a registration in its place would slip by; retire the contract first, or register under another name"
        )
      }
      try refuseDrop(of: replaced.object, purging: false, context)
      try refuseHeld(replaced, at: path)
    }
    let storage = try await storages.storage(named: path.warehouse, reading)
    let bytes = try await MetadataFile.read(request.metadataLocation, in: storage, maximumSizeBytes: options.maximumMetadataSizeBytes)
    let metadata = try TableMetadata(jsonText: bytes)
    let location = try storage.location(metadata.location, of: "location")
    let place = try await authorized(
      .registerTable, [.making(.createTable, properties: metadata.properties, formatVersion: metadata.formatVersion)], namespace,
      as: CatalogResource(.table, path.text), context)
    let authorization = place.authorization
    try refuse(place.facts.zone.rules.refusals(ofArrival: metadata, in: place.facts.zone.zone), context)
    try await requireOwnPlace(metadata.location, of: found?.version.id, path, uuid: metadata.uuid, in: storage, authorization)

    var rows = HistoryRows()
    rows.addedSnapshots = metadata.snapshots
    rows.addedLogEntries = metadata.snapshotLog
    let head = metadata.headText()
    let dataset = NewDataset(
      id: .new(), path: path, kind: .table, location: location.canonicalText, metadataLocation: request.metadataLocation, head: head,
      facts: DatasetFacts(creating: metadata.properties, formatVersion: metadata.formatVersion, by: context.caller), rows: rows)
    let event = AuditEvent(
      authorization, before: found.map { ["dataset-id": .string($0.version.id.description)] } ?? [:],
      after: [
        "version": .int64(1), "metadata-location": .string(request.metadataLocation), "table-uuid": .string(metadata.uuid ?? ""),
        "snapshot-id": .snapshot(metadata.currentSnapshotID),
      ])
    try await store.create(
      dataset, replacing: found?.version.id, authorization,
      Change(authorization, event: event, answer: .metadata(at: request.metadataLocation)))
    let version = DatasetVersion(id: dataset.id, warehouse: storage.warehouse.id, kind: .table, version: 1)
    // Nothing is asked of the database any more: what has happened is answered, even if it is gone now.
    let result = CachedDataset(
      found: FoundDataset(version: version, namespace: place.found.id, facts: dataset.facts, revision: 0),
      metadataLocation: request.metadataLocation, document: metadata.documentText(head: head))
    cache.insert(result, at: path.text)
    return try await loaded(result, authorization)
  }
}
