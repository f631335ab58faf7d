package import JSON

/// How a table's rows are split (table spec, "Partition Specs").
package struct PartitionSpec: Hashable, Sendable {
  package var id: Int32
  package var fields: [PartitionField]
  var unknown = JSONFields()

  package init(id: Int32, fields: [PartitionField]) {
    self.id = id
    self.fields = fields
  }

  package static let unpartitioned = PartitionSpec(id: 0, fields: [])

  /// The id before the first partition field's.
  package static let baseFieldID: Int32 = 999

  package var lastAssignedFieldID: Int32 { fields.map(\.fieldID).max() ?? Self.baseFieldID }

  /// Whether both split the same way, whatever their ids (Java's `compatibleWith`).
  package func isCompatible(with other: PartitionSpec) -> Bool {
    fields.elementsEqual(other.fields) { $0.sourceIDs == $1.sourceIDs && $0.transform == $1.transform && $0.name == $1.name }
  }

  /// Whether field ids are 1000, 1001, …, as v1 wants them.
  package var hasSequentialIDs: Bool {
    fields.enumerated().allSatisfy { $1.fieldID == Self.baseFieldID + 1 + Int32($0) }
  }

  /// Refuses names used twice or taken by other columns, and sources that are not there or cannot be transformed
  /// (Java's `PartitionSpec.Builder` and `checkCompatibility`).
  package func validate(against schema: Schema) throws(ModelError) {
    var names = Set<String>()
    var ids = Set<Int32>()
    for field in fields {
      if let column = schema.field(named: field.name), field.sourceIDs.contains(where: { schema.field(id: $0) != nil }) {
        try check(
          field.sourceIDs.contains(column.id), "Cannot create identity partition sourced from different field in schema: \(field.name)")
      }
      try check(!field.name.isEmpty, "Cannot use empty partition name: \(field.name)")
      try check(names.insert(field.name).inserted, "Cannot use partition name more than once: \(field.name)")
      try check(ids.insert(field.fieldID).inserted, "Cannot use partition field id more than once: \(field.fieldID)")
    }
    // A void field stands for one that was removed, and so may its source have been.
    for field in fields where field.transform != .void {
      for id in field.sourceIDs { try validate(source: id, of: field, in: schema) }
    }
  }

  private func validate(source id: Int32, of field: PartitionField, in schema: Schema) throws(ModelError) {
    guard let located = schema.located(id: id) else { throw .invalid("Cannot find source column for partition field: \(field)") }
    let source = located.field
    guard let type = source.type.primitive, type != .variant else {
      throw .invalid("Cannot partition by non-primitive source field: \(source.type)")
    }
    try check(field.transform.accepts(type), "Invalid source type \(type) for transform: \(field.transform)")
    for parent in located.parents.reversed().compactMap(schema.field(id:)) {
      try check(parent.type.isStructure, "Invalid partition field parent: \(parent.type)")
    }
  }
}

package struct PartitionField: Hashable, Sendable, CustomStringConvertible {
  /// One, or several for a transform of several arguments (v3).
  package var sourceIDs: [Int32]
  package var fieldID: Int32
  package var name: String
  package var transform: Transform
  var unknown = JSONFields()

  package init(sourceIDs: [Int32], fieldID: Int32, name: String, transform: Transform) {
    self.sourceIDs = sourceIDs
    self.fieldID = fieldID
    self.name = name
    self.transform = transform
  }

  package var description: String { "\(fieldID): \(name): \(transform)(\(sourceIDs.map(String.init).joined(separator: ", ")))" }
}

/// A partition spec as clients send it: field ids may be missing.
package struct UnboundPartitionSpec: Hashable, Sendable {
  package var fields: [Field]
  var unknown = JSONFields()

  package struct Field: Hashable, Sendable {
    package var sourceIDs: [Int32]
    package var fieldID: Int32?
    package var name: String
    package var transform: Transform
    var unknown = JSONFields()
  }

  package static let unpartitioned = UnboundPartitionSpec(fields: [])

  /// Gives ids to the fields that have none, after `lastFieldID`.
  package func bound(id: Int32, lastFieldID: Int32) -> PartitionSpec {
    var last = max(lastFieldID, PartitionSpec.baseFieldID)
    var spec = PartitionSpec(
      id: id,
      fields: fields.map { field in
        // At the end of the ids it stays there; a second field without one is then refused when the spec is validated.
        if field.fieldID == nil, last < .max { last += 1 }
        var bound = PartitionField(
          sourceIDs: field.sourceIDs, fieldID: field.fieldID ?? last, name: field.name, transform: field.transform)
        bound.unknown = field.unknown
        return bound
      })
    spec.unknown = unknown
    return spec
  }
}

// MARK: JSON (table spec, appendix C, "Partition Specs")

/// `source-id`, or `source-ids` where there are several.
func sourceIDs(of object: JSONObject) throws(JSONError) -> [Int32] {
  if let many = object.optional("source-ids") {
    let ids = try many.array().decode { value throws(JSONError) in try value.int32() }
    guard !ids.isEmpty else { throw many.invalid("Expected at least one source id, found none") }
    return ids
  }
  return [try object.required("source-id").int32()]
}

extension JSONWriter {
  mutating func sourceIDs(_ ids: [Int32]) {
    if ids.count == 1 { field("source-id", ids[0]) } else { field("source-ids", ids) }
  }
}

extension PartitionSpec: JSONDecodable, JSONEncodable {
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    id = try object.required("spec-id").int32()
    fields = try Self.fields(object.required("fields"))
    unknown = object.unknown(besides: ["spec-id", "fields"])
  }

  /// Fields without ids, as v1 wrote them, count from 1000.
  static func fields(_ json: JSONValue) throws(JSONError) -> [PartitionField] {
    let unbound = try json.array().decode(UnboundPartitionSpec.Field.init(json:))
    return UnboundPartitionSpec(fields: unbound).bound(id: 0, lastFieldID: baseFieldID).fields
  }

  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("spec-id", id)
      $0.field("fields", fields)
      $0.fields(unknown)
    }
  }
}

extension PartitionField: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("name", name)
      $0.field("transform", transform.description)
      $0.sourceIDs(sourceIDs)
      $0.field("field-id", fieldID)
      $0.fields(unknown)
    }
  }
}

extension UnboundPartitionSpec.Field: JSONDecodable {
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    sourceIDs = try Iceberg.sourceIDs(of: object)
    fieldID = try object.optional("field-id")?.int32()
    name = try object.required("name").string()
    transform = try Transform(json: object.required("transform"))
    unknown = object.unknown(besides: ["source-id", "source-ids", "field-id", "name", "transform"])
  }
}

extension UnboundPartitionSpec: JSONDecodable {
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    fields = try object.required("fields").array().decode(Field.init(json:))
    unknown = object.unknown(besides: ["spec-id", "fields"])
  }
}
