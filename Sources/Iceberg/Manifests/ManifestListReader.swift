/// Reads a manifest list (table spec, "Manifest Lists"), one manifest at a time and in order.
///
/// Fields are found by id, so names that older writers used do not matter; what is not named here is stepped over.
package struct ManifestListReader {
  private enum Slot: Int, CaseIterable {
    case path, length, partitionSpecID, content, sequenceNumber, minSequenceNumber, addedSnapshotID
    case addedFilesCount, existingFilesCount, deletedFilesCount, addedRowsCount, existingRowsCount, deletedRowsCount
    case keyMetadata, firstRowID
  }

  private static let wanted: [AvroWantedField] = [
    .value(500, "manifest_path", .text, Slot.path),
    .value(501, "manifest_length", .long, Slot.length),
    .value(502, "partition_spec_id", .int, Slot.partitionSpecID),
    .value(517, "content", .int, Slot.content),
    .value(515, "sequence_number", .long, Slot.sequenceNumber),
    .value(516, "min_sequence_number", .long, Slot.minSequenceNumber),
    .value(503, "added_snapshot_id", .long, Slot.addedSnapshotID),
    .value(504, "added_files_count", .int, Slot.addedFilesCount),
    .value(505, "existing_files_count", .int, Slot.existingFilesCount),
    .value(506, "deleted_files_count", .int, Slot.deletedFilesCount),
    .value(512, "added_rows_count", .long, Slot.addedRowsCount),
    .value(513, "existing_rows_count", .long, Slot.existingRowsCount),
    .value(514, "deleted_rows_count", .long, Slot.deletedRowsCount),
    .value(519, "key_metadata", .bytes, Slot.keyMetadata),
    .value(520, "first_row_id", .long, Slot.firstRowID),
  ]

  private var rows: AvroRowReader

  /// - Parameter bytes: the whole file.
  package init(_ bytes: [UInt8], limits: AvroLimits = .standard) throws(AvroError) {
    rows = try AvroRowReader(bytes, wanted: Self.wanted, slots: Slot.allCases.count, limits: limits)
  }

  package var codec: AvroCodec { rows.container.codec }

  /// The next manifest; `nil` after the last, and after an error.
  package mutating func next() throws(AvroError) -> ManifestFile? {
    try rows.next { record throws(AvroError) in try Self.manifest(record) }
  }

  /// All of them.
  ///
  /// - Throws: `tooLarge` where there are more than `maximumCount`.
  package static func manifests(
    in bytes: [UInt8], maximumCount: Int = 1_000_000, limits: AvroLimits = .standard
  ) throws(AvroError) -> [ManifestFile] {
    var reader = try ManifestListReader(bytes, limits: limits)
    var result: [ManifestFile] = []
    while let manifest = try reader.next() {
      guard result.count < maximumCount else { throw .tooLarge("The manifest list names more than \(maximumCount) manifests") }
      result.append(manifest)
    }
    return result
  }

  private static func manifest(_ record: borrowing AvroRecord) throws(AvroError) -> ManifestFile {
    let content = record.int(Slot.content) ?? 0
    guard let known = ManifestContent(rawValue: content) else { throw .unsupported("Manifest content \(content) is neither 0 nor 1") }
    return ManifestFile(
      path: try required(try record.text(Slot.path), "manifest_path", 500),
      length: try required(record.long(Slot.length), "manifest_length", 501),
      partitionSpecID: try required(record.int(Slot.partitionSpecID), "partition_spec_id", 502),
      content: known,
      sequenceNumber: record.long(Slot.sequenceNumber) ?? 0,
      minSequenceNumber: record.long(Slot.minSequenceNumber) ?? 0,
      addedSnapshotID: try required(record.long(Slot.addedSnapshotID), "added_snapshot_id", 503),
      addedFilesCount: record.int(Slot.addedFilesCount),
      existingFilesCount: record.int(Slot.existingFilesCount),
      deletedFilesCount: record.int(Slot.deletedFilesCount),
      addedRowsCount: record.long(Slot.addedRowsCount),
      existingRowsCount: record.long(Slot.existingRowsCount),
      deletedRowsCount: record.long(Slot.deletedRowsCount),
      keyMetadata: record.content(Slot.keyMetadata),
      firstRowID: record.long(Slot.firstRowID))
  }
}
