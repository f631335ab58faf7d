package import JSON

/// What the log of a Delta or Hudi table says of it at one version, beside its columns.
package struct LoggedTable: Hashable, Sendable {
  /// When the version was made: by its writer's clock, else by the store's.
  package var committedAtMs: Int64?
  /// What made it, such as `WRITE` or `upsert`, in the words of the format.
  package var operation: String?
  /// What the format calls the table, whatever its place: Delta's id, Hudi's name.
  package var tableID: String?
  /// What readers and writers must know.
  package var formatText: String
  /// Names of columns, in order.
  package var partitionColumns: [String]
  /// Live files, their bytes and rows; `nil` where the log does not say.
  package var fileCount: Int64?
  package var sizeBytes: Int64?
  package var rowCount: Int64?
  /// The highest id that a column ever had; ids are not given twice.
  package var lastColumnID: Int32
  /// By what it is seen that there is nothing new; `nil` when the log must be read to know.
  package var mark: String?

  package init(formatText: String, partitionColumns: [String], lastColumnID: Int32 = 0) {
    self.formatText = formatText
    self.partitionColumns = partitionColumns
    self.lastColumnID = lastColumnID
  }
}

extension LoggedTable: JSONEncodable {
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    committedAtMs = try object.optional("committed-at-ms")?.int64()
    operation = try object.optional("operation")?.string()
    tableID = try object.optional("table-id")?.string()
    formatText = try object.required("format").string()
    partitionColumns = try object.required("partition-columns").array().decode { name throws(JSONError) in try name.string() }
    fileCount = try object.optional("files")?.int64()
    sizeBytes = try object.optional("size-bytes")?.int64()
    rowCount = try object.optional("rows")?.int64()
    lastColumnID = try object.required("last-column-id").int32()
    mark = try object.optional("mark")?.string()
  }

  package func write(to writer: inout JSONWriter) { writer.object { writeMembers(to: &$0) } }

  /// With what is nobody's business but the store's.
  func writeStored(to writer: inout JSONWriter) {
    writeMembers(to: &writer)
    if let mark { writer.field("mark", mark) }
  }

  private func writeMembers(to writer: inout JSONWriter) {
    if let committedAtMs { writer.field("committed-at-ms", committedAtMs) }
    if let operation { writer.field("operation", operation) }
    if let tableID { writer.field("table-id", tableID) }
    writer.field("format", formatText)
    writer.field("partition-columns", partitionColumns)
    if let fileCount { writer.field("files", fileCount) }
    if let sizeBytes { writer.field("size-bytes", sizeBytes) }
    if let rowCount { writer.field("rows", rowCount) }
    writer.field("last-column-id", Int64(lastColumnID))
  }
}
