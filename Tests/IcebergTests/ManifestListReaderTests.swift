import JSON
import Testing

@testable import Iceberg

@Suite struct ManifestListReaderTests {
  @Test(arguments: AvroFixture.lists)
  func findsWhatAnotherReaderFinds(name: String) throws {
    let expected = try AvroFixture.expected(name)
    let manifests = try ManifestListReader.manifests(in: AvroFixture.bytes(name))
    #expect(manifests.count == expected.count)
    for (manifest, line) in zip(manifests, expected) {
      #expect(try manifest.path == line.required("manifest_path").string())
      #expect(try manifest.length == line.required("manifest_length").int64())
      #expect(try manifest.partitionSpecID == line.required("partition_spec_id").int32())
      #expect(try manifest.content.rawValue == line.optional("content")?.int32() ?? 0)
      #expect(try manifest.sequenceNumber == line.optional("sequence_number")?.int64() ?? 0)
      #expect(try manifest.minSequenceNumber == line.optional("min_sequence_number")?.int64() ?? 0)
      #expect(try manifest.addedSnapshotID == line.required("added_snapshot_id").int64())
      #expect(try manifest.addedFilesCount == line.optional("added_files_count")?.int32())
      #expect(try manifest.existingFilesCount == line.optional("existing_files_count")?.int32())
      #expect(try manifest.deletedFilesCount == line.optional("deleted_files_count")?.int32())
      #expect(try manifest.addedRowsCount == line.optional("added_rows_count")?.int64())
      #expect(try manifest.existingRowsCount == line.optional("existing_rows_count")?.int64())
      #expect(try manifest.deletedRowsCount == line.optional("deleted_rows_count")?.int64())
      #expect(try manifest.firstRowID == line.optional("first_row_id")?.int64())
    }
  }

  @Test func keyMetadata() throws {
    let manifests = try ManifestListReader.manifests(in: AvroFixture.bytes("v2-list-zstandard.avro"))
    #expect(manifests.map(\.keyMetadata) == [nil, Array("key".utf8), nil])
    #expect(manifests.map(\.content) == [.data, .data, .deletes])
  }

  @Test func countIsBounded() throws {
    let bytes = try AvroFixture.bytes("v2-list-null.avro")
    #expect(try ManifestListReader.manifests(in: bytes, maximumCount: 3).count == 3)
    #expect(throws: AvroError.tooLarge("The manifest list names more than 2 manifests")) {
      _ = try ManifestListReader.manifests(in: bytes, maximumCount: 2)
    }
  }

  @Test func aManifestIsNoList() throws {
    let error = #expect(throws: AvroError.self) { _ = try ManifestListReader.manifests(in: AvroFixture.bytes("v2-manifest-null.avro")) }
    #expect(error?.message == "Required field \"manifest_path\" (500) is missing or null")
  }
}
