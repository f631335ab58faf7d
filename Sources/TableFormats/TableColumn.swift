package import Iceberg

/// A column of a table in some format.
package struct TableColumn: Hashable, Sendable {
  package var name: String
  /// The type in the format's own words, such as `decimal(10,2)` or `array<struct<a:long>>`.
  package var typeText: String
  package var isNullable: Bool
  package var comment: String?
  /// What Iceberg calls the type; `nil` when it has none for it. Ids are unique over the table's columns.
  package var type: IcebergType?
  /// The id that goes with `type`.
  package var id: Int32
  /// The id that the format itself gives the column, whatever becomes of its name; `nil` where it gives none.
  package var formatID: Int32?

  package init(name: String, typeText: String, isNullable: Bool, comment: String? = nil, type: IcebergType? = nil) {
    self.name = name
    self.typeText = typeText
    self.isNullable = isNullable
    self.comment = comment
    self.type = type
    id = 0
  }
}

extension [TableColumn] {
  /// The columns that have an Iceberg type, as a schema.
  package var schema: Schema {
    Schema(
      id: 0,
      fields: compactMap { column in
        column.type.map { NestedField(id: column.id, name: column.name, isRequired: !column.isNullable, type: $0, doc: column.comment) }
      })
  }

  /// The same with ids, given as Iceberg gives them to a new table.
  func numbered() -> [TableColumn] {
    var fields = schema.reassigningIDs(schemaID: 0).schema.fields[...]
    return map { column in
      var column = column
      if column.type != nil, let field = fields.popFirst() {
        column.id = field.id
        column.type = field.type
      }
      return column
    }
  }
}

/// A type of a format: its own words for it, and what Iceberg calls it if it does. Ids are 0.
struct ForeignType {
  let text: String
  let type: IcebergType?

  init(_ text: String, _ type: PrimitiveType?) {
    self.text = text
    self.type = type.map { .primitive($0) }
  }

  init(list element: ForeignType, isElementRequired: Bool) {
    text = "array<\(element.text)>"
    type = element.type.map { .list(ListType(elementID: 0, isElementRequired: isElementRequired, element: $0)) }
  }

  init(mapFrom key: ForeignType, to value: ForeignType, isValueRequired: Bool) {
    text = "map<\(key.text),\(value.text)>"
    if let keyType = key.type, let valueType = value.type {
      type = .map(MapType(keyID: 0, key: keyType, valueID: 0, isValueRequired: isValueRequired, value: valueType))
    } else {
      type = nil
    }
  }

  init(structure columns: [TableColumn]) {
    text = "struct<" + columns.map { "\($0.name):\($0.typeText)" }.joined(separator: ",") + ">"
    type = columns.allSatisfy { $0.type != nil } ? .structure(columns.schema.fields) : nil
  }
}
