/// An entity with its attributes, tags and place in the hierarchy (Cedar documentation, "Entities").
package final class Entity: Sendable {
  package let uid: EntityUID
  package let attributes: Record
  package let tags: Record
  /// The parents as they were given.
  package let parents: [EntityUID]
  /// Parents, their parents and so on, never the entity itself; filled in by the store.
  package let ancestors: EntitySet

  package convenience init(uid: EntityUID, attributes: Record = .empty, tags: Record = .empty, parents: [EntityUID] = []) {
    self.init(uid: uid, attributes: attributes, tags: tags, parents: parents, ancestors: parents.isEmpty ? .empty : EntitySet(parents))
  }

  /// - Parameter ancestors: all of them, the parents too; shared by entities with the same parents.
  package init(uid: EntityUID, attributes: Record, tags: Record = .empty, parents: [EntityUID], ancestors: EntitySet) {
    self.uid = uid
    self.attributes = attributes
    self.tags = tags
    self.parents = parents
    self.ancestors = ancestors
  }

  func withAncestors(_ ancestors: EntitySet) -> Entity {
    Entity(uid: uid, attributes: attributes, tags: tags, parents: parents, ancestors: ancestors)
  }

  /// Whether both say the same of the same entity, the order of the parents aside.
  package func isSame(as other: Entity) -> Bool {
    uid == other.uid && attributes == other.attributes && tags == other.tags && Set(parents) == Set(other.parents)
  }
}

/// Why entities were refused.
package enum EntityStoreError: Error, Hashable, CustomStringConvertible {
  /// Two entities of one uid that do not say the same.
  case duplicate(EntityUID)
  /// An entity that would be its own ancestor.
  case cycle(EntityUID)

  package var description: String {
    switch self {
    case .duplicate(let uid): "The entity \(uid) is given twice; expected it once"
    case .cycle(let uid): "The entity \(uid) is its own ancestor; expected a hierarchy without cycles"
    }
  }
}

/// Entities by uid, with the transitive closure of their hierarchy.
package struct EntityStore: Sendable {
  private let entities: EntityTable<Entity>
  /// A few that are looked at first, one by one.
  private var overlay: [Entity] = []
  /// Many that are looked at before the rest.
  private var front: EntityTable<Entity>?

  package static let empty = EntityStore(closed: [])

  /// Keeps the order, so that going through entities as they were given goes through memory in order too.
  private init(closed entities: [Entity]) { self.entities = EntityTable(unique: entities.lazy.map { ($0.uid, $0) }) }

  /// Takes entities and reckons their ancestors. One given twice is refused unless both are the same.
  package init(_ given: some Sequence<Entity>) throws(EntityStoreError) {
    var direct: [EntityUID: Entity] = [:]
    var order: [EntityUID] = []
    for entity in given {
      if let earlier = direct[entity.uid] {
        guard earlier.isSame(as: entity) else { throw .duplicate(entity.uid) }
      } else {
        direct[entity.uid] = entity
        order.append(entity.uid)
      }
    }
    self.init(closed: try HierarchyClosure.close(direct, order))
  }

  @inline(__always)
  package subscript(uid: EntityUID) -> Entity? {
    for index in overlay.indices where overlay[index].uid == uid { return overlay[index] }
    if let front, let found = front[uid] { return found }
    return entities[uid]
  }

  /// The entity without a retain, for as long as the store is kept.
  @inline(__always)
  func unretained(_ uid: EntityUID) -> Unmanaged<Entity>? {
    for index in overlay.indices where overlay[index].uid == uid { return .passUnretained(overlay[index]) }
    if let front, let position = front.position(of: uid) { return .passUnretained(front.values[position]) }
    return entities.position(of: uid).map { .passUnretained(entities.values[$0]) }
  }

  package var count: Int { entities.keys.count + overlay.count + (front?.keys.count ?? 0) }
  package var all: some Collection<Entity> { entities.values + overlay + (front?.values ?? []) }

  /// These entities and others.
  package func adding(_ others: some Sequence<Entity>) throws(EntityStoreError) -> EntityStore {
    try EntityStore(all + Array(others))
  }

  /// These entities and a handful of others in front of them, without reckoning anything anew: made for one request.
  ///
  /// - Parameter others: with all their ancestors; a parent of none of these here.
  package func overlaid(with others: [Entity]) -> EntityStore {
    var store = self
    store.overlay = others + overlay
    return store
  }

  /// These entities and many others, without reckoning ancestors anew or copying what is here: made for one list.
  ///
  /// - Parameter others: with all their ancestors, each once; they come before those of the same name that are here.
  package func joined(by others: [Entity]) -> EntityStore {
    var store = self
    store.front = EntityTable(unique: (front?.values ?? []).lazy.map { ($0.uid, $0) } + others.lazy.map { ($0.uid, $0) })
    return store
  }

  /// The ancestors of something with these parents: they and what is above those of them that are here.
  package func ancestors(over parents: [EntityUID]) -> EntitySet {
    EntitySet(parents + parents.flatMap { self[$0]?.ancestors.elements ?? [] })
  }
}

/// Ancestors of every entity, each reckoned once, without recursion.
private struct HierarchyClosure {
  private enum State { case open, done }

  private var entities: [EntityUID: Entity]
  private var states: [EntityUID: State] = [:]
  /// The ancestors of entities whose parents these are, in this order.
  private var shared: [[EntityUID]: EntitySet] = [:]

  static func close(_ entities: [EntityUID: Entity], _ order: [EntityUID]) throws(EntityStoreError) -> [Entity] {
    var closure = HierarchyClosure(entities: entities)
    for uid in order { try closure.visit(uid) }
    return order.compactMap { closure.entities[$0] }
  }

  private mutating func visit(_ start: EntityUID) throws(EntityStoreError) {
    var stack = [start]
    while let uid = stack.last {
      guard states[uid] != .done, let entity = entities[uid] else {
        stack.removeLast()
        continue
      }
      if states[uid] == nil {
        states[uid] = .open
        for parent in entity.parents where entities[parent] != nil {
          if states[parent] == .open { throw .cycle(parent) }
          if states[parent] == nil { stack.append(parent) }
        }
      } else {
        stack.removeLast()
        states[uid] = .done
        guard !entity.parents.isEmpty else { continue }
        let ancestors = self.ancestors(of: entity.parents)
        guard !ancestors.contains(uid) else { throw .cycle(uid) }
        entities[uid] = entity.withAncestors(ancestors)
      }
    }
  }

  /// The parents, whose own ancestors are known, and those.
  private mutating func ancestors(of parents: [EntityUID]) -> EntitySet {
    if let known = shared[parents] { return known }
    var above = parents
    for parent in parents { if let known = entities[parent] { above += known.ancestors.elements } }
    let ancestors = EntitySet(above)
    shared[parents] = ancestors
    return ancestors
  }
}
