package import Governance
package import Lineage
package import Postgres

/// Which way a trace goes: to what something was made from, or to what was made from it.
package enum TraceDirection: String, Sendable, CaseIterable {
  case upstream, downstream, both
}

/// How far a trace goes.
package struct TraceBounds: Sendable {
  package var direction: TraceDirection
  /// Steps from dataset to dataset, to a model version or from one; a job between them is none.
  package var depth: Int
  /// Only what was known to have happened by then.
  package var asOf: PostgresTimestamp?
  package var maximumNodes = 10_000
  package var maximumEdges = 20_000
  /// Of columns; 0 for none.
  package var maximumColumns = 0

  package init(direction: TraceDirection, depth: Int) {
    self.direction = direction
    self.depth = depth
  }
}

/// How a trace's start is named.
package enum TraceStart: Hashable, Sendable {
  case node(Int64)
  case dataset(DatasetID)
  /// One state of a dataset: upstream is what can have gone into it, downstream what can have something of it.
  case state(DatasetID, TracedState)
  /// A column of a dataset: only what goes into it, or comes of it.
  case column(DatasetID, String)
  /// A dataset that the catalog does not know, or a job, as events name it.
  case named(kind: String, EntityName)
  case run(RunID)
  /// A model with all of its versions.
  case model(ModelID)
  case modelVersion(ModelVersionID)
}

/// A table's or a file set's snapshot, or a version of another format.
package struct TracedState: Hashable, Sendable {
  package let text: String

  package init(_ text: String) { self.text = text }

  /// Where it is a snapshot's id.
  package var snapshotID: Int64? { Int64(text) }
}

/// A dataset, a job, a run, a model or one of its versions.
package struct TracedNode: Sendable {
  /// That of `lineage_nodes`; below 0, and good for one answer alone, for what no event told of.
  package let id: Int64
  /// `dataset`, `job`, `run`, `model`, `model-version`.
  package let kind: String
  /// As it was called first; of a dataset that no event told of its warehouse and identifier, of a model version `credit-risk@7`.
  package let name: EntityName
  /// Of the catalog.
  package let dataset: DatasetID?
  /// Of a model or a version of it.
  package var model: ModelID?
  /// Of a run.
  package var job: Int64?
  /// A version's stage, a run's state.
  package var stage: String?

  init(
    id: Int64, kind: String, name: EntityName, dataset: DatasetID? = nil, model: ModelID? = nil, job: Int64? = nil, stage: String? = nil
  ) {
    self.id = id
    self.kind = kind
    self.name = name
    self.dataset = dataset
    self.model = model
    self.job = job
    self.stage = stage
  }
}

/// What flowed into what.
package struct TracedEdge: Hashable, Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    /// By a job, over all of its runs; a run that only reads has its job as target, one that only writes as source.
    case job
    /// Read or written by the one run that was asked about.
    case run
    /// What a model version was trained with, or examined.
    case training
    /// What a feature view is computed from.
    case feature
    /// A version of the model that was asked about.
    case version
  }

  package let kind: Kind
  package let source: Int64
  package let target: Int64
  /// Of the kinds `job` and `run`.
  package var job: Int64?
  package let firstSeenAt: PostgresTimestamp
  package let lastSeenAt: PostgresTimestamp
  /// The last that is known to have done it by the time that was asked for.
  package var lastRun: PostgresUUID?
  /// `declared`, `observed`, `corroborated`, `inferred`.
  package let evidence: String
  /// A training input's.
  package var role: String?
  /// What was read in the last run, or what a version was trained on; `nil` where nobody said so.
  package var sourceState: TracedState?
  /// What was written in the last run.
  package var targetState: TracedState?

  init(
    _ kind: Kind, from source: Int64, to target: Int64, job: Int64? = nil, firstSeenAt: PostgresTimestamp, lastSeenAt: PostgresTimestamp,
    lastRun: PostgresUUID? = nil, evidence: String, role: String? = nil, sourceState: TracedState? = nil
  ) {
    self.kind = kind
    self.source = source
    self.target = target
    self.job = job
    self.firstSeenAt = firstSeenAt
    self.lastSeenAt = lastSeenAt
    self.lastRun = lastRun
    self.evidence = evidence
    self.role = role
    self.sourceState = sourceState
  }
}

/// A column that was made from another, or, where it is `nil`, a dataset whose rows depend on it.
package struct TracedColumn: Hashable, Sendable {
  package let source: Int64
  package let sourceColumn: String
  package let target: Int64
  package let targetColumn: String?
  package var job: Int64?
  package var transformation: String?
  package var subtype: String?
  package var isMasking = false
  package var description: String?
  package var evidence = "declared"
}

/// What a trace found.
package struct LineageTrace: Sendable {
  package let start: Int64
  /// The start first, then by distance; then jobs of edges.
  package var nodes: [TracedNode] = []
  package var edges: [TracedEdge] = []
  package var columns: [TracedColumn] = []
  /// Whether there is more within the depth than the bounds allow.
  package var isCut = false
}

/// What the catalog knows of a state that a trace goes through.
package struct StateFacts: Sendable {
  package let committedAtMs: Int64?
  package let isPinned: Bool
  /// It was there once: a table's snapshot that has been expired.
  package let isGone: Bool
}

/// What the catalog knows of the datasets and models of a trace, whoever may see it.
package struct TraceFacts: Sendable {
  package var models: [ModelID: Model] = [:]
  package var formats: [DatasetID: DatasetFormat] = [:]
  package var held: Set<DatasetID> = []
  package var states: [DatasetID: [TracedState: StateFacts]] = [:]
}
