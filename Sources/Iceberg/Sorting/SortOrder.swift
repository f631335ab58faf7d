package import JSON

/// How rows are ordered in a table's files (table spec, "Sorting"). Order 0 is none.
package struct SortOrder: Hashable, Sendable {
  package var id: Int32
  package var fields: [SortField]
  var unknown = JSONFields()

  package init(id: Int32, fields: [SortField]) {
    self.id = id
    self.fields = fields
  }

  package static let unsorted = SortOrder(id: 0, fields: [])

  package var isUnsorted: Bool { fields.isEmpty }

  /// Refuses sources that are not there or cannot be transformed.
  package func validate(against schema: Schema) throws(ModelError) {
    for field in fields {
      for id in field.sourceIDs {
        guard let source = schema.field(id: id) else { throw .invalid("Cannot find source column for sort field: \(field)") }
        guard let type = source.type.primitive, type != .variant else {
          throw .invalid("Cannot sort by non-primitive source field: \(source.type)")
        }
        try check(field.transform.accepts(type), "Invalid source type \(type) for transform: \(field.transform)")
      }
    }
  }
}

package struct SortField: Hashable, Sendable, CustomStringConvertible {
  package enum Direction: String, Sendable {
    case ascending = "asc"
    case descending = "desc"
  }

  package enum NullOrder: String, Sendable {
    case first = "nulls-first"
    case last = "nulls-last"
  }

  package var sourceIDs: [Int32]
  package var transform: Transform
  package var direction: Direction
  package var nullOrder: NullOrder
  var unknown = JSONFields()

  package init(sourceIDs: [Int32], transform: Transform, direction: Direction, nullOrder: NullOrder) {
    self.sourceIDs = sourceIDs
    self.transform = transform
    self.direction = direction
    self.nullOrder = nullOrder
  }

  package var description: String {
    """
    \(transform)(\(sourceIDs.map(String.init).joined(separator: ", "))) \(direction == .ascending ? "ASC" : "DESC") \
    \(nullOrder == .first ? "NULLS FIRST" : "NULLS LAST")
    """
  }
}

extension SortOrder: JSONDecodable, JSONEncodable {
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    id = try object.required("order-id").int32()
    fields = try object.required("fields").array().decode(SortField.init(json:))
    unknown = object.unknown(besides: ["order-id", "fields"])
    guard id != 0 || fields.isEmpty else { throw json.invalid("Sort order ID 0 is reserved for unsorted order") }
    guard id == 0 || !fields.isEmpty else { throw json.invalid("Unsorted order ID must be 0") }
  }

  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("order-id", id)
      $0.field("fields", fields)
      $0.fields(unknown)
    }
  }
}

extension SortField: JSONDecodable, JSONEncodable {
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    sourceIDs = try Iceberg.sourceIDs(of: object)
    transform = try Transform(json: object.required("transform"))
    let directionValue = try object.required("direction")
    guard let direction = Direction(rawValue: try directionValue.string().lowercased()) else {
      throw directionValue.invalid("Invalid sort direction: \(try directionValue.string())")
    }
    self.direction = direction
    if let value = object.optional("null-order") {
      guard let order = NullOrder(rawValue: try value.string().lowercased()) else {
        throw value.invalid("Unexpected null order: \(try value.string())")
      }
      nullOrder = order
    } else {
      nullOrder = direction == .ascending ? .first : .last
    }
    unknown = object.unknown(besides: ["source-id", "source-ids", "transform", "direction", "null-order"])
  }

  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("transform", transform.description)
      $0.sourceIDs(sourceIDs)
      $0.field("direction", direction.rawValue)
      $0.field("null-order", nullOrder.rawValue)
      $0.fields(unknown)
    }
  }
}
