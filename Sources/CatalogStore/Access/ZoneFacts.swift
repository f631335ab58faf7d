import Cedar
package import Governance
import Iceberg

/// A warehouse as decisions know it.
package struct WarehouseFacts: Sendable {
  package let id: WarehouseID
  package let name: String
  let entity: Entity
}

/// A zone as decisions know it.
package final class ZoneFacts: Sendable {
  package let id: ZoneID
  package let warehouse: String
  package let zone: Zone
  package let rules: ZoneRules
  let owner: String?
  /// Whether namespaces go into it that no other zone claims.
  let isDefault: Bool
  let entity: Entity

  init(id: ZoneID, warehouse: WarehouseFacts, zone: Zone, rules: ZoneRules, owner: String?, isDefault: Bool) {
    self.isDefault = isDefault
    self.id = id
    self.warehouse = warehouse.name
    self.zone = zone
    self.rules = rules
    self.owner = owner
    let parents = [
      warehouse.entity.uid, EntityUID(type: PolicyWord.zoneKind, id: Text(zone.kind.rawValue)),
    ]
    entity = Entity(
      uid: EntityUID(type: PolicyWord.zone, id: PolicyWord.path([warehouse.name, zone.name])), attributes: .empty, parents: parents,
      ancestors: EntitySet(parents + warehouse.entity.ancestors.elements))
  }
}

/// A namespace as decisions know it.
package final class NamespaceFacts: Sendable {
  package let id: NamespaceID
  package let path: NamespacePath
  package let zone: ZoneFacts
  /// Its own owner, or that of what it lies in.
  let owner: String?
  let entity: Entity
  let held: HeldPlaces
  /// The ancestors of what lies in it, shared by all of that.
  let parentsOfContent: [EntityUID]
  let ancestorsOfContent: EntitySet

  init(id: NamespaceID, path: NamespacePath, zone: ZoneFacts, owner: String?, description: String?, held: HeldPlaces) {
    self.held = held
    self.id = id
    self.path = path
    self.zone = zone
    self.owner = owner ?? zone.owner
    let levels = path.namespace.levels
    let above = levels.indices.dropLast().reversed().map { Self.uid(path.warehouse, levels[...$0]) }
    let parents = [above.first ?? zone.entity.uid]
    let uid = Self.uid(path.warehouse, levels[...])
    let ancestors = EntitySet(above + [zone.entity.uid] + zone.entity.ancestors.elements)
    let isHeld = !held.holds(on: uid, in: ancestors, carrying: DatasetTags()).isEmpty
    let governed = GovernedAttributes(owner: self.owner, description: description, isHeld: isHeld)
    entity = Entity(uid: uid, attributes: Record([("gov", .record(governed.record))]), parents: parents, ancestors: ancestors)
    parentsOfContent = [entity.uid]
    ancestorsOfContent = EntitySet([entity.uid] + entity.ancestors.elements)
  }

  static func uid(_ warehouse: String, _ levels: ArraySlice<String>) -> EntityUID {
    EntityUID(type: PolicyWord.namespace, id: PolicyWord.path([warehouse] + levels))
  }

  /// The entity of a dataset that lies here.
  func content(_ id: DatasetID, _ kind: DatasetKind, _ attributes: Record, tags: Record) -> Entity {
    Entity(
      uid: PolicyWord.uid(of: id, kind), attributes: attributes,
      tags: tags, parents: parentsOfContent, ancestors: ancestorsOfContent)
  }

  func content(_ id: DatasetID, _ kind: DatasetKind, _ facts: DatasetFacts) -> Entity {
    content(id, kind, attributes(id, kind, facts), tags: Self.tags(facts))
  }

  /// The legal holds on a dataset that lies here.
  func holds(on id: DatasetID, _ kind: DatasetKind, _ facts: DatasetFacts) -> [HoldInForce] {
    held.holds(on: PolicyWord.uid(of: id, kind), in: ancestorsOfContent, carrying: facts.tags)
  }

  func attributes(_ id: DatasetID, _ kind: DatasetKind, _ facts: DatasetFacts) -> Record {
    let governed = GovernedAttributes(
      owner: facts.owner ?? owner, description: facts.description, restricted: facts.tags.restricted,
      isHeld: !holds(on: id, kind, facts).isEmpty)
    var fields: [(name: Text, value: Value)] = [("gov", .record(governed.record))]
    if kind == .table {
      fields.append(("formatVersion", .long(Int64(facts.formatVersion))))
      fields.append(("pinned", .set(ValueSet(facts.pinned.map { .long($0) }))))
    }
    return Record(fields)
  }

  static func tags(_ facts: DatasetFacts) -> Record {
    facts.tags.own.isEmpty ? .empty : Record(facts.tags.own.map { (Text($0.key), .string(Text($0.value))) })
  }
}
