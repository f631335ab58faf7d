import Lineage
import Postgres

/// A run, as far as some events tell.
struct RunRow {
  private let id: RunID
  private var job: Int64
  private var state: ReportedState
  private var startedAt: PostgresTimestamp?
  private var facts: EventFacts.Run
  private var parentJob: Int64?
  private var isExplicit: Bool
  private let principal: String
  private var lastEventAt: PostgresTimestamp
  private var lastEvent: Int64

  init(_ run: EventFacts.Run, job: Int64, parentJob: Int64?, isExplicit: Bool, _ event: GraphBatch.Event) {
    id = run.id
    self.job = job
    state = run.state
    facts = run
    self.parentJob = parentJob
    self.isExplicit = isExplicit
    principal = event.principal
    lastEventAt = PostgresTimestamp(microseconds: event.facts.timeUs)
    lastEvent = event.id
    startedAt = [.start, .running].contains(run.state.state) ? lastEventAt : nil
  }

  mutating func merge(_ other: RunRow) {
    state = max(state, other.state)
    startedAt = [startedAt, other.startedAt].compactMap { $0 }.min()
    parentJob = parentJob ?? other.parentJob
    isExplicit = isExplicit || other.isExplicit
    facts = facts.completed(by: other.facts)
    guard (other.lastEventAt, other.lastEvent) >= (lastEventAt, lastEvent) else { return }
    (job, lastEventAt, lastEvent) = (other.job, other.lastEventAt, other.lastEvent)
  }

  private var endedAt: PostgresTimestamp? { state.state.isTerminal ? PostgresTimestamp(microseconds: state.timeUs) : nil }

  private static let maximumTextBytes = 2_000

  static func write(_ rows: [RunRow], on connection: PostgresConnection) throws {
    guard !rows.isEmpty else { return }
    let rows = rows.sorted { ($0.id.high, $0.id.low) < ($1.id.high, $1.id.low) }
    func text(_ value: (EventFacts.Run) -> String?) -> [String?] {
      rows.map { value($0.facts).map { String($0.prefix(maximumTextBytes)) } }
    }
    func time(_ value: (EventFacts.Run) -> Int64?) -> [PostgresTimestamp?] {
      rows.map { value($0.facts).map { PostgresTimestamp(microseconds: $0) } }
    }
    let isNewer: SQL = "(excluded.last_event_at, excluded.last_event_id) >= (r.last_event_at, r.last_event_id)"
    let counts: SQL =
      "(excluded.state_rank / 10, excluded.state_at, excluded.state_rank) > (r.state_rank / 10, r.state_at, r.state_rank)"
    try connection.execute(
      """
      INSERT INTO lineage_runs AS r (id, job_id, state, state_rank, state_at, started_at, ended_at, nominal_start_at, nominal_end_at,
        engine, engine_version, application_id, error_message, parent_run_id, parent_job_id, root_run_id, is_explicit, principal,
        last_event_at, last_event_id)
      SELECT * FROM unnest(\(rows.map(\.id.uuid)), \(rows.map(\.job)), \(rows.map(\.state.state.rawValue)), \(rows.map(\.state.state.rank)),
        \(rows.map { PostgresTimestamp(microseconds: $0.state.timeUs) }), \(rows.map(\.startedAt)), \(rows.map(\.endedAt)),
        \(time { $0.nominalTime?.startUs }), \(time { $0.nominalTime?.endUs }), \(text { $0.engine?.name }), \(text { $0.engine?.version }),
        \(text { $0.applicationID }), \(text { $0.errorMessage }), \(rows.map { $0.facts.parent?.run.uuid }), \(rows.map(\.parentJob)),
        \(rows.map { $0.facts.parent?.root?.uuid }), \(rows.map(\.isExplicit)), \(rows.map(\.principal)), \(rows.map(\.lastEventAt)),
        \(rows.map(\.lastEvent)))
      ON CONFLICT (id) DO UPDATE SET
        job_id = CASE WHEN \(isNewer) THEN excluded.job_id ELSE r.job_id END,
        state = CASE WHEN \(counts) THEN excluded.state ELSE r.state END,
        state_rank = CASE WHEN \(counts) THEN excluded.state_rank ELSE r.state_rank END,
        state_at = CASE WHEN \(counts) THEN excluded.state_at ELSE r.state_at END,
        ended_at = CASE WHEN \(counts) THEN excluded.ended_at ELSE r.ended_at END,
        started_at = LEAST(r.started_at, excluded.started_at),
        nominal_start_at = coalesce(r.nominal_start_at, excluded.nominal_start_at),
        nominal_end_at = coalesce(r.nominal_end_at, excluded.nominal_end_at),
        engine = coalesce(r.engine, excluded.engine), engine_version = coalesce(r.engine_version, excluded.engine_version),
        application_id = coalesce(r.application_id, excluded.application_id),
        error_message = coalesce(r.error_message, excluded.error_message),
        parent_run_id = coalesce(r.parent_run_id, excluded.parent_run_id),
        parent_job_id = coalesce(r.parent_job_id, excluded.parent_job_id), root_run_id = coalesce(r.root_run_id, excluded.root_run_id),
        is_explicit = r.is_explicit OR excluded.is_explicit,
        last_event_at = GREATEST(r.last_event_at, excluded.last_event_at),
        last_event_id = CASE WHEN \(isNewer) THEN excluded.last_event_id ELSE r.last_event_id END
      """)
  }
}
