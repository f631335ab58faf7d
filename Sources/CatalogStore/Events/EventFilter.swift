import Iceberg

/// Which changes are wanted: of some actions, of one object and what lies in it. What was denied or read is told to nobody this way; it is in
/// the audit trail.
package struct EventFilter: Hashable, Sendable {
  /// By the names that events have for them; empty for all.
  package let actions: Set<String>
  /// `nil` for all. A zone's events are those of the zone itself.
  package let object: AccessObject?

  package init(actions: Set<String> = [], object: AccessObject? = nil) {
    self.actions = actions
    self.object = object
  }

  package func matches(_ event: PlacedEvent) -> Bool {
    guard event.isChange, actions.isEmpty || actions.contains(event.action) else { return false }
    guard let object else { return true }
    let lies = Self.begins(event.objectPath, with: object.path)
    switch object {
    case .catalog: return true
    // Principals and jobs have paths of their own.
    case .warehouse: return lies && ["warehouse", "zone", "namespace", "table", "view", "dataset"].contains(event.objectKind)
    case .namespace: return lies && ["namespace", "table", "view", "dataset"].contains(event.objectKind)
    case .zone, .dataset, .model: return lies && event.objectKind == object.kindName && event.objectPath.count == object.path.count
    }
  }

  /// By bytes: names that look alike may be two.
  private static func begins(_ path: [String], with prefix: [String]) -> Bool {
    path.count >= prefix.count && zip(path, prefix).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
  }
}
