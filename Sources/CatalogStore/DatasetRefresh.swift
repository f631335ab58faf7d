package import Governance
package import Postgres

/// When the log of a Delta or Hudi table was read, and how that ended.
package struct DatasetRefresh: Hashable, Sendable {
  package enum State: String, Sendable {
    case underWay = "under-way"
    case finished, failed
  }

  /// How often somebody asked, that of it with which a job began, and that of it which is done.
  package let asked: Int64
  package let begun: Int64
  package let done: Int64
  package let askedAt: PostgresTimestamp
  /// Of the last one that is done.
  package let finishedAt: PostgresTimestamp?
  /// Why the last one that is done failed.
  package let problem: String?
  /// Why the one under way has to wait.
  package let waitsFor: String?
  /// Files of the log, of the one under way or else of the last.
  package let filesRead: Int64
  package let filesWanted: Int64

  package var state: State { done < asked ? .underWay : problem == nil ? .finished : .failed }

  /// Whether nobody has begun to read what was asked for.
  var isWaiting: Bool { begun < asked }
}

/// What a new dataset has been read of so far.
package enum FirstRefresh: Hashable, Sendable {
  /// Its log is to be read at once.
  case due
  /// It is never read, for this reason.
  case impossible(String)
}

/// A refresh under way, with what the job needs.
package struct RefreshWork: Sendable {
  package let dataset: DatasetID
  /// What was asked when it began; more may be asked by its end.
  package let number: Int64
  package let warehouse: WarehouseID
  /// ``DatasetPath/text``
  package let path: String
  package let format: DatasetFormat
  package let location: String
  package let isDropped: Bool
  /// Why the one before failed.
  package let problem: String?

  /// As people write it.
  package var identifier: String { path.split(separator: "\u{1F}").dropFirst().joined(separator: ".") }
}

/// What is stored of a dataset, and which version of it that is.
package struct RefreshBase: Sendable {
  package let version: Int64
  package let description: DatasetDescription
}
