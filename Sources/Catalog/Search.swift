package import CatalogStore
import Iceberg
import Postgres
package import Search

extension Catalog {
  /// Finds datasets by words of their names, tags, owners, columns and descriptions, the best first; without words, those that match the
  /// filters, by name. Only what the caller may see the metadata of is found, counted, and tells how a word is spelled.
  ///
  /// The work is bounded: of very many that match, the best candidates are ranked and counted, and the answer says so.
  /// - Throws: ``CatalogError/badRequest(_:)`` for a page token that is none of ours
  package func search(_ query: SearchQuery, _ page: PageRequest, _ context: OperationContext) async throws -> SearchResults {
    let authorization = try await authorized(.search, [PolicyQuestion(.list)], catalog: CatalogResource(.server, ""), context)
    let counts = try await store.documentCounts(query.lexemes, authorization)
    if query.terms.isEmpty { return try await list(SearchPlan(query: query, counts: counts), page, authorization) }
    let unknown = query.terms.filter { term in !term.ways.contains { $0.allSatisfy { counts[$0] != nil } } }
    var (read, readings) = try await corrected(query, unknown.map(\.typed), authorization)
    var (hits, isExact) = try await ranked(read, unknown.isEmpty ? counts : nil, page, authorization)
    if hits.isEmpty {
      // A word that only hidden datasets have is as good as none.
      let all = query.terms.map(\.typed)
      let (other, otherReadings) = try await corrected(query, all, authorization)
      if other.terms != read.terms {
        let found = try await ranked(other, nil, isNearby: !isExact, page, authorization)
        if !found.hits.isEmpty { (read, readings, hits, isExact) = (other, otherReadings, found.hits, found.isExact) }
      }
    }
    // What was read in place of a word is told only if it led to something that the caller sees.
    let told = hits.isEmpty ? [] : readings
    let start = try page.after.map(Self.offset) ?? 0
    let shown = Array(hits.dropFirst(start).prefix(page.size))
    let columns = try await store.searchedColumns(shown.map(\.hit.candidate.id), authorization)
    return SearchResults(
      results: try shown.map { found in
        SearchResults.Result(
          hit: found.hit, path: try found.hit.candidate.path, score: found.score,
          columns: SearchScore.matching(read, columns: columns[found.hit.candidate.id] ?? [], limit: Self.maximumMatchingColumns))
      },
      facets: start == 0 ? SearchFacets(hits.map(\.hit)) : nil, count: hits.count, isCountExact: isExact,
      readings: told, next: start + shown.count < hits.count ? String(start + shown.count) : nil)
  }

  private static let maximumMatchingColumns = 5

  private static func offset(_ token: String) throws -> Int {
    guard let offset = Int(token), offset >= 0 else {
      throw CatalogError.badRequest("The pageToken is none of ours; send the one from the page before")
    }
    return offset
  }

  // MARK: Words

  /// The query with these terms read as words that documents have.
  private func corrected(
    _ query: SearchQuery, _ typed: [String], _ authorization: Authorization
  ) async throws -> (query: SearchQuery, readings: [(typed: String, words: [String])]) {
    var query = query
    var readings: [(typed: String, words: [String])] = []
    for index in query.terms.indices where typed.contains(query.terms[index].typed) {
      let term = query.terms[index]
      var ways: [[String]] = []
      if term.pieces.count == 1 {
        ways = try await self.readings(of: term.pieces[0], authorization).map { [$0] }
      } else {
        var way: [String] = []
        for piece in term.pieces { way.append(try await self.readings(of: piece, authorization).first ?? piece) }
        if way != term.pieces { ways = [way] }
      }
      guard !ways.isEmpty else { continue }
      query.terms[index].ways = term.ways + ways
      readings.append((term.typed, ways.map { $0.joined(separator: " ") }))
    }
    return (query, readings)
  }

  private func readings(of word: String, _ authorization: Authorization) async throws -> [String] {
    let (beginning, alike) = try await store.wordsLike(word, authorization)
    return Spelling.readings(of: word, beginning: beginning, alike: alike)
  }

  // MARK: Ranked

  private typealias Found = (hit: SearchHit, score: Double)

  /// What matches and the caller may see, the best first.
  ///
  /// - Parameter isNearby: whether the best of all hold nothing for the caller, so that whom permits name places is looked for there only.
  private func ranked(
    _ query: SearchQuery, _ counts: [String: Int]?, isNearby: Bool = false, _ page: PageRequest, _ authorization: Authorization
  ) async throws -> (hits: [Found], isExact: Bool) {
    var known = counts
    if known == nil { known = try await store.documentCounts(query.lexemes, authorization) }
    let plan = SearchPlan(query: query, counts: known ?? [:])
    if plan.isHopeless { return ([], true) }
    var places = isNearby ? try await authorizer.likelyPlaces(authorization.context) : nil
    var hits: [SearchHit] = []
    var isAll = false
    if places?.areNamed != true {
      let candidates = try await candidates(plan, authorization)
      hits = try await visible(candidates, query, authorization)
      isAll = candidates.isAll
    }
    let wanted = (try page.after.map(Self.offset) ?? 0) + page.size
    if !isAll, hits.count <= wanted {
      // The caller sees little of it: look where that most likely lies.
      var seen = Set(hits.map(\.candidate.id))
      if places == nil { places = try await authorizer.likelyPlaces(authorization.context) }
      hits += try await nearby(plan, places ?? LikelyPlaces(), authorization).filter { seen.insert($0.candidate.id).inserted }
    }
    return (sorted(hits, query), isAll)
  }

  /// The best candidates of all that match.
  private func candidates(_ plan: SearchPlan, _ authorization: Authorization) async throws -> SearchCandidates {
    let walk = plan.walk
    let candidates = try await store.candidates(plan.search(walking: walk), authorization)
    // Words that go together less often than by chance.
    guard walk != nil, candidates.found.count < SearchPlan.candidates / 4 else { return candidates }
    return try await store.candidates(plan.search(walking: nil), authorization)
  }

  /// What matches in these places and the caller may see.
  private func nearby(_ plan: SearchPlan, _ places: LikelyPlaces, _ authorization: Authorization) async throws -> [SearchHit] {
    var hits: [SearchHit] = []
    let counts = try await store.documentCounts(Set(places.lexemes), authorization)
    let lexemes = places.lexemes.filter { counts[$0] != nil }
    if !lexemes.isEmpty {
      hits += try await visible(store.candidates(plan.search(narrowedTo: lexemes), authorization), plan.query, authorization)
    }
    if !places.datasets.isEmpty {
      var search = plan.search(walking: nil)
      search.among = places.datasets
      search.tiers = Array(search.tiers.suffix(1))
      hits += try await visible(store.candidates(search, authorization), plan.query, authorization)
    }
    return hits
  }

  private func sorted(_ hits: [SearchHit], _ query: SearchQuery) -> [Found] {
    let scored = hits.map { hit in
      let candidate = hit.candidate
      let name = candidate.name
      let score = SearchScore.score(query, rank: candidate.rank, name: name, quality: candidate.quality)
      return (hit: hit, score: score, key: SearchDocument.sortKey(name))
    }
    let sorted = scored.sorted {
      if $0.score != $1.score { return $0.score > $1.score }
      return $0.key == $1.key ? $0.hit.candidate.identifier < $1.hit.candidate.identifier : $0.key < $1.key
    }
    return sorted.map { ($0.hit, $0.score) }
  }

  /// Those that the caller may see and that have a column as asked for.
  private func visible(_ candidates: SearchCandidates, _ query: SearchQuery, _ authorization: Authorization) async throws -> [SearchHit] {
    let hits = try await authorizer.visible(candidates, authorization.context)
    // One word is found in columns by the index; several may be of different columns.
    guard query.filters.columnWords.count > 1 else { return hits }
    let columns = try await store.searchedColumns(hits.map(\.candidate.id), authorization)
    return hits.filter { query.filters.holds(forColumns: columns[$0.candidate.id] ?? []) }
  }

  // MARK: Lists

  private func list(_ plan: SearchPlan, _ page: PageRequest, _ authorization: Authorization) async throws -> SearchResults {
    let query = plan.query
    var place = try page.after.map(SearchPlace.init(token:))
    let isFirst = place == nil
    // The first page counts facets.
    let wanted = isFirst ? max(SearchPlan.candidates, page.size + 1) : page.size + 1
    var hits: [SearchHit] = []
    var isAll = plan.isHopeless
    var walked = 0
    while !isAll, hits.count < wanted, walked < SearchPlan.maximumWalk {
      let walk = plan.listWalk(for: wanted - hits.count)
      let limit = max(wanted - hits.count, 100)
      let candidates = try await store.list(query.filters, after: place, limit: limit, walk: walk, authorization)
      hits += try await visible(candidates, query, authorization)
      isAll = candidates.isAll
      place = candidates.last
      walked += max(walk ?? limit, 1_000)
      if place == nil { break }
      if isFirst, hits.count > page.size { break }
    }
    let shown = Array(hits.prefix(page.size))
    let columns = query.filters.column == nil ? [:] : try await store.searchedColumns(shown.map(\.candidate.id), authorization)
    var next: String?
    if hits.count > page.size, let last = shown.last {
      next = SearchPlace(key: SearchDocument.sortKey(last.candidate.name), id: last.candidate.id).token
    } else if !isAll {
      // Perhaps a dataset that the caller may not know of, so without its name.
      next = place.map { SearchPlace(key: nil, id: $0.id).token }
    }
    return SearchResults(
      results: try shown.map { hit in
        SearchResults.Result(
          hit: hit, path: try hit.candidate.path, score: 0,
          columns: SearchScore.matching(query, columns: columns[hit.candidate.id] ?? [], limit: Self.maximumMatchingColumns))
      },
      facets: isFirst ? SearchFacets(hits) : nil, count: isFirst ? hits.count : nil, isCountExact: isAll, readings: [], next: next)
  }
}

extension SearchPlace {
  /// - Throws: ``CatalogError/badRequest(_:)``
  fileprivate init(token: String) throws {
    let parts = token.split(separator: "\u{1F}", omittingEmptySubsequences: false)
    guard let id = parts.last.flatMap({ PostgresUUID(String($0)) }) else {
      throw CatalogError.badRequest("The pageToken is none of ours; send the one from the page before")
    }
    self.init(key: parts.count > 1 ? parts.dropLast().joined(separator: "\u{1F}") : nil, id: DatasetID(id))
  }

  fileprivate var token: String { key.map { "\($0)\u{1F}\(id)" } ?? "\(id)" }
}
