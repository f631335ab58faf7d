import Lineage
import Postgres

/// A column that depends on another, by which job and in which way.
struct ColumnKey: Hashable {
  let target: Int64
  let targetColumn: String
  let source: Int64
  let sourceColumn: String
  let job: Int64
  let type: String
  let subtype: String

  init(_ link: EventFacts.ColumnLink, source: Int64, target: Int64, job: Int64) {
    self.target = target
    targetColumn = link.targetColumn ?? ""
    self.source = source
    sourceColumn = link.sourceColumn
    self.job = job
    type = link.transformation?.type ?? ""
    subtype = link.transformation?.subtype ?? ""
  }
}

struct ColumnRow {
  private var isMasking: Bool
  private var description: String?
  private var first: PostgresTimestamp
  private var last: PostgresTimestamp

  private static let maximumDescriptionLength = 1_000

  init(_ link: EventFacts.ColumnLink, _ time: PostgresTimestamp) {
    isMasking = link.transformation?.isMasking ?? false
    description = link.transformation?.description.map { String($0.prefix(Self.maximumDescriptionLength)) }
    (first, last) = (time, time)
  }

  mutating func merge(_ other: ColumnRow) {
    first = min(first, other.first)
    guard other.last >= last else { return }
    (last, isMasking, description) = (other.last, other.isMasking, other.description)
  }

  static func write(_ rows: [ColumnKey: ColumnRow], on connection: PostgresConnection) throws {
    guard !rows.isEmpty else { return }
    let rows = rows.map { $0 }
    try connection.execute(
      """
      INSERT INTO lineage_columns AS c (target_id, target_column, source_id, source_column, job_id, transformation, subtype, is_masking,
        description, first_seen_at, last_seen_at)
      SELECT * FROM unnest(\(rows.map(\.key.target)), \(rows.map(\.key.targetColumn)), \(rows.map(\.key.source)),
        \(rows.map(\.key.sourceColumn)), \(rows.map(\.key.job)), \(rows.map(\.key.type)), \(rows.map(\.key.subtype)),
        \(rows.map(\.value.isMasking)), \(rows.map(\.value.description)), \(rows.map(\.value.first)), \(rows.map(\.value.last)))
      ON CONFLICT (target_id, target_column, source_id, source_column, job_id, transformation, subtype) DO UPDATE SET
        first_seen_at = LEAST(c.first_seen_at, excluded.first_seen_at), last_seen_at = GREATEST(c.last_seen_at, excluded.last_seen_at),
        is_masking = CASE WHEN excluded.last_seen_at >= c.last_seen_at THEN excluded.is_masking ELSE c.is_masking END,
        description = CASE WHEN excluded.last_seen_at >= c.last_seen_at THEN excluded.description ELSE c.description END
      WHERE excluded.first_seen_at < c.first_seen_at OR excluded.last_seen_at > c.last_seen_at
      """)
  }
}
