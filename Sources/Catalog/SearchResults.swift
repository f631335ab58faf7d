package import CatalogStore
import Search

/// What a search tells its caller.
package struct SearchResults: Sendable {
  package struct Result: Sendable {
    package let hit: SearchHit
    package let path: DatasetPath
    /// More is better; 0 in lists.
    package let score: Double
    /// Columns whose names hold what was asked for, the best first.
    package let columns: [String]
  }

  /// How many of what was found have a value.
  package struct FacetValue: Hashable, Sendable {
    package let value: String
    package let count: Int
  }

  package let results: [Result]
  /// By zone, kind, owner and tag, of everything that was found and that the caller may see; only with the first page.
  package let facets: SearchFacets?
  /// How many were found that the caller may see; of a list, only with the first page.
  package let count: Int?
  /// Whether all that matches was looked at; else there may be more than `count`.
  package let isCountExact: Bool
  /// Words that no dataset has, and what was searched for in their place.
  package let readings: [(typed: String, words: [String])]
  /// Where the next page begins.
  package let next: String?
}

/// Counts that tell how a search could be narrowed.
package struct SearchFacets: Sendable {
  package let zones: [SearchResults.FacetValue]
  package let kinds: [SearchResults.FacetValue]
  package let owners: [SearchResults.FacetValue]
  /// `key=value`, of datasets and of their columns.
  package let tags: [SearchResults.FacetValue]

  /// The most frequent values of each.
  package static let maximumValues = 20

  package init(_ hits: [SearchHit]) {
    zones = Self.count(hits) { [$0.zone] }
    kinds = Self.count(hits) { [$0.candidate.kind.rawValue] }
    owners = Self.count(hits) { $0.owner.map { [$0] } ?? [] }
    tags = Self.count(hits) { hit in
      let tags = hit.candidate.facts.tags
      guard !tags.isEmpty else { return [] }
      return Array(Set(([tags.own] + tags.fields.values).joined().map { "\($0.key)=\($0.value)" }))
    }
  }

  private static func count(_ hits: [SearchHit], _ values: (SearchHit) -> [String]) -> [SearchResults.FacetValue] {
    var counts: [String: Int] = [:]
    for hit in hits { for value in values(hit) { counts[value, default: 0] += 1 } }
    let sorted = counts.sorted { $0.value == $1.value ? $0.key < $1.key : $0.value > $1.value }
    return sorted.prefix(maximumValues).map { SearchResults.FacetValue(value: $0.key, count: $0.value) }
  }
}
