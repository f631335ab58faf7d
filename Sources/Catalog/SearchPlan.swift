import CatalogStore
import Search

/// How a search is carried out with bounded work, whatever its words: chosen by how many documents have them.
///
/// Rare words are found by the index and all ranked. A word of half the catalog is not: among few documents, the best described ones
/// first, there are as many matches as are ranked.
struct SearchPlan {
  /// Candidates that are ranked at once.
  static let candidates = 1_000
  /// Of those that lie where the caller most likely may see them.
  static let narrowedCandidates = 4_000

  let query: SearchQuery
  /// In how many documents each word and lexeme is; under the empty one, how many there are.
  let counts: [String: Int]

  private var total: Int { counts[""] ?? 0 }

  private func count(_ word: String) -> Int { counts[word] ?? 0 }

  /// In how many documents something of each group is that must be there, at most.
  private var groups: [Int] {
    let terms = query.terms.map { term in term.ways.reduce(0) { $0 + ($1.map(count).min() ?? 0) } }
    let filters =
      query.filters.conjunction.map { $0.reduce(0) { $0 + count($1) } } + query.filters.columnWords.map { count(Lexeme.column($0)) }
    return (terms + filters).map { min($0, total) }
  }

  /// Whether nothing can match.
  var isHopeless: Bool { groups.contains(0) }

  /// The share of documents that match, if words were spread evenly.
  private var share: Double { groups.reduce(1) { $0 * Double($1) / Double(max(total, 1)) } }

  /// How many documents to walk through for the last tier; `nil` where the index finds all more cheaply.
  var walk: Int? {
    let share = share
    guard share * Double(total) > Double(Self.candidates * 4) else { return nil }
    // Microseconds, as measured: an entry of the index, a document that others are looked up by, a document walked past.
    let groups = groups
    let finding = min(Double(groups.reduce(0, +)) * 0.1, Double((groups.min() ?? 0) * groups.count))
    let walked = Int(1.5 * Double(Self.candidates) / share) + Self.candidates
    return Double(walked) * 3 < finding ? walked : nil
  }

  func search(walking walk: Int?) -> CandidateSearch {
    CandidateSearch(
      tiers: query.tiers, ranking: query.wordsText, limit: Self.candidates, walk: walk,
      isSelective: share * Double(total) < Double(Self.candidates))
  }

  /// The same among documents that have one of the lexemes.
  func search(narrowedTo lexemes: [String]) -> CandidateSearch {
    let places = "(" + lexemes.map(Lexeme.quoted).joined(separator: "|") + ")"
    return CandidateSearch(
      tiers: query.tiers.map { "(\($0))&\(places)" }, ranking: query.wordsText, limit: Self.narrowedCandidates,
      isSelective: true)
  }

  // MARK: Lists

  /// How many documents to go through in order for so many that match the filters; `nil` where those are few enough to be found and sorted.
  func listWalk(for wanted: Int) -> Int? {
    guard let rarest = groups.min(), rarest > 10_000 else { return nil }
    return min(6_000, max(1_000, Int(1.5 * Double(wanted) / max(share, 0.000_1))))
  }

  /// About so many documents one request goes through; its page may be short then, and the next one goes on.
  static let maximumWalk = 12_000
}
