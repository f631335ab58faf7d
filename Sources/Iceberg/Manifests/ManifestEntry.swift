/// A line of a manifest: a file, and what the manifest's snapshot did with it (table spec, "Manifest Entry Fields").
package struct ManifestEntry: Hashable, Sendable {
  package enum Status: Int32, Sendable {
    case existing = 0
    case added = 1
    case deleted = 2
  }

  package var status: Status
  /// The snapshot that added the file, or deleted it where the status says so. `nil` only where there was nothing to inherit it from.
  package var snapshotID: Int64?
  /// The data sequence number.
  package var sequenceNumber: Int64?
  package var fileSequenceNumber: Int64?
  package var file: ContentFile
  /// Of the columns that the reader was asked for; `nil` where the writer says nothing of any column.
  package var statistics: ColumnStatistics?

  package var isLive: Bool { status != .deleted }
}

/// A data or delete file (table spec, "Data File Fields"), without its partition and its statistics.
///
/// Numbers are the writer's word and may be anything; imported files say -1 records.
package struct ContentFile: Hashable, Sendable {
  package enum Content: Int32, Sendable {
    case data = 0
    case positionDeletes = 1
    case equalityDeletes = 2
  }

  package var content: Content
  package var path: String
  /// In lower case: `parquet`, `avro`, `orc`, `puffin`.
  package var format: String
  package var recordCount: Int64
  /// Bytes; of the whole file, also where the content is only part of it.
  package var sizeBytes: Int64
  /// Columns by which an equality delete file deletes.
  package var equalityIDs: [Int32]?
  package var sortOrderID: Int32?
  /// The id of the file's first row (v3).
  package var firstRowID: Int64?
  /// The one data file that all its deletes are in.
  package var referencedDataFile: String?
  /// Where a deletion vector lies in its Puffin file.
  package var contentOffset: Int64?
  package var contentSizeBytes: Int64?

  /// A deletion vector: part of a Puffin file, which other entries may share (v3).
  package var isDeletionVector: Bool { content == .positionDeletes && format == "puffin" }
}
