package import JSON

// Writing: the head, and whole documents put together from texts.

extension TableMetadata {
  /// The document without `snapshots` and `snapshot-log`. Its size does not depend on the number of snapshots.
  package func headText() -> [UInt8] {
    JSONWriter.text(reservingBytes: 4_096) { writer in writer.object { write(headTo: &$0) } }
  }

  private func write(headTo writer: inout JSONWriter) {
    writer.field("format-version", formatVersion)
    if let uuid { writer.field("table-uuid", uuid) }
    writer.field("location", location)
    if formatVersion > 1 { writer.field("last-sequence-number", lastSequenceNumber) }
    writer.field("last-updated-ms", lastUpdatedMs)
    writer.field("last-column-id", lastColumnID)
    // v1 readers look for the singular fields.
    if formatVersion == 1, let currentSchema { writer.field("schema", currentSchema) }
    writer.field("current-schema-id", currentSchemaID)
    writer.field("schemas", schemas)
    if formatVersion == 1, let defaultSpec { writer.field("partition-spec", defaultSpec.fields) }
    writer.field("default-spec-id", defaultSpecID)
    writer.field("partition-specs", partitionSpecs)
    writer.field("last-partition-id", lastPartitionID)
    writer.field("default-sort-order-id", defaultSortOrderID)
    writer.field("sort-orders", sortOrders)
    writer.field("properties", properties)
    if let currentSnapshotID {
      writer.field("current-snapshot-id", currentSnapshotID)
    } else if formatVersion < 3 {
      writer.field("current-snapshot-id", -1)
    } else {
      writer.key("current-snapshot-id")
      writer.null()
    }
    if formatVersion >= 3 { writer.field("next-row-id", nextRowID) }
    if !encryptionKeys.isEmpty { writer.field("encryption-keys", encryptionKeys) }
    writer.field(
      "refs",
      object: {
        for (name, ref) in refs.sorted(by: { $0.key < $1.key }) {
          $0.key(name)
          $0.value(ref)
        }
      })
    if !statistics.isEmpty { writer.field("statistics", statistics) }
    if !partitionStatistics.isEmpty { writer.field("partition-statistics", partitionStatistics) }
    writer.field("metadata-log", metadataLog)
    writer.fields(unknown)
  }

  /// The whole document.
  package func documentText(head: [UInt8]) -> [UInt8] {
    var document = head
    document.reserveCapacity(head.count + snapshots.reduce(64) { $0 + $1.text.count + 1 } + snapshotLog.count * 64)
    document.removeLast()
    document.append(contentsOf: Array(",\"snapshots\":[".utf8))
    for (index, snapshot) in snapshots.enumerated() {
      if index > 0 { document.append(UInt8(ascii: ",")) }
      document.append(contentsOf: snapshot.text)
    }
    document.append(contentsOf: Array("],\"snapshot-log\":".utf8))
    var log = JSONWriter(reservingBytes: snapshotLog.count * 64 + 2)
    log.values(snapshotLog)
    document.append(contentsOf: log.bytes)
    document.append(UInt8(ascii: "}"))
    return document
  }

  /// The whole document from its stored pieces: the head, and the snapshots' and log entries' texts joined by commas.
  package static func documentText(head: [UInt8], joinedSnapshots: [UInt8], joinedLog: [UInt8]) -> [UInt8] {
    var document: [UInt8] = []
    document.reserveCapacity(head.count + joinedSnapshots.count + joinedLog.count + 40)
    document.append(contentsOf: head.dropLast())
    document.append(contentsOf: Array(",\"snapshots\":[".utf8))
    document.append(contentsOf: joinedSnapshots)
    document.append(contentsOf: Array("],\"snapshot-log\":[".utf8))
    document.append(contentsOf: joinedLog)
    document.append(contentsOf: Array("]}".utf8))
    return document
  }

  /// The location that a head names.
  package static func location(inHead head: [UInt8]) throws(JSONError) -> String {
    try JSONDocument(parsing: head).root.object().required("location").string()
  }

  /// The document with only those snapshots that a branch or tag names (`snapshots=refs`).
  package func referencedSnapshotsText() -> [UInt8] {
    var copy = self
    let referenced = Set(refs.values.map(\.snapshotID))
    copy.snapshots = snapshots.filter { referenced.contains($0.id) }
    return copy.documentText(head: headText())
  }
}

extension TableMetadata: JSONEncodable {
  package func write(to writer: inout JSONWriter) { writer.raw(documentText(head: headText())) }
}
