/// The type of a value or an expression (Cedar documentation, "Validation").
package indirect enum CedarType: Hashable, Sendable {
  case bool(BooleanType)
  case long
  case string
  case entity(EntityTypeName)
  case set(CedarType)
  case record(RecordType)
  case `extension`(ExtensionType)
}

/// What is known of a boolean before evaluating.
package enum BooleanType: UInt8, Hashable, Sendable {
  case any, alwaysTrue, alwaysFalse

  var negated: BooleanType {
    switch self {
    case .any: .any
    case .alwaysTrue: .alwaysFalse
    case .alwaysFalse: .alwaysTrue
    }
  }
}

package enum ExtensionType: String, Hashable, Sendable, CaseIterable {
  case decimal, ipaddr, datetime, duration
}

package struct AttributeType: Hashable, Sendable {
  package let name: Text
  package let type: CedarType
  package let isRequired: Bool

  package init(name: Text, type: CedarType, isRequired: Bool) {
    self.name = name
    self.type = type
    self.isRequired = isRequired
  }
}

/// The attributes of a record or an entity; others are not allowed.
package struct RecordType: Hashable, Sendable {
  /// Ordered by the bytes of their names, none twice.
  package let attributes: [AttributeType]

  package static let empty = RecordType([])

  /// Of the attributes with one name, the last one counts.
  package init(_ attributes: [AttributeType]) {
    var byName: [Text: AttributeType] = [:]
    for attribute in attributes { byName[attribute.name] = attribute }
    self.attributes = byName.values.sorted { $0.name < $1.name }
  }

  private init(sorted: [AttributeType]) { attributes = sorted }

  package subscript(name: Text) -> AttributeType? { attributes.first { $0.name == name } }

  /// The same attributes, required alike, each with a common type; `nil` where there is none.
  func leastUpperBound(with other: RecordType) -> RecordType? {
    guard attributes.count == other.attributes.count else { return nil }
    var bounds: [AttributeType] = []
    for (left, right) in zip(attributes, other.attributes) {
      guard left.name == right.name, left.isRequired == right.isRequired, let bound = left.type.leastUpperBound(with: right.type) else {
        return nil
      }
      bounds.append(AttributeType(name: left.name, type: bound, isRequired: left.isRequired))
    }
    return RecordType(sorted: bounds)
  }
}

extension CedarType {
  /// The one type that covers both; `nil` where there is none. Only booleans give way.
  func leastUpperBound(with other: CedarType) -> CedarType? {
    switch (self, other) {
    case (.bool(let left), .bool(let right)): .bool(left == right ? left : .any)
    case (.set(let left), .set(let right)): left.leastUpperBound(with: right).map { .set($0) }
    case (.record(let left), .record(let right)): left.leastUpperBound(with: right).map { .record($0) }
    default: self == other ? self : nil
    }
  }
}

extension CedarType: CustomStringConvertible {
  /// As a schema would write it.
  package var description: String {
    switch self {
    case .bool(.any): "Bool"
    case .bool(.alwaysTrue): "True"
    case .bool(.alwaysFalse): "False"
    case .long: "Long"
    case .string: "String"
    case .entity(let name): name.description
    case .set(let element): "Set<\(element)>"
    case .record(let record): record.description
    case .extension(let type): type.rawValue
    }
  }
}

extension RecordType: CustomStringConvertible {
  package var description: String {
    if attributes.isEmpty { return "{}" }
    let fields = attributes.map { "\(SchemaPrinter.fieldName($0.name))\($0.isRequired ? "" : "?"): \($0.type)" }
    return "{ " + fields.joined(separator: ", ") + " }"
  }
}
