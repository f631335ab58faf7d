package import Lineage
import Postgres

/// An event as it came, checked but not understood yet.
package struct ReceivedEvent: Sendable {
  /// ``EventDigest``: what tells repetitions.
  package let digest: [UInt8]
  package let run: RunID?
  /// The event's own text.
  package let document: [UInt8]

  package init(digest: [UInt8], run: RunID?, document: [UInt8]) {
    self.digest = digest
    self.run = run
    self.document = document
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
              INSERT INTO lineage_events (digest, principal, request_id, run_id, document)
              SELECT e.digest, \(context.principal), \(context.requestID), e.run, e.document
              FROM unnest(\(events.map(\.digest)), \(events.map { $0.run?.uuid }), \(events.map { PostgresText($0.document) }))
                AS e (digest, run, document)
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

  /// Events that wait to be taken into the graph, for metrics and to know when there are too many.
  package func waitingLineageEvents(upTo limit: Int) async throws -> Int {
    try await pool.run { connection in
      Int(
        try connection.first("SELECT count(*) FROM (SELECT FROM lineage_queue LIMIT \(Int64(limit))) q") { row in try row[0] as Int64 } ?? 0
      )
    }
  }
}
