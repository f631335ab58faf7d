package import CatalogStore
import Iceberg
package import JSON

/// Which tags of one thing become others.
package struct TagChange: Hashable, Sendable {
  package var set: [String: String]
  package var remove: [String]

  package init(set: [String: String] = [:], remove: [String] = []) {
    self.set = set
    self.remove = remove
  }

  /// - Parameter vocabulary: what may be said; `nil` where any well-formed tag may.
  func applied(to tags: [String: String], by vocabulary: [String: TagDefinition]?) throws -> [String: String] {
    var tags = tags.merging(set) { $1 }
    for key in remove { tags[key] = nil }
    for (key, value) in set {
      guard let vocabulary else {
        try TagDefinition.check(key: key)
        try TagDefinition.checkSize(of: value, key)
        continue
      }
      guard let definition = vocabulary[key] else {
        throw CatalogError.badRequest(
          "There is no tag \"\(key)\"; `moraine tag vocabulary` shows those there are, `moraine tag define` makes one")
      }
      try definition.check(value)
    }
    guard tags.count <= 50 else { throw CatalogError.badRequest("There may be 50 tags on one thing, not \(tags.count)") }
    return tags
  }
}

/// The tags of a dataset, with its columns by name.
package struct NamedTags: Sendable {
  package let own: [String: String]
  package let columns: [(name: String, fieldID: Int32, tags: [String: String])]
}

extension Catalog {
  /// - Throws: ``CatalogError/noSuchTable(_:)``, ``CatalogError/noSuchView(_:)``
  package func tags(of path: DatasetPath, as kind: DatasetKind, _ context: OperationContext) async throws -> NamedTags {
    let asked = try await authorized(.loadTags, [PolicyQuestion(.getMetadata)], path, as: kind, context)
    return NamedTags(asked.found.facts.tags, try await schema(of: asked, at: path))
  }

  /// Tags a dataset and its columns. A column keeps its tags when it is renamed.
  ///
  /// - Parameter columns: by name, nested ones with dots.
  /// - Throws: ``CatalogError/noSuchTable(_:)``, ``CatalogError/noSuchView(_:)``, ``CatalogError/badRequest(_:)``
  package func updateTags(
    of path: DatasetPath, as kind: DatasetKind, _ change: TagChange, columns: [String: TagChange], _ context: OperationContext,
    answer: (NamedTags) -> [UInt8]
  ) async throws -> NamedTags {
    for _ in 0..<options.commitAttempts {
      let asked = try await authorized(.updateTags, [PolicyQuestion(.setTags)], path, as: kind, context)
      let vocabulary = try await store.tagDefinitions(
        of: Set(change.set.keys).union(columns.values.flatMap(\.set.keys)), asked.authorization)
      let schema = try await schema(of: asked, at: path)
      var tags = asked.found.facts.tags
      tags.own = try change.applied(to: tags.own, by: vocabulary)
      for (name, change) in columns {
        guard let field = schema?.field(named: name) else {
          throw CatalogError.badRequest("The \(kind.rawValue) \(path.identifier) has no column \(name)")
        }
        let changed = try change.applied(to: tags.fields[field.id] ?? [:], by: vocabulary)
        tags.fields[field.id] = changed.isEmpty ? nil : changed
      }
      let named = NamedTags(tags, schema)
      if try await store.setTags(tags, of: asked.found, asked.authorization, answer: answer(named)) { return named }
    }
    throw CatalogStore.overtaken(path)
  }

  /// The current schema of a table or view; `nil` for a dataset whose columns have no ids: they bear no tags.
  func schema(of asked: AuthorizedDataset, at path: DatasetPath) async throws -> Schema? {
    if asked.found.version.kind == .dataset { return nil }
    let dataset = try await cached(path, at: asked.found, asked.authorization)
    guard asked.found.version.kind == .view else { return try dataset.metadata().currentSchema }
    let view = try ViewMetadata(jsonText: dataset.document)
    return view.schemas.first { $0.id == view.currentVersion?.schemaID }
  }
}

extension NamedTags {
  fileprivate init(_ tags: DatasetTags, _ schema: Schema?) {
    own = tags.own
    columns = tags.fields.sorted { $0.key < $1.key }.map { id, tags in
      // One that the schema has no longer is still named by its id: its tags come back with it.
      (schema?.allFields.first { $0.field.id == id }?.name ?? "field \(id)", id, tags)
    }
  }
}

extension NamedTags: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("tags", own)
      $0.field(
        "columns",
        array: {
          for column in columns {
            $0.object {
              $0.field("name", column.name)
              $0.field("field-id", column.fieldID)
              $0.field("tags", column.tags)
            }
          }
        })
    }
  }
}
