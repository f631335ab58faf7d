package import Lineage
package import Postgres

/// A dataset or a job as lists have it.
package struct ListedNode: Sendable {
  package let id: Int64
  /// `dataset`, `job`, and others later.
  package let kind: String
  /// As it was called first.
  package let name: EntityName
  /// Of the catalog.
  package let dataset: DatasetID?
  package let firstSeenAt: PostgresTimestamp
  package let lastSeenAt: PostgresTimestamp
  /// The latest event that tells of it.
  package let lastEvent: Int64?

  static let columns: SQL = "n.id, n.kind, n.namespace, n.name, n.dataset_id, n.first_seen_at, n.last_seen_at, n.last_event_id"

  /// - Parameter first: where ``columns`` begin.
  init(_ row: PostgresRow, from first: Int = 0) throws {
    id = try row[first]
    kind = try row[first + 1]
    name = EntityName(namespace: try row[first + 2], name: try row[first + 3])
    dataset = try row[first + 4]
    firstSeenAt = try row[first + 5]
    lastSeenAt = try row[first + 6]
    lastEvent = try row[first + 7]
  }
}

/// Some names of nodes, in order, and where to go on.
package struct ListedNodes: Sendable {
  package var nodes: [ListedNode] = []
  /// `nil` at the end.
  package var next: EntityName?
  /// Names that were looked at, those included under which a node is not listed.
  package var looks = 0
}

/// What the jobs and datasets beside a node are.
package struct NodeSurroundings: Sendable {
  /// What flows from here: of a job, what it reads.
  package var sources: Set<Int64> = []
  /// Of a job, what it writes.
  package var targets: Set<Int64> = []
  /// Whether there is more than was looked at.
  package var isCut = false

  package init() {}
}

/// A run, as the graph has it.
package struct StoredRun: Sendable {
  package let id: PostgresUUID
  package let job: Int64
  package let state: RunState
  package let stateAt: PostgresTimestamp
  package let startedAt: PostgresTimestamp?
  package let endedAt: PostgresTimestamp?
  package let nominalStartAt: PostgresTimestamp?
  package let nominalEndAt: PostgresTimestamp?
  package let parentJob: Int64?
  package let lastEventAt: PostgresTimestamp

  static let columns: SQL =
    "r.id, r.job_id, r.state, r.state_at, r.started_at, r.ended_at, r.nominal_start_at, r.nominal_end_at, r.parent_job_id, r.last_event_at"

  init(_ row: PostgresRow) throws {
    id = try row[0]
    job = try row[1]
    state = RunState(rawValue: try row[2]) ?? .other
    stateAt = try row[3]
    startedAt = try row[4]
    endedAt = try row[5]
    nominalStartAt = try row[6]
    nominalEndAt = try row[7]
    parentJob = try row[8]
    lastEventAt = try row[9]
  }
}

/// A dataset that a run read or wrote, in the version that counts.
package struct StoredUse: Sendable {
  package let run: PostgresUUID
  package let node: Int64
  package let isOutput: Bool
  /// Empty where none was told.
  package let version: String
  package let firstSeenAt: PostgresTimestamp
}

/// A dependency of columns, by the nodes of their datasets.
package struct ColumnDependency: Hashable, Sendable {
  package let source: ColumnPlace
  package let target: ColumnPlace
  package let transformation: String?
  package let subtype: String?
  package let description: String?
}

/// A column of a node.
package struct ColumnPlace: Hashable, Sendable {
  package let node: Int64
  package let column: String

  package init(node: Int64, column: String) {
    self.node = node
    self.column = column
  }
}
