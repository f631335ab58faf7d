import Catalog
package import CatalogStore
import Governance
package import JSON
import Postgres

/// Legal holds.
struct HoldController: Sendable {
  let catalog: Catalog

  func listHolds(_ call: Call) async throws -> Reply {
    let page = try await catalog.listHolds(released: call.flag("released"), call.page, call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("holds", page.elements)
          $0.nextPageToken(page.next)
        }
      })
  }

  func listTableHolds(_ call: Call) async throws -> Reply { try await listHolds(call, on: .table) }
  func listViewHolds(_ call: Call) async throws -> Reply { try await listHolds(call, on: .view) }
  func listDatasetHolds(_ call: Call) async throws -> Reply { try await listHolds(call, on: .dataset) }

  private func listHolds(_ call: Call, on kind: DatasetKind) async throws -> Reply {
    let holds = try await catalog.listHolds(on: call.governed(kind.rawValue), as: kind, call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field(
            "holds",
            array: { array in
              for hold in holds {
                array.object {
                  $0.field("name", hold.name)
                  $0.field("by", hold.scope)
                }
              }
            })
        }
      })
  }

  func placeHold(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    let objects = try object.required("objects").array().map { json in
      let object = try json.object()
      guard try object.required("kind").string() == "tag" else { return HeldObject.object(try AccessObject(json: json)) }
      return .tag(try object.required("key").string(), value: try object.optional("value")?.string())
    }
    return Reply(
      try await catalog.placeHold(
        object.required("name").string(), reason: object.required("reason").string(), authority: object.required("authority").string(),
        on: objects, call.context, answer: { $0.jsonText }))
  }

  func loadHold(_ call: Call) async throws -> Reply { Reply(try await catalog.loadHold(call.parameter("hold"), call.context)) }

  func releaseHold(_ call: Call) async throws -> Reply {
    Reply(
      try await catalog.releaseHold(
        call.parameter("hold"), reason: call.json.object().required("reason").string(), call.context, answer: { $0.jsonText }))
  }
}

extension Hold: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("name", name)
      $0.field("reason", reason)
      $0.field("authority", authority)
      $0.field("objects", objects)
      $0.field("placed-by", placedBy)
      $0.field("placed-at-ms", placedAt.milliseconds)
      if let release {
        $0.field("released-by", release.by)
        $0.field("released-at-ms", release.at.milliseconds)
        $0.field("release-reason", release.reason)
      }
    }
  }
}

extension HeldObject: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    switch self {
    case .object(let object): object.write(to: &writer)
    case .tag(let key, let value):
      writer.object {
        $0.field("kind", "tag")
        $0.field("key", key)
        if let value { $0.field("value", value) }
      }
    case .gone(let kind, let name):
      writer.object {
        $0.field("kind", kind)
        $0.field("gone", name)
      }
    }
  }
}
