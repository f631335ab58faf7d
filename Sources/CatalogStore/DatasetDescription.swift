package import JSON

/// What is written down of a dataset that the catalog has no metadata of: by hand, or by who reads it from its files.
package struct DatasetDescription: Hashable, Sendable {
  package var columns: [DescribedColumn] = []
  /// What its format calls its present state: a version, an instant.
  package var currentVersion: String?
  package var properties: [String: String] = [:]
  /// What the table's own log says, where it has one that was read.
  package var table: LoggedTable?

  package init(columns: [DescribedColumn] = [], currentVersion: String? = nil, properties: [String: String] = [:]) {
    self.columns = columns
    self.currentVersion = currentVersion
    self.properties = properties
  }
}

/// A column, its type in the words of its format.
package struct DescribedColumn: Hashable, Sendable {
  package let name: String
  package let type: String
  package let isNullable: Bool
  package let comment: String?
  /// Stays with the column while its name or place changes; `nil` where nobody gave one.
  package let id: Int32?

  package init(name: String, type: String, isNullable: Bool, comment: String?, id: Int32? = nil) {
    self.id = id
    self.name = name
    self.type = type
    self.isNullable = isNullable
    self.comment = comment
  }
}

extension DescribedColumn: JSONEncodable {
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    name = try object.required("name").string()
    type = try object.required("type").string()
    isNullable = try object.optional("nullable")?.bool() ?? true
    comment = try object.optional("comment")?.string()
    id = try object.optional("id")?.int32()
  }

  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("name", name)
      $0.field("type", type)
      $0.field("nullable", isNullable)
      if let comment { $0.field("comment", comment) }
      if let id { $0.field("id", Int64(id)) }
    }
  }
}

extension DatasetDescription: JSONEncodable {
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    for column in try object.required("columns").array() { columns.append(try DescribedColumn(json: column)) }
    currentVersion = try object.optional("current-version")?.string()
    properties = try object.required("properties").object().strings()
    table = try object.optional("table").map { json throws(JSONError) in try LoggedTable(json: json) }
  }

  package func write(to writer: inout JSONWriter) {
    writer.object {
      writeMembers(to: &$0)
      if let table { $0.field("table", object: { table.writeStored(to: &$0) }) }
    }
  }

  package func writeMembers(to writer: inout JSONWriter) {
    writer.field("columns", columns)
    if let currentVersion { writer.field("current-version", currentVersion) }
    writer.field("properties", properties)
  }
}
