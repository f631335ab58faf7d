package import Iceberg
package import JSON

extension SearchDocument {
  /// The columns of an Iceberg table or view, nested ones too, as its current schema has them; of another dataset, those that are
  /// written down, which have no ids: 0.
  ///
  /// - Parameters:
  ///   - kind: `table`, `view` or `dataset`.
  ///   - head: a table's metadata without its snapshots; a view's whole metadata; a dataset's description.
  /// - Throws: ``JSONError`` for a text that is no such document
  package static func columns(ofKind kind: String, head: [UInt8]) throws(JSONError) -> [(id: Int32, column: Column)] {
    if kind == "dataset" { return try described(JSONDocument(parsing: head).root.object()) }
    let schema = try currentSchema(ofKind: kind, head: head)
    var columns: [(id: Int32, column: Column)] = []
    if let schema { collect(schema.fields, "", into: &columns) }
    return columns
  }

  /// The current schema of an Iceberg table or view.
  ///
  /// - Parameters: as of ``columns(ofKind:head:)``.
  package static func currentSchema(ofKind kind: String, head: [UInt8]) throws(JSONError) -> Schema? {
    switch kind {
    case "table": try currentSchema(ofTable: JSONDocument(parsing: head).root.object())
    case "view": try currentSchema(ofView: JSONDocument(parsing: head).root.object())
    default: nil
    }
  }

  private static func described(_ object: JSONObject) throws(JSONError) -> [(id: Int32, column: Column)] {
    try object.required("columns").array().decode { json throws(JSONError) -> (id: Int32, column: Column) in
      let column = try json.object()
      return (0, Column(name: try column.required("name").string(), description: try column.optional("comment")?.string()))
    }
  }

  /// Elements of lists, and keys and values of maps, have no names of their own: what is in them has.
  private static func collect(_ fields: [NestedField], _ prefix: String, into columns: inout [(id: Int32, column: Column)]) {
    for field in fields {
      let name = prefix + field.name
      columns.append((field.id, Column(name: name, description: field.doc)))
      collect(inside: field.type, name + ".", into: &columns)
    }
  }

  private static func collect(inside type: IcebergType, _ prefix: String, into columns: inout [(id: Int32, column: Column)]) {
    switch type {
    case .primitive: break
    case .structure(let fields): collect(fields, prefix, into: &columns)
    case .list(let list): collect(inside: list.element, prefix, into: &columns)
    case .map(let map):
      collect(inside: map.key, prefix, into: &columns)
      collect(inside: map.value, prefix, into: &columns)
    }
  }

  private static func currentSchema(ofTable object: JSONObject) throws(JSONError) -> Schema? {
    guard let schemas = try object.optional("schemas")?.array() else { return try object.optional("schema").map(Schema.init(json:)) }
    let id = try object.optional("current-schema-id")?.int32() ?? 0
    for schema in schemas where try schema.object().optional("schema-id")?.int32() ?? 0 == id { return try Schema(json: schema) }
    return nil
  }

  private static func currentSchema(ofView object: JSONObject) throws(JSONError) -> Schema? {
    let version = try object.required("current-version-id").int32()
    for found in try object.required("versions").array() {
      let found = try found.object()
      guard try found.required("version-id").int32() == version else { continue }
      let id = try found.required("schema-id").int32()
      for schema in try object.required("schemas").array() where try schema.object().optional("schema-id")?.int32() ?? 0 == id {
        return try Schema(json: schema)
      }
    }
    return nil
  }
}
