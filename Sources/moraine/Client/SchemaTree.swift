import Iceberg

/// A schema as lines, nested fields below and right of what they lie in: `1: id long required (identifier)`.
struct SchemaTree {
  let lines: [String]

  init(_ schema: Schema) {
    var lines: [String] = []
    Self.add(schema.fields, "", Set(schema.identifierFieldIDs), to: &lines)
    self.lines = lines
  }

  private static func add(_ fields: [NestedField], _ indent: String, _ identifiers: Set<Int32>, to lines: inout [String]) {
    for (index, field) in fields.enumerated() {
      let isLast = index == fields.count - 1
      var line =
        indent + (isLast ? "└─ " : "├─ ") + "\(field.id): \(TerminalText.plain(field.name)) \(TerminalText.plain(name(field.type)))"
      if field.isRequired { line += " required" }
      if identifiers.contains(field.id) { line += " (identifier)" }
      if let value = field.initialDefault { line += " default " + TerminalText.plain(String(decoding: value, as: UTF8.self)) }
      if let doc = field.doc { line += "  -- " + TerminalText.plain(doc) }
      lines.append(line)
      add(parts(field.type), indent + (isLast ? "   " : "│  "), identifiers, to: &lines)
    }
  }

  private static func name(_ type: IcebergType) -> String {
    switch type {
    case .primitive(let type): type.description
    case .structure: "struct"
    case .list: "list"
    case .map: "map"
    }
  }

  /// What a type is made of, as fields.
  private static func parts(_ type: IcebergType) -> [NestedField] {
    switch type {
    case .primitive: []
    case .structure(let fields): fields
    case .list(let list): [NestedField(id: list.elementID, name: "element", isRequired: list.isElementRequired, type: list.element)]
    case .map(let map):
      [
        NestedField(id: map.keyID, name: "key", isRequired: true, type: map.key),
        NestedField(id: map.valueID, name: "value", isRequired: map.isValueRequired, type: map.value),
      ]
    }
  }
}
