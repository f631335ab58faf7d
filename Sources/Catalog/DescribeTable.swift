package import CatalogStore
import Iceberg

/// What is to be said of a table and of its columns; an empty text takes a description away.
package struct TableDescription: Hashable, Sendable {
  /// Markdown; `nil` leaves it as it is.
  package var text: String?
  /// By name, nested ones with dots.
  package var columns: [String: String]

  package init(text: String? = nil, columns: [String: String] = [:]) {
    self.text = text
    self.columns = columns
  }
}

extension Catalog {
  /// Describes a table and its columns where engines look for that: in the property `comment` and in the columns' `doc`.
  ///
  /// - Throws: ``CatalogError/noSuchTable(_:)``, ``CatalogError/badRequest(_:)`` for a column that is not there
  package func describeTable(_ path: DatasetPath, _ description: TableDescription, _ context: OperationContext) async throws -> LoadedTable
  {
    guard description != TableDescription() else { throw CatalogError.badRequest("Nothing is described; give text or columns") }
    for text in [description.text].compactMap({ $0 }) + description.columns.values where text.utf8.count > 100_000 {
      throw CatalogError.badRequest("A description may be 100000 bytes long, not \(text.utf8.count)")
    }
    for _ in 0..<options.commitAttempts {
      let asked = try await authorized(.updateTable, [PolicyQuestion(.getMetadata), PolicyQuestion(.describe)], path, as: .table, context)
      let metadata = try await cached(path, at: asked.found, asked.authorization).metadata()
      let request = try TableChangeRequest(describing: metadata, description, of: path)
      do { return try await updateTable(path, request, context) } catch CatalogError.commitFailed { continue }
    }
    throw CatalogStore.overtaken(path)
  }
}

extension TableChangeRequest {
  fileprivate init(describing metadata: TableMetadata, _ description: TableDescription, of path: DatasetPath) throws {
    var updates: [TableUpdate] = []
    var requirements: [TableRequirement] = []
    switch description.text {
    case nil: break
    case "": updates.append(.removeProperties([GovernedProperty.comment]))
    case let text?: updates.append(.setProperties([GovernedProperty.comment: text]))
    }
    if !description.columns.isEmpty {
      guard let schema = metadata.currentSchema else { throw CatalogError.unavailable("The table \(path.identifier) has no schema") }
      var docs: [Int32: String?] = [:]
      for (name, text) in description.columns {
        guard let field = schema.field(named: name) else {
          throw CatalogError.badRequest("The table \(path.identifier) has no column \(name)")
        }
        docs[field.id] = .some(text.isEmpty ? nil : text)
      }
      // Not over somebody else's new schema.
      requirements.append(.assertCurrentSchemaID(metadata.currentSchemaID))
      updates += [.addSchema(schema.describing(docs), lastColumnID: nil), .setCurrentSchema(-1)]
    }
    self.init(requirements: requirements, updates: updates)
  }
}
