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
    let storage = try object.optional("storage").map { try Self.storage($0) } ?? [:]
    let warehouse = try await catalog.createWarehouse(
      object.required("name").string(), location: object.required("location").string(), storage: storage, call.context,
      answer: { $0.jsonText })
    return Reply(warehouse)
  }

  /// `{"endpoint":…,"region":…,"path-style-access":true}` as the options that clients and the store know.
  private static func storage(_ json: JSONValue) throws -> [String: String] {
    var options: [String: String] = [:]
    for member in try json.object() where !member.value.isNull {
      switch member.key {
      case "endpoint", "region": options["s3." + member.key] = try member.value.string()
      case "path-style-access": options["s3." + member.key] = try member.value.bool() ? "true" : "false"
      default: throw member.value.invalid("Unknown storage option; there are endpoint, region and path-style-access")
      }
    }
    return options
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
      $0.field(
        "storage",
        object: {
          if let endpoint = storage["s3.endpoint"] { $0.field("endpoint", endpoint) }
          if let region = storage["s3.region"] { $0.field("region", region) }
          if let pathStyle = storage["s3.path-style-access"] { $0.field("path-style-access", pathStyle == "true") }
        })
      $0.field("created-at-ms", createdAt.milliseconds)
    }
  }
}
