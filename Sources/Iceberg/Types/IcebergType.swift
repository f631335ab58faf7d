package import JSON

/// The type of a column or of a part of one (table spec, "Schemas and Data Types").
package enum IcebergType: Hashable, Sendable {
  case primitive(PrimitiveType)
  case structure([NestedField])
  indirect case list(ListType)
  indirect case map(MapType)

  package var primitive: PrimitiveType? {
    if case .primitive(let type) = self { type } else { nil }
  }

  package var isStructure: Bool {
    if case .structure = self { true } else { false }
  }
}

/// A named field of a schema or structure.
package struct NestedField: Hashable, Sendable {
  package var id: Int32
  package var name: String
  package var isRequired: Bool
  package var type: IcebergType
  package var doc: String?
  /// JSON texts of default values (v3).
  package var initialDefault: [UInt8]?
  package var writeDefault: [UInt8]?
  var unknown = JSONFields()

  package init(id: Int32, name: String, isRequired: Bool, type: IcebergType, doc: String? = nil) {
    self.id = id
    self.name = name
    self.isRequired = isRequired
    self.type = type
    self.doc = doc
  }
}

package struct ListType: Hashable, Sendable {
  package var elementID: Int32
  package var isElementRequired: Bool
  package var element: IcebergType
  var unknown = JSONFields()

  package init(elementID: Int32, isElementRequired: Bool, element: IcebergType) {
    self.elementID = elementID
    self.isElementRequired = isElementRequired
    self.element = element
  }
}

package struct MapType: Hashable, Sendable {
  package var keyID: Int32
  package var key: IcebergType
  package var valueID: Int32
  package var isValueRequired: Bool
  package var value: IcebergType
  var unknown = JSONFields()

  package init(keyID: Int32, key: IcebergType, valueID: Int32, isValueRequired: Bool, value: IcebergType) {
    self.keyID = keyID
    self.key = key
    self.valueID = valueID
    self.isValueRequired = isValueRequired
    self.value = value
  }
}

// MARK: As the Iceberg reference prints them, in its messages

extension IcebergType: CustomStringConvertible {
  package var description: String {
    switch self {
    case .primitive(let type): type.description
    case .structure(let fields): "struct<\(fields.map(\.description).joined(separator: ", "))>"
    case .list(let list): "list<\(list.element)>"
    case .map(let map): "map<\(map.key), \(map.value)>"
    }
  }
}

extension NestedField: CustomStringConvertible {
  package var description: String {
    "\(id): \(name): \(isRequired ? "required" : "optional") \(type)" + (doc.map { " (\($0))" } ?? "")
  }
}

// MARK: JSON (table spec, appendix C, "Schemas")

extension IcebergType: JSONDecodable, JSONEncodable {
  private static let listMembers = JSONWords("type", "element-id", "element", "element-required")
  private static let mapMembers = JSONWords("type", "key-id", "key", "value-id", "value", "value-required")

  package init(json: JSONValue) throws(JSONError) {
    if json.kind == .string {
      guard let type = PrimitiveType(json: json) else {
        throw json.invalid("Cannot parse type string to primitive: \(try json.string())")
      }
      self = .primitive(type)
      return
    }
    let object = try json.object()
    let kind = try object.required("type").string()
    switch kind {
    case "struct": self = .structure(try NestedField.fields(json: object.required("fields")))
    case "list":
      let members = try json.members(Self.listMembers)
      var list = ListType(
        elementID: try members.int32(1), isElementRequired: try members.bool(3),
        element: try IcebergType(json: members.required(2)))
      list.unknown = members.unknown
      self = .list(list)
    case "map":
      let members = try json.members(Self.mapMembers)
      var map = MapType(
        keyID: try members.int32(1), key: try IcebergType(json: members.required(2)),
        valueID: try members.int32(3), isValueRequired: try members.bool(5),
        value: try IcebergType(json: members.required(4)))
      map.unknown = members.unknown
      self = .map(map)
    default: throw json.invalid("Cannot parse type from json: unknown type \"\(kind)\"")
    }
  }

  package func write(to writer: inout JSONWriter) {
    switch self {
    case .primitive(let type): writer.value(type.description)
    case .structure(let fields):
      writer.object {
        $0.field("type", "struct")
        $0.field("fields", fields)
      }
    case .list(let list):
      writer.object {
        $0.field("type", "list")
        $0.field("element-id", list.elementID)
        $0.field("element", list.element)
        $0.field("element-required", list.isElementRequired)
        $0.fields(list.unknown)
      }
    case .map(let map):
      writer.object {
        $0.field("type", "map")
        $0.field("key-id", map.keyID)
        $0.field("key", map.key)
        $0.field("value-id", map.valueID)
        $0.field("value", map.value)
        $0.field("value-required", map.isValueRequired)
        $0.fields(map.unknown)
      }
    }
  }
}

extension NestedField: JSONDecodable, JSONEncodable {
  private static let members = JSONWords("id", "name", "required", "type", "doc", "initial-default", "write-default")

  package init(json: JSONValue) throws(JSONError) { try self.init(try json.members(Self.members)) }

  private init(_ members: borrowing JSONMembers) throws(JSONError) {
    id = try members.int32(0)
    name = try members.string(1)
    isRequired = try members.bool(2)
    type = if let plain = PrimitiveType(member: 3, of: members) { .primitive(plain) } else { try IcebergType(json: members.required(3)) }
    if !members.lacks(4...6) {
      doc = try members.optional(4)?.string()
      initialDefault = members.optional(5).map { Array($0.raw) }
      writeDefault = members.optional(6).map { Array($0.raw) }
    }
    unknown = members.unknown
  }

  static func fields(json: JSONValue) throws(JSONError) -> [NestedField] {
    let array = try json.array()
    var fields: [NestedField] = []
    fields.reserveCapacity(array.count)
    try array.forEachObject(members) { member throws(JSONError) in fields.append(try NestedField(member)) }
    return fields
  }

  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("id", id)
      $0.field("name", name)
      $0.field("required", isRequired)
      $0.field("type", type)
      if let doc { $0.field("doc", doc) }
      if let initialDefault { $0.field("initial-default", raw: initialDefault) }
      if let writeDefault { $0.field("write-default", raw: writeDefault) }
      $0.fields(unknown)
    }
  }
}
