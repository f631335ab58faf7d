package import JSON

/// A snapshot (table spec, "Snapshots"): a few fields at hand, and its own JSON text, which goes back into documents unchanged.
package struct Snapshot: Hashable, Sendable {
  package let id: Int64
  package let parentID: Int64?
  package let sequenceNumber: Int64
  package let timestampMs: Int64
  /// `nil` in v1 tables that list their manifests themselves.
  package let manifestList: String?
  package let schemaID: Int32?
  /// The first row id given to its rows, and how many were given (v3).
  package let firstRowID: Int64?
  package let addedRows: Int64?
  package let operation: String?
  /// The JSON text.
  package let text: ArraySlice<UInt8>

  /// Properties of the summary, `operation` among them.
  package var summary: [String: String] {
    get throws(JSONError) {
      try JSONDocument(parsing: Array(text)).root.object().optional("summary")?.object().strings() ?? [:]
    }
  }

  /// Manifests that a v1 snapshot lists itself.
  package var manifests: [String] {
    get throws(JSONError) {
      let object = try JSONDocument(parsing: Array(text)).root.object()
      return try object.optional("manifests")?.array().decode { value throws(JSONError) in try value.string() } ?? []
    }
  }
}

extension Snapshot: JSONDecodable, JSONEncodable {
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    id = try object.required("snapshot-id").int64()
    let parent = try object.optional("parent-snapshot-id")?.int64()
    // ClickHouse writes -1 where there is no parent.
    parentID = parent == -1 ? nil : parent
    sequenceNumber = try object.optional("sequence-number")?.int64() ?? 0
    timestampMs = try object.required("timestamp-ms").int64()
    manifestList = try object.optional("manifest-list")?.string()
    guard manifestList != nil || object.optional("manifests") != nil else {
      throw json.invalid("Missing required field \"manifest-list\"")
    }
    schemaID = try object.optional("schema-id")?.int32()
    firstRowID = try object.optional("first-row-id")?.int64()
    addedRows = try object.optional("added-rows")?.int64()
    var operation: String?
    if let summary = try object.optional("summary")?.object() {
      for member in summary {
        let text = try member.value.string()
        if member.isNamed("operation") { operation = text }
      }
    }
    self.operation = operation
    text = parent == -1 ? Self.text(of: object, without: "parent-snapshot-id") : json.raw
  }

  private static func text(of object: JSONObject, without key: StaticString) -> ArraySlice<UInt8> {
    JSONWriter.text { writer in writer.object { $0.fields(object.unknown(besides: [key])) } }[...]
  }

  package func write(to writer: inout JSONWriter) { writer.raw(text) }
}

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
