import Catalog
package import CatalogStore
package import JSON
import Postgres

/// The glossary.
struct TermController: Sendable {
  let catalog: Catalog

  func listTerms(_ call: Call) async throws -> Reply {
    let page = try await catalog.listTerms(containing: call.query("q") ?? "", call.page, call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("terms", page.elements)
          $0.nextPageToken(page.next)
        }
      })
  }

  func defineTerm(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    return Reply(
      try await catalog.defineTerm(
        object.required("name").string(), definition: object.required("definition").string(),
        owner: object.optional("owner").map { GranteeName(try $0.string()) }, call.context, answer: { $0.jsonText }))
  }

  func loadTerm(_ call: Call) async throws -> Reply {
    let (term, links) = try await catalog.loadTerm(call.parameter("term"), call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("term", term)
          $0.field(
            "links",
            array: {
              for link in links {
                $0.object {
                  $0.field("object", AccessObject.dataset(link.kind, link.path))
                  if let column = link.column { $0.field("column", column) }
                }
              }
            })
        }
      })
  }

  func dropTerm(_ call: Call) async throws -> Reply {
    try await catalog.dropTerm(call.parameter("term"), call.context)
    return .noContent
  }

  func linkTerm(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    try await catalog.linkTerm(
      call.parameter("term"), to: Self.links(object.optional("add")), from: Self.links(object.optional("remove")), call.context)
    return .noContent
  }

  private static func links(_ json: JSONValue?) throws -> [NamedTermLink] {
    try json?.array().map { json in
      let link = try json.object()
      guard case .dataset(let kind, let path) = try AccessObject(json: link.required("object")) else {
        throw CatalogError.badRequest("A term stands for tables, views and their columns, and nothing else")
      }
      return NamedTermLink(kind: kind, path: path, column: try link.optional("column")?.string())
    } ?? []
  }
}

extension Term: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("name", name)
      $0.field("definition", definition)
      if let owner { $0.field("owner", owner) }
      $0.field("changed-by", changedBy)
      $0.field("changed-at-ms", changedAt.milliseconds)
    }
  }
}
