import JSON

/// A table's metadata (table spec, "Table Metadata"), of format version 1, 2 or 3.
///
/// Stored, it comes apart: the *head*, which does not grow with history, and the texts of its snapshots and snapshot log.
package struct TableMetadata: Hashable, Sendable {
  package var formatVersion: Int
  /// Required from v2 on.
  package var uuid: String?
  /// Without a slash at its end.
  package var location: String
  package var lastSequenceNumber: Int64
  package var lastUpdatedMs: Int64
  package var lastColumnID: Int32
  package var schemas: [Schema]
  package var currentSchemaID: Int32
  package var partitionSpecs: [PartitionSpec]
  package var defaultSpecID: Int32
  package var lastPartitionID: Int32
  package var sortOrders: [SortOrder]
  package var defaultSortOrderID: Int32
  package var properties: [String: String]
  package var currentSnapshotID: Int64?
  /// Branches and tags by name; `main` is there whenever there is a current snapshot.
  package var refs: [String: SnapshotReference]
  package var statistics: [StatisticsFile]
  package var partitionStatistics: [PartitionStatisticsFile]
  package var encryptionKeys: [EncryptedKey]
  /// The first row id not given out yet (v3).
  package var nextRowID: Int64
  package var metadataLog: [MetadataLogEntry]
  /// In the order of the document.
  package var snapshots: [Snapshot]
  package var snapshotLog: [SnapshotLogEntry]
  var unknown = JSONFields()

  package static let supportedFormatVersions = 1...3
  /// What new tables are made in unless they ask for another.
  package static let defaultFormatVersion = 2
  /// How far clocks of committers may be apart before a log counts as unsorted: the reference's one minute.
  package static let clockToleranceMs: Int64 = 60_000

  package var currentSchema: Schema? { schemas.first { $0.id == currentSchemaID } }
  package var defaultSpec: PartitionSpec? { partitionSpecs.first { $0.id == defaultSpecID } }
  package var defaultSortOrder: SortOrder? { sortOrders.first { $0.id == defaultSortOrderID } }
  /// Looks through all snapshots.
  package func snapshot(_ id: Int64) -> Snapshot? { snapshots.first { $0.id == id } }
  package var currentSnapshot: Snapshot? { currentSnapshotID.flatMap { snapshot($0) } }

  /// The location without slashes at its end; a scheme's two stay.
  static func withoutTrailingSlash(_ location: String) -> String {
    var location = location
    while location.utf8.count > 1, location.hasSuffix("/"), !location.hasSuffix("://") { location.removeLast() }
    return location
  }
}
