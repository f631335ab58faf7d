import Governance
import JSON

@testable import Iceberg

/// Manifests made on the spot, with what is in them.
struct ManifestModel {
  var contents: [String: [ManifestEntry]] = [:]
  private var count = 0

  static func data(_ path: String, rows: Int64 = 10) -> ContentFile {
    ContentFile(content: .data, path: "s3://lake/t/data/\(path)", format: "parquet", recordCount: rows, sizeBytes: 100)
  }

  static func deletes(
    _ path: String, _ content: ContentFile.Content = .positionDeletes, of target: String? = nil, rows: Int64 = 1, offset: Int64? = nil
  ) -> ContentFile {
    ContentFile(
      content: content, path: "s3://lake/t/data/\(path)", format: offset == nil ? "parquet" : "puffin", recordCount: rows, sizeBytes: 100,
      equalityIDs: content == .equalityDeletes ? [1] : nil, referencedDataFile: target.map { "s3://lake/t/data/\($0)" },
      contentOffset: offset, contentSizeBytes: offset.map { _ in 40 })
  }

  /// A manifest of files that live since sequence number `sequence`, and of files marked as deleted.
  mutating func manifest(
    _ files: [(ContentFile, sequence: Int64)], deleted: [(ContentFile, by: Int64)] = [], content: ManifestContent = .data,
    addedBy snapshotID: Int64 = 1, sequence: Int64 = 1, status: ManifestEntry.Status = .existing
  ) -> ListedManifest {
    count += 1
    let path = "s3://lake/t/metadata/m\(count).avro"
    contents[path] =
      files.map {
        ManifestEntry(status: status, snapshotID: snapshotID, sequenceNumber: $0.sequence, fileSequenceNumber: $0.sequence, file: $0.0)
      }
      + deleted.map { ManifestEntry(status: .deleted, snapshotID: $0.by, sequenceNumber: 1, fileSequenceNumber: 1, file: $0.0) }
    return ListedManifest(
      ManifestFile(
        path: path, length: 1, partitionSpecID: 0, content: content, sequenceNumber: sequence,
        minSequenceNumber: files.map(\.sequence).min() ?? sequence, addedSnapshotID: snapshotID, addedFilesCount: 0,
        existingFilesCount: Int32(files.count), deletedFilesCount: Int32(deleted.count)))
  }

  mutating func manifest(_ files: [ContentFile], content: ManifestContent = .data, sequence: Int64 = 1) -> ListedManifest {
    manifest(files.map { ($0, sequence) }, content: content, sequence: sequence)
  }

  static func snapshot(_ id: Int64 = 2, parent: Int64? = 1, operation: String? = "append") -> Snapshot {
    let parent = parent.map { #","parent-snapshot-id":\#($0)"# } ?? ""
    let summary = operation.map { #","summary":{"operation":"\#($0)"}"# } ?? ""
    let text =
      #"{"snapshot-id":\#(id)\#(parent),"sequence-number":\#(id),"timestamp-ms":\#(id * 1000)\#(summary),"#
      + #""manifest-list":"s3://lake/t/metadata/l\#(id).avro"}"#
    guard let snapshot = try? Snapshot(jsonText: Array(text.utf8)) else { preconditionFailure(text) }
    return snapshot
  }

  func facts(_ parent: [ListedManifest], _ child: [ListedManifest], claims operation: String? = "append") throws -> SnapshotFacts {
    try SnapshotFacts.comparing(Self.snapshot(operation: operation), parent: parent, child: child) { contents[$0.path] ?? [] }
  }
}
