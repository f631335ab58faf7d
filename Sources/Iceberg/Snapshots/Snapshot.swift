package import JSON

/// A snapshot (table spec, "Snapshots"): a few fields at hand, and its own JSON text, which goes back into documents unchanged.
///
/// Reading one makes no strings but those kept here, so that a document of ten thousand is cheap to open.
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
  /// The key that its manifest list's key is encrypted with (v3).
  package let keyID: String?
  /// What it did: `append`, `replace`, `overwrite` or `delete`. A summary without it means `overwrite`, as readers take it.
  package let operation: String?
  /// The compact JSON text, unknown members included.
  package let text: ArraySlice<UInt8>

  /// Properties of the summary, `operation` among them. Read from the text each time.
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
    guard id >= 0 else { throw json.invalid("Invalid snapshot id \(id): it must not be negative") }
    let parent = try object.optional("parent-snapshot-id")?.int64()
    // ClickHouse writes -1 where there is no parent.
    parentID = parent == -1 ? nil : parent
    sequenceNumber = try object.optional("sequence-number")?.int64() ?? 0
    guard sequenceNumber >= 0 else { throw json.invalid("Invalid sequence number \(sequenceNumber): it must not be negative") }
    timestampMs = try object.required("timestamp-ms").int64()
    manifestList = try object.optional("manifest-list")?.string()
    if manifestList == nil {
      guard let manifests = object.optional("manifests") else { throw json.invalid("Missing required field \"manifest-list\"") }
      for manifest in try manifests.array() { _ = try manifest.string() }
    }
    schemaID = try object.optional("schema-id")?.int32()
    firstRowID = try object.optional("first-row-id")?.int64()
    addedRows = try object.optional("added-rows")?.int64()
    guard firstRowID ?? 0 >= 0 else { throw json.invalid("Invalid first-row-id (cannot be negative): \(firstRowID ?? 0)") }
    guard addedRows ?? 0 >= 0 else { throw json.invalid("Invalid added-rows (cannot be negative): \(addedRows ?? 0)") }
    guard firstRowID == nil || addedRows != nil else {
      throw json.invalid("Invalid added-rows (required when first-row-id is set): null")
    }
    keyID = try object.optional("key-id")?.string()
    operation = try Self.operation(of: object)
    text = Self.text(of: object) { parent == -1 && $0.isNamed("parent-snapshot-id") }
  }

  private static func operation(of object: JSONObject) throws(JSONError) -> String? {
    guard let summary = try object.optional("summary")?.object() else { return nil }
    var operation: String?
    var isEmpty = true
    for member in summary {
      isEmpty = false
      guard member.value.kind == .string else { throw member.value.invalid("Expected a string, found \(member.value.kind)") }
      if member.isNamed("operation") { operation = try member.value.string() }
    }
    return operation ?? (isEmpty ? nil : "overwrite")
  }

  /// The text without members that `isDropped` names and those that are null: the reference's parser stumbles over nulls.
  private static func text(of object: JSONObject, isDropped: (JSONObject.Member) -> Bool) -> ArraySlice<UInt8> {
    guard object.contains(where: { $0.value.isNull || isDropped($0) }) else { return JSONText.compact(object.value.raw) }
    let kept = JSONWriter.text { writer in
      writer.object {
        for member in object where !member.value.isNull && !isDropped(member) {
          $0.key(member.key)
          $0.raw(JSONText.compact(member.value.raw))
        }
      }
    }
    return kept[...]
  }

  /// The snapshot as v1 writes it: without a sequence number.
  func withoutSequenceNumber() throws(JSONError) -> Snapshot {
    let object = try JSONDocument(parsing: Array(text)).root.object()
    guard object["sequence-number"] != nil else { return self }
    let text = Self.text(of: object) { $0.isNamed("sequence-number") }
    return try Snapshot(jsonText: Array(text))
  }

  package func write(to writer: inout JSONWriter) { writer.raw(text) }
}
