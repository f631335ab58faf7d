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

  /// `{"endpoint":…,"region":…,"path-style-access":true,…}` as the options that clients and the store know.
  private static func storage(_ json: JSONValue) throws -> [String: String] {
    var options: [String: String] = [:]
    for member in try json.object() where !member.value.isNull {
      guard let key = Warehouse.storageKey(named: member.key) else {
        let names = Warehouse.storageOptions.map(\.name).joined(separator: ", ")
        throw member.value.invalid("Unknown storage option; there are \(names)")
      }
      switch member.key {
      case "path-style-access" where member.value.kind != .string: options[key] = try member.value.bool() ? "true" : "false"
      case "session-duration" where member.value.kind != .string: options[key] = String(try member.value.int64())
      default: options[key] = try member.value.string()
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
          for option in Warehouse.storageOptions {
            guard let value = storage[option.key] else { continue }
            switch option.name {
            case "path-style-access": $0.field("path-style-access", value == "true")
            case "session-duration": $0.field("session-duration", Int(value) ?? 0)
            // The role's owner and we know it.
            case "sts-external-id": break
            default:
              $0.key(option.name)
              $0.value(value)
            }
          }
        })
      $0.field("created-at-ms", createdAt.milliseconds)
    }
  }
}
