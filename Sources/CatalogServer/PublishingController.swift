import Catalog
package import CatalogStore
import Governance
import Iceberg
package import JSON
import Postgres

/// Tables on their way to those who rely on them: snapshots that are published, tables that are promoted.
struct PublishingController: Sendable {
  let catalog: Catalog

  func publishTable(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    return Reply(
      table: try await catalog.publishTable(
        call.governed("table"), from: object.required("from").string(), snapshotID: object.optional("snapshot-id")?.int64(), call.context))
  }

  func promoteTable(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    let source = try call.governed("table")
    let target = try DatasetPath(checking: source.warehouse, TableIdentifier(json: object.required("target")))
    return Reply(
      try await catalog.promoteTable(
        source, to: target, contract: object.optional("contract").map { try Contract(json: $0) },
        reason: object.required("reason").string(), call.context, answer: { $0.jsonText }))
  }

  func listPromotions(_ call: Call) async throws -> Reply {
    let promotions = try await catalog.listPromotions(of: call.governed("table"), call.context)
    return Reply(json: JSONWriter.text { writer in writer.object { $0.field("promotions", promotions) } })
  }
}

extension Promotion: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("source", source.identifier.namespace.levels + [source.identifier.name])
      $0.field("target", target.identifier.namespace.levels + [target.identifier.name])
      $0.field("snapshot-id", snapshotID)
      $0.field("contract-number", contract.number)
      $0.field("reason", reason)
    }
  }
}

extension RecordedPromotion: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("source", Array(source.dropFirst()))
      $0.field("target", Array(target.dropFirst()))
      if let snapshotID { $0.field("snapshot-id", snapshotID) }
      $0.field("contract-number", contractNumber)
      $0.field("reason", reason)
      $0.field("promoted-by", promotedBy)
      $0.field("promoted-at-ms", promotedAt.milliseconds)
    }
  }
}
