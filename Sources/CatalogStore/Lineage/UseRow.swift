import Lineage
import Postgres

/// A version of a dataset that a run read or wrote; empty where none was told.
struct UseKey: Hashable {
  let run: RunID
  let node: Int64
  let isOutput: Bool
  let version: String
}

/// When that was told, and how it is known.
struct UseRow {
  private let snapshotID: Int64?
  private var source: DatasetVersionClaim.Source?
  private var subset: [UInt8]?
  private var first: PostgresTimestamp
  private var last: PostgresTimestamp
  /// Who said so, and who of them by Iceberg's own report.
  private var saidBy: Set<String>
  private var observedBy: Set<String>

  init(_ use: EventFacts.Use, _ time: PostgresTimestamp, by principal: String) {
    saidBy = [principal]
    observedBy = use.version?.source == .scanReport || use.version?.source == .commitReport ? [principal] : []
    snapshotID = use.version?.snapshotID
    source = use.version?.source
    subset = use.subset
    (first, last) = (time, time)
  }

  mutating func merge(_ other: UseRow) {
    // A report counts more than the facet.
    if source == .version || source == nil { source = other.source ?? source }
    subset = subset ?? other.subset
    first = min(first, other.first)
    last = max(last, other.last)
    saidBy.formUnion(other.saidBy)
    observedBy.formUnion(other.observedBy)
  }

  /// Of these, and of those in the row, each once.
  private static func union(_ column: String) -> SQL {
    let (old, new): (SQL, SQL) = ("u.\(raw: column)", "excluded.\(raw: column)")
    return """
      \(raw: column) = CASE WHEN \(old) @> \(new) THEN \(old)
        ELSE ARRAY(SELECT DISTINCT p FROM unnest(\(old) || \(new)) AS p ORDER BY p) END
      """
  }

  static func write(_ rows: [UseKey: UseRow], on connection: PostgresConnection) throws {
    guard !rows.isEmpty else { return }
    let rows = rows.map { $0 }
    // Names of principals hold no control characters.
    func names(_ value: (UseRow) -> Set<String>) -> [String] { rows.map { value($0.value).sorted().joined(separator: "\u{1F}") } }
    try connection.execute(
      """
      INSERT INTO lineage_run_datasets AS u
        (run_id, node_id, is_output, version, snapshot_id, learned_from, subset, first_seen_at, last_seen_at, said_by, observed_by)
      SELECT run, node, is_output, version, snapshot, source, subset, first_at, last_at, string_to_array(said, chr(31)),
        string_to_array(observed, chr(31))
      FROM unnest(\(rows.map(\.key.run.uuid)), \(rows.map(\.key.node)), \(rows.map(\.key.isOutput)), \(rows.map(\.key.version)),
        \(rows.map(\.value.snapshotID)), \(rows.map { $0.value.source?.rawValue }), \(rows.map { $0.value.subset.map { PostgresText($0) } }),
        \(rows.map(\.value.first)), \(rows.map(\.value.last)), \(names(\.saidBy)), \(names(\.observedBy)))
        AS n (run, node, is_output, version, snapshot, source, subset, first_at, last_at, said, observed)
      ON CONFLICT (run_id, node_id, is_output, version) DO UPDATE SET
        learned_from = CASE WHEN u.learned_from = 'version' THEN excluded.learned_from ELSE u.learned_from END,
        subset = coalesce(u.subset, excluded.subset), \(union("said_by")), \(union("observed_by")),
        first_seen_at = LEAST(u.first_seen_at, excluded.first_seen_at), last_seen_at = GREATEST(u.last_seen_at, excluded.last_seen_at)
      """)
  }
}
