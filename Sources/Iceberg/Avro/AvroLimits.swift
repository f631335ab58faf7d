/// What a reader of Avro files accepts before it gives up.
package struct AvroLimits: Sendable {
  /// Bytes of one block once decompressed. pyiceberg writes a whole manifest list as one block.
  package var maximumBlockSizeBytes: Int
  /// Bytes of the header: the schemas and partition specs in it are those of wide tables.
  package var maximumHeaderSizeBytes: Int
  /// Types inside types, the record outermost counting as one.
  package var maximumSchemaDepth: Int
  /// Types in the schema, those that are named again counted again.
  package var maximumSchemaTypes: Int

  package init(
    maximumBlockSizeBytes: Int = 256 << 20, maximumHeaderSizeBytes: Int = 32 << 20, maximumSchemaDepth: Int = 64,
    maximumSchemaTypes: Int = 100_000
  ) {
    self.maximumBlockSizeBytes = maximumBlockSizeBytes
    self.maximumHeaderSizeBytes = maximumHeaderSizeBytes
    self.maximumSchemaDepth = maximumSchemaDepth
    self.maximumSchemaTypes = maximumSchemaTypes
  }

  package static let standard = AvroLimits()
}
