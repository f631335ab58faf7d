import JSON
import Testing

@testable import Iceberg

@Suite struct ManifestReaderTests {
  private func entries(_ name: String, inheriting manifest: ManifestFile? = nil) throws -> [ManifestEntry] {
    var reader = try ManifestReader(AvroFixture.bytes(name), inheriting: manifest)
    var result: [ManifestEntry] = []
    try reader.forEachEntry { result.append($0) }
    return result
  }

  private static func manifest(sequenceNumber: Int64 = 9, firstRowID: Int64? = nil, content: ManifestContent = .data) -> ManifestFile {
    ManifestFile(
      path: "m", length: 1, partitionSpecID: 4, content: content, sequenceNumber: sequenceNumber, minSequenceNumber: 1, addedSnapshotID: 77,
      firstRowID: firstRowID)
  }

  @Test(arguments: AvroFixture.manifests)
  func findsWhatAnotherReaderFinds(name: String) throws {
    let expected = try AvroFixture.expected(name)
    let entries = try entries(name)
    #expect(entries.count == expected.count)
    for (entry, line) in zip(entries, expected) {
      #expect(try Int64(entry.status.rawValue) == line.required("status").int64())
      #expect(try entry.snapshotID == line.optional("snapshot_id")?.int64())
      #expect(try entry.sequenceNumber == line.optional("sequence_number")?.int64())
      #expect(try entry.fileSequenceNumber == line.optional("file_sequence_number")?.int64())
      #expect(try entry.file.content.rawValue == line.optional("content")?.int32() ?? 0)
      #expect(try entry.file.path == line.required("file_path").string())
      #expect(try entry.file.format == line.required("file_format").string().lowercased())
      #expect(try entry.file.recordCount == line.required("record_count").int64())
      #expect(try entry.file.sizeBytes == line.required("file_size_in_bytes").int64())
      #expect(try entry.file.equalityIDs == line.optional("equality_ids")?.array().decode { value throws(JSONError) in try value.int32() })
      #expect(try entry.file.sortOrderID == line.optional("sort_order_id")?.int32())
      #expect(try entry.file.firstRowID == line.optional("first_row_id")?.int64())
      #expect(try entry.file.referencedDataFile == line.optional("referenced_data_file")?.string())
      #expect(try entry.file.contentOffset == line.optional("content_offset")?.int64())
      #expect(try entry.file.contentSizeBytes == line.optional("content_size_in_bytes")?.int64())
    }
  }

  @Test func headers() throws {
    let v1 = try ManifestReader(AvroFixture.bytes("v1-manifest-snappy.avro"), inheriting: nil)
    #expect(v1.codec == .snappy)
    #expect(v1.header.formatVersion == 1 && v1.header.partitionSpecID == 4 && v1.header.content == .data)
    let deletes = try ManifestReader(AvroFixture.bytes("v3-deletes-zstandard.avro"), inheriting: nil)
    #expect(deletes.header.formatVersion == 3 && deletes.header.content == .deletes)
    #expect(deletes.header.partitionSpec.map { String(decoding: $0, as: UTF8.self) } == "[]")
  }

  @Test func deletionVectors() throws {
    let entries = try entries("v3-deletes-zstandard.avro")
    #expect(entries.map(\.file.isDeletionVector) == [true, false])
    #expect(entries[1].file.equalityIDs == [3, -1, .max])
  }

  @Test func addedFilesInheritSequenceNumbers() throws {
    let entries = try entries("v2-manifest-null.avro", inheriting: Self.manifest())
    #expect(entries.map(\.status) == [.added, .existing, .deleted, .added, .added])
    #expect(entries.map(\.sequenceNumber) == [9, 3, 2, 9, 9])
    #expect(entries.map(\.fileSequenceNumber) == [9, 3, 2, 9, 9])
    #expect(entries[0].snapshotID == 7_213_950_938_402_341_111)
  }

  @Test func v1FilesHaveSequenceNumberZero() throws {
    let entries = try entries("v1-manifest-null.avro", inheriting: Self.manifest(sequenceNumber: 0))
    #expect(entries.map(\.sequenceNumber) == [0, 0, 0])
  }

  /// Row ids run on over live files that have none; those that have one, and deleted ones, are left as they are.
  @Test func liveFilesInheritRowIDs() throws {
    let entries = try entries("v3-data-deflate.avro", inheriting: Self.manifest(firstRowID: 1_000))
    #expect(entries.prefix(4).map(\.file.firstRowID) == [1_000, 70, nil, 1_101])
    #expect(entries[4].file.firstRowID == 1_205)
    #expect(entries.allSatisfy { $0.snapshotID == 77 })
  }

  @Test func withoutAFirstRowIDFilesHaveNone() throws {
    let entries = try entries("v3-data-deflate.avro", inheriting: Self.manifest())
    #expect(entries.allSatisfy { $0.file.firstRowID == nil })
  }

  @Test func rowIDsDoNotOverflow() throws {
    var reader = try ManifestReader(AvroFixture.bytes("v3-data-deflate.avro"), inheriting: Self.manifest(firstRowID: .max - 5))
    let error = #expect(throws: AvroError.self) { _ = try reader.next() }
    #expect(error?.message == "Row ids from \(Int64.max - 5) cannot be given to 101 records of s3://lake/v3/1")
  }

  @Test func stopsWhereItIsTold() throws {
    struct Enough: Error {}
    var reader = try ManifestReader(AvroFixture.bytes("v2-manifest-null.avro"), inheriting: nil)
    var seen = 0
    #expect(throws: Enough.self) {
      try reader.forEachEntry { _ in
        seen += 1
        throw Enough()
      }
    }
    #expect(seen == 1)
  }

  private static let schema = """
    {"type":"record","name":"manifest_entry","fields":[{"name":"status","type":"int","field-id":0},
    {"name":"data_file","field-id":2,"type":{"type":"record","name":"r2","fields":[
    {"name":"content","type":"int","field-id":134},{"name":"file_path","type":["null","string"],"field-id":100},
    {"name":"file_format","type":"string","field-id":101},{"name":"record_count","type":"long","field-id":103},
    {"name":"file_size_in_bytes","type":"long","field-id":104}]}}]}
    """

  private func message(status: Int64 = 1, content: Int64 = 0, path: String? = "p", more: [(String, String)] = []) -> String? {
    let row = AvroWriter.bytes { writer in
      writer.long(status)
      writer.long(content)
      writer.long(path == nil ? 0 : 1)
      if let path { writer.text(path) }
      writer.text("PARQUET")
      writer.long(-1)
      writer.long(0)
    }
    do {
      let file = AvroWriter.header(schema: Self.schema, more: more) + AvroWriter.block(count: 1, row)
      var reader = try ManifestReader(file, inheriting: nil)
      _ = try reader.next()
      return nil
    } catch { return error.message }
  }

  @Test func refusesWhatItCannotUnderstand() {
    #expect(message() == nil)
    #expect(message(status: 3) == "Manifest entry status 3 is not 0, 1 or 2")
    #expect(message(content: -1) == "File content -1 is not 0, 1 or 2")
    #expect(message(path: nil) == "Required field \"file_path\" (100) is missing or null")
    #expect(message(more: [("content", "both")]) == "The manifest's content \"both\" is neither data nor deletes")
    #expect(message(more: [("format-version", "two")]) == "The manifest's format-version is not a number")
  }

  @Test func aListIsNoManifest() throws {
    var reader = try ManifestReader(AvroFixture.bytes("v2-list-null.avro"), inheriting: nil)
    let error = #expect(throws: AvroError.self) { _ = try reader.next() }
    #expect(error?.message == "Required field \"status\" (0) is missing or null")
  }
}
