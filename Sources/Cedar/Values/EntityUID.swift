/// The identity of an entity: its type and its id, as in `User::"alice"`.
package struct EntityUID: Sendable {
  private final class Storage: Sendable {
    let type: EntityTypeName
    let id: Text
    let hash: Int
    /// Of the id, here so that comparing short ids need not follow its pointer.
    let head: Text.Head

    init(type: EntityTypeName, id: Text) {
      self.type = type
      self.id = id
      head = id.head
      hash = type.text.precomputedHash &* 31 &+ id.precomputedHash
    }
  }

  private let storage: Storage

  package init(type: EntityTypeName, id: Text) { storage = Storage(type: type, id: id) }

  package var type: EntityTypeName { storage.type }
  package var id: Text { storage.id }

  /// Whether both are one object; two that are not may still be equal.
  @inline(__always)
  func isSameObject(as other: EntityUID) -> Bool { storage === other.storage }
}

extension EntityUID: Hashable {
  @inline(__always)
  package static func == (left: EntityUID, right: EntityUID) -> Bool {
    left.storage === right.storage
      || (left.storage.hash == right.storage.hash && left.storage.head == right.storage.head
        && left.storage.type == right.storage.type && (left.storage.head.isWhole || left.storage.id == right.storage.id))
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(storage.hash) }

  /// The hash of type and id, which holds for the life of the process.
  @inline(__always)
  var precomputedHash: Int { storage.hash }
}

extension EntityUID: Comparable {
  package static func < (left: EntityUID, right: EntityUID) -> Bool {
    left.type == right.type ? left.id < right.id : left.type < right.type
  }
}

extension EntityUID: CustomStringConvertible {
  /// Cedar text, `Type::"id"`, with escapes where they are needed.
  package var description: String { "\(type)::\(StringLiteral.quoted(id.string))" }
}
