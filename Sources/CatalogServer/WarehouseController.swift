import Catalog
import CatalogStore
package import JSON
import Postgres

/// Warehouses are ours alone: the Iceberg specification knows only their prefix.
struct WarehouseController: Sendable {
  let catalog: Catalog

  func listWarehouses(_ call: Call) async throws -> Reply {
    let page = try await catalog.listWarehouses(call.page, call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("warehouses", page.elements)
          $0.nextPageToken(page.next)
        }
      })
  }

  func createWarehouse(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    let storage = try object.optional("storage")?.object().strings() ?? [:]
    let warehouse = try await catalog.createWarehouse(
      object.required("name").string(), location: object.required("location").string(), storage: storage, call.context,
      answer: { $0.jsonText })
    return Reply(warehouse)
  }

  func loadWarehouse(_ call: Call) async throws -> Reply {
    Reply(try await catalog.loadWarehouse(call.parameter("warehouse"), call.context))
  }

  func dropWarehouse(_ call: Call) async throws -> Reply {
    try await catalog.dropWarehouse(call.parameter("warehouse"), call.context)
    return .noContent
  }
}

extension Warehouse: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("id", id.description)
      $0.field("name", name)
      $0.field("location", location)
      $0.field("storage", storage)
      $0.field("created-at-ms", createdAt.milliseconds)
    }
  }
}
