/// What an expression comes to, and what entities and contexts hold (Cedar documentation, "Data types").
package enum Value: Hashable, Sendable {
  case bool(Bool)
  case long(Int64)
  case string(Text)
  case entity(EntityUID)
  case set(ValueSet)
  case record(Record)
  indirect case `extension`(ExtensionValue)

  /// The type's name in error messages.
  package var typeName: String {
    switch self {
    case .bool: "Bool"
    case .long: "Long"
    case .string: "String"
    case .entity(let entity): "the entity type \(entity.type)"
    case .set: "Set"
    case .record: "Record"
    case .extension(let value): value.typeName
    }
  }
}

/// Values of the extension types.
package enum ExtensionValue: Hashable, Sendable {
  case decimal(CedarDecimal)
  case ip(IPAddress)
  case datetime(CedarDatetime)
  case duration(CedarDuration)

  package var typeName: String {
    switch self {
    case .decimal: "decimal"
    case .ip: "ipaddr"
    case .datetime: "datetime"
    case .duration: "duration"
    }
  }
}

/// A set: no order, nothing twice, elements of any types.
package struct ValueSet: Hashable, Sendable {
  /// Each element once, in the order first met.
  package let elements: [Value]
  /// For sets too large to search one by one.
  private let index: Set<Value>?

  private static let searchedOneByOne = 8

  package init(_ values: [Value]) {
    if values.count <= Self.searchedOneByOne {
      var elements: [Value] = []
      elements.reserveCapacity(values.count)
      for value in values where !elements.contains(value) { elements.append(value) }
      self.elements = elements
      index = nil
    } else {
      var seen: Set<Value> = []
      elements = values.filter { seen.insert($0).inserted }
      index = elements.count > Self.searchedOneByOne ? seen : nil
    }
  }

  package var isEmpty: Bool { elements.isEmpty }

  package func contains(_ value: Value) -> Bool { index?.contains(value) ?? elements.contains(value) }

  package func isSuperset(of other: ValueSet) -> Bool {
    other.elements.count <= elements.count && other.elements.allSatisfy(contains)
  }

  package func intersects(_ other: ValueSet) -> Bool {
    elements.count < other.elements.count ? elements.contains(where: other.contains) : other.elements.contains(where: contains)
  }

  package static func == (left: ValueSet, right: ValueSet) -> Bool {
    left.elements.count == right.elements.count && left.isSuperset(of: right)
  }

  package func hash(into hasher: inout Hasher) {
    // The same for every order of the elements.
    hasher.combine(elements.reduce(0) { $0 &+ $1.hashValue })
  }
}

/// Attributes by name, ordered by the bytes of their names.
package struct Record: Hashable, Sendable {
  package struct Field: Hashable, Sendable {
    package let name: Text
    /// The name's hash, here so that a search need not follow the name's pointer.
    fileprivate let hash: Int
    package let value: Value

    init(name: Text, value: Value) {
      self.name = name
      self.value = value
      hash = name.precomputedHash
    }
  }

  package let fields: [Field]

  package static let empty = Record(sorted: [])

  private init(sorted: [Field]) { fields = sorted }

  /// Of the fields with one name, the last one counts.
  package init(_ fields: [(name: Text, value: Value)]) {
    guard fields.count <= 8 else {
      var byName: [Text: Value] = [:]
      for field in fields { byName[field.name] = field.value }
      self.fields = byName.map { Field(name: $0.key, value: $0.value) }.sorted { $0.name < $1.name }
      return
    }
    var sorted: [Field] = []
    sorted.reserveCapacity(fields.count)
    for field in fields {
      let place = sorted.firstIndex { !($0.name < field.name) } ?? sorted.endIndex
      if place < sorted.endIndex, sorted[place].name == field.name { sorted.remove(at: place) }
      sorted.insert(Field(name: field.name, value: field.value), at: place)
    }
    self.fields = sorted
  }

  package var isEmpty: Bool { fields.isEmpty }

  package subscript(name: Text) -> Value? {
    if fields.count <= 16 {
      let hash = name.precomputedHash
      for index in fields.indices where fields[index].hash == hash && fields[index].name == name { return fields[index].value }
      return nil
    }
    var low = 0
    var high = fields.count
    while low < high {
      let middle = (low + high) / 2
      if fields[middle].name < name { low = middle + 1 } else { high = middle }
    }
    return low < fields.count && fields[low].name == name ? fields[low].value : nil
  }
}

extension Value: CustomStringConvertible {
  /// Cedar text that comes to this value.
  package var description: String {
    switch self {
    case .bool(let value): value ? "true" : "false"
    case .long(let value): "\(value)"
    case .string(let value): StringLiteral.quoted(value.string)
    case .entity(let value): "\(value)"
    case .set(let set): "[" + set.elements.map(\.description).sorted().joined(separator: ", ") + "]"
    case .record(let record):
      "{" + record.fields.map { "\(StringLiteral.quoted($0.name.string)): \($0.value)" }.joined(separator: ", ") + "}"
    case .extension(let value): value.description
    }
  }
}

extension ExtensionValue: CustomStringConvertible {
  package var description: String {
    switch self {
    case .decimal(let value): value.cedarText
    case .ip(let value): value.cedarText
    case .datetime(let value): value.cedarText
    case .duration(let value): value.cedarText
    }
  }
}
