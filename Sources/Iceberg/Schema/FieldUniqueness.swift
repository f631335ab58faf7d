/// A quick look for ids and names that occur twice, which makes no full names.
///
/// Full names agree where two fields of one structure have the same name, or where a name holds a dot. A name with a dot or beyond ASCII,
/// whose sameness is that of Unicode, is therefore not judged here, nor are two names whose hashes agree by chance.
struct FieldUniqueness {
  private var ids: [Int32] = []
  /// As they are in most schemas; then none occurs twice, and no set of them is needed.
  private var areAscending = true

  /// Whether nothing occurs twice for certain; otherwise it has to be looked for.
  static func holds(for fields: [NestedField]) -> Bool {
    var uniqueness = FieldUniqueness()
    uniqueness.ids.reserveCapacity(fields.count)
    guard uniqueness.areNamesUnique(fields) else { return false }
    return uniqueness.areAscending || Set(uniqueness.ids).count == uniqueness.ids.count
  }

  private mutating func add(_ id: Int32) {
    if let last = ids.last, last >= id { areAscending = false }
    ids.append(id)
  }

  private mutating func areNamesUnique(_ fields: [NestedField]) -> Bool {
    var names = Set<UInt64>(minimumCapacity: fields.count)
    for field in fields {
      add(field.id)
      guard let hash = Self.hash(field.name), names.insert(hash).inserted, areNamesUnique(inside: field.type) else { return false }
    }
    return true
  }

  private mutating func areNamesUnique(inside type: IcebergType) -> Bool {
    switch type {
    case .primitive: return true
    case .structure(let fields): return areNamesUnique(fields)
    case .list(let list):
      add(list.elementID)
      return areNamesUnique(inside: list.element)
    case .map(let map):
      add(map.keyID)
      add(map.valueID)
      return areNamesUnique(inside: map.key) && areNamesUnique(inside: map.value)
    }
  }

  /// FNV-1a; `nil` for names that are not judged.
  private static func hash(_ name: String) -> UInt64? {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 {
      guard byte < 0x80, byte != UInt8(ascii: ".") else { return nil }
      hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
    }
    return hash
  }
}
