import Catalog
package import CatalogStore
import Governance
package import JSON
import Postgres

/// Zones of a warehouse: what its areas are for.
struct ZoneController: Sendable {
  let catalog: Catalog

  func listZones(_ call: Call) async throws -> Reply {
    let page = try await catalog.listZones(call.parameter("warehouse"), call.page, call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("zones", page.elements)
          $0.nextPageToken(page.next)
        }
      })
  }

  func createZone(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    let zone = Zone(name: try object.required("name").string(), kind: try Self.kind(object.required("kind")))
    let stored = try await catalog.createZone(
      zone, in: call.parameter("warehouse"), description: object.optional("description")?.string() ?? "",
      rules: object.optional("rules").map { Array($0.raw) },
      isDefault: object.optional("is-default")?.bool() ?? false, call.context, answer: { $0.jsonText })
    return Reply(stored)
  }

  func loadZone(_ call: Call) async throws -> Reply {
    Reply(try await catalog.loadZone(call.parameter("zone"), in: call.parameter("warehouse"), call.context))
  }

  func updateZone(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    var change = ZoneChange(
      kind: try object.optional("kind").map(Self.kind), description: try object.optional("description")?.string(),
      // `null` gives back those of the kind.
      rules: object["rules"].map { Array($0.raw) })
    if let isDefault = object.optional("is-default") {
      guard try isDefault.bool() else { throw isDefault.invalid("A warehouse always has a default zone; make another one the default") }
      change.becomesDefault = true
    }
    return Reply(
      try await catalog.updateZone(
        call.parameter("zone"), in: call.parameter("warehouse"), change, call.context, answer: { $0.jsonText }))
  }

  private static func kind(_ json: JSONValue) throws -> Zone.Kind {
    let text = try json.string()
    guard let kind = Zone.Kind(rawValue: text) else {
      throw json.invalid("\"\(text)\" is no kind of zone; there are \(Zone.Kind.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return kind
  }
}

extension StoredZone: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("id", id.description)
      $0.field("warehouse", warehouse)
      $0.field("name", zone.name)
      $0.field("kind", zone.kind.rawValue)
      $0.field("description", description)
      $0.field("is-default", isDefault)
      $0.field("rules", rules)
      $0.field("has-own-rules", ownRules != nil)
      if let owner { $0.field("owner", owner) }
      $0.field("version", version)
      $0.field("created-at-ms", createdAt.milliseconds)
    }
  }
}
