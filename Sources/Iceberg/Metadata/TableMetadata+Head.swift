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
    write(currentSnapshotTo: &writer)
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
    writer.field("statistics", statistics)
    writer.field("partition-statistics", partitionStatistics)
    writer.field("metadata-log", metadataLog)
    writer.fields(unknown)
  }

  /// Readers of v1 and v2 know "none" as -1, those of v3 as null.
  private func write(currentSnapshotTo writer: inout JSONWriter) {
    if let currentSnapshotID {
      writer.field("current-snapshot-id", currentSnapshotID)
    } else if formatVersion < 3 {
      writer.field("current-snapshot-id", -1)
    } else {
      writer.key("current-snapshot-id")
      writer.null()
    }
  }

  /// The whole document.
  ///
  /// - Parameter head: this table's ``headText()``, where it is at hand.
  package func documentText(head: [UInt8]? = nil) -> [UInt8] {
    Self.documentText(head: head ?? headText(), snapshots: snapshots.lazy.map(\.text), snapshotLog: snapshotLog)
  }

  /// The whole document from its pieces.
  ///
  /// - Parameters:
  ///   - head: as ``headText()`` wrote it.
  ///   - snapshots: each one's text, in the order of the document.
  package static func documentText(
    head: some Collection<UInt8>, snapshots: some Sequence<some Collection<UInt8>>, snapshotLog: some Sequence<SnapshotLogEntry>
  ) -> [UInt8] {
    var joined: [UInt8] = []
    joined.reserveCapacity(snapshots.underestimatedCount * 512)
    for snapshot in snapshots {
      if !joined.isEmpty { joined.append(UInt8(ascii: ",")) }
      joined.append(contentsOf: snapshot)
    }
    var log = JSONWriter(reservingBytes: snapshotLog.underestimatedCount * 64 + 2)
    log.values(snapshotLog)
    return documentText(head: head, joinedSnapshots: joined, joinedLog: log.bytes.dropFirst().dropLast())
  }

  /// The whole document from the head and the snapshots' and log entries' texts, each joined by commas.
  package static func documentText(
    head: some Collection<UInt8>, joinedSnapshots: some Collection<UInt8>, joinedLog: some Collection<UInt8>
  ) -> [UInt8] {
    var document: [UInt8] = []
    document.reserveCapacity(head.count + joinedSnapshots.count + joinedLog.count + 40)
    document.append(contentsOf: head.dropLast())
    document.append(contentsOf: ",\"snapshots\":[".utf8)
    document.append(contentsOf: joinedSnapshots)
    document.append(contentsOf: "],\"snapshot-log\":[".utf8)
    document.append(contentsOf: joinedLog)
    document.append(contentsOf: "]}".utf8)
    return document
  }

  /// Snapshots that a branch or tag names: what `snapshots=refs` asks for.
  package var referencedSnapshotIDs: Set<Int64> { Set(refs.values.map(\.snapshotID)) }

  /// The location that a head names.
  package static func location(inHead head: [UInt8]) throws(JSONError) -> String {
    try JSONDocument(parsing: head).root.object().required("location").string()
  }

  /// The document with only those snapshots that a branch or tag names; the log stays whole.
  package func referencedSnapshotsText() -> [UInt8] {
    let referenced = referencedSnapshotIDs
    let texts = snapshots.filter { referenced.contains($0.id) }.map(\.text)
    return Self.documentText(head: headText(), snapshots: texts, snapshotLog: snapshotLog)
  }
}

extension TableMetadata: JSONEncodable {
  package func write(to writer: inout JSONWriter) { writer.raw(documentText()) }
}
