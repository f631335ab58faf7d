/// What a Delta log says of a table at one version.
package struct DeltaTable: Hashable, Sendable {
  package var version: Int64
  package var protocolVersion: DeltaProtocol
  package var metadata: DeltaMetadata
  package var columns: [TableColumn]
  /// Live files, and their bytes.
  package var fileCount: Int64
  package var sizeBytes: Int64
  /// Rows of the live files, those not counted that deletion vectors mark; `nil` when a file does not say how many it has.
  package var rowCount: Int64?
  /// The commit that made the version; `nil` when it is gone and only its checkpoint is left.
  package var commit: DeltaCommit?
}

/// What a reader and a writer must know (PROTOCOL.md, "Protocol Evolution").
package struct DeltaProtocol: Hashable, Sendable {
  package var minimumReaderVersion: Int32
  package var minimumWriterVersion: Int32
  package var readerFeatures: [String]
  package var writerFeatures: [String]
}

/// What is said of the table as a whole (PROTOCOL.md, "Change Metadata").
package struct DeltaMetadata: Hashable, Sendable {
  package var id: String
  package var name: String?
  package var description: String?
  /// JSON, as it is in the log.
  package var schemaText: String
  /// Names of columns, in order.
  package var partitionColumns: [String]
  package var configuration: [String: String]
  package var createdAtMs: Int64?
}

/// Where a version comes from (PROTOCOL.md, "Commit Provenance Information"). Writers may leave out any of it.
package struct DeltaCommit: Hashable, Sendable {
  /// When, by the writer's clock. Without it, the time of the commit is that of its file.
  package var timestampMs: Int64?
  package var operation: String?
  package var userName: String?
  package var engine: String?
}
