package import Lineage
package import Postgres

/// An event as it came, checked but not understood yet.
package struct ReceivedEvent: Sendable {
  /// ``EventDigest``: what tells repetitions.
  package let digest: [UInt8]
  package let run: RunID?
  /// When what it tells happened.
  package let time: PostgresTimestamp
  /// The event's own text.
  package let document: [UInt8]
  /// What it says of snapshots that were checked.
  package let checks: [ReportedChecks]

  package init(digest: [UInt8], run: RunID?, time: PostgresTimestamp, document: [UInt8], checks: [ReportedChecks] = []) {
    self.digest = digest
    self.run = run
    self.time = time
    self.document = document
    self.checks = checks
  }
}

extension RunID {
  var uuid: PostgresUUID { PostgresUUID(high: high, low: low) }
}

extension CatalogStore {
  /// Writes events down, to be taken into the graph soon. Once this returns, none of them is lost.
  ///
  /// - Returns: how many were new.
  package func keep(_ events: [ReceivedEvent], _ authorization: Authorization) async throws -> Int {
    // In one order everywhere: who brings the same events in another one would wait for us as we for them.
    let events = events.sorted { $0.digest.lexicographicallyPrecedes($1.digest) }
    let context = authorization.context
    for attempt in 0... {
      do {
        return try await pool.run { connection in
          let kept = try connection.first(
            """
            WITH kept AS (
              INSERT INTO lineage_events (digest, principal, request_id, run_id, happened_at, document)
              SELECT e.digest, \(context.principal), \(context.requestID), e.run, e.time, e.document
              FROM unnest(\(events.map(\.digest)), \(events.map { $0.run?.uuid }), \(events.map(\.time)),
                \(events.map { PostgresText($0.document) })) AS e (digest, run, time, document)
              ON CONFLICT (digest) DO NOTHING RETURNING id, octet_length(document) AS size)
            , queued AS (INSERT INTO lineage_queue (event_id, size_bytes) SELECT id, size FROM kept)
            SELECT count(*) FROM kept
            """
          ) { row in try row[0] as Int64 }
          return Int(kept ?? 0)
        }
      } catch let error as PostgresError where error.outcomeUnknown && attempt < 3 {
        // Written or not, it can be written again: equal events are one.
        continue
      }
    }
    throw CatalogError.unavailable("The database cannot be reached")
  }

  /// Of these events, those that were written down before.
  package func keptEvents(_ digests: [[UInt8]], _: Authorization) async throws -> Set<[UInt8]> {
    Set(
      try await pool.run { connection in
        try connection.query("SELECT digest FROM lineage_events WHERE digest = ANY(\(digests))") { row in try row[0] as [UInt8] }
      })
  }

  /// The tables that producers mean, as far as the catalog has them.
  package func tables(
    _ identities: [DatasetIdentity], _ aliases: [NamespaceAliases.Alias], _: Authorization
  ) async throws -> [DatasetIdentity: DatasetPath] {
    try await pool.run { connection in
      let aliases = try GraphNodes.aliases(aliases, on: connection)
      let candidates = identities.map { ($0, $0.candidates(aliases)) }
      let found = try KnownNodes(candidates.map(\.1), [], on: connection)
      let meant = candidates.compactMap { identity, candidates in found.dataset(candidates).map { (identity, $0) } }
      let paths = try connection.query(
        "SELECT id, identifier, name FROM datasets WHERE id = ANY(\(meant.map(\.1.uuid))) AND kind = 'table' AND dropped_at IS NULL"
      ) { row in (try row[0] as DatasetID, try DatasetPath(storedText: row[1])) }
      let byID = Dictionary(paths) { first, _ in first }
      return Dictionary(meant.compactMap { identity, id in byID[id].map { (identity, $0) } }) { first, _ in first }
    }
  }

  /// Events that wait to be taken into the graph, for metrics and to know when there are too many.
  package func waitingLineageEvents(upTo limit: Int) async throws -> Int {
    try await pool.run { connection in
      Int(
        try connection.first("SELECT count(*) FROM (SELECT FROM lineage_queue LIMIT \(Int64(limit))) q") { row in try row[0] as Int64 } ?? 0
      )
    }
  }
}
