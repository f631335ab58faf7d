package import CatalogStore
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
    let authorization = try authorize(.registerTable, path, as: .table, context)
    let storage = try await storages.storage(named: path.warehouse, authorization)
    let found = try await store.datasetVersion(path, authorization)
    if let found, !(request.overwrite && found.kind == .table) {
      throw CatalogError.occupied(path.identifier, by: found.kind, wanted: .table)
    }
    _ = try await store.namespace(path.namespace, authorization)
    let bytes = try await MetadataFile.read(request.metadataLocation, in: storage, maximumSizeBytes: options.maximumMetadataSizeBytes)
    let metadata = try TableMetadata(jsonText: bytes)
    let location = try storage.location(metadata.location, of: "location")

    var rows = HistoryRows()
    rows.addedSnapshots = metadata.snapshots
    rows.addedLogEntries = metadata.snapshotLog
    let head = metadata.headText()
    let dataset = NewDataset(
      id: .new(), path: path, kind: .table, location: location.canonicalText, metadataLocation: request.metadataLocation, head: head,
      rows: rows)
    let event = AuditEvent(
      authorization, before: found.map { ["dataset-id": .string($0.id.description)] } ?? [:],
      after: [
        "version": .int64(1), "metadata-location": .string(request.metadataLocation), "table-uuid": .string(metadata.uuid ?? ""),
        "snapshot-id": .snapshot(metadata.currentSnapshotID),
      ])
    try await store.create(
      dataset, replacing: found?.id, authorization,
      Change(authorization, event: event, answer: .metadata(at: request.metadataLocation)))
    let version = DatasetVersion(id: dataset.id, warehouse: storage.warehouse.id, kind: .table, version: 1)
    // Nothing is asked of the database any more: what has happened is answered, even if it is gone now.
    let result = CachedDataset(
      version: version, metadataLocation: request.metadataLocation, document: metadata.documentText(head: head))
    cache.insert(result, at: path.text)
    return try await loaded(result, authorization)
  }
}
