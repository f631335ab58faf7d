package import Cedar
package import Governance
import Iceberg

/// An object that something is asked of: where it lies, what is known of it, and the state of the catalog that it was found in.
package struct GovernedObject: Sendable {
  /// How the audit trail names it.
  package let resource: CatalogResource
  /// How people name it: `the table lake/ns.t`.
  package let title: String
  package let entity: Entity
  /// `nil` for what lies above zones.
  package let zone: ZoneFacts?
  package let state: AccessState
  /// Who answers for it.
  package let owner: String?
  /// Legal holds on a dataset.
  package let holds: [HoldInForce]
  /// Whether snapshots of it must be kept.
  package let isPinned: Bool

  init(
    _ resource: CatalogResource, _ title: String, _ entity: Entity, zone: ZoneFacts?, owner: String?, holds: [HoldInForce] = [],
    isPinned: Bool = false, in state: AccessState
  ) {
    self.isPinned = isPinned
    self.holds = holds
    self.resource = resource
    self.title = title
    self.entity = entity
    self.zone = zone
    self.owner = owner
    self.state = state
  }
}

/// A dataset that was found by name, with the facts that the same statement read.
package struct FoundDataset: Hashable, Sendable {
  package let version: DatasetVersion
  package let namespace: NamespaceID
  package let facts: DatasetFacts
  /// Of the access state, when it was read.
  package let revision: Int64

  package init(version: DatasetVersion, namespace: NamespaceID, facts: DatasetFacts, revision: Int64) {
    self.version = version
    self.namespace = namespace
    self.facts = facts
    self.revision = revision
  }
}

extension GovernedObject {
  /// A dataset in its namespace.
  package init(
    _ id: DatasetID, _ kind: DatasetKind, at path: DatasetPath, _ facts: DatasetFacts, in namespace: NamespaceFacts, _ state: AccessState
  ) {
    self.init(
      CatalogResource(kind.resourceKind, path.text), "the \(kind.rawValue) \(path.identifier)",
      namespace.content(id, kind, facts), zone: namespace.zone, owner: facts.owner ?? namespace.owner,
      holds: namespace.holds(on: id, kind, facts), isPinned: !facts.pinned.isEmpty, in: state)
  }

  init(_ namespace: NamespaceFacts, _ state: AccessState) {
    self.init(
      CatalogResource(.namespace, namespace.path.text), "the namespace \(namespace.path.namespace)", namespace.entity,
      zone: namespace.zone, owner: namespace.owner, in: state)
  }

  init(_ zone: ZoneFacts, _ state: AccessState) {
    self.init(
      CatalogResource(.zone, "\(zone.warehouse)\u{1F}\(zone.zone.name)"), "the zone \(zone.zone.name)", zone.entity, zone: zone,
      owner: zone.owner, in: state)
  }

  init(_ warehouse: WarehouseFacts, _ state: AccessState) {
    self.init(
      CatalogResource(.warehouse, warehouse.name), "the warehouse \(warehouse.name)", warehouse.entity, zone: nil, owner: nil, in: state)
  }

  /// A model, which lies directly in the catalog.
  package init(of model: Model, _ state: AccessState) {
    let governed = GovernedAttributes(
      owner: model.owner, description: model.description.purpose, isRegulated: model.description.isRegulated)
    self.init(
      CatalogResource(.model, model.name), "the model \(model.name)",
      Entity(
        uid: EntityUID(type: PolicyWord.model, id: Text(model.name)), attributes: Record([("gov", .record(governed.record))]),
        parents: [PolicyWord.catalog], ancestors: EntitySet([PolicyWord.catalog])),
      zone: nil, owner: model.owner, in: state)
  }

  /// The catalog as a whole, on account of a resource that lies directly in it.
  init(catalog resource: CatalogResource, _ state: AccessState) {
    self.init(
      resource, "the catalog", state.entities[PolicyWord.catalog] ?? Entity(uid: PolicyWord.catalog), zone: nil, owner: nil, in: state)
  }
}
