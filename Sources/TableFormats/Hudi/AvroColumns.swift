import Iceberg
import JSON

/// Reads columns from an Avro schema (Avro 1.12, "Schema Declaration" and "Logical Types").
struct AvroColumns {
  /// Named types, by full name, for where they are named again.
  private var named: [String: ForeignType] = [:]
  /// Bytes that texts of types may yet have, those named again counted again: a few names can stand for a great many types.
  private var budget = 4 << 20

  /// - Parameter text: of a record.
  static func columns(_ text: String) throws(TableFormatError) -> [TableColumn] {
    do throws(JSONError) {
      var reader = AvroColumns()
      let root = try JSONDocument(parsing: text).root
      return try reader.columns(root, namespace: "").filter { !$0.name.hasPrefix("_hoodie_") }.numbered()
    } catch {
      throw .malformed("The table's Avro schema cannot be read: \(error)")
    }
  }

  private mutating func columns(_ record: JSONValue, namespace: String) throws(JSONError) -> [TableColumn] {
    let object = try record.object()
    let inside = try fullName(object, namespace).space
    var columns: [TableColumn] = []
    for json in try object.required("fields").array() {
      let field = try json.object()
      let (type, isNullable) = try type(try field.required("type"), namespace: inside)
      columns.append(
        TableColumn(
          name: try field.required("name").string(), typeText: type.text, isNullable: isNullable,
          comment: try field.optional("doc")?.string(), type: type.type))
    }
    return columns
  }

  private func fullName(_ object: JSONObject, _ namespace: String) throws(JSONError) -> (name: String, space: String) {
    let name = try object.optional("name")?.string() ?? ""
    if let dot = name.lastIndex(of: ".") { return (name, String(name[..<dot])) }
    let space = try object.optional("namespace")?.string() ?? namespace
    return (space.isEmpty ? name : space + "." + name, space)
  }

  /// A type and whether it is a union with null. Recursion goes as deep as the JSON reader lets a document be.
  private mutating func type(_ json: JSONValue, namespace: String) throws(JSONError) -> (type: ForeignType, isNullable: Bool) {
    guard json.kind == .array else { return (try plain(json, namespace: namespace), false) }
    var branches: [ForeignType] = []
    var isNullable = false
    for branch in try json.array() {
      if branch.isString("null") {
        isNullable = true
      } else {
        branches.append(try plain(branch, namespace: namespace))
      }
    }
    if branches.count == 1 { return (branches[0], isNullable) }
    return (ForeignType("union<" + branches.map(\.text).joined(separator: ",") + ">", nil), isNullable)
  }

  private mutating func plain(_ json: JSONValue, namespace: String) throws(JSONError) -> ForeignType {
    let type = try uncharged(json, namespace: namespace)
    budget -= type.text.utf8.count
    guard budget >= 0 else { throw json.invalid("The schema's types are too many to be written down") }
    return type
  }

  private mutating func uncharged(_ json: JSONValue, namespace: String) throws(JSONError) -> ForeignType {
    if json.kind == .string {
      let name = try json.string()
      if let primitive = Self.primitives[name] { return ForeignType(name, primitive) }
      guard let known = named[namespace.isEmpty ? name : namespace + "." + name] ?? named[name] else {
        throw json.invalid("A type \"\(name)\" is not known")
      }
      return known
    }
    let object = try json.object()
    let kind = try object.required("type")
    guard kind.kind == .string else { return try plain(kind, namespace: namespace) }
    let type = try type(object, kind, namespace: namespace)
    if ["record", "enum", "fixed"].contains(try kind.string()) { named[try fullName(object, namespace).name] = type }
    return type
  }

  private mutating func type(_ object: JSONObject, _ kind: JSONValue, namespace: String) throws(JSONError) -> ForeignType {
    let name = try kind.string()
    switch name {
    case "record": return ForeignType(structure: try columns(object.value, namespace: namespace))
    case "array":
      let item = try type(try object.required("items"), namespace: namespace)
      return ForeignType(list: item.type, isElementRequired: !item.isNullable)
    case "map":
      let value = try type(try object.required("values"), namespace: namespace)
      return ForeignType(mapFrom: ForeignType("string", .string), to: value.type, isValueRequired: !value.isNullable)
    case "enum": return ForeignType("enum", .string)
    default: break
    }
    if let logical = try object.optional("logicalType")?.string(), let type = try Self.logical(logical, object) { return type }
    if name == "fixed" {
      let size = try object.required("size").int32()
      return ForeignType("fixed(\(size))", size > 0 ? .fixed(length: Int(size)) : nil)
    }
    return try plain(kind, namespace: namespace)
  }

  private static let primitives: [String: PrimitiveType] = [
    "boolean": .boolean, "int": .int, "long": .long, "float": .float, "double": .double, "bytes": .binary, "string": .string,
    "null": .unknown,
  ]

  private static func logical(_ name: String, _ object: JSONObject) throws(JSONError) -> ForeignType? {
    switch name {
    case "decimal":
      let (precision, scale) = (try object.required("precision").int32(), try object.optional("scale")?.int32() ?? 0)
      let text = "decimal(\(precision),\(scale))"
      return ForeignType(text, PrimitiveType(text))
    case "date": return ForeignType(name, .date)
    case "time-millis", "time-micros": return ForeignType(name, .time)
    case "timestamp-millis", "timestamp-micros": return ForeignType(name, .timestamptz)
    case "timestamp-nanos": return ForeignType(name, .timestamptzNs)
    case "local-timestamp-millis", "local-timestamp-micros": return ForeignType(name, .timestamp)
    case "local-timestamp-nanos": return ForeignType(name, .timestampNs)
    case "uuid": return ForeignType(name, .uuid)
    default: return nil
    }
  }
}
