package import JSON

/// A branch or tag (table spec, "Snapshot References").
package struct SnapshotReference: Hashable, Sendable {
  package enum Kind: String, Sendable {
    case branch, tag
  }

  /// The branch that readers see.
  package static let mainBranch = "main"

  package let snapshotID: Int64
  package let kind: Kind
  package let minSnapshotsToKeep: Int32?
  package let maxSnapshotAgeMs: Int64?
  package let maxRefAgeMs: Int64?

  package init(
    snapshotID: Int64, kind: Kind, minSnapshotsToKeep: Int32? = nil, maxSnapshotAgeMs: Int64? = nil, maxRefAgeMs: Int64? = nil
  ) {
    self.snapshotID = snapshotID
    self.kind = kind
    self.minSnapshotsToKeep = minSnapshotsToKeep
    self.maxSnapshotAgeMs = maxSnapshotAgeMs
    self.maxRefAgeMs = maxRefAgeMs
  }
}

extension SnapshotReference: JSONDecodable, JSONEncodable {
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    snapshotID = try object.required("snapshot-id").int64()
    let kindValue = try object.required("type")
    guard let kind = Kind(rawValue: try kindValue.string().lowercased()) else {
      throw kindValue.invalid("Invalid snapshot ref type; it is branch or tag")
    }
    self.kind = kind
    minSnapshotsToKeep = try object.optional("min-snapshots-to-keep")?.int32()
    maxSnapshotAgeMs = try object.optional("max-snapshot-age-ms")?.int64()
    maxRefAgeMs = try object.optional("max-ref-age-ms")?.int64()
    guard kind == .branch || minSnapshotsToKeep == nil else {
      throw json.invalid("Tags do not support setting minSnapshotsToKeep")
    }
    guard kind == .branch || maxSnapshotAgeMs == nil else { throw json.invalid("Tags do not support setting maxSnapshotAgeMs") }
    guard minSnapshotsToKeep ?? 1 > 0 else { throw json.invalid("Min snapshots to keep must be greater than 0") }
    guard maxSnapshotAgeMs ?? 1 > 0 else { throw json.invalid("Max snapshot age must be greater than 0 ms") }
    guard maxRefAgeMs ?? 1 > 0 else { throw json.invalid("Max reference age must be greater than 0") }
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { write(fieldsTo: &$0) }
  }

  func write(fieldsTo writer: inout JSONWriter) {
    writer.field("snapshot-id", snapshotID)
    writer.field("type", kind.rawValue)
    if let minSnapshotsToKeep { writer.field("min-snapshots-to-keep", minSnapshotsToKeep) }
    if let maxSnapshotAgeMs { writer.field("max-snapshot-age-ms", maxSnapshotAgeMs) }
    if let maxRefAgeMs { writer.field("max-ref-age-ms", maxRefAgeMs) }
  }
}
