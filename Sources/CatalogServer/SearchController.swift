import Catalog
import CatalogStore
import Iceberg
package import JSON
import Search

/// Search over everything that the caller may see.
struct SearchController: Sendable {
  let catalog: Catalog

  private static let pageSize = 25

  func search(_ call: Call) async throws -> Reply {
    func filter(_ name: String) throws -> String? {
      guard let text = try call.query(name), !text.isEmpty else { return nil }
      guard text.utf8.count <= 1_000, !text.utf8.contains(0) else {
        throw CatalogError.badRequest("The query parameter \(name) must be at most 1000 bytes long and hold no U+0000")
      }
      return text
    }
    let tags = try call.queries("tag").filter { !$0.isEmpty }
    guard tags.count <= 20, tags.allSatisfy({ $0.utf8.count <= 1_000 && !$0.utf8.contains(0) }) else {
      throw CatalogError.badRequest("There may be 20 tags in a search, each at most 1000 bytes long and without U+0000")
    }
    let filters = SearchFilters(
      zone: try filter("zone"), owner: try filter("owner"), tags: tags, column: try filter("column"), kind: try filter("kind"),
      warehouse: try filter("warehouse"))
    let query = SearchQuery(try call.query("q") ?? "", filters: filters)
    let asked = try call.page
    let page = PageRequest(after: asked.after, size: try call.query("pageSize")?.isEmpty == false ? asked.size : Self.pageSize)
    return Reply(try await catalog.search(query, page, call.context))
  }
}

extension SearchResults: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("hits", results)
      if let count {
        $0.field("count", count)
        $0.field("is-count-exact", isCountExact)
      }
      if let facets { $0.field("facets", facets) }
      $0.field(
        "readings",
        array: {
          for reading in readings {
            $0.object {
              $0.field("word", reading.typed)
              $0.field("read-as", reading.words)
            }
          }
        })
      $0.nextPageToken(next)
    }
  }
}

extension SearchResults.Result: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("kind", hit.candidate.kind.rawValue)
      $0.field("warehouse", path.warehouse)
      $0.field("namespace", path.identifier.namespace.levels)
      $0.field("name", path.identifier.name)
      $0.field("zone", hit.zone)
      if let owner = hit.owner { $0.field("owner", owner) }
      if let description = hit.candidate.facts.description { $0.field("description", description) }
      $0.field("tags", hit.candidate.facts.tags.own)
      $0.field("matching-columns", columns)
      // To three places: it is for comparing, not for reckoning.
      $0.field("score", raw: Self.decimal(score).utf8)
    }
  }

  private static func decimal(_ score: Double) -> String {
    let thousandths = Int((score * 1_000).rounded())
    let digits = String(thousandths % 1_000)
    return "\(thousandths / 1_000).\(String(repeating: "0", count: 3 - digits.count))\(digits)"
  }
}

extension SearchFacets: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("zones", zones)
      $0.field("kinds", kinds)
      $0.field("owners", owners)
      $0.field("tags", tags)
    }
  }
}

extension SearchResults.FacetValue: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("value", value)
      $0.field("count", count)
    }
  }
}
