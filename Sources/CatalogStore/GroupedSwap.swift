import Iceberg
import Postgres

/// A swap on its way to Postgres, together with whatever other swaps wait.
///
/// Many commits in one transaction cost Postgres one parse, one round trip and one wait for its log.
struct GroupedSwap: Hashable, Sendable {
  let swap: DatasetSwap
  let change: Change

  static func == (left: Self, right: Self) -> Bool { left.change.event.id == right.change.event.id }

  func hash(into hasher: inout Hasher) { hasher.combine(change.event.id) }

  /// Of the session that groups are committed in: their rows are few and found by key, whatever the planner takes an array's length for.
  static let settings = [
    "enable_seqscan": "off", "enable_bitmapscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off",
    "plan_cache_mode": "force_generic_plan",
  ]

  /// Whether nothing that was there goes, and no answer's body must be kept.
  var mayTravel: Bool {
    swap.rows.removedSnapshotIDs.isEmpty && swap.rows.removedLogEntries == 0 && change.answer.body == nil
      && swap.rows.breaches.isEmpty
  }

  /// Commits all that can be committed at once, and leaves out the rest, unchanged: what has moved on, and what somebody else has locked.
  /// Locked rows are skipped, so that one slow transaction holds up nobody else and no two groups wait for each other.
  ///
  /// - Parameter members: such as may travel. Of two for one dataset one is left out.
  static func commit(_ members: [GroupedSwap], on connection: PostgresConnection) throws -> [GroupedSwap: Void] {
    var datasets = Set<DatasetID>(minimumCapacity: members.count)
    let group = members.filter { datasets.insert($0.swap.base.id).inserted }
    if group.count == 1, let only = group.first { return try only.swap.commit(only.change, on: connection) ? [only: ()] : [:] }
    let snapshots = group.flatMap { member in member.swap.rows.addedSnapshots.enumerated().map { (member.swap, place: $0 + 1, row: $1) } }
    let entries = group.flatMap { member in member.swap.rows.addedLogEntries.enumerated().map { (member.swap, place: $0 + 1, row: $1) } }
    let done = try connection.query(
      """
      WITH asked AS (
        SELECT * FROM unnest(\(group.map(\.swap.base.id.uuid)), \(group.map(\.swap.base.version)), \(group.map(\.swap.path.text)),
          \(group.map(\.swap.location)), \(group.map(\.swap.metadataLocation)), \(group.map { PostgresText($0.swap.head) }),
          \(group.map(\.change.event.id.uuid)), \(group.map(\.change.event.time)), \(group.map(\.change.event.canonical)),
          \(group.map(\.change.event.leafHash)), \(group.map(\.change.idempotency?.key)), \(group.map { $0.change.idempotency?.fingerprint ?? [] }),
          \(group.map { Int16($0.change.answer.status) }), \(group.map(\.change.answer.metadataLocation)),
          \(group.map(\.swap.facts.owner)), \(group.map(\.swap.facts.description)), \(group.map { Int16($0.swap.facts.formatVersion) }),
          \(group.map(\.change.revision)), \(group.map { $0.change.idempotency?.principal ?? "" }),
          \(group.map { $0.change.idempotency?.warehouse ?? "" }), \(group.map { $0.swap.changesSchema ? Int64(1) : 0 }))
          AS a (id, version, identifier, location, metadata_location, head, event, occurred_at, canonical, leaf_hash,
            key, fingerprint, status, answer, owner, description, format_version, revision, principal, warehouse, schema_changes))
      , free AS (
        SELECT a.* FROM asked a, LATERAL (
          SELECT FROM datasets d WHERE d.id = a.id AND d.version = a.version AND d.identifier = a.identifier AND d.dropped_at IS NULL
          FOR NO KEY UPDATE SKIP LOCKED) d
        WHERE a.revision = (SELECT revision FROM access_revision WHERE is_the_one))
      , swapped AS (
        UPDATE datasets d SET version = f.version + 1, location = f.location, metadata_location = f.metadata_location, head = f.head,
          owner = f.owner, description = f.description, format_version = f.format_version,
          schema_changes = d.schema_changes + f.schema_changes, changed_at = now()
        FROM free f WHERE d.id = f.id
        RETURNING d.id, d.version, f.event, f.occurred_at, f.canonical, f.leaf_hash, f.key, f.principal, f.warehouse, f.fingerprint, f.status,
          f.answer)
      , added AS (
        INSERT INTO snapshots (dataset_id, snapshot_id, added_in, place, parent_id, sequence_number, timestamp_ms, operation, schema_id,
          manifest_list, document)
        SELECT id, s.snapshot, version, s.place, s.parent, s.sequence, s.at, s.operation, s.schema, s.list, s.document
        FROM swapped JOIN unnest(\(snapshots.map(\.0.base.id.uuid)), \(snapshots.map(\.row.id)), \(snapshots.map(\.place)),
          \(snapshots.map(\.row.parentID)), \(snapshots.map(\.row.sequenceNumber)), \(snapshots.map(\.row.timestampMs)),
          \(snapshots.map(\.row.operation)), \(snapshots.map { $0.row.schemaID.map(Int64.init) }), \(snapshots.map(\.row.manifestList)),
          \(snapshots.map { PostgresText(Array($0.row.text)) }))
          AS s (dataset, snapshot, place, parent, sequence, at, operation, schema, list, document) ON s.dataset = id)
      , logged AS (
        INSERT INTO snapshot_log (dataset_id, added_in, place, timestamp_ms, snapshot_id)
        SELECT id, version, e.place, e.at, e.snapshot
        FROM swapped JOIN unnest(\(entries.map(\.0.base.id.uuid)), \(entries.map(\.place)), \(entries.map(\.row.timestampMs)),
          \(entries.map(\.row.snapshotID))) AS e (dataset, place, at, snapshot) ON e.dataset = id)
      , audited AS (
        INSERT INTO audit_events (id, occurred_at, canonical, leaf_hash) SELECT event, occurred_at, canonical, leaf_hash FROM swapped)
      , remembered AS (
        INSERT INTO idempotency_records (key, principal, warehouse, fingerprint, status, metadata_location)
        SELECT key, principal, warehouse, fingerprint, status, answer FROM swapped WHERE key IS NOT NULL)
      SELECT event FROM swapped
      """
    ) { row in try row[0] as AuditEventID }
    let byEvent = Dictionary(uniqueKeysWithValues: group.map { ($0.change.event.id, $0) })
    return Dictionary(uniqueKeysWithValues: done.compactMap { byEvent[$0] }.map { ($0, ()) })
  }
}
