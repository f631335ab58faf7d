import ArgumentParser
import Governance
import Iceberg
import JSON

/// What people say of tables: descriptions, tags, who answers for them, contracts. The tables themselves are made by engines.
struct TablePlanner: SectionPlanner {
  func plan(_ declaration: Declaration, _: JSONValue?, _ client: CatalogClient) async throws -> PlannedChange? {
    let name: DatasetName
    do { name = try DatasetName(parsing: declaration.name) } catch let error as ValidationError {
      throw declaration.failure(error.message)
    }
    let loaded: JSONObject
    do {
      loaded = try await client.get(client.path(name.namespace, "tables", name.name), query: [("snapshots", "refs")]).json().object()
    } catch let failure as CommandFailure where failure.exit == .notFound {
      throw declaration.failure("The table \(name) does not exist; an engine makes it, then its description is applied")
    }
    var fields = FieldChanges()
    let descriptions = try Self.descriptions(declaration, loaded, &fields)
    let tags = try await Self.tags(declaration, name, &fields, client)
    let contract = try await Self.contract(declaration, name, &fields, client)
    let owners = try await OwnersPlan(declaration, of: ObjectName(["table", declaration.name]), isThere: true, into: &fields, client)
    guard !fields.isEmpty else { return nil }
    return PlannedChange(kind: .change, title: declaration.title, details: fields.details) { client in
      if let descriptions { _ = try await client.post(name.governancePath(client, "description"), descriptions) }
      if let tags { _ = try await client.post(name.governancePath(client, "tags"), tags) }
      try await owners.make(client)
      if let contract {
        _ = try await client.post(name.governancePath(client, "contract"), object { $0.field("contract", contract) })
      }
    }
  }

  // MARK: Descriptions

  private static func descriptions(_ declaration: Declaration, _ loaded: JSONObject, _ fields: inout FieldChanges) throws -> [UInt8]? {
    let metadata = try loaded.required("metadata").object()
    let properties = try metadata.optional("properties")?.object().strings() ?? [:]
    let text = try declaration.text("description")
    let isDescribed = fields.note("description", properties["comment"], text)
    let current = try metadata.required("current-schema-id").int()
    let schemas = try metadata.required("schemas").array().map { try Schema(json: $0) }
    let schema = schemas.first { Int($0.id) == current }
    var columns: [String: String] = [:]
    for (column, wanted) in try eachColumn(declaration) {
      guard let text = try wanted.object().optional("description")?.string() else { continue }
      guard let field = schema?.field(named: column) else {
        throw declaration.file.failure(wanted.invalid("The table \(declaration.name) has no column \(column)"))
      }
      if fields.note(column, field.doc, text) { columns[column] = text }
    }
    guard isDescribed || !columns.isEmpty else { return nil }
    return object {
      if isDescribed, let text { $0.field("text", text) }
      if !columns.isEmpty { $0.field("columns", columns) }
    }
  }

  private static func eachColumn(_ declaration: Declaration) throws -> [(String, JSONValue)] {
    try declaration.reading { object in
      var found: [(String, JSONValue)] = []
      guard let columns = object.optional("columns") else { return [] }
      for column in try columns.object() {
        for field in try column.value.object() where !["description", "tags"].contains(field.key) {
          throw field.value.invalid("A column has no \"\(field.key)\"; it has description and tags")
        }
        found.append((column.key, column.value))
      }
      return found
    }
  }

  // MARK: Tags

  /// A tag that says `null` goes; what is not named stays.
  private static func tags(
    _ declaration: Declaration, _ name: DatasetName, _ fields: inout FieldChanges, _ client: CatalogClient
  ) async throws -> [UInt8]? {
    let own = try declaration.reading { $0.optional("tags") }
    let columns = try eachColumn(declaration).compactMap { column in
      try declaration.reading { _ in try column.1.object().optional("tags").map { (column.0, $0) } }
    }
    guard own != nil || !columns.isEmpty else { return nil }
    let present = try await client.get(name.governancePath(client, "tags")).json().object()
    var ofColumns: [String: [String: String]] = [:]
    for column in try present.required("columns").array() {
      let column = try column.object()
      ofColumns[try column.required("name").string()] = try column.required("tags").object().strings()
    }
    typealias Change = (set: [String: String], remove: [String])
    func change(_ wanted: JSONValue, _ there: [String: String], _ prefix: String) throws -> Change {
      var (set, remove): Change = ([:], [])
      for tag in try wanted.object() {
        let value = tag.value.isNull ? "" : try tag.value.string()
        guard fields.note("\(prefix)tag \(tag.key)", there[tag.key], value) else { continue }
        if value.isEmpty { remove.append(tag.key) } else { set[tag.key] = value }
      }
      return (set, remove)
    }
    func members(_ change: Change, _ writer: inout JSONWriter) {
      if !change.set.isEmpty { writer.field("set", change.set) }
      if !change.remove.isEmpty { writer.field("remove", change.remove) }
    }
    let (first, rest) = try declaration.reading { _ -> (Change, [(String, Change)]) in
      let first: Change = try own.map { try change($0, present.required("tags").object().strings(), "") } ?? ([:], [])
      let rest = try columns.map { ($0.0, try change($0.1, ofColumns[$0.0] ?? [:], "\($0.0): ")) }
      return (first, rest.filter { !$0.1.set.isEmpty || !$0.1.remove.isEmpty })
    }
    guard !first.set.isEmpty || !first.remove.isEmpty || !rest.isEmpty else { return nil }
    return object { writer in
      members(first, &writer)
      writer.field(
        "columns",
        object: { columns in
          for (column, change) in rest {
            columns.key(column)
            columns.object { members(change, &$0) }
          }
        })
    }
  }

  // MARK: Contract

  private static func contract(
    _ declaration: Declaration, _ name: DatasetName, _ fields: inout FieldChanges, _ client: CatalogClient
  ) async throws -> Contract? {
    guard let wanted = try declaration.reading({ try $0.optional("contract").map { try Contract(json: $0) } }) else { return nil }
    var present: Contract?
    do {
      let answer = try await client.get(name.governancePath(client, "contract")).json().object()
      present = try Contract(json: answer.required("contract"))
    } catch let failure as CommandFailure where failure.exit == .notFound {}
    func text(_ contract: Contract) -> String { String(decoding: contract.jsonText, as: UTF8.self) }
    return fields.note("contract", present.map(text), text(wanted)) ? wanted : nil
  }
}
