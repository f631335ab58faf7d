/// Reads a manifest (table spec, "Manifests"), one entry at a time and in order, with one block of the file decompressed at most.
///
/// Fields are found by id; partitions, statistics of columns that nobody asks for and whatever else is not named here are stepped over
/// undecoded.
package struct ManifestReader {
  private enum Slot: Int, CaseIterable {
    case status, snapshotID, sequenceNumber, fileSequenceNumber
    case content, path, format, recordCount, sizeBytes, equalityIDs, sortOrderID
    case firstRowID, referencedDataFile, contentOffset, contentSizeBytes
    case nullCounts, upperBounds
  }

  private static let wanted = fields(with: [])

  private static func fields(with statistics: [AvroWantedField]) -> [AvroWantedField] {
    let file: [AvroWantedField] = [
      .value(134, "content", .int, Slot.content),
      .value(100, "file_path", .text, Slot.path),
      .value(101, "file_format", .text, Slot.format),
      .value(103, "record_count", .long, Slot.recordCount),
      .value(104, "file_size_in_bytes", .long, Slot.sizeBytes),
      .value(135, "equality_ids", .ints, Slot.equalityIDs),
      .value(140, "sort_order_id", .int, Slot.sortOrderID),
      .value(142, "first_row_id", .long, Slot.firstRowID),
      .value(143, "referenced_data_file", .text, Slot.referencedDataFile),
      .value(144, "content_offset", .long, Slot.contentOffset),
      .value(145, "content_size_in_bytes", .long, Slot.contentSizeBytes),
    ]
    return [
      .value(0, "status", .int, Slot.status),
      .value(1, "snapshot_id", .long, Slot.snapshotID),
      .value(3, "sequence_number", .long, Slot.sequenceNumber),
      .value(4, "file_sequence_number", .long, Slot.fileSequenceNumber),
      .record(2, "data_file", file + statistics),
    ]
  }

  private static func statistics(of columns: Set<Int32>) -> [AvroWantedField] {
    [
      .value(110, "null_value_counts", .longsByInt(columns), Slot.nullCounts),
      .value(128, "upper_bounds", .bytesByInt(columns), Slot.upperBounds),
    ]
  }

  private var rows: AvroRowReader
  private let manifest: ManifestFile?
  private var nextRowID: Int64?
  package let header: ManifestHeader

  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - manifest: the manifest's line in the manifest list, from which entries inherit the snapshot id, sequence numbers and row ids
  ///     that they leave out; `nil` leaves those `nil`.
  ///   - columns: field ids of columns whose statistics are read, too.
  package init(
    _ bytes: [UInt8], inheriting manifest: ManifestFile?, statisticsOf columns: Set<Int32> = [], limits: AvroLimits = .standard
  ) throws(AvroError) {
    let wanted = columns.isEmpty ? Self.wanted : Self.fields(with: Self.statistics(of: columns))
    rows = try AvroRowReader(bytes, wanted: wanted, slots: Slot.allCases.count, limits: limits)
    header = try ManifestHeader(rows.container.metadata)
    self.manifest = manifest
    nextRowID = manifest?.content == .data ? manifest?.firstRowID : nil
  }

  package var codec: AvroCodec { rows.container.codec }

  /// The next entry; `nil` after the last, and after an error.
  package mutating func next() throws(AvroError) -> ManifestEntry? {
    guard var entry = try rows.next({ record throws(AvroError) in try Self.entry(record) }) else { return nil }
    if let manifest { try inherit(from: manifest, into: &entry) }
    return entry
  }

  package mutating func forEachEntry(_ body: (ManifestEntry) throws -> Void) throws {
    while let entry = try next() { try body(entry) }
  }

  /// Sequence numbers pass only to added files, but for v1 where all are 0; row ids only to live files (table spec, "Sequence Number
  /// Inheritance" and "First Row ID Inheritance").
  private mutating func inherit(from manifest: ManifestFile, into entry: inout ManifestEntry) throws(AvroError) {
    if entry.snapshotID == nil { entry.snapshotID = manifest.addedSnapshotID }
    if manifest.sequenceNumber == 0 || entry.status == .added {
      entry.sequenceNumber = entry.sequenceNumber ?? manifest.sequenceNumber
      entry.fileSequenceNumber = entry.fileSequenceNumber ?? manifest.sequenceNumber
    }
    guard manifest.firstRowID != nil else {
      entry.file.firstRowID = nil
      return
    }
    guard entry.isLive, entry.file.firstRowID == nil, let rowID = nextRowID else { return }
    let (next, overflow) = rowID.addingReportingOverflow(entry.file.recordCount)
    guard entry.file.recordCount >= 0, !overflow else {
      throw .malformed("Row ids from \(rowID) cannot be given to \(entry.file.recordCount) records of \(entry.file.path)")
    }
    entry.file.firstRowID = rowID
    nextRowID = next
  }

  private static func entry(_ record: borrowing AvroRecord) throws(AvroError) -> ManifestEntry {
    let status = try required(record.int(Slot.status), "status", 0)
    guard let known = ManifestEntry.Status(rawValue: status) else { throw .unsupported("Manifest entry status \(status) is not 0, 1 or 2") }
    return ManifestEntry(
      status: known,
      snapshotID: record.long(Slot.snapshotID),
      sequenceNumber: record.long(Slot.sequenceNumber),
      fileSequenceNumber: record.long(Slot.fileSequenceNumber),
      file: try file(record),
      statistics: statistics(record))
  }

  private static func statistics(_ record: borrowing AvroRecord) -> ColumnStatistics? {
    let nullCounts = record.longsByInt(Slot.nullCounts)
    let upperBounds = record.contentsByInt(Slot.upperBounds)
    if nullCounts == nil, upperBounds == nil { return nil }
    return ColumnStatistics(nullCounts: nullCounts ?? [:], upperBounds: upperBounds ?? [:])
  }

  private static func file(_ record: borrowing AvroRecord) throws(AvroError) -> ContentFile {
    let content = record.int(Slot.content) ?? 0
    guard let known = ContentFile.Content(rawValue: content) else { throw .unsupported("File content \(content) is not 0, 1 or 2") }
    return ContentFile(
      content: known,
      path: try required(try record.text(Slot.path), "file_path", 100),
      format: try required(try record.text(Slot.format), "file_format", 101).lowercased(),
      recordCount: try required(record.long(Slot.recordCount), "record_count", 103),
      sizeBytes: try required(record.long(Slot.sizeBytes), "file_size_in_bytes", 104),
      equalityIDs: record.ints(Slot.equalityIDs),
      sortOrderID: record.int(Slot.sortOrderID),
      firstRowID: record.long(Slot.firstRowID),
      referencedDataFile: try record.text(Slot.referencedDataFile),
      contentOffset: record.long(Slot.contentOffset),
      contentSizeBytes: record.long(Slot.contentSizeBytes))
  }
}
