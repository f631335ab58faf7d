/// What is searched for: words that must all be there, and filters that must all hold.
package struct SearchQuery: Hashable, Sendable {
  /// One thing that was asked for, in the ways that it may be written. Each way is words that must all be there.
  package struct Term: Hashable, Sendable {
    /// As it was typed, in lower case.
    package let typed: String
    /// Its pieces; what the user meant unless they are misspelled.
    package let pieces: [String]
    package var ways: [[String]]

    init(_ part: Words.Part) {
      typed = part.whole ?? part.pieces[0]
      pieces = part.pieces
      ways = [part.pieces] + (part.whole.map { [[$0]] } ?? [])
    }

    package var words: Set<String> { Set(ways.joined()) }
  }

  package var terms: [Term]
  package var filters: SearchFilters

  /// More words make no better query.
  package static let maximumTerms = 12

  /// - Parameter text: as people type it. Signs between words mean nothing.
  package init(_ text: String, filters: SearchFilters = SearchFilters()) {
    let parts = Words.parts(of: String(decoding: text.utf8.prefix(4_096), as: UTF8.self))
    var seen: Set<Words.Part> = []
    let different = parts.filter { seen.insert($0).inserted }
    let telling = different.filter { !($0.whole == nil && Words.silent.contains($0.pieces[0])) }
    terms = (telling.isEmpty ? different : telling).prefix(Self.maximumTerms).map(Term.init)
    self.filters = filters
  }

  /// Every word and lexeme that it asks for, to be counted.
  package var lexemes: Set<String> {
    Set(terms.flatMap(\.words)).union(filters.lexemes)
  }
}

/// What a dataset must be, beside what it is searched by. Those that are `nil` ask nothing.
package struct SearchFilters: Hashable, Sendable {
  package var zone: String?
  /// `team:risk`, or `risk` of any kind.
  package var owner: String?
  /// Each `key` or `key=value`, of the dataset or of one of its columns.
  package var tags: [String]
  /// Words of the name of one column.
  package var column: String?
  package var kind: String?
  package var warehouse: String?

  package init(
    zone: String? = nil, owner: String? = nil, tags: [String] = [], column: String? = nil, kind: String? = nil, warehouse: String? = nil
  ) {
    self.zone = zone
    self.owner = owner
    self.tags = tags
    self.column = column
    self.kind = kind
    self.warehouse = warehouse
  }

  static let ownerKinds = ["team", "user", "service"]

  /// Lexemes of which one of each group must be there.
  package var conjunction: [[String]] {
    var groups: [[String]] = []
    if let zone { groups.append([Lexeme.zone(zone)]) }
    if let owner {
      let isWhole = Self.ownerKinds.contains { owner.hasPrefix($0 + ":") }
      groups.append(isWhole ? [Lexeme.owner(owner)] : Self.ownerKinds.map { Lexeme.owner($0 + ":" + owner) })
    }
    for tag in tags { groups.append([Lexeme.tag(tag)]) }
    if let kind { groups.append([Lexeme.kind(kind)]) }
    if let warehouse { groups.append([Lexeme.warehouse(warehouse)]) }
    return groups
  }

  /// Every lexeme that it asks for.
  package var lexemes: Set<String> { Set(conjunction.joined()).union(columnWords.map(Lexeme.column)) }

  /// Words that columns must have.
  package var columnWords: [String] { column.map { Array(Set(Words.parts(of: $0).flatMap(\.pieces))).sorted() } ?? [] }

  /// Whether one of the columns has all the words that are asked for. Only then does one column answer what words of several would.
  package func holds(forColumns names: some Sequence<String>) -> Bool {
    guard column != nil else { return true }
    let wanted = Set(columnWords)
    return names.contains { wanted.isSubset(of: Words.split($0)) }
  }

  package var isEmpty: Bool { self == SearchFilters() }
}

// MARK: As PostgreSQL reads it

extension SearchQuery {
  /// The queries that find the best first: each finds all that the ones before it find, and more. The last finds everything that matches.
  /// Empty when nothing is asked for.
  package var tiers: [String] {
    guard !terms.isEmpty else { return filters.text.map { [$0] } ?? [] }
    let count = terms.reduce(0) { $0 + $1.pieces.count }
    var tiers: [String] = []
    for pieces in [count, count + 1] where pieces <= Lexeme.maximumCountedPieces {
      // Names of exactly so many pieces; the wider tier holds the narrower.
      let previous = tiers.last.map { "(\($0))|" } ?? ""
      tiers.append(previous + "(" + text { Lexeme.name($0, ofPieces: pieces) } + ")")
    }
    let named = text(Lexeme.name)
    tiers.append(named)
    if terms.count > 1 {
      // All words, and one of them in the name.
      let inName = terms.flatMap(\.ways).map { way in "(" + way.map { Lexeme.quoted(Lexeme.name($0)) }.joined(separator: "&") + ")" }
      tiers.append("(\(named))|((\(inName.joined(separator: "|")))&\(wordsText))")
    }
    tiers.append(wordsText)
    return tiers.map { tier in filters.text.map { "(\(tier))&\($0)" } ?? tier }
  }

  /// The words alone, for ranking.
  package var wordsText: String { text { $0 } }

  private func text(_ lexeme: (String) -> String) -> String {
    terms.map { term in
      let ways = term.ways.map { way in "(" + way.map { Lexeme.quoted(lexeme($0)) }.joined(separator: "&") + ")" }
      return ways.count == 1 ? ways[0] : "(" + ways.joined(separator: "|") + ")"
    }.joined(separator: "&")
  }
}

extension SearchFilters {
  /// `nil` when nothing is asked.
  package var text: String? {
    var parts = conjunction.map { group in
      let lexemes = group.map(Lexeme.quoted)
      return lexemes.count == 1 ? lexemes[0] : "(" + lexemes.joined(separator: "|") + ")"
    }
    // Not the words with their weight: the index knows none, and each document would be read for it.
    parts += columnWords.map { Lexeme.quoted(Lexeme.column($0)) }
    // A column of no letters is nobody's.
    if column != nil, columnWords.isEmpty { parts.append(Lexeme.quoted(Lexeme.column(""))) }
    return parts.isEmpty ? nil : parts.joined(separator: "&")
  }
}
