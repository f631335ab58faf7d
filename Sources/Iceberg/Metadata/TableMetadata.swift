package import JSON

/// A table's metadata (table spec, "Table Metadata"), of format version 1, 2 or 3.
///
/// Stored, it comes apart: the *head*, which does not grow with history, and the texts of its snapshots and snapshot log.
package struct TableMetadata: Hashable, Sendable {
  package var formatVersion: Int
  /// Required from v2 on.
  package var uuid: String?
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
  package var refs: [String: SnapshotReference]
  package var statistics: [StatisticsFile]
  package var partitionStatistics: [StatisticsFile]
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

  package var currentSchema: Schema? { schemas.first { $0.id == currentSchemaID } }
  package var defaultSpec: PartitionSpec? { partitionSpecs.first { $0.id == defaultSpecID } }
  package func snapshot(_ id: Int64) -> Snapshot? { snapshots.first { $0.id == id } }
}

/// An earlier metadata file.
package struct MetadataLogEntry: Hashable, Sendable {
  package let timestampMs: Int64
  package let metadataFile: String

  package init(timestampMs: Int64, metadataFile: String) {
    self.timestampMs = timestampMs
    self.metadataFile = metadataFile
  }
}

/// A file of statistics or partition statistics, kept as its text beside the snapshot that it is of.
package struct StatisticsFile: Hashable, Sendable {
  package let snapshotID: Int64
  package let path: String
  package let text: ArraySlice<UInt8>
}

/// An encrypted key, kept as its text beside its id (v3).
package struct EncryptedKey: Hashable, Sendable {
  package let keyID: String
  package let text: ArraySlice<UInt8>
}

extension MetadataLogEntry: JSONDecodable, JSONEncodable {
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    timestampMs = try object.required("timestamp-ms").int64()
    metadataFile = try object.required("metadata-file").string()
  }

  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("timestamp-ms", timestampMs)
      $0.field("metadata-file", metadataFile)
    }
  }
}

extension StatisticsFile: JSONDecodable, JSONEncodable {
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    snapshotID = try object.required("snapshot-id").int64()
    path = try object.required("statistics-path").string()
    _ = try object.required("file-size-in-bytes").int64()
    text = json.raw
  }

  package func write(to writer: inout JSONWriter) { writer.raw(text) }
}

extension EncryptedKey: JSONDecodable, JSONEncodable {
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    keyID = try object.required("key-id").string()
    _ = try object.required("encrypted-key-metadata").string()
    text = json.raw
  }

  package func write(to writer: inout JSONWriter) { writer.raw(text) }
}
