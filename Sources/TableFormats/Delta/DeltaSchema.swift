import Iceberg
import JSON

/// Reads a table's schema (PROTOCOL.md, "Schema Serialization Format").
enum DeltaSchema {
  static func columns(_ text: String) throws(TableFormatError) -> [TableColumn] {
    do throws(JSONError) {
      return try columns(JSONDocument(parsing: text).root).numbered()
    } catch {
      throw .malformed("The Delta table's schema cannot be read: \(error)")
    }
  }

  private static func columns(_ structure: JSONValue) throws(JSONError) -> [TableColumn] {
    try structure.object().required("fields").array().decode { json throws(JSONError) in
      let field = try json.object()
      let type = try type(try field.required("type"))
      let metadata = try field.optional("metadata")?.object()
      var column = TableColumn(
        name: try field.required("name").string(), typeText: type.text, isNullable: try field.optional("nullable")?.bool() ?? true,
        // Keys of the metadata are anybody's: a comment is one if it is a text.
        comment: try? metadata?.optional("comment")?.string(), type: type.type)
      // PROTOCOL.md, "Column Mapping".
      column.formatID = try? metadata?.optional("delta.columnMapping.id")?.int32()
      return column
    }
  }

  /// Recursion goes as deep as the JSON reader lets a document be.
  private static func type(_ json: JSONValue) throws(JSONError) -> ForeignType {
    guard json.kind == .object else {
      let text = try json.string()
      return ForeignType(text, primitive(text))
    }
    let object = try json.object()
    let kind = try object.required("type")
    switch try kind.string() {
    case "struct": return ForeignType(structure: try columns(json))
    case "array":
      return ForeignType(
        list: try type(try object.required("elementType")), isElementRequired: try object.optional("containsNull")?.bool() == false)
    case "map":
      return ForeignType(
        mapFrom: try type(try object.required("keyType")), to: try type(try object.required("valueType")),
        isValueRequired: try object.optional("valueContainsNull")?.bool() == false)
    case "udt": return try type(try object.required("sqlType"))
    case let other: throw kind.invalid("A type \"\(other)\" is not known")
    }
  }

  private static func primitive(_ text: String) -> PrimitiveType? {
    switch text {
    case "string": .string
    case "long": .long
    case "integer", "short", "byte": .int
    case "float": .float
    case "double": .double
    case "boolean": .boolean
    case "binary": .binary
    case "date": .date
    case "timestamp": .timestamptz
    case "timestamp_ntz": .timestamp
    case "variant": .variant
    case "void": .unknown
    case "decimal": .decimal(precision: 10, scale: 0)
    default: text.hasPrefix("decimal(") ? PrimitiveType(text) : nil
    }
  }
}
