import Catalog
import CatalogStore
import Iceberg
import JSON

struct ViewController: Sendable {
  let catalog: Catalog

  func listViews(_ call: Call) async throws -> Reply {
    let namespace = try call.namespace
    let page = try await catalog.listViews(in: namespace, call.page, call.context)
    return Reply(json: JSONWriter.identifiers(page, in: namespace.namespace))
  }

  func createView(_ call: Call) async throws -> Reply {
    Reply(view: try await catalog.createView(CreateViewRequest(json: call.json), in: call.namespace, call.context))
  }

  func registerView(_ call: Call) async throws -> Reply {
    Reply(view: try await catalog.registerView(RegisterViewRequest(json: call.json), in: call.namespace, call.context))
  }

  func loadView(_ call: Call) async throws -> Reply {
    Reply(view: try await catalog.loadView(call.view, call.context))
  }

  func replaceView(_ call: Call) async throws -> Reply {
    let request = try CommitViewRequest(json: call.json)
    let view = try await catalog.replaceView(
      call.view, requirements: request.requirements, updates: request.updates, call.context)
    return Reply(view: view)
  }

  func viewExists(_ call: Call) async throws -> Reply {
    try await catalog.viewExists(call.view, call.context)
    return .noContent
  }

  func dropView(_ call: Call) async throws -> Reply {
    try await catalog.dropView(call.view, call.context)
    return .noContent
  }

  func renameView(_ call: Call) async throws -> Reply {
    let request = try RenameTableRequest(json: call.json)
    let warehouse = try call.warehouse
    try await catalog.renameView(
      from: DatasetPath(checking: warehouse, request.source), to: DatasetPath(checking: warehouse, request.destination), call.context)
    return .noContent
  }
}
