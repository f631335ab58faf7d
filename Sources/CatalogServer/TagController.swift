package import Catalog
package import CatalogStore
package import JSON
import Postgres

/// Classifications of datasets of every kind, and of the columns of tables and views.
struct TagController: Sendable {
  let catalog: Catalog

  func loadTableTags(_ call: Call) async throws -> Reply {
    Reply(try await catalog.tags(of: call.governed("table"), as: .table, call.context))
  }

  func loadViewTags(_ call: Call) async throws -> Reply {
    Reply(try await catalog.tags(of: call.governed("view"), as: .view, call.context))
  }

  func loadDatasetTags(_ call: Call) async throws -> Reply {
    Reply(try await catalog.tags(of: call.governed("dataset"), as: .dataset, call.context))
  }

  func updateDatasetTags(_ call: Call) async throws -> Reply { try await update(call, call.governed("dataset"), .dataset) }

  func updateTableTags(_ call: Call) async throws -> Reply { try await update(call, call.governed("table"), .table) }

  func updateViewTags(_ call: Call) async throws -> Reply { try await update(call, call.governed("view"), .view) }

  // MARK: Suggestions

  func suggestTags(_ call: Call) async throws -> Reply {
    guard case .dataset(let kind, let path)? = try AccessObject(query: call) else { throw Self.noDataset }
    let suggestions = try await catalog.suggestTags(of: path, as: kind, call.context)
    return Reply(json: JSONWriter.text { writer in writer.object { $0.field("suggestions", suggestions) } })
  }

  func declineTag(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    guard case .dataset(let kind, let path) = try AccessObject(json: object.required("object")) else { throw Self.noDataset }
    try await catalog.declineTag(
      SuggestedTag(
        column: object.optional("column")?.string(), key: object.required("key").string(), value: object.required("value").string()),
      of: path, as: kind, reason: object.required("reason").string(), call.context)
    return .noContent
  }

  private static let noDataset = CatalogError.badRequest("Tags are suggested for a table, a view or a dataset; name one")

  // MARK: Vocabulary

  func listTagDefinitions(_ call: Call) async throws -> Reply {
    let page = try await catalog.listTagDefinitions(call.page, call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("tags", page.elements)
          $0.nextPageToken(page.next)
        }
      })
  }

  func defineTag(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    return Reply(
      try await catalog.defineTag(
        object.required("key").string(), description: object.optional("description")?.string() ?? "",
        values: object.optional("values")?.array().map { try $0.string() }, call.context, answer: { $0.jsonText }))
  }

  func dropTagDefinition(_ call: Call) async throws -> Reply {
    try await catalog.dropTagDefinition(call.parameter("tag"), call.context)
    return .noContent
  }

  private func update(_ call: Call, _ path: DatasetPath, _ kind: DatasetKind) async throws -> Reply {
    let json = try call.json
    let object = try json.object()
    var columns: [String: TagChange] = [:]
    for column in try object.optional("columns")?.object() ?? JSONDocument(parsing: Array("{}".utf8)).root.object() {
      columns[column.key] = try Self.change(column.value)
    }
    guard object.optional("set") != nil || object.optional("remove") != nil || !columns.isEmpty else {
      throw json.invalid("Expected set, remove or columns")
    }
    return Reply(
      try await catalog.updateTags(of: path, as: kind, Self.change(json), columns: columns, call.context, answer: { $0.jsonText }))
  }

  static func change(_ json: JSONValue) throws -> TagChange {
    let object = try json.object()
    return TagChange(
      set: try object.optional("set")?.object().strings() ?? [:],
      remove: try object.optional("remove")?.array().map { try $0.string() } ?? [])
  }
}

extension TagDefinition: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("key", key)
      $0.field("description", description)
      if let values { $0.field("values", values) }
      $0.field("defined-by", definedBy)
      $0.field("defined-at-ms", definedAt.milliseconds)
    }
  }
}

extension TagSuggestion: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      if let column = tag.column { $0.field("column", column) }
      $0.field("key", tag.key)
      $0.field("value", tag.value)
      $0.field(
        "sources",
        array: { array in
          for source in sources {
            array.object {
              $0.field("object", source.object)
              if let column = source.column { $0.field("column", column) }
            }
          }
        })
    }
  }
}
