package import JSON

/// When a snapshot became the current one.
package struct SnapshotLogEntry: Hashable, Sendable {
  package let timestampMs: Int64
  package let snapshotID: Int64

  package init(timestampMs: Int64, snapshotID: Int64) {
    self.timestampMs = timestampMs
    self.snapshotID = snapshotID
  }
}

extension SnapshotLogEntry: JSONDecodable, JSONEncodable {
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    timestampMs = try object.required("timestamp-ms").int64()
    snapshotID = try object.required("snapshot-id").int64()
  }

  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("timestamp-ms", timestampMs)
      $0.field("snapshot-id", snapshotID)
    }
  }
}
