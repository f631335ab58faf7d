import Catalog
package import CatalogStore
import Governance
import Iceberg
package import JSON
import Postgres

/// Datasets of every kind in a list; by themselves, those that are neither Iceberg tables nor views.
struct DatasetController: Sendable {
  let catalog: Catalog

  func listDatasets(_ call: Call) async throws -> Reply {
    let page = try await catalog.listDatasets(in: call.governedNamespace, call.page, call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("datasets", page.elements)
          $0.nextPageToken(page.next)
        }
      })
  }

  func registerDataset(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    let formatText = try object.required("format")
    guard let format = DatasetFormat(rawValue: try formatText.string()) else {
      let known = DatasetFormat.allCases.map(\.rawValue).joined(separator: ", ")
      throw formatText.invalid("\"\(try formatText.string())\" is no format of a dataset; there are \(known)")
    }
    let name = try object.required("name")
    guard !(try name.string().isEmpty) else { throw name.invalid("A dataset's name is not empty") }
    var properties = try object.optional("properties")?.object().strings() ?? [:]
    if let description = object.optional("description") { properties[Self.comment] = try description.string() }
    let request = RegisterDatasetRequest(
      name: try name.string(), format: format, location: try object.optional("location")?.string(),
      description: DatasetDescription(
        columns: try Self.columns(object) ?? [], currentVersion: try object.optional("current-version")?.string(), properties: properties))
    return Reply(
      try await catalog.registerDataset(request, in: call.governedNamespace, call.context, answer: { $0.jsonText }))
  }

  func loadDataset(_ call: Call) async throws -> Reply {
    Reply(try await catalog.loadDataset(call.governed("dataset"), call.context))
  }

  func updateDataset(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    var change = DatasetChange()
    if let properties = try object.optional("properties")?.object() {
      change.setProperties = try properties.optional("set")?.object().strings() ?? [:]
      change.removeProperties = try properties.optional("remove")?.array().map { try $0.string() } ?? []
    }
    if let description = object.optional("description") { change.setProperties[Self.comment] = try description.string() }
    change.columns = try Self.columns(object)
    change.currentVersion = try object.optional("current-version")?.string()
    return Reply(try await catalog.updateDataset(call.governed("dataset"), change, call.context, answer: { $0.jsonText }))
  }

  func dropDataset(_ call: Call) async throws -> Reply {
    try await catalog.dropDataset(call.governed("dataset"), call.context)
    return .noContent
  }

  func loadRefresh(_ call: Call) async throws -> Reply {
    Reply(try await catalog.loadRefresh(of: call.governed("dataset"), call.context))
  }

  func refreshDataset(_ call: Call) async throws -> Reply {
    let outcome = try await catalog.refreshDataset(call.governed("dataset"), call.context, answer: { $0.jsonText })
    if !outcome.isNew, let earlier = try await call.earlierAnswer(of: catalog) { return earlier }
    return Reply(outcome.refresh)
  }

  func renameDataset(_ call: Call) async throws -> Reply {
    let source = try call.governed("dataset")
    let object = try call.json.object()
    let levels = try object.optional("namespace")?.array().map { try $0.string() }
    if let levels, levels.isEmpty || levels.contains("") { throw CatalogError.badRequest("The namespace has no level, or an empty one") }
    let namespace = levels.map { NamespacePath(warehouse: source.warehouse, namespace: Namespace(levels: $0)) } ?? source.namespace
    try await catalog.renameDataset(
      from: source, to: DatasetPath(namespace, object.optional("name")?.string() ?? source.identifier.name), call.context)
    return .noContent
  }

  /// The property that is the description.
  private static let comment = GovernedProperty.comment

  private static func columns(_ object: JSONObject) throws -> [DescribedColumn]? {
    try object.optional("columns")?.array().map { try DescribedColumn(json: $0) }
  }
}

extension ListedDataset: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("name", name)
      $0.field("kind", kind.rawValue)
      $0.field("format", format?.rawValue ?? "iceberg")
      if let description = facts.description { $0.field("description", description) }
      if let owner = facts.owner { $0.field("owner", owner) }
    }
  }
}

extension DatasetRefresh: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("refresh", asked)
      $0.field("state", state.rawValue)
      $0.field("files-read", filesRead)
      $0.field("files-wanted", filesWanted)
      if let problem { $0.field("problem", problem) }
      if let waitsFor { $0.field("waits-for", waitsFor) }
      $0.field("asked-at-ms", askedAt.milliseconds)
      if let finishedAt { $0.field("finished-at-ms", finishedAt.milliseconds) }
    }
  }
}

extension GenericDataset: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("id", found.version.id.description)
      $0.field("warehouse", path.warehouse)
      $0.field("namespace", path.identifier.namespace.levels)
      $0.field("name", path.identifier.name)
      $0.field("kind", DatasetKind.dataset.rawValue)
      $0.field("format", format.rawValue)
      if let location { $0.field("location", location) }
      if let description = found.facts.description { $0.field("description", description) }
      if let owner = found.facts.owner { $0.field("owner", owner) }
      description.writeMembers(to: &$0)
      if let table = description.table { $0.field("table", table) }
      $0.field("tags", found.facts.tags.own)
      $0.field("version", found.version.version)
      $0.field("created-at-ms", createdAt.milliseconds)
      $0.field("changed-at-ms", changedAt.milliseconds)
    }
  }
}
