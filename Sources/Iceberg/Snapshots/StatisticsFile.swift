package import JSON

/// A file of statistics about a snapshot (table spec, "Table Statistics"), kept as its text.
package struct StatisticsFile: Hashable, Sendable {
  package let snapshotID: Int64
  package let path: String
  /// The compact JSON text, unknown members included.
  package let text: ArraySlice<UInt8>
}

/// A file of statistics about the partitions of a snapshot (table spec, "Partition Statistics"), kept as its text.
package struct PartitionStatisticsFile: Hashable, Sendable {
  package let snapshotID: Int64
  package let path: String
  /// The compact JSON text, unknown members included.
  package let text: ArraySlice<UInt8>
}

extension StatisticsFile: JSONDecodable, JSONEncodable {
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    snapshotID = try object.required("snapshot-id").int64()
    path = try object.required("statistics-path").string()
    _ = try object.required("file-size-in-bytes").int64()
    _ = try object.required("file-footer-size-in-bytes").int64()
    for blob in try object.required("blob-metadata").array() {
      let blob = try blob.object()
      _ = try blob.required("type").string()
      _ = try blob.required("snapshot-id").int64()
      _ = try blob.required("sequence-number").int64()
      for field in try blob.required("fields").array() { _ = try field.int32() }
      if let properties = blob.optional("properties") { _ = try properties.object().strings() }
    }
    text = JSONText.compact(json.raw)
  }

  package func write(to writer: inout JSONWriter) { writer.raw(text) }
}

extension PartitionStatisticsFile: JSONDecodable, JSONEncodable {
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    snapshotID = try object.required("snapshot-id").int64()
    path = try object.required("statistics-path").string()
    _ = try object.required("file-size-in-bytes").int64()
    text = JSONText.compact(json.raw)
  }

  package func write(to writer: inout JSONWriter) { writer.raw(text) }
}
