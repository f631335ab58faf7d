package import Postgres

/// What somebody says that a version's run read.
package struct RunStatement: Sendable {
  package let dataset: DatasetID
  /// Its name now.
  package let path: DatasetPath
  /// Whether it is there, and nobody dropped it.
  package let lives: Bool
  /// A snapshot's id, or another format's version; `nil` where none was told.
  package let state: String?
  package let source: String
  package let grade: EvidenceGrade
  package let saidBy: String
  package let saidAt: PostgresTimestamp
  package let details: [String: String]
  package let rowFilter: String?
  package let columns: [String]?

  package init(
    dataset: DatasetID, path: DatasetPath, lives: Bool, state: String?, source: String, grade: EvidenceGrade, saidBy: String,
    saidAt: PostgresTimestamp, details: [String: String], rowFilter: String? = nil, columns: [String]? = nil
  ) {
    self.dataset = dataset
    self.path = path
    self.lives = lives
    self.state = state
    self.source = source
    self.grade = grade
    self.saidBy = saidBy
    self.saidAt = saidAt
    self.details = details
    self.rowFilter = rowFilter
    self.columns = columns
  }

  package var evidence: Evidence { Evidence(source: source, grade: grade, details: details, saidBy: saidBy, saidAt: saidAt) }

  /// What tells words on one state apart.
  struct Key: Hashable {
    let dataset: DatasetID
    let state: String?
    let source: String
    let saidBy: String
  }

  var key: Key { Key(dataset: dataset, state: state, source: source, saidBy: saidBy) }
}

/// Why something that was said of a version is no input of it.
package struct TrainingGap: Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    /// The snapshot or the dataset was gone when it was told.
    case gone
    /// It was not told which state.
    case noState = "no-state"
    /// Who says so may not speak for the model.
    case unconfirmed
    /// Somebody who may has withdrawn that input.
    case withdrawn
    /// The version was retired by then.
    case retired

    /// Whether it can contradict others.
    package var counts: Bool { self == .gone || self == .withdrawn || self == .retired }
  }

  package let statement: RunStatement
  package let kind: Kind
  package let reason: String

  package init(_ statement: RunStatement, _ kind: Kind, _ reason: String) {
    self.statement = statement
    self.kind = kind
    self.reason = reason
  }
}

/// A run that made a version, under one of its names.
package struct ModelRun: Sendable {
  package let name: String
  /// As whom it ran.
  package let principal: String?
  package let startedAt: PostgresTimestamp?
  package let endedAt: PostgresTimestamp?
  package let declaredBy: String
  package let declaredAt: PostgresTimestamp
}

/// A run as somebody tells of it.
package struct NewModelRun: Hashable, Sendable {
  package let name: String
  package let principal: String?
  package let startedAt: PostgresTimestamp?
  package let endedAt: PostgresTimestamp?

  package init(name: String, principal: String?, startedAt: PostgresTimestamp?, endedAt: PostgresTimestamp?) {
    self.name = name
    self.principal = principal
    self.startedAt = startedAt
    self.endedAt = endedAt
  }
}

/// Names of runs. Ids of 128 bits are written with hyphens by OpenLineage and without by MLflow: both are one.
enum RunName {
  /// All the ways in which it may be written, itself first.
  static func spellings(_ name: String) -> [String] {
    guard let uuid = PostgresUUID(name) else { return [name] }
    return [name] + spellings(uuid).filter { $0 != name }
  }

  static func spellings(_ uuid: PostgresUUID) -> [String] { [uuid.description, uuid.description.replacing("-", with: "")] }
}
