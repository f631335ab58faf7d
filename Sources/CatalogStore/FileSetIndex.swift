package import Postgres

/// A look at what lies below a dataset's location, under way or done.
package struct FileSetIndex: Hashable, Sendable {
  package enum State: String, Sendable {
    case underWay = "under-way"
    case finished, failed
  }

  /// 1 for the first; that of the point in the dataset's history that it makes.
  package let number: Int64
  package let startedAt: PostgresTimestamp
  package let finishedAt: PostgresTimestamp?
  /// Why it failed; while it is under way, why it has to wait.
  package let problem: String?
  /// Objects that are there, as far as it has got.
  package let objects: Int64
  package let sizeBytes: Int64
  package let added: Int64
  /// Of other content, or written again.
  package let changed: Int64
  package let gone: Int64
  /// What no key can name: links, names that are no text.
  package let passedOver: Int64
  /// Objects that the one before it found; `nil` for the first.
  package let expected: Int64?

  package var state: State { finishedAt == nil ? .underWay : problem == nil ? .finished : .failed }
}

/// An index under way, with what the job needs to go on.
package struct FileSetWork: Sendable {
  package let dataset: DatasetID
  package let number: Int64
  /// The last key that was looked at; `nil` before the first.
  package var reached: String?
  package let warehouse: WarehouseID
  /// ``DatasetPath/text``
  package let path: String
  package let location: String
  package let isDropped: Bool
}

/// What one page of a list came to.
package struct FileSetStep: Sendable {
  /// Keys of objects that are as they were.
  package var unchanged: [String] = []
  /// Objects that are new or have changed.
  package var fresh: [FileSetObject] = []
  /// All objects on the page.
  package var sizeBytes: Int64 = 0
  package var passedOver = 0
  /// The last key of the page; `nil` for a page without any.
  package var reached: String?
  /// Whether nothing follows it.
  package var isLast = false

  package init() {}
}
