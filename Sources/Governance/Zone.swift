/// A governed area of a warehouse.
package struct Zone: Hashable, Sendable {
  /// What the area is for; its rules follow from it.
  package enum Kind: String, Sendable, CaseIterable {
    case landing, raw, curated, sandbox, feature, unstructured
  }

  package let name: String
  package let kind: Kind

  package init(name: String, kind: Kind) {
    self.name = name
    self.kind = kind
  }

  /// The zone of every namespace that says nothing else.
  package static let initial = Zone(name: "default", kind: .sandbox)
}
