import Catalog
import CatalogStore
import JSON

/// What a client asks first.
struct ConfigController: Sendable {
  let catalog: Catalog
  /// Each route as `GET /v1/{prefix}/namespaces`; without the list, Java believes in an old one without HEAD and views.
  let endpoints: [String]

  func getConfig(_ call: Call) async throws -> Reply {
    let name = try call.query("warehouse").flatMap { $0.isEmpty ? nil : $0 } ?? call.defaultWarehouse
    let warehouse = try await catalog.loadWarehouse(name, call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("defaults", [:] as [String: String])
          $0.field("overrides", ["prefix": warehouse.name])
          $0.field("endpoints", endpoints)
          $0.field("idempotency-key-lifetime", "PT\(catalog.options.idempotencyLifetime.components.seconds)S")
        }
      })
  }
}
