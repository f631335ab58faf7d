import Iceberg
import JSON
import Logging
import Postgres
import Search

/// What a turn of the search's indexer did.
package enum IndexingTurn: Hashable, Sendable {
  /// Another server is at it.
  case taken
  /// So many waiting changes were looked at; 0 when there were none.
  case done(Int)
}

extension CatalogStore {
  /// Brings the documents of the changes that have waited longest up to date, in one transaction: who dies in it leaves everything as it
  /// was. One server does so at a time, so that an older state never overwrites a newer one.
  ///
  ///     change commits its row ──▶ we read the row ──▶ we read the dataset ──▶ document, words, row gone: commit
  ///                                                 └─ a change that commits from here on has a row of its own, and is read next
  package func indexPending(limit: Int, _: Authorization) async throws -> IndexingTurn {
    let logger = logger
    return try await pool.transaction { connection in
      let turn = try connection.first("SELECT true FROM search_indexer WHERE is_the_one FOR UPDATE SKIP LOCKED") { row in try row[0] as Bool
      }
      guard turn != nil else { return .taken }
      let pending = try connection.query(
        "SELECT id, dataset_id, namespace_id FROM search_pending ORDER BY id LIMIT \(Int64(limit))"
      ) { row in (id: try row[0] as Int64, dataset: try row[1] as PostgresUUID?, namespace: try row[2] as PostgresUUID?) }
      guard !pending.isEmpty else { return .done(0) }
      let namespaces = Set(pending.compactMap(\.namespace))
      if !namespaces.isEmpty { try Self.expand(Array(namespaces), on: connection) }
      try Self.index(Set(pending.compactMap(\.dataset)), logger, on: connection)
      try connection.execute("DELETE FROM search_pending WHERE id = ANY(\(pending.map(\.id)))")
      return .done(pending.count)
    }
  }

  /// Gives up on the change that has waited longest, which cannot be indexed: it must not keep the others waiting.
  package func skipPending(_: Authorization) async throws {
    try await pool.transaction { connection in
      let turn = try connection.first("SELECT true FROM search_indexer WHERE is_the_one FOR UPDATE SKIP LOCKED") { row in try row[0] as Bool
      }
      guard turn != nil else { return }
      try connection.execute("DELETE FROM search_pending WHERE id = (SELECT id FROM search_pending ORDER BY id LIMIT 1)")
    }
  }

  /// How many changes search does not know of yet, for metrics.
  package func pendingSearchChanges() async throws -> Int {
    try await pool.run { connection in
      Int(try connection.first("SELECT count(*) FROM search_pending") { row in try row[0] as Int64 } ?? 0)
    }
  }

  /// Puts everything that lies in these namespaces on the list.
  private static func expand(_ namespaces: [PostgresUUID], on connection: PostgresConnection) throws {
    try connection.execute(
      """
      WITH RECURSIVE down AS (
        SELECT unnest(\(namespaces)) AS id
        UNION SELECT n.id FROM namespaces n JOIN down ON n.parent_id = down.id)
      INSERT INTO search_pending (dataset_id)
      SELECT d.id FROM datasets d JOIN down ON d.namespace_id = down.id WHERE d.dropped_at IS NULL
      """)
  }

  private static func index(_ datasets: Set<PostgresUUID>, _ logger: Logger, on connection: PostgresConnection) throws {
    guard !datasets.isEmpty else { return }
    let documents = try connection.query(
      """
      SELECT d.id, d.kind, d.name, d.description, d.tags::text, d.head, w.name, z.name, n.path,
        coalesce(d.owner, (
          WITH RECURSIVE up AS (
            SELECT a.owner, a.parent_id, 0 AS height FROM namespaces a WHERE a.id = d.namespace_id
            UNION ALL SELECT b.owner, b.parent_id, height + 1 FROM namespaces b JOIN up ON b.id = up.parent_id)
          SELECT owner FROM up WHERE owner IS NOT NULL ORDER BY height LIMIT 1), z.owner)
      FROM datasets d JOIN namespaces n ON n.id = d.namespace_id JOIN zones z ON z.id = n.zone_id JOIN warehouses w ON w.id = n.warehouse_id
      WHERE d.id = ANY(\(Array(datasets))) AND d.dropped_at IS NULL
      """
    ) { row in (id: try row[0] as PostgresUUID, document: try SearchDocument(row, logger)) }
    let separator = "\u{1F}"
    let columns = documents.map { document in
      document.document.columns.prefix(SearchDocument.maximumColumns).map { $0.name.replacing(separator, with: " ") }.joined(
        separator: separator)
    }
    // One statement, so that the words that were there are read as of before it.
    let counts = try connection.query(
      """
      WITH made AS (
        SELECT id, sort_key, quality::smallint, columns, words::tsvector FROM unnest(\(documents.map(\.id)), \(documents.map(\.document.sortKey)),
          \(documents.map { Int64($0.document.quality) }), \(columns), \(documents.map { $0.document.vectorText() }))
          AS m (id, sort_key, quality, columns, words))
      , was AS (SELECT dataset_id, words FROM search_documents WHERE dataset_id = ANY(\(Array(datasets))))
      , gone AS (
        DELETE FROM search_documents WHERE dataset_id IN (SELECT dataset_id FROM was) AND dataset_id NOT IN (SELECT id FROM made))
      , put AS (
        INSERT INTO search_documents (dataset_id, sort_key, quality, columns, words) SELECT id, sort_key, quality, columns, words FROM made
        ON CONFLICT (dataset_id) DO UPDATE
          SET sort_key = excluded.sort_key, quality = excluded.quality, columns = excluded.columns, words = excluded.words
          WHERE (search_documents.sort_key, search_documents.quality, search_documents.columns, search_documents.words)
            IS DISTINCT FROM (excluded.sort_key, excluded.quality, excluded.columns, excluded.words))
      , change AS (
        SELECT word, sum(difference) AS difference FROM (
          SELECT unnest(tsvector_to_array(words)) AS word, 1 AS difference FROM made UNION ALL SELECT '', 1 FROM made
          UNION ALL SELECT unnest(tsvector_to_array(words)), -1 FROM was UNION ALL SELECT '', -1 FROM was) d
        GROUP BY word HAVING sum(difference) <> 0)
      INSERT INTO search_words (word, documents) SELECT word, difference FROM change ORDER BY word COLLATE "C"
      ON CONFLICT (word) DO UPDATE SET documents = search_words.documents + excluded.documents
      RETURNING word, documents
      """
    ) { row in (word: try row[0] as String, documents: try row[1] as Int64) }
    let unused = counts.filter { $0.documents <= 0 }.map(\.word)
    if !unused.isEmpty { try connection.execute("DELETE FROM search_words WHERE word = ANY(\(unused)) AND documents <= 0") }
  }
}

extension SearchDocument {
  /// From the columns of the statement above. A head that cannot be read has no columns: the name is found all the same.
  fileprivate init(_ row: PostgresRow, _ logger: Logger) throws {
    let kind: String = try row[1]
    let name: String = try row[2]
    let tags = try DatasetTags(stored: row[4])
    var columns: [(id: Int32, column: Column)] = []
    do { columns = try Self.columns(ofKind: kind, head: try row.bytes(5)) } catch {
      logger.warning("search does not know the columns of a dataset", metadata: ["dataset": "\(name)", "error": "\(error)"])
    }
    let ids = Set(columns.map(\.id))
    self.init(
      name: name, warehouse: try row[6], zone: try row[7], namespace: Namespace(pathText: try row[8]).levels, kind: kind, owner: try row[9],
      description: try row[3], tags: tags.own,
      columnTags: tags.fields.filter { ids.contains($0.key) }.sorted { $0.key < $1.key }.map(\.value), columns: columns.map(\.column))
  }
}
