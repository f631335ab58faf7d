import JSON

/// The vocabulary of tags.
struct TagPlanner: SectionPlanner {
  private static let path = ["governance", "v1", "tags"]

  func list(_ client: CatalogClient) async throws -> [String: JSONValue] {
    try await pages(client, Self.path, key: "tags") { try $0.required("key").string() }
  }

  func plan(_ declaration: Declaration, _ present: JSONValue?, _: CatalogClient) async throws -> PlannedChange? {
    let key = declaration.name
    let there = try present?.object()
    let before = (
      description: try there?.required("description").string(), values: try there?.optional("values")?.array().map { try $0.string() }
    )
    let description = try declaration.text("description")
    let values = try declaration.texts("values")
    var fields = FieldChanges()
    fields.note("description", before.description, description)
    fields.note("values", before.values ?? [], values)
    guard present == nil || !fields.isEmpty else { return nil }
    return PlannedChange(kind: present == nil ? .add : .change, title: declaration.title, details: fields.details) { client in
      let body = object {
        $0.field("key", key)
        $0.field("description", description ?? before.description ?? "")
        if let values = values ?? before.values { $0.field("values", values) }
      }
      _ = try await client.post(Self.path, body)
    }
  }

  func removal(of name: String, _: JSONValue?, _: CatalogClient) -> PlannedChange? {
    // Policies know it.
    if name == "classification" { return nil }
    return PlannedChange(kind: .remove, title: "tag \(name)", details: []) { _ = try await $0.delete(Self.path + [name]) }
  }
}

/// The glossary.
struct TermPlanner: SectionPlanner {
  private static let path = ["governance", "v1", "terms"]

  func list(_ client: CatalogClient) async throws -> [String: JSONValue] {
    try await pages(client, Self.path, key: "terms") { try $0.required("name").string() }
  }

  func plan(_ declaration: Declaration, _ present: JSONValue?, _ client: CatalogClient) async throws -> PlannedChange? {
    let name = declaration.name
    let there = try present?.object()
    let before = (definition: try there?.required("definition").string(), owner: try there?.optional("owner")?.string())
    let definition = try declaration.text("definition")
    guard let text = definition ?? before.definition else { throw declaration.failure("The term lacks its definition") }
    let owner = try declaration.text("owner").map { try declaration.person($0, at: "owner") }
    let links = try declaration.texts("stands-for")
    for link in links ?? [] { try Self.check(link, declaration) }
    var present: [String] = []
    if there != nil, links != nil {
      for link in try await client.get(Self.path + [name]).json().object().required("links").array() {
        let link = try link.object()
        let object = try ObjectName(json: link.required("object"))
        guard object.kind == .table else { continue }
        present.append(Self.text("\(object)".dropFirst("table ".count).description, column: try link.optional("column")?.string()))
      }
    }
    var fields = FieldChanges()
    let isDefined = fields.note("definition", before.definition, definition)
    let isOwned = fields.note("owner", before.owner, owner)
    let (added, removed) = fields.note("stands-for", present, links)
    guard there == nil || !fields.isEmpty else { return nil }
    let isNew = there == nil
    let warehouse = client.warehouse
    let body = object { writer in
      for (key, names) in [("add", added), ("remove", removed)] as [(StaticString, [String])] where !names.isEmpty {
        writer.field(key, array: { array in for name in names { array.raw(Self.link(name, warehouse)) } })
      }
    }
    return PlannedChange(kind: isNew ? .add : .change, title: declaration.title, details: fields.details) { client in
      if isNew || isDefined || isOwned {
        _ = try await client.post(
          Self.path,
          object {
            $0.field("name", name)
            $0.field("definition", text)
            if let owner { $0.field("owner", owner) }
          })
      }
      if !added.isEmpty || !removed.isEmpty { _ = try await client.post(Self.path + [name, "links"], body) }
    }
  }

  func removal(of name: String, _: JSONValue?, _: CatalogClient) -> PlannedChange? {
    PlannedChange(kind: .remove, title: "term \(name)", details: []) { _ = try await $0.delete(Self.path + [name]) }
  }

  // MARK: Links

  /// `sales.orders:id`
  private static func text(_ table: String, column: String?) -> String { table + (column.map { ":" + $0 } ?? "") }

  private static func parts(_ text: String) -> (table: String, column: String?) {
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    return (parts.first ?? "", parts.count > 1 ? parts[1] : nil)
  }

  private static func check(_ text: String, _ declaration: Declaration) throws {
    guard (try? DatasetName(parsing: parts(text).table)) != nil else {
      throw declaration.failure("\"\(text)\" is no table or column; write level.table or level.table:column", at: "stands-for")
    }
  }

  private static func link(_ text: String, _ warehouse: String) -> [UInt8] {
    let (table, column) = parts(text)
    return object {
      $0.key("object")
      (try? ObjectName(["table", table]))?.write(to: &$0, in: warehouse)
      if let column { $0.field("column", column) }
    }
  }
}
