package import CatalogStore

extension Catalog {
  /// What was answered to an earlier request with the same `Idempotency-Key`, if it succeeded.
  package func recordedAnswer(for key: IdempotencyKey) async throws -> RecordedAnswer? { try await store.recordedAnswer(for: key) }

  /// A table or view as it was when an answer was recorded: its metadata file never changes.
  package func recordedMetadata(_ location: String, in warehouse: String, _ context: OperationContext) async throws -> LoadedTable {
    let authorization = try await authorized(.loadWarehouse, [PolicyQuestion(.list)], warehouse: warehouse, context)
    let storage = try await storages.storage(named: warehouse, authorization)
    let document = try await MetadataFile.read(location, in: storage, maximumSizeBytes: options.maximumMetadataSizeBytes)
    return LoadedTable(metadataLocation: location, metadata: document, config: storage.clientConfig, etag: nil)
  }
}
