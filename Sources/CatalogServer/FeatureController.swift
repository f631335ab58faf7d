package import Catalog
import CatalogStore
import Features
import Governance
import Iceberg
package import JSON
import Postgres

/// Feature views and services of feature stores.
struct FeatureController: Sendable {
  let catalog: Catalog

  func importFeatures(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    var request = FeatureImportRequest(registry: try FeatureRegistry(json: object.required("registry")))
    request.project = try object.optional("project")?.string()
    request.prunes = try object.optional("prune")?.bool() ?? false
    request.isDryRun = try object.optional("dry-run")?.bool() ?? false
    if let json = object.optional("namespace") {
      let levels = try json.array().map { try $0.string() }
      guard !levels.isEmpty, !levels.contains("") else { throw json.invalid("A namespace has levels, and none is empty") }
      request.namespace = Namespace(levels: levels)
    }
    let warehouse = try call.parameter("warehouse")
    return Reply(try await catalog.importFeatures(request, in: warehouse, call.context, answer: { $0.jsonText }))
  }

  func listFeatureViews(_ call: Call) async throws -> Reply {
    let page = try await catalog.listFeatureViews(in: call.governedNamespace, call.page, call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("feature-views", array: { array in for view in page.elements { view.writeSummary(to: &array) } })
          $0.nextPageToken(page.next)
        }
      })
  }

  func loadFeatureView(_ call: Call) async throws -> Reply {
    Reply(try await catalog.loadFeatureView(call.governed("dataset"), call.context))
  }

  func listFeatureServices(_ call: Call) async throws -> Reply {
    let page = try await catalog.listFeatureServices(in: call.governedNamespace, call.page, call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("feature-services", page.elements)
          $0.nextPageToken(page.next)
        }
      })
  }
}

extension FeatureImportReport: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("project", project)
      $0.field("namespace", namespace.namespace.levels)
      $0.field("dry-run", isDryRun)
      $0.field("prune", prunes)
      $0.field(
        "changes",
        array: { array in
          for change in changes {
            array.object {
              $0.field("kind", change.kind.rawValue)
              $0.field("what", change.thing.rawValue)
              $0.field("name", change.name)
              $0.field("details", change.details)
            }
          }
        })
      $0.field("unchanged", unchanged)
      $0.field(
        "unresolved",
        array: { array in
          for missing in unresolved {
            array.object {
              $0.field("view", missing.view)
              $0.field("source", object: { missing.source.writeMembers(to: &$0) })
            }
          }
        })
      $0.field("unused-entities", unusedEntities)
    }
  }
}

extension DescribedFeatureView: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("id", view.found.version.id.description)
      $0.field("warehouse", view.path.warehouse)
      $0.field("namespace", view.path.identifier.namespace.levels)
      writeHead(to: &$0)
      if let description = facts.description { $0.field("registry-description", description) }
      if let owner = facts.owner { $0.field("registry-owner", owner) }
      $0.field("registry-tags", facts.tags)
      $0.field("entities", facts.entities)
      $0.field("features", facts.features)
      if let field = facts.timestampField { $0.field("timestamp-field", field) }
      if let field = facts.createdTimestampField { $0.field("created-timestamp-field", field) }
      $0.field(
        "sources",
        array: { array in
          for source in facts.sources {
            array.object {
              source.writeMembers(to: &$0)
              if let dataset = source.dataset.flatMap({ sources[$0] }) { $0.field("dataset", dataset.object) }
            }
          }
        })
      $0.field("services", view.services)
      $0.field("tags", view.found.facts.tags.own)
      $0.field("version", view.found.version.version)
      if let by = view.importedBy { $0.field("imported-by", by) }
      if let at = view.importedAt { $0.field("imported-at-ms", at.milliseconds) }
    }
  }

  /// What a list says of it.
  func writeSummary(to writer: inout JSONWriter) {
    writer.object {
      writeHead(to: &$0)
      $0.field("entities", facts.entities.map(\.name))
      $0.field("features", facts.features.count)
      $0.field("sources", facts.sources.count)
      // One that the caller may not know of is none to the caller.
      $0.field("unresolved", facts.sources.count { $0.role != .request && $0.dataset.flatMap { sources[$0] } == nil })
    }
  }

  private func writeHead(to writer: inout JSONWriter) {
    writer.field("name", view.path.identifier.name)
    writer.field("project", facts.project)
    writer.field("kind", facts.kind.rawValue)
    if let description = view.found.facts.description { writer.field("description", description) }
    if let owner = view.found.facts.owner { writer.field("owner", owner) }
    if let ttl = facts.ttlMs { writer.field("ttl-ms", ttl) }
    writer.field("online", facts.isOnline)
  }
}

extension DescribedFeatureService: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("name", service.name)
      $0.field("project", service.project)
      if let description = service.description { $0.field("description", description) }
      if let owner = service.owner { $0.field("registry-owner", owner) }
      $0.field("registry-tags", service.tags)
      $0.field(
        "views",
        array: { array in
          // A view that is ours and that the caller may not know of is left out.
          for selection in service.selections where selection.dataset.map({ !hidden.contains($0) }) ?? true {
            array.object {
              selection.writeMembers(to: &$0)
              if let dataset = selection.dataset.flatMap({ views[$0] }) { $0.field("dataset", dataset.object) }
            }
          }
        })
    }
  }
}

extension LinkedDataset {
  fileprivate var object: AccessObject { .dataset(found.version.kind, path) }
}
