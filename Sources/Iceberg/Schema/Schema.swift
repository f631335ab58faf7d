package import JSON

/// The columns of a table or view, with an id (table spec, "Schemas").
package struct Schema: Hashable, Sendable {
  package var id: Int32 { didSet { text = CachedText() } }
  package var fields: [NestedField] { didSet { text = CachedText() } }
  /// Fields that identify a row, in the order given.
  package var identifierFieldIDs: [Int32] { didSet { text = CachedText() } }
  var unknown = JSONFields() { didSet { text = CachedText() } }
  /// Its JSON. Schemas outlive many commits, each of which writes them.
  private var text = CachedText()

  package init(id: Int32, fields: [NestedField], identifierFieldIDs: [Int32] = []) {
    self.id = id
    self.fields = fields
    self.identifierFieldIDs = identifierFieldIDs
  }

  /// Whether both are equal but for their ids.
  package func sameFields(as other: Schema) -> Bool {
    fields == other.fields && Set(identifierFieldIDs) == Set(other.identifierFieldIDs)
  }

  // MARK: Fields

  /// A field anywhere in the schema, with what is around it.
  package struct Located: Sendable {
    package let field: NestedField
    /// Names from the outermost, joined by dots; lists and maps add `element`, `key` and `value`.
    package let name: String
    /// The same without `element` and `value` before structures, as people write it.
    package let shortName: String
    /// Fields that it lies in, outermost first.
    package let parents: [Int32]
  }

  /// Every field, parents before children.
  package var allFields: [Located] {
    var result: [Located] = []
    for field in fields { Self.collect(field, "", "", [], into: &result) }
    return result
  }

  private static func collect(
    _ field: NestedField, _ prefix: String, _ shortPrefix: String, _ parents: [Int32], into result: inout [Located]
  ) {
    let name = prefix + field.name
    let short = shortPrefix + field.name
    result.append(Located(field: field, name: name, shortName: short, parents: parents))
    collect(inside: field.type, name + ".", short + ".", parents + [field.id], into: &result)
  }

  private static func collect(
    inside type: IcebergType, _ prefix: String, _ shortPrefix: String, _ parents: [Int32], into result: inout [Located]
  ) {
    /// A part without a name of its own: its structure's fields may be named without it.
    func part(_ id: Int32, _ name: String, _ isRequired: Bool, _ type: IcebergType) {
      let field = NestedField(id: id, name: name, isRequired: isRequired, type: type)
      result.append(Located(field: field, name: prefix + name, shortName: shortPrefix + name, parents: parents))
      let isStructure = name != "key" && type.isStructure
      collect(
        inside: type, prefix + name + ".", isStructure ? shortPrefix : shortPrefix + name + ".", parents + [id], into: &result)
    }
    switch type {
    case .primitive: return
    case .structure(let fields): for field in fields { collect(field, prefix, shortPrefix, parents, into: &result) }
    case .list(let list): part(list.elementID, "element", list.isElementRequired, list.element)
    case .map(let map):
      part(map.keyID, "key", true, map.key)
      part(map.valueID, "value", map.isValueRequired, map.value)
    }
  }

  /// The greatest field id; 0 without fields.
  package var highestFieldID: Int32 { allFields.map(\.field.id).max() ?? 0 }

  package func field(id: Int32) -> NestedField? {
    if let field = fields.first(where: { $0.id == id }) { return field }
    return located(id: id)?.field
  }

  package func located(id: Int32) -> Located? { allFields.first { $0.field.id == id } }

  package func field(named name: String) -> NestedField? {
    if let field = fields.first(where: { $0.name == name }) { return field }
    let all = allFields
    return (all.first { $0.name == name } ?? all.first { $0.shortName == name })?.field
  }

  package func name(ofField id: Int32) -> String? { allFields.first { $0.field.id == id }?.name }

  // MARK: Checks

  /// Refuses ids and names that occur twice and identifier fields that cannot identify.
  package func validate() throws(ModelError) {
    if !FieldUniqueness.holds(for: fields) { try refuseRepetition() }
    guard !identifierFieldIDs.isEmpty else { return }
    let all = allFields
    for id in identifierFieldIDs {
      guard let located = all.first(where: { $0.field.id == id }) else {
        throw .invalid("Cannot add fieldId \(id) as an identifier field: field does not exist")
      }
      let what = "Cannot add field \(located.field.name) as an identifier field: "
      guard let type = located.field.type.primitive, type != .variant else { throw .invalid(what + "not a primitive type field") }
      try check(located.field.isRequired, what + "not a required field")
      try check(type != .double && type != .float, what + "must not be float or double field")
      for parent in located.parents.compactMap({ parent in all.first { $0.field.id == parent }?.field }) {
        try check(parent.type.isStructure, what + "must not be nested in \(parent)")
        try check(parent.isRequired, what + "must not be nested in an optional field \(parent)")
      }
    }
  }

  /// Tells which ids or names occur twice, if any do.
  private func refuseRepetition() throws(ModelError) {
    var ids: [Int32: String] = [:]
    var names: [String: Int32] = [:]
    for located in allFields {
      if let other = ids.updateValue(located.name, forKey: located.field.id) {
        throw .invalid("Invalid schema: multiple fields for id \(located.field.id): \(other) and \(located.name)")
      }
      if let other = names.updateValue(located.field.id, forKey: located.name) {
        throw .invalid("Invalid schema: multiple fields for name \(located.name): \(other) and \(located.field.id)")
      }
    }
  }

  /// Refuses what a format version does not know (Java's `Schema.checkCompatibility`); names every such field, in the order of ids.
  package func checkCompatible(formatVersion: Int) throws(ModelError) {
    var problems: [Int32: String] = [:]
    for located in allFields {
      if let type = located.field.type.primitive, type.minimumFormatVersion > formatVersion {
        problems[located.field.id] = "Invalid type for \(located.name): \(type) is not supported until v\(type.minimumFormatVersion)"
      }
      if let initial = located.field.initialDefault, formatVersion < 3 {
        let text = (try? JSONDocument(parsing: initial).root.string()) ?? String(decoding: initial, as: UTF8.self)
        problems[located.field.id] =
          "Invalid initial default for \(located.name): non-null default (\(text)) is not supported until v3"
      }
    }
    guard problems.isEmpty else {
      let lines = problems.sorted { $0.key < $1.key }.map { "- " + $0.value }
      throw .invalid("Invalid schema for v\(formatVersion):\n" + lines.joined(separator: "\n"))
    }
  }
}

// MARK: JSON

extension Schema: JSONDecodable, JSONEncodable {
  private static let known: [StaticString] = ["type", "schema-id", "identifier-field-ids", "fields"]

  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    let type = try object.required("type")
    guard type.isString("struct") else { throw type.invalid("Cannot create schema, not a struct type: \(type.rawText)") }
    id = try object.optional("schema-id")?.int32() ?? 0
    fields = try NestedField.fields(json: object.required("fields"))
    identifierFieldIDs =
      try object.optional("identifier-field-ids")?.array().decode { value throws(JSONError) in try value.int32() } ?? []
    unknown = object.unknown(besides: Self.known)
  }

  package func write(to writer: inout JSONWriter) {
    writer.raw(
      text.bytes {
        $0.object {
          $0.field("type", "struct")
          $0.field("schema-id", id)
          if !identifierFieldIDs.isEmpty { $0.field("identifier-field-ids", identifierFieldIDs) }
          $0.field("fields", fields)
          $0.fields(unknown)
        }
      })
  }
}
