/// A dictionary from entities that is made once: it takes the hashes the entities already have.
struct EntityTable<Value: Sendable>: Sendable {
  private(set) var keys: [EntityUID] = []
  private(set) var values: [Value] = []
  /// Open addressing: positions in `keys`, or -1; a power of two of them, at least twice as many as keys.
  private var slots: [Int32] = []

  init(_ entries: [EntityUID: Value]) { self.init(unique: entries.lazy.map { ($0.key, $0.value) }) }

  /// Takes entries of which no two have one key, and keeps their order.
  init(unique entries: some Sequence<(EntityUID, Value)>) {
    for (key, value) in entries {
      keys.append(key)
      values.append(value)
    }
    guard !keys.isEmpty else { return }
    var capacity = 4
    while capacity < keys.count * 2 { capacity *= 2 }
    slots = Array(repeating: -1, count: capacity)
    for (position, key) in keys.enumerated() {
      var slot = key.precomputedHash & (capacity - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (capacity - 1) }
      slots[slot] = Int32(position)
    }
  }

  @inline(__always)
  subscript(key: EntityUID) -> Value? { position(of: key).map { values[$0] } }

  /// Where in `keys` and `values` the entity is.
  @inline(__always)
  func position(of key: EntityUID) -> Int? {
    guard !slots.isEmpty else { return nil }
    let mask = slots.count - 1
    var slot = key.precomputedHash & mask
    while case let position = Int(slots[slot]), position >= 0 {
      if keys[position] == key { return position }
      slot = (slot + 1) & mask
    }
    return nil
  }
}

/// Tells of most entities that are not in a set that they are not, without touching any memory but a few bits.
struct EntityFilter: Sendable {
  /// A power of two.
  private var bits: [Bool]

  /// Lets everything through.
  static let all: EntityFilter = {
    var filter = EntityFilter([])
    filter.bits = [true]
    return filter
  }()

  init(_ entities: [EntityUID]) {
    var count = 1
    while count < entities.count * 8 { count *= 2 }
    bits = Array(repeating: false, count: count)
    for entity in entities { bits[entity.precomputedHash & (count - 1)] = true }
  }

  @inline(__always)
  func mayContain(_ entity: EntityUID) -> Bool { bits[entity.precomputedHash & (bits.count - 1)] }
}

/// Entities, each once, in the order first met; made once and then searched.
///
/// A class, so that entities with the same ancestors share them, which batch decisions notice.
package final class EntitySet: Sendable, Sequence {
  package static let empty = EntitySet([])

  package let elements: [EntityUID]
  /// For sets too large to search one by one.
  private let table: EntityTable<Bool>?

  private static var searchedOneByOne: Int { 8 }

  package init(_ entities: [EntityUID]) {
    if entities.count <= Self.searchedOneByOne {
      var elements: [EntityUID] = []
      elements.reserveCapacity(entities.count)
      for entity in entities where !elements.contains(entity) { elements.append(entity) }
      self.elements = elements
      table = nil
    } else {
      var seen: Set<EntityUID> = []
      elements = entities.filter { seen.insert($0).inserted }
      table =
        elements.count > Self.searchedOneByOne
        ? EntityTable(unique: elements.lazy.map { ($0, true) }) : nil
    }
  }

  package var count: Int { elements.count }
  package func makeIterator() -> IndexingIterator<[EntityUID]> { elements.makeIterator() }

  @inline(__always)
  package func contains(_ entity: EntityUID) -> Bool {
    if let table { return table[entity] != nil }
    for index in elements.indices where elements[index] == entity { return true }
    return false
  }
}
