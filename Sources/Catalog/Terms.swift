package import CatalogStore
import Iceberg

/// A dataset or column by name, as people link it to a term.
package struct NamedTermLink: Hashable, Sendable {
  package let kind: DatasetKind
  package let path: DatasetPath
  /// Nested ones with dots; `nil` for the dataset itself.
  package let column: String?

  package init(kind: DatasetKind, path: DatasetPath, column: String?) {
    self.kind = kind
    self.path = path
    self.column = column
  }
}

// The glossary: words of the business, what they mean, and the data that they stand for.

extension Catalog {
  private static let linksShown = 1_000

  package func listTerms(containing text: String, _ page: PageRequest, _ context: OperationContext) async throws -> Page<Term> {
    try await store.terms(containing: text, page, authorized(.listTerms, [], catalog: CatalogResource(.server, ""), context))
  }

  /// A term, and those of the datasets and columns it stands for that the caller may know of.
  ///
  /// - Throws: ``CatalogError/noSuchWord(_:)``
  package func loadTerm(_ name: String, _ context: OperationContext) async throws -> (term: Term, links: [NamedTermLink]) {
    let authorization = try await authorized(.loadTerm, [], catalog: CatalogResource(.term, name), context)
    let term = try await store.term(name, authorization)
    var links: [NamedTermLink] = []
    var schemas: [DatasetPath: Schema?] = [:]
    for link in try await store.links(of: term, limit: Self.linksShown, authorization) {
      guard case .dataset(let kind, let path) = link.object else { continue }
      if schemas[path] == nil { schemas[path] = .some(try await visibleSchema(path, kind, context)) }
      guard let schema = schemas[path] ?? nil else { continue }
      let column = link.fieldID.map { id in schema.name(ofField: id) ?? "field \(id)" }
      links.append(NamedTermLink(kind: kind, path: path, column: column))
    }
    return (term, links)
  }

  /// `nil` for what the caller may not know of.
  private func visibleSchema(_ path: DatasetPath, _ kind: DatasetKind, _ context: OperationContext) async throws -> Schema? {
    do {
      let asked = try await authorized(.loadTerm, [PolicyQuestion(.getMetadata)], path, as: kind, context)
      return try await schema(of: asked, at: path) ?? Schema(id: 0, fields: [])
    } catch let error as CatalogError {
      switch error {
      case .noSuchTable, .noSuchView, .forbidden: return nil
      default: throw error
      }
    }
  }

  /// Defines a term, or defines it anew. Who looks after tags looks after terms.
  ///
  /// - Parameter owner: who says what it means; `nil` leaves that as it is.
  /// - Throws: ``CatalogError/badRequest(_:)``, ``CatalogError/unprocessable(_:)``
  package func defineTerm(
    _ name: String, definition: String, owner: GranteeName?, _ context: OperationContext, answer: @escaping @Sendable (Term) -> [UInt8]
  ) async throws -> Term {
    let authorization = try await authorized(.defineTerm, [PolicyQuestion(.setTags)], catalog: CatalogResource(.term, name), context)
    guard (1...255).contains(name.utf8.count), name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }),
      name.first != " ", name.last != " "
    else { throw CatalogError.badRequest("\"\(name)\" is no name for a term; use 1 to 255 bytes without control characters") }
    guard definition.utf8.count <= 100_000 else { throw CatalogError.badRequest("The definition is longer than 100000 bytes") }
    return try await store.define(name, definition: definition, owner: owner, authorization, answer: answer)
  }

  /// - Throws: ``CatalogError/noSuchWord(_:)``
  package func dropTerm(_ name: String, _ context: OperationContext) async throws {
    try await store.dropTerm(
      name, authorized(.dropTerm, [PolicyQuestion(.setTags)], catalog: CatalogResource(.term, name), context))
  }

  /// Links a term to datasets and columns, and ends links. It takes whoever may tag the datasets.
  ///
  /// - Throws: ``CatalogError/noSuchWord(_:)``, ``CatalogError/noSuchTable(_:)``, ``CatalogError/badRequest(_:)`` for a column that is not
  ///   there
  package func linkTerm(
    _ name: String, to added: [NamedTermLink], from removed: [NamedTermLink], _ context: OperationContext
  ) async throws {
    let authorization = try await authorized(.linkTerm, [], catalog: CatalogResource(.term, name), context)
    guard (1...1_000).contains(added.count + removed.count) else {
      throw CatalogError.badRequest("Give 1 to 1000 links to add or remove, not \(added.count + removed.count)")
    }
    let term = try await store.term(name, authorization)
    try await store.link(term, to: links(added, context), from: links(removed, context), authorization)
  }

  private func links(_ named: [NamedTermLink], _ context: OperationContext) async throws -> [TermLink] {
    var links: [TermLink] = []
    for link in named {
      let asked = try await authorized(.linkTerm, [PolicyQuestion(.setTags)], link.path, as: link.kind, context)
      var fieldID: Int32?
      if let column = link.column {
        guard let field = try await schema(of: asked, at: link.path)?.field(named: column) else {
          throw CatalogError.badRequest("The \(link.kind.rawValue) \(link.path.identifier) has no column \(column)")
        }
        fieldID = field.id
      }
      links.append(TermLink(object: .dataset(link.kind, link.path), fieldID: fieldID))
    }
    return links
  }
}
