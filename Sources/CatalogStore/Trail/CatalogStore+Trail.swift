import Cedar
import Governance
import Postgres

/// An event with all that the database has of it.
package struct TrailEvent: Sendable {
  package let id: AuditEventID
  package let canonical: [UInt8]
  /// As its column says.
  package let leafHash: [UInt8]
  /// `nil` for a moment after it was written.
  package let place: Int64?
  /// Size of the first checkpoint that covers it.
  package let checkpoint: Int64?
}

extension CatalogStore {
  /// Events that are indexed and that `filter` wants.
  package func searchTrail(_ filter: TrailFilter, _ cursor: TrailCursor, limit: Int, _: Authorization) async throws -> TrailPage {
    try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
      // A plan for just these names: one for any would walk through all places in search of a rare action. And one that goes by an index
      // in the order of places, which ends with the page, instead of fetching all that there is and sorting it.
      let state = try connection.first(
        """
        SELECT i.next_place, s.next_place, set_config('plan_cache_mode', 'force_custom_plan', true),
          set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true), set_config('jit', 'off', true),
          set_config('max_parallel_workers_per_gather', '0', true)
        FROM audit_index_state i, audit_sequence s
        """
      ) { row in (indexed: try row[0] as Int64, placed: try row[1] as Int64) }
      guard let (indexed, placed) = state else { throw CatalogError.unavailable("The trail's index is not there") }
      func page(_ events: [IndexedEvent], _ next: TrailCursor?) -> TrailPage {
        TrailPage(events: events, next: next, indexed: indexed, placed: placed)
      }
      var places = 0..<indexed
      switch cursor {
      case .before(let place): places = places.clamped(to: 0..<max(0, place ?? .max))
      case .after(let place): places = places.clamped(to: min(place, .max - 1) + 1..<Int64.max)
      }
      let end: TrailCursor? = if case .after(let place) = cursor { .after(max(place, indexed - 1)) } else { nil }
      if let bounds = try Self.places(of: filter, on: connection) { places = places.clamped(to: bounds) }
      guard !places.isEmpty else { return page([], end) }
      // One more than is told shows whether there is more.
      let found = try Self.indexed(filter, places, isDescending: end == nil, limit: limit + 1, on: connection)
      guard found.count > limit, let last = found.prefix(limit).last?.place else { return page(found, end) }
      return page(Array(found.prefix(limit)), end == nil ? .before(last) : .after(last))
    }
  }

  /// Places outside of which nothing has the filter's times; `nil` when it has none.
  private static func places(of filter: TrailFilter, on connection: PostgresConnection) throws -> Range<Int64>? {
    guard filter.since != nil || filter.until != nil else { return nil }
    func block(_ sql: SQL) throws -> Int64? { try connection.first(sql) { row in try row[0] as Int64 } }
    let first = try filter.since.map { since in
      try block("SELECT block FROM audit_index_times WHERE latest >= \(since) ORDER BY block LIMIT 1") ?? Int64.max / TrailIndexer.block
    }
    let last = try filter.until.map { until in
      try block("SELECT block FROM audit_index_times WHERE earliest < \(until) ORDER BY block DESC LIMIT 1") ?? -1
    }
    let start = (first ?? 0) * TrailIndexer.block
    return start..<max(start, last.map { ($0 + 1) * TrailIndexer.block } ?? .max)
  }

  private static func indexed(
    _ filter: TrailFilter, _ places: Range<Int64>, isDescending: Bool, limit: Int, on connection: PostgresConnection
  ) throws -> [IndexedEvent] {
    guard !filter.branches.isEmpty else { return [] }
    // As the indexes have it: see the migration.
    let isNegated = filter.hasIndex
    let rank: SQL = isNegated ? "(0 - place)" : "place"
    let range: SQL =
      isNegated
      ? "(0 - place) > \(-places.upperBound) AND (0 - place) <= \(-places.lowerBound)"
      : "place >= \(places.lowerBound) AND place < \(places.upperBound)"
    let order: SQL = "ORDER BY rank \(raw: isDescending == isNegated ? "ASC" : "DESC")"
    var union: SQL = ""
    for (index, branch) in filter.branches.enumerated() {
      if index > 0 { union += " UNION ALL " }
      union += """
        (SELECT \(rank) AS rank, place, occurred_at, actor, action, object_kind, object_path, kind, request_id FROM audit_index
         WHERE \(branch) AND \(range) \(order) LIMIT \(Int64(limit)))
        """
    }
    return try connection.query(
      """
      SELECT f.place, f.occurred_at, f.actor, f.action, f.object_kind, f.object_path, f.kind, f.request_id, p.event_id
      FROM (SELECT * FROM (\(union)) u \(order) LIMIT \(Int64(limit))) f LEFT JOIN audit_places p ON p.place = f.place \(order)
      """, indexedEvent)
  }

  private static func indexedEvent(_ row: PostgresRow) throws -> IndexedEvent {
    let kind = (try row[6] as String?).flatMap(TrailKind.init)
    let facts = try kind.map { kind in
      IndexedEvent.Facts(
        time: try row[1], actor: try row[2], action: try row[3], objectKind: try row[4], objectPath: try row[5], kind: kind,
        requestID: try row[7])
    }
    return IndexedEvent(place: try row[0], id: try row[8], facts: facts)
  }

  /// The place from which on nothing is indexed yet.
  package func nextIndexedPlace() async throws -> Int64 {
    try await pool.run { connection in try TrailIndexer.nextPlace(on: connection) }
  }

  /// An event, whether it is indexed or not.
  package func trailEvent(_ event: AuditEventID, _: Authorization) async throws -> TrailEvent? {
    try await pool.run { connection in
      try connection.first(
        """
        SELECT e.canonical, e.leaf_hash, p.place,
          (SELECT c.size FROM log_checkpoints c WHERE c.size > p.place ORDER BY c.size LIMIT 1)
        FROM audit_events e LEFT JOIN audit_places p ON p.event_id = e.id WHERE e.id = \(event)
        """
      ) { row in
        TrailEvent(id: event, canonical: try row[0], leafHash: try row[1], place: try row[2], checkpoint: try row[3])
      }
    }
  }

  /// The number of the policy set with that digest, and the reasons that some of its policies give, by their ids; `nil` when there is none.
  package func policyReasons(
    of policies: [String], inSetWith digest: [UInt8], _: Authorization
  ) async throws -> (number: Int64, reasons: [String: String])? {
    try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
      guard let set = try Self.policySet(with: digest, on: connection) else { return nil }
      var reasons: [String: String] = [:]
      guard !policies.isEmpty else { return (set.number, reasons) }
      let known = try Self.policyFiles(of: set, on: connection).policies
      for id in policies { reasons[id] = known[Text(id)]?.annotation("reason")?.string }
      return (set.number, reasons)
    }
  }
}
