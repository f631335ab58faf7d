/// A type of the schema that a file was written with (Avro 1.12, "Schema Declaration"), as far as reading needs it.
///
/// Names are resolved; names of enum symbols, defaults, documentation and logical types are dropped.
indirect enum AvroType {
  case null, boolean, int, long, float, double, bytes, string, enumeration
  case fixed(Int)
  case array(AvroType)
  case map(AvroType)
  case union([AvroType])
  case record(name: String, [AvroField])

  /// For messages.
  var name: String {
    switch self {
    case .null: "null"
    case .boolean: "boolean"
    case .int: "int"
    case .long: "long"
    case .float: "float"
    case .double: "double"
    case .bytes: "bytes"
    case .string: "string"
    case .enumeration: "enum"
    case .fixed(let size): "fixed(\(size))"
    case .array(let item): "array of \(item.name)"
    case .map(let value): "map of \(value.name)"
    case .union(let branches): "union of " + branches.map(\.name).joined(separator: ", ")
    case .record(let name, _): "record \(name)"
    }
  }
}

struct AvroField {
  let name: String
  /// Iceberg's `field-id`.
  let id: Int32?
  let type: AvroType
}
