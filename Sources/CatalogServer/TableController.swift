import Catalog
package import CatalogStore
import HTTPTypes
import Iceberg
package import JSON
import Postgres

struct TableController: Sendable {
  let catalog: Catalog

  func listTables(_ call: Call) async throws -> Reply {
    let namespace = try call.namespace
    let page = try await catalog.listTables(in: namespace, call.page, call.context)
    return Reply(json: JSONWriter.identifiers(page, in: namespace.namespace))
  }

  func createTable(_ call: Call) async throws -> Reply {
    Reply(table: try await catalog.createTable(CreateTableRequest(json: call.json), in: call.namespace, call.context))
  }

  func registerTable(_ call: Call) async throws -> Reply {
    Reply(table: try await catalog.registerTable(RegisterTableRequest(json: call.json), in: call.namespace, call.context))
  }

  func loadTable(_ call: Call) async throws -> Reply {
    let text = try call.query("snapshots") ?? ""
    guard let snapshots = text.isEmpty ? .all : SnapshotSelection(rawValue: text.lowercased()) else {
      throw CatalogError.badRequest("The query parameter snapshots is \"\(text)\"; it may be all or refs")
    }
    // In a namespace that is not there, too, it is the table that does not exist: Spark probes `ns.table.snapshots` as a table.
    switch try await catalog.loadTable(call.table, snapshots: snapshots, unless: call.headers[.ifNoneMatch], call.context) {
    case .table(let table): return Reply(table: table)
    case .notModified(let etag):
      var reply = Reply(status: .notModified)
      reply.headers[.eTag] = etag
      return reply
    }
  }

  func updateTable(_ call: Call) async throws -> Reply {
    let request = try CommitTableRequest(json: call.json)
    let path = try call.table
    return Reply(table: try await catalog.updateTable(path, request.change, call.context))
  }

  func describeTable(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    let description = TableDescription(
      text: try object.optional("text")?.string(), columns: try object.optional("columns")?.object().strings() ?? [:])
    return Reply(table: try await catalog.describeTable(call.governed("table"), description, call.context))
  }

  func dropTable(_ call: Call) async throws -> Reply {
    try await catalog.dropTable(call.table, purge: call.flag("purgeRequested"), call.context)
    return .noContent
  }

  func tableExists(_ call: Call) async throws -> Reply {
    try await catalog.tableExists(call.table, call.context)
    return .noContent
  }

  func unregisterTable(_ call: Call) async throws -> Reply {
    Reply(table: try await catalog.unregisterTable(call.table, call.context))
  }

  func renameTable(_ call: Call) async throws -> Reply {
    let request = try RenameTableRequest(json: call.json)
    let warehouse = try call.warehouse
    try await catalog.renameTable(
      from: DatasetPath(checking: warehouse, request.source), to: DatasetPath(checking: warehouse, request.destination), call.context)
    return .noContent
  }

  func reportMetrics(_ call: Call) async throws -> Reply {
    let request = try ReportMetricsRequest(json: call.json)
    let report = MetricsReport(
      kind: request.reportType, snapshotID: request.snapshotID, engine: request.metadata["engine-name"],
      applicationID: request.metadata["app-id"], runIDs: Self.runs(request.metadata),
      rowFilter: request.filter.flatMap { $0.utf8.count <= Self.maximumFilterBytes ? $0 : nil },
      columns: request.projection.flatMap { $0.isEmpty || $0.count > Self.maximumColumns ? nil : $0 }, document: Array(request.text))
    try await catalog.reportMetrics(report, of: call.table, call.context)
    return .noContent
  }

  private static let maximumFilterBytes = 100_000
  private static let maximumColumns = 10_000
  /// Iceberg puts a scan's options among the report's metadata: `table.newScan().option("run-id", …)`.
  private static let runKeys = ["run-id", "mlflow.run-id", "openlineage.run-id", "flink.job-id"]

  private static func runs(_ metadata: [String: String]) -> [String] {
    runKeys.compactMap { metadata[$0] }.filter { (1...2_048).contains($0.utf8.count) }
  }

  func loadTableUse(_ call: Call) async throws -> Reply {
    let (since, use) = try await catalog.loadTableUse(of: call.governed("table"), call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("since-ms", since.milliseconds)
          $0.field("use", use)
        }
      })
  }

  func commitTransaction(_ call: Call) async throws -> Reply {
    let request = try CommitTransactionRequest(json: call.json)
    let warehouse = try call.warehouse
    let changes = try request.tableChanges.map { change in
      guard let identifier = change.identifier else {
        throw CatalogError.badRequest("Every entry of table-changes needs an identifier")
      }
      return (path: try DatasetPath(checking: warehouse, identifier), request: change.change)
    }
    try await catalog.commitTransaction(changes, in: warehouse, call.context)
    return .noContent
  }
}

extension CommitTableRequest {
  var change: TableChangeRequest { TableChangeRequest(requirements: requirements, updates: updates) }
}

extension TableUse: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("principal", principal)
      if let engine { $0.field("engine", engine) }
      $0.field("kind", kind)
      $0.field("reports", reports)
      $0.field("first-at-ms", firstAt.milliseconds)
      $0.field("last-at-ms", lastAt.milliseconds)
      if let id = lastSnapshotID { $0.field("last-snapshot-id", id) }
    }
  }
}
