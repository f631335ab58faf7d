package import Iceberg
package import JSON

/// What the catalog knows of a table or view and its columns, told to who loads it (REST specification, `Labels`).
package struct Labels: Hashable, Sendable, JSONEncodable {
  /// `owner`, `zone`, `zone-kind`, and the dataset's tags. Facts come before a tag of the same key.
  package let object: [String: String]
  /// Tags by field id, of columns in the schema alone.
  package let fields: [Int32: [String: String]]

  /// - Parameters:
  ///   - owner: `team:lending`, say; `nil` without one.
  ///   - tags: the dataset's own.
  ///   - schema: the current one, of which the reader knows the field ids.
  package init(owner: String?, zone: Zone, tags: [String: String], columnTags: [ColumnTag], schema: Schema) {
    var object = tags
    object["owner"] = owner
    object["zone"] = zone.name
    object["zone-kind"] = zone.kind.rawValue
    self.object = object
    let ids = Set(schema.allFields.map(\.field.id))
    fields = columnTags.reduce(into: [:]) { fields, tag in
      if ids.contains(tag.fieldID) { fields[tag.fieldID, default: [:]][tag.key] = tag.value }
    }
  }

  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("object-labels", object)
      if !fields.isEmpty {
        $0.field(
          "fields",
          array: {
            for (fieldID, labels) in fields.sorted(by: { $0.key < $1.key }) {
              $0.object {
                $0.field("field-id", fieldID)
                $0.field("labels", labels)
              }
            }
          })
      }
    }
  }
}
