package import CatalogStore
import Lineage
package import Postgres

/// What a search of lineage's names may be narrowed to.
package struct LineageSearch: Sendable {
  package enum Order: Sendable {
    case name, updatedAt
  }

  /// Part of a name; `%` stands for any characters, `_` for one.
  package let text: String
  /// `dataset`, `job`; both when empty.
  package let kinds: [String]
  package let order: Order
  package let limit: Int
  package var namespace: String?
  package var after: PostgresTimestamp?
  package var before: PostgresTimestamp?

  package init(text: String, kinds: [String], order: Order, limit: Int) {
    self.text = text
    self.kinds = kinds
    self.order = order
    self.limit = limit
  }

  /// Whether three letters or digits of it go together: such a part is found by an index.
  fileprivate var isIndexed: Bool {
    text.split { !$0.isLetter && !$0.isNumber }.contains { $0.count >= 3 }
  }

  fileprivate var pattern: String { "%\(text.replacing("\\", with: "\\\\"))%" }
}

extension Catalog {
  /// Names that are looked at, of datasets and of jobs.
  private static let maximumMatches = 2_000

  /// Datasets and jobs of which a name holds a text, in either case.
  ///
  /// Of very many, some are looked at, ordered and shown. A text without three characters that go together is looked for among the first
  /// names only.
  package func searchLineage(_ search: LineageSearch, _ context: OperationContext) async throws -> [ListedNode] {
    let authorization = try await lineageAuthorization(context)
    var found: [ListedNode] = []
    for kind in search.kinds.isEmpty ? ["dataset", "job"] : search.kinds {
      found += try await store.lineageNodes(
        like: search.pattern, isIndexed: search.isIndexed, kind, limit: Self.maximumMatches, authorization)
    }
    found.removeAll { node in
      if let namespace = search.namespace, node.name.namespace != namespace { return true }
      if let after = search.after, node.lastSeenAt <= after { return true }
      if let before = search.before, node.lastSeenAt >= before { return true }
      return false
    }
    let view = try await view(of: found, authorization)
    let shown = found.filter { view.shown.contains($0.id) }.sorted { first, second in
      if search.order == .updatedAt, first.lastSeenAt != second.lastSeenAt { return first.lastSeenAt > second.lastSeenAt }
      return (first.name.name, first.name.namespace, first.kind) < (second.name.name, second.name.namespace, second.kind)
    }
    return Array(shown.prefix(search.limit))
  }

  /// Events of OpenLineage as they came, by the time of what they tell: for those who read the audit trail, since an event names whatever
  /// it names.
  package func lineageEvents(
    from: PostgresTimestamp?, until: PostgresTimestamp?, isAscending: Bool, _ page: LineagePage, _ context: OperationContext
  ) async throws -> LineageList<[UInt8]> {
    let authorization = try await authorized(.readEvents, [PolicyQuestion(.readAudit)], catalog: CatalogResource(.server, ""), context)
    let (documents, count) = try await store.lineageEvents(
      from: from, until: until, isAscending: isAscending, offset: page.offset, limit: page.limit, countTo: LineagePage.maximumOffset,
      authorization)
    return LineageList(elements: documents, count: count)
  }
}
