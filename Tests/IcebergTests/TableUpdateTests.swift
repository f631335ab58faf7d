import Iceberg
import JSON
import Testing

@Suite struct TableUpdateTests {
  static let texts = [
    #"{"action":"assign-uuid","uuid":"u"}"#, #"{"action":"upgrade-format-version","format-version":3}"#,
    #"{"action":"add-schema","schema":{"type":"struct","schema-id":1,"fields":[]},"last-column-id":3}"#,
    #"{"action":"add-schema","schema":{"type":"struct","schema-id":1,"fields":[]}}"#,
    #"{"action":"set-current-schema","schema-id":-1}"#,
    #"{"action":"add-spec","spec":{"fields":[{"name":"x","transform":"bucket[4]","source-id":1}]}}"#,
    #"{"action":"set-default-spec","spec-id":-1}"#,
    #"{"action":"add-sort-order","sort-order":{"order-id":1,"fields":[{"transform":"identity","source-id":1,"direction":"asc","null-order":"nulls-first"}]}}"#,
    #"{"action":"set-default-sort-order","sort-order-id":-1}"#,
    #"{"action":"add-snapshot","snapshot":{"snapshot-id":1,"timestamp-ms":2,"manifest-list":"m"}}"#,
    #"{"action":"set-snapshot-ref","ref-name":"b","snapshot-id":1,"type":"branch","min-snapshots-to-keep":2,"max-snapshot-age-ms":3,"max-ref-age-ms":4}"#,
    #"{"action":"remove-snapshots","snapshot-ids":[1,2]}"#, #"{"action":"remove-snapshot-ref","ref-name":"b"}"#,
    #"{"action":"set-location","location":"s3://b/t"}"#, #"{"action":"set-properties","updates":{"a":"b"}}"#,
    #"{"action":"remove-properties","removals":["a"]}"#,
    #"{"action":"set-statistics","snapshot-id":1,"statistics":{"snapshot-id":1,"statistics-path":"p","file-size-in-bytes":1,"file-footer-size-in-bytes":1,"blob-metadata":[]}}"#,
    #"{"action":"remove-statistics","snapshot-id":1}"#,
    #"{"action":"set-partition-statistics","partition-statistics":{"snapshot-id":1,"statistics-path":"p","file-size-in-bytes":1}}"#,
    #"{"action":"remove-partition-statistics","snapshot-id":1}"#, #"{"action":"remove-partition-specs","spec-ids":[1]}"#,
    #"{"action":"remove-schemas","schema-ids":[1]}"#,
    #"{"action":"add-encryption-key","encryption-key":{"key-id":"k","encrypted-key-metadata":"bQ=="}}"#,
    #"{"action":"remove-encryption-key","key-id":"k"}"#,
  ]

  @Test(arguments: texts) func writesWhatItReads(_ text: String) throws {
    let update = try MetadataFixture.update(text)
    #expect(String(decoding: update.jsonText, as: UTF8.self) == text)
    #expect(TableUpdate.actions.contains(update.action))
  }

  @Test func everyActionIsTested() throws {
    #expect(Set(try Self.texts.map { try MetadataFixture.update($0).action }) == Set(TableUpdate.actions))
    #expect(TableUpdate.actions.count == 23)
  }

  @Test func oldKeys() throws {
    #expect(try MetadataFixture.update(#"{"action":"set-properties","updated":{"a":"b"}}"#) == .setProperties(["a": "b"]))
    #expect(try MetadataFixture.update(#"{"action":"remove-properties","removed":["a"]}"#) == .removeProperties(["a"]))
  }

  @Test(arguments: [
    (#"{"action":"fly"}"#, "Unrecognized metadata update action \"fly\"; there are assign-uuid, "),
    (#"{"action":"set-snapshot-ref","ref-name":"b","snapshot-id":1,"type":"tag","min-snapshots-to-keep":2}"#, "Tags do not support"),
    (#"{"action":"set-snapshot-ref","ref-name":"b","snapshot-id":1,"type":"leaf"}"#, "Invalid snapshot ref type"),
    (#"{"action":"set-snapshot-ref","ref-name":"b","snapshot-id":1,"type":"branch","max-ref-age-ms":0}"#, "Max reference age must be"),
    (#"{"action":"add-snapshot","snapshot":{"snapshot-id":1,"timestamp-ms":2}}"#, "Missing required field \"manifest-list\""),
    (
      #"{"action":"add-snapshot","snapshot":{"snapshot-id":1,"timestamp-ms":2,"manifest-list":"m","first-row-id":1}}"#,
      "Invalid added-rows (required when first-row-id is set): null"
    ),
    (#"{"action":"set-properties"}"#, "Missing required field \"updates\""),
  ])
  func refuses(_ text: String, _ message: String) {
    let error = #expect(throws: JSONError.self) { try MetadataFixture.update(text) }
    #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
  }
}
