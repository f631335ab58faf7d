import Iceberg
import Postgres
package import Search

/// A dataset that a search found, before anybody was asked whether the caller may know of it.
package struct SearchCandidate: Sendable {
  package let id: DatasetID
  package let kind: DatasetKind
  package let path: DatasetPath
  package let facts: DatasetFacts
  /// PostgreSQL's `ts_rank`; 0 in lists.
  package let rank: Double
  package let quality: Int
  let namespace: NamespaceID
}

/// Some of what a search finds.
package struct SearchCandidates: Sendable {
  package var found: [SearchCandidate] = []
  /// Whether there is no more.
  package var isAll = false
  /// Of a list: where to go on.
  package var last: SearchPlace?
  /// Of the access state when they were read.
  package var revision: Int64 = 0
  /// Dropped ones included.
  var rowCount = 0

  package init() {}
}

/// Where a list goes on: after this key, and among equal ones after this dataset.
package struct SearchPlace: Hashable, Sendable {
  /// `nil` where the caller may not know it: the document has it.
  package let key: String?
  package let id: DatasetID

  package init(key: String?, id: DatasetID) {
    self.key = key
    self.id = id
  }
}

/// How candidates are looked for.
package struct CandidateSearch: Sendable {
  /// As ``SearchQuery/tiers``; one of filters alone is that.
  package var tiers: [String]
  /// What they are ranked by.
  package var ranking: String
  package var limit: Int
  /// When set, the last tier is looked for among so many of the best described documents: cheaper than all where most match.
  package var walk: Int?
  /// When set, only these datasets are looked at.
  package var among: [DatasetID]?

  package init(tiers: [String], ranking: String, limit: Int, walk: Int? = nil, among: [DatasetID]? = nil) {
    self.tiers = tiers
    self.ranking = ranking
    self.limit = limit
    self.walk = walk
    self.among = among
  }
}

extension CatalogStore {
  // MARK: Words

  /// In how many documents each of the words is, and, under the empty one, how many documents there are.
  package func documentCounts(_ words: Set<String>, _: Authorization) async throws -> [String: Int] {
    let rows = try await pool.run { connection in
      try connection.query("SELECT word, documents FROM search_words WHERE word = ANY(\(words.sorted() + [""]))") { row in
        (try row[0] as String, Int(try row[1] as Int64))
      }
    }
    return Dictionary(rows) { first, _ in first }
  }

  /// Words that begin with this one, and words that look like it.
  package func wordsLike(_ word: String, _: Authorization) async throws -> (beginning: [Spelling.Known], alike: [Spelling.Known]) {
    // Above every word that begins so.
    let end = word + "\u{10FFFF}"
    let isLong = word.unicodeScalars.count >= 3
    return try await pool.transaction(readOnly: true) { connection in
      try connection.execute(
        "SELECT set_config('pg_trgm.similarity_threshold', '0.2', true), set_config('enable_seqscan', 'off', true)")
      func known(_ row: PostgresRow) throws -> Spelling.Known { Spelling.Known(word: try row[0], documents: Int(try row[1] as Int64)) }
      let beginning =
        isLong
        ? try connection.query(
          "SELECT word, documents FROM search_words WHERE word > \(word) AND word < \(end) ORDER BY documents DESC LIMIT 20", known) : []
      let allowance = Spelling.allowance(for: word)
      guard beginning.isEmpty, allowance > 0 else { return (beginning, []) }
      // Letters exchanged in a short word leave few of its trigrams; words that differ in one place are few enough to be named.
      let near = try connection.query(
        "SELECT word, documents FROM search_words WHERE word = ANY(\(Spelling.neighbours(of: word))) LIMIT 100", known)
      guard near.isEmpty, allowance > 1 else { return ([], near) }
      let alike = try connection.query(
        """
        SELECT word, documents FROM search_words WHERE word !~ '[:=]' AND word % \(word)
        ORDER BY similarity(word, \(word)) DESC, documents DESC LIMIT 100
        """, known)
      return (beginning, alike)
    }
  }

  // MARK: Candidates

  /// The best that match, as many as asked for at most; among equals of a tier, which ones is left to PostgreSQL.
  package func candidates(_ search: CandidateSearch, _: Authorization) async throws -> SearchCandidates {
    let limit = Int64(search.limit)
    let among: SQL = search.among.map { " AND dataset_id = ANY(\($0.map(\.uuid)))" } ?? ""
    var tiers: SQL = ""
    for (index, tier) in search.tiers.enumerated() {
      let before: SQL = index > 0 ? " AND NOT words @@ \(search.tiers[index - 1])::tsquery" : ""
      let documents: SQL =
        if index == search.tiers.count - 1, let walk = search.walk {
          "(SELECT * FROM search_documents ORDER BY quality DESC, dataset_id LIMIT \(Int64(walk))) s"
        } else { "search_documents" }
      tiers += """
        \(raw: index > 0 ? " UNION ALL " : "")
        (SELECT dataset_id, words, quality, NULL::text AS sort_key FROM \(documents)
          WHERE words @@ \(tier)::tsquery\(before)\(among) LIMIT \(limit))
        """
    }
    return try await read(
      "SELECT * FROM (\(tiers)) t LIMIT \(limit)", rank: "ts_rank('{0.1,0.3,0.6,1}', f.words, \(search.ranking)::tsquery)", order: "",
      isAll: { $0 < search.limit && search.walk == nil && search.among == nil })
  }

  /// Those that match the filters, by name.
  ///
  /// - Parameter walk: how many documents to go through in order; `nil` to find the matching ones first, where they are few.
  /// - Throws: ``CatalogError/badRequest(_:)`` for a place that is gone
  package func list(
    _ filters: SearchFilters, after place: SearchPlace?, limit: Int, walk: Int?, _: Authorization
  ) async throws -> SearchCandidates {
    var after: SQL = "true"
    if let place {
      var key = place.key
      if key == nil {
        key = try await pool.run { connection in
          try connection.first("SELECT sort_key FROM search_documents WHERE dataset_id = \(place.id)") { row in try row[0] as String }
        }
      }
      guard let key else { throw CatalogError.badRequest("The list has changed where the pageToken goes on; begin it again") }
      after = "(sort_key, dataset_id) > (\(key), \(place.id))"
    }
    let matching: SQL = filters.text.map { "words @@ \($0)::tsquery" } ?? "true"
    guard let walk, filters.text != nil else {
      let documents: SQL =
        walk == nil && filters.text != nil
        ? "(SELECT * FROM search_documents WHERE \(matching) AND \(after) OFFSET 0) s" : "search_documents WHERE \(after)"
      return try await read(
        "SELECT dataset_id, words, quality, sort_key FROM \(documents) ORDER BY sort_key, dataset_id LIMIT \(Int64(limit))",
        rank: "0::float8", order: " ORDER BY f.sort_key, f.dataset_id", isAll: { $0 < limit })
    }
    let walked: SQL = "SELECT * FROM search_documents WHERE \(after) ORDER BY sort_key, dataset_id LIMIT \(Int64(walk))"
    let end = try await pool.run { [walked] connection in
      try connection.first(
        "SELECT count(*) OVER (), sort_key, dataset_id FROM (\(walked)) s ORDER BY sort_key DESC, dataset_id DESC LIMIT 1"
      ) { row in (count: Int(try row[0] as Int64), place: SearchPlace(key: try row[1] as String, id: try row[2])) }
    }
    var found = try await read(
      "SELECT dataset_id, words, quality, sort_key FROM (\(walked)) s WHERE \(matching) ORDER BY sort_key, dataset_id LIMIT \(Int64(limit))",
      rank: "0::float8", order: " ORDER BY f.sort_key, f.dataset_id", isAll: { $0 < limit && end?.count ?? 0 < walk })
    if found.rowCount < limit, !found.isAll, let end { found.last = end.place }
    return found
  }

  /// The columns of datasets, as they were indexed.
  package func searchedColumns(_ ids: [DatasetID], _: Authorization) async throws -> [DatasetID: [String]] {
    let rows = try await pool.run { connection in
      try connection.query("SELECT dataset_id, columns FROM search_documents WHERE dataset_id = ANY(\(ids.map(\.uuid)))") { row in
        (try row[0] as DatasetID, (try row[1] as String).split(separator: "\u{1F}").map(String.init))
      }
    }
    return Dictionary(rows) { first, _ in first }
  }

  /// Puts what is known of the datasets now beside what was found of them a moment ago.
  private func read(
    _ documents: SQL, rank: SQL, order: SQL, isAll: @escaping @Sendable (Int) -> Bool
  ) async throws -> SearchCandidates {
    try await pool.transaction(readOnly: true) { connection in
      // The plan is known: documents by their index, datasets by key.
      try connection.execute(
        """
        SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
          set_config('enable_mergejoin', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)
        """)
      var candidates = SearchCandidates()
      var last: SearchPlace?
      let rows = try connection.query(
        """
        WITH f AS MATERIALIZED (\(documents))
        SELECT f.dataset_id, d.kind, d.identifier, d.name, d.namespace_id, d.owner, d.description, d.format_version, d.tags::text,
          \(rank), f.quality, f.sort_key, (SELECT revision FROM access_revision WHERE is_the_one)
        FROM f LEFT JOIN datasets d ON d.id = f.dataset_id AND d.dropped_at IS NULL\(order)
        """
      ) { row -> SearchCandidate? in
        candidates.revision = try row[12]
        if let key = try row[11] as String? { last = SearchPlace(key: key, id: try row[0]) }
        guard let text = try row[1] as String?, let kind = DatasetKind(rawValue: text), let namespace = try row[4] as NamespaceID? else {
          return nil
        }
        let formatVersion: Int16? = try row[7]
        return SearchCandidate(
          id: try row[0], kind: kind, path: try DatasetPath(identifierText: try row[2], name: try row[3]),
          facts: DatasetFacts(
            owner: try row[5], description: try row[6], formatVersion: Int(formatVersion ?? 0), tags: try DatasetTags(stored: row[8])),
          rank: try row[9], quality: Int(try row[10] as Int16), namespace: namespace)
      }
      candidates.found = rows.compactMap { $0 }
      candidates.rowCount = rows.count
      candidates.isAll = isAll(rows.count)
      candidates.last = last
      return candidates
    }
  }
}

extension DatasetPath {
  /// From ``text``, as the row has it.
  init(identifierText: String, name: String) throws {
    let parts = identifierText.split(separator: "\u{1F}", omittingEmptySubsequences: false).map(String.init)
    self.init(
      warehouse: parts[0], identifier: try TableIdentifier(namespace: Namespace(levels: parts.dropFirst().dropLast()), name: name))
  }
}
