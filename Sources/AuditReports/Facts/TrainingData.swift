package import Lineage
import TransparencyLog

/// A state of a dataset that the version was trained on, and how that is known.
package struct TrainingData: Hashable, Sendable {
  /// `train`, `validate`, `test` or `reference`.
  package var role: String
  /// The dataset's UUID, which stays when it is renamed.
  package var datasetID: String
  /// Its name when it was bound.
  package var identifier: String
  package var owner: String?
  package var location: String
  package var snapshotID: Int64?
  /// Another format's own version.
  package var formatVersion: String?
  package var committedAtMs: Int64?
  package var schemaID: Int64?
  package var schema: [LineageColumn] = []
  /// What part of it was read; `nil` and none for all.
  package var rowFilter: String?
  package var columns: [String] = []
  /// SHA-256 in hexadecimal digits: of the table's metadata file, of the snapshot's manifest list, of a file set's root.
  package var metadataSHA256: String?
  package var manifestListSHA256: String?
  package var rootSHA256: String?
  package var recordCount: Int64?
  package var fileCount: Int64?
  package var sizeBytes: Int64?
  package var grade: LineageEvidence
  package var witnesses: [TrainingWitness] = []
  /// Whether a duty to keep this state stands, and until when; `nil` for without an end.
  package var isPinned = false
  package var pinnedUntilMs: Int64?
  /// Whether it can be read now as it was then; `nil` when nobody looked.
  package var isRetrievable: Bool?
  /// Why it cannot be read, or who expired it.
  package var unretrievableReason: String?
  /// What speaks against what was declared, a sentence each.
  package var contradictions: [String] = []
  package var event: String?

  package init(role: String, datasetID: String, identifier: String, location: String, grade: LineageEvidence) {
    self.role = role
    self.datasetID = datasetID
    self.identifier = identifier
    self.location = location
    self.grade = grade
  }

  var hasState: Bool { snapshotID != nil || formatVersion != nil }
  var hasDigest: Bool { metadataSHA256 != nil || manifestListSHA256 != nil || rootSHA256 != nil }

  var canonical: CanonicalValue {
    .members([
      "role": .string(role), "dataset-id": .string(datasetID), "identifier": .string(identifier), "owner": .text(owner),
      "location": .string(location), "snapshot-id": .text(snapshotID.map { String($0) }), "format-version": .text(formatVersion),
      "committed-at-ms": .number(committedAtMs), "schema-id": .number(schemaID), "schema": .array(schema.map(\.canonical)),
      "row-filter": .text(rowFilter), "columns": .strings(columns), "metadata-sha256": .text(metadataSHA256),
      "manifest-list-sha256": .text(manifestListSHA256), "root-sha256": .text(rootSHA256), "record-count": .number(recordCount),
      "file-count": .number(fileCount), "size-bytes": .number(sizeBytes), "grade": .string(grade.rawValue),
      "witnesses": .array(witnesses.map(\.canonical)), "pinned": .bool(isPinned), "pinned-until-ms": .number(pinnedUntilMs),
      "retrievable": isRetrievable.map { .bool($0) }, "unretrievable-reason": .text(unretrievableReason),
      "contradictions": .strings(contradictions), "event": .text(event),
    ])
  }
}

/// Who said that the version was trained on it, and how they knew.
package struct TrainingWitness: Hashable, Sendable {
  /// Such as `person`, `mlflow`, `openlineage`, `metrics-report`.
  package var source: String
  package var grade: LineageEvidence
  package var saidBy: String
  package var saidAtMs: Int64
  package var details: String
  package var event: String?

  package init(source: String, grade: LineageEvidence, saidBy: String, saidAtMs: Int64, details: String = "", event: String? = nil) {
    self.source = source
    self.grade = grade
    self.saidBy = saidBy
    self.saidAtMs = saidAtMs
    self.details = details
    self.event = event
  }

  var canonical: CanonicalValue {
    .members([
      "source": .string(source), "grade": .string(grade.rawValue), "said-by": .string(saidBy), "said-at-ms": .int64(saidAtMs),
      "details": .string(details), "event": .text(event),
    ])
  }
}

/// What two inputs have in common, such as rows that a version was trained and tested on.
package struct TrainingOverlap: Hashable, Sendable {
  package var first: String
  package var second: String
  package var fileCount: Int64
  package var details: String

  package init(first: String, second: String, fileCount: Int64, details: String) {
    self.first = first
    self.second = second
    self.fileCount = fileCount
    self.details = details
  }

  var canonical: CanonicalValue {
    .members([
      "first": .string(first), "second": .string(second), "file-count": .int64(fileCount), "details": .string(details),
    ])
  }
}

/// A view of features that the version was trained with.
package struct FeatureFacts: Hashable, Sendable {
  package var name: String
  package var columns: [LineageColumn]
  package var source: String
  package var owner: String?

  package init(name: String, columns: [LineageColumn], source: String, owner: String? = nil) {
    self.name = name
    self.columns = columns
    self.source = source
    self.owner = owner
  }

  var canonical: CanonicalValue {
    .members([
      "name": .string(name), "columns": .array(columns.map(\.canonical)), "source": .string(source), "owner": .text(owner),
    ])
  }
}
