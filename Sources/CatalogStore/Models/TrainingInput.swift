package import Governance
package import Postgres

/// What a version was trained with, or examined.
package enum TrainingRole: String, Sendable, CaseIterable {
  case train, validate, test, reference
}

/// How it is known that a version was trained on an input.
package enum EvidenceGrade: String, Sendable, CaseIterable {
  /// Somebody said so.
  case declared
  /// An engine reported that it read just that.
  case observed
  /// Two who do not know of each other agree.
  case corroborated
  /// Concluded from something else.
  case inferred
}

/// One state of a dataset: a table's or a file set's snapshot, or the version of another format.
package enum DatasetState: Hashable, Sendable {
  case snapshot(Int64)
  case fileSetSnapshot(Int64)
  case formatVersion(String)

  package var text: String {
    switch self {
    case .snapshot(let id), .fileSetSnapshot(let id): String(id)
    case .formatVersion(let version): version
    }
  }
}

/// What was found out about a state of a dataset when it was bound; `nil` where it does not say.
package struct BoundState: Sendable {
  package let state: DatasetState
  package let location: String
  /// A branch, a tag or a time that was asked for; `nil` for a state by its id.
  package var askedFor: String?
  package var schemaID: Int32?
  package var committedAtMs: Int64?
  package var recordCount: Int64?
  package var fileCount: Int64?
  package var sizeBytes: Int64?
  package var metadataLocation: String?
  package var metadataSHA256: [UInt8]?
  package var manifestList: String?
  package var manifestListSHA256: [UInt8]?
  /// A file set's.
  package var root: [UInt8]?
  /// What else is written down when it is bound; empty for a state that was bound before.
  package var recording = TrainingInputRecording()

  package init(_ state: DatasetState, location: String) {
    self.state = state
    self.location = location
  }
}

package struct TrainingInput: Sendable {
  package let id: TrainingInputID
  package let role: TrainingRole
  package let dataset: DatasetID
  package let kind: DatasetKind
  package let format: DatasetFormat?
  /// Its name when it was bound.
  package let path: DatasetPath
  package let bound: BoundState
  package let rowFilter: String?
  /// `nil` for all of them.
  package let columns: [String]?
  package let grade: EvidenceGrade
  package let boundBy: String
  package let boundAt: PostgresTimestamp
  package var withdrawal: (by: String, at: PostgresTimestamp, reason: String)?
  /// Whether a pin keeps its data.
  package var isPinned: Bool

  package init(
    id: TrainingInputID, role: TrainingRole, dataset: DatasetID, kind: DatasetKind, format: DatasetFormat?, path: DatasetPath,
    bound: BoundState, rowFilter: String?, columns: [String]?, grade: EvidenceGrade, boundBy: String, boundAt: PostgresTimestamp,
    withdrawal: (by: String, at: PostgresTimestamp, reason: String)?, isPinned: Bool
  ) {
    self.id = id
    self.role = role
    self.dataset = dataset
    self.kind = kind
    self.format = format
    self.path = path
    self.bound = bound
    self.rowFilter = rowFilter
    self.columns = columns
    self.grade = grade
    self.boundBy = boundBy
    self.boundAt = boundAt
    self.withdrawal = withdrawal
    self.isPinned = isPinned
  }
}

/// A duty to keep one state of a dataset.
package struct Pin: Sendable {
  package let id: PinID
  package let dataset: DatasetID
  package let state: DatasetState
  /// `credit-risk@7`; `nil` for one that somebody set by hand.
  package let modelVersion: String?
  /// `nil` where there is no end yet.
  package let keepUntil: PostgresTimestamp?
  package let reason: String
  package let setBy: String
  package let setAt: PostgresTimestamp
  /// The tag of the table that keeps it for other engines, once it is there.
  package let tag: String?
}
