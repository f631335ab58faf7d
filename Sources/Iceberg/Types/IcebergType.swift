package import JSON

/// The type of a column or of a part of one (table spec, "Schemas and Data Types").
package indirect enum IcebergType: Hashable, Sendable {
  case primitive(PrimitiveType)
  case structure([NestedField])
  case list(ListType)
  case map(MapType)

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
  package init(json: JSONValue) throws(JSONError) {
    if json.kind == .string {
      let text = try json.string()
      guard let type = PrimitiveType(text) else { throw json.invalid("Cannot parse type string to primitive: \(text)") }
      self = .primitive(type)
      return
    }
    let object = try json.object()
    let kind = try object.required("type").string()
    switch kind {
    case "struct": self = .structure(try object.required("fields").array().decode(NestedField.init(json:)))
    case "list":
      var list = ListType(
        elementID: try object.required("element-id").int32(), isElementRequired: try object.required("element-required").bool(),
        element: try IcebergType(json: object.required("element")))
      list.unknown = object.unknown(besides: ["type", "element-id", "element", "element-required"])
      self = .list(list)
    case "map":
      var map = MapType(
        keyID: try object.required("key-id").int32(), key: try IcebergType(json: object.required("key")),
        valueID: try object.required("value-id").int32(), isValueRequired: try object.required("value-required").bool(),
        value: try IcebergType(json: object.required("value")))
      map.unknown = object.unknown(besides: ["type", "key-id", "key", "value-id", "value", "value-required"])
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
  private static let known: [StaticString] = ["id", "name", "required", "type", "doc", "initial-default", "write-default"]

  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    id = try object.required("id").int32()
    name = try object.required("name").string()
    isRequired = try object.required("required").bool()
    type = try IcebergType(json: object.required("type"))
    doc = try object.optional("doc")?.string()
    initialDefault = object.optional("initial-default").map { Array($0.raw) }
    writeDefault = object.optional("write-default").map { Array($0.raw) }
    unknown = object.unknown(besides: Self.known)
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
