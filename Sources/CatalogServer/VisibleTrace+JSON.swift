package import Catalog
package import CatalogStore
import Governance
package import JSON
import Lineage
import Postgres

extension VisibleTrace: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("start", start)
      $0.field("direction", bounds.direction.rawValue)
      $0.field("depth", bounds.depth)
      if let asOf = bounds.asOf { $0.field("as-of-ms", asOf.milliseconds) }
      $0.field("nodes", nodes)
      $0.field("edges", edges)
      if bounds.maximumColumns > 0 { $0.field("columns", columns) }
      $0.field("is-cut", isCut)
    }
  }
}

extension VisibleTrace.Node: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("id", id)
      $0.field("kind", kind)
      $0.field("is-hidden", name == nil)
      if let name {
        if !name.namespace.isEmpty || kind == "job" || kind == "dataset" { $0.field("namespace", name.namespace) }
        $0.field("name", name.name)
      }
      if let reference { $0.field("reference", reference.description) }
      if let object { $0.field("object", object) }
      if let format { $0.field("format", format.rawValue) }
      if let stage { $0.field("stage", stage) }
      if isGone { $0.field("is-gone", true) }
      if isHeld { $0.field("is-held", true) }
      if !states.isEmpty {
        $0.field("states", array: { array in for (state, facts) in states { write(state, facts, to: &array) } })
      }
    }
  }

  private func write(_ state: TracedState, _ facts: StateFacts?, to writer: inout JSONWriter) {
    writer.object {
      $0.field("state", state.text)
      if let id = state.snapshotID, isOfSnapshots { $0.field("snapshot-id", id) }
      if let time = facts?.committedAtMs { $0.field("committed-at-ms", time) }
      if facts?.isPinned == true { $0.field("is-pinned", true) }
      if facts?.isGone == true { $0.field("is-gone", true) }
    }
  }

  /// Whether its states are snapshots that the catalog numbers, rather than versions of a format.
  private var isOfSnapshots: Bool {
    if case .dataset(.table, _) = object { return true }
    return format == .files
  }
}

extension TracedEdge: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("kind", kind.rawValue)
      $0.field("source", source)
      $0.field("target", target)
      if let job { $0.field("job", job) }
      $0.field("first-seen-ms", firstSeenAt.milliseconds)
      $0.field("last-seen-ms", lastSeenAt.milliseconds)
      if let lastRun { $0.field("last-run", lastRun.description) }
      $0.field("evidence", evidence)
      if let role { $0.field("role", role) }
      if let sourceState { $0.field("source-state", sourceState.text) }
      if let targetState { $0.field("target-state", targetState.text) }
    }
  }
}

extension TracedColumn: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("source", source)
      $0.field("source-column", sourceColumn)
      $0.field("target", target)
      if let targetColumn { $0.field("target-column", targetColumn) }
      if let job { $0.field("job", job) }
      if let transformation { $0.field("transformation", transformation) }
      if let subtype { $0.field("subtype", subtype) }
      $0.field("is-masking", isMasking)
      if let description { $0.field("description", description) }
      $0.field("evidence", evidence)
    }
  }
}
