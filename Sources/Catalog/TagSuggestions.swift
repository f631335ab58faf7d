package import CatalogStore
import Iceberg

/// A tag that a dataset, or a column of it, could have because something that it was made from has it.
package struct TagSuggestion: Sendable {
  package struct Source: Hashable, Sendable {
    package let object: AccessObject
    package let column: String?
  }

  package let tag: SuggestedTag
  /// Who has it, in order of their names.
  package let sources: [Source]
}

extension Catalog {
  private static let depth = 20
  private static let maximumColumns = 20_000

  /// Tags that lineage suggests for a dataset and its columns: those of what it was made from, as far as the caller may see it, without
  /// those that it has and those that somebody said no to. A column's tag goes with its values: not where they only chose rows, and not
  /// where they were masked. A steward accepts one by setting it.
  ///
  /// - Returns: the dataset's first, then by column.
  /// - Throws: ``CatalogError/noSuchTable(_:)`` and the like
  package func suggestTags(
    of path: DatasetPath, as kind: DatasetKind, _ context: OperationContext
  ) async throws -> [TagSuggestion] {
    let asked = try await authorized(.suggestTags, [PolicyQuestion(.getMetadata)], path, as: kind, context)
    var bounds = TraceBounds(direction: .upstream, depth: Self.depth)
    bounds.maximumColumns = Self.maximumColumns
    guard let trace = try await store.trace(.dataset(asked.found.version.id), bounds, asked.authorization) else { return [] }
    let hits = try await authorizer.visible(store.candidates(trace.nodes.compactMap(\.dataset), asked.authorization), context)
    var seen = Dictionary(hits.map { ($0.candidate.id, $0.candidate) }) { first, _ in first }
    seen[asked.found.version.id] = nil
    var found: [SuggestedTag: Set<TagSuggestion.Source>] = [:]
    for candidate in seen.values {
      let object = AccessObject.dataset(candidate.kind, try candidate.path)
      for (key, value) in candidate.facts.tags.own {
        found[SuggestedTag(column: nil, key: key, value: value), default: []].insert(.init(object: object, column: nil))
      }
    }
    let columns = ColumnFlow(trace)
    for node in trace.nodes {
      guard let source = node.dataset.flatMap({ seen[$0] }), !source.facts.tags.fields.isEmpty, columns.sources.contains(node.id) else {
        continue
      }
      let object = AccessObject.dataset(source.kind, try source.path)
      for (column, tags) in try await columnTags(of: source, context) {
        for target in columns.targets(of: column, in: node.id) {
          for (key, value) in tags {
            found[SuggestedTag(column: target, key: key, value: value), default: []].insert(.init(object: object, column: column))
          }
        }
      }
    }
    let own = try await tags(of: path, as: kind, context)
    let declined = try await store.declinedTags(of: asked.found.version.id, asked.authorization)
    let byColumn = Dictionary(own.columns.map { ($0.name, $0.tags) }) { first, _ in first }
    return found.filter { tag, _ in
      !declined.contains(tag) && (tag.column.map { byColumn[$0] ?? [:] } ?? own.own)[tag.key] != tag.value
    }.map { tag, sources in
      TagSuggestion(tag: tag, sources: sources.sorted { ($0.object.title, $0.column ?? "") < ($1.object.title, $1.column ?? "") })
    }.sorted { ($0.tag.column ?? "", $0.tag.key, $0.tag.value) < ($1.tag.column ?? "", $1.tag.key, $1.tag.value) }
  }

  /// The tags of columns by the columns' names of today.
  private func columnTags(of source: SearchCandidate, _ context: OperationContext) async throws -> [String: [String: String]] {
    let tags = try await tags(of: source.path, as: source.kind, context)
    return Dictionary(tags.columns.map { ($0.name, $0.tags) }) { first, _ in first }
  }

  /// Says that a suggested tag is not wanted, so that it is not suggested again.
  ///
  /// - Throws: ``CatalogError/noSuchTable(_:)`` and the like, ``CatalogError/badRequest(_:)``
  package func declineTag(
    _ tag: SuggestedTag, of path: DatasetPath, as kind: DatasetKind, reason: String, _ context: OperationContext
  ) async throws {
    let asked = try await authorized(.declineTag, [PolicyQuestion(.setTags)], path, as: kind, context)
    guard (1...10_000).contains(reason.utf8.count) else { throw CatalogError.badRequest("Say why it is declined, in 1 to 10000 bytes") }
    for (what, text) in [("key", tag.key), ("value", tag.value), ("column", tag.column ?? "")] {
      guard text.utf8.count <= 1_024 else { throw CatalogError.badRequest("The \(what) is longer than 1024 bytes") }
    }
    try await store.declineTag(tag, of: asked.found.version.id, reason: reason, asked.authorization)
  }
}

/// Into which columns of a trace's start values of other columns flow.
struct ColumnFlow {
  private struct Column: Hashable {
    let node: Int64
    let name: String
  }

  private let next: [Column: Set<Column>]
  private let start: Int64

  init(_ trace: LineageTrace) {
    start = trace.start
    var next: [Column: Set<Column>] = [:]
    for flow in trace.columns {
      guard let target = flow.targetColumn, flow.transformation != "INDIRECT", !flow.isMasking else { continue }
      next[Column(node: flow.source, name: flow.sourceColumn), default: []].insert(Column(node: flow.target, name: target))
    }
    self.next = next
  }

  /// Nodes with a column that flows somewhere.
  var sources: Set<Int64> { Set(next.keys.map(\.node)) }

  /// Columns of the start.
  func targets(of column: String, in node: Int64) -> Set<String> {
    var reached: Set<Column> = [Column(node: node, name: column)]
    var waiting = Array(reached)
    while let column = waiting.popLast() {
      for target in next[column] ?? [] where reached.insert(target).inserted { waiting.append(target) }
    }
    return Set(reached.filter { $0.node == start }.map(\.name))
  }
}
