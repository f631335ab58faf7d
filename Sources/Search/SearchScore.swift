/// How well a dataset answers a query; more is better.
package enum SearchScore {
  /// - Parameters:
  ///   - rank: PostgreSQL's `ts_rank` over all words, 0 to 1.
  ///   - name: the dataset's.
  ///   - quality: 0 to 4.
  package static func score(_ query: SearchQuery, rank: Double, name: String, quality: Int) -> Double {
    let parts = Words.parts(of: name)
    let pieces = Set(parts.flatMap(\.pieces))
    let words = pieces.union(parts.compactMap(\.whole))
    let matching = query.terms.filter { term in term.ways.contains { $0.allSatisfy(words.contains) } }
    var score = rank + Double(quality) / 100
    guard !matching.isEmpty, !pieces.isEmpty else { return score }
    // Every word asked for is in the name; and the less else it says, the better.
    if matching.count == query.terms.count { score += 1 }
    let said = Set(matching.flatMap { term in term.ways.first { $0.allSatisfy(words.contains) } ?? [] })
    score += min(1, Double(said.count) / Double(pieces.count)) / 2
    return score
  }

  /// The columns whose names hold words that were asked for, the best first.
  package static func matching(_ query: SearchQuery, columns: [String], limit: Int) -> [String] {
    let filter = Set(query.filters.columnWords)
    let found = columns.compactMap { name -> (name: String, count: Int)? in
      let words = Set(Words.split(name))
      let isFiltered = !filter.isEmpty && filter.isSubset(of: words)
      let count = query.terms.count { term in term.ways.contains { $0.allSatisfy(words.contains) } } + (isFiltered ? 10 : 0)
      return count > 0 ? (name, count) : nil
    }
    // Stable: the schema's order among equals.
    return found.enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }.prefix(limit).map(\.element.name)
  }
}
