/// A string as Cedar knows it: compared and ordered by its UTF-8 bytes, where Swift's own strings compare canonically.
///
/// The hash is reckoned once, and texts that come from one ``TextTable`` are one object, so that comparing them is comparing pointers.
package struct Text: Sendable {
  /// All that a short text needs for comparing.
  struct Head: Equatable, Sendable {
    let count: Int
    /// The first sixteen bytes, zeros after the end.
    let bytes: SIMD2<UInt64>

    var isWhole: Bool { count <= 16 }
  }

  private final class Storage: Sendable {
    let string: String
    let hash: Int
    let head: Head

    init(_ string: String) {
      var string = string
      var hasher = Hasher()
      var head: SIMD2<UInt64> = .zero
      string.withUTF8 { bytes in
        hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
        withUnsafeMutableBytes(of: &head) { $0.copyBytes(from: bytes.prefix(16)) }
      }
      self.string = string
      self.hash = hasher.finalize()
      self.head = Head(count: string.utf8.count, bytes: head)
    }
  }

  private let storage: Storage

  package init(_ string: String) { storage = Storage(string) }

  package var string: String { storage.string }
  package var utf8: String.UTF8View { storage.string.utf8 }

  /// The hash of the bytes, which holds for the life of the process.
  var precomputedHash: Int { storage.hash }

  var head: Head { storage.head }

  /// Whether this says `word`, byte by byte.
  package func says(_ word: StaticString) -> Bool {
    storage.string.utf8.elementsEqual(UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
  }
}

extension Text: Hashable {
  @inline(__always)
  package static func == (left: Text, right: Text) -> Bool {
    left.storage === right.storage || (left.storage.hash == right.storage.hash && left.hasSameBytes(as: right))
  }

  private func hasSameBytes(as other: Text) -> Bool {
    guard storage.head == other.storage.head else { return false }
    return storage.head.isWhole || storage.string.utf8.elementsEqual(other.storage.string.utf8)
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(storage.hash) }
}

extension Text: Comparable {
  package static func < (left: Text, right: Text) -> Bool {
    left.storage.string.utf8.lexicographicallyPrecedes(right.storage.string.utf8)
  }
}

extension Text: CustomStringConvertible, ExpressibleByStringLiteral {
  package var description: String { string }
  package init(stringLiteral: String) { self.init(stringLiteral) }
}

/// Interns texts: the same bytes give the same object. Entities too.
package struct TextTable: Sendable {
  private var texts: Set<Text> = []
  private var entities: Set<EntityUID> = []

  package init() {}

  package mutating func intern(_ string: String) -> Text { texts.insert(Text(string)).memberAfterInsert }
  package mutating func intern(_ text: Text) -> Text { texts.insert(text).memberAfterInsert }
  package mutating func intern(_ entity: EntityUID) -> EntityUID { entities.insert(entity).memberAfterInsert }
}
