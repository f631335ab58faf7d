/// What a reader of Parquet files accepts before it gives up.
package struct ParquetLimits: Sendable {
  /// Bytes of the footer. It grows with the columns and the row groups.
  package var maximumFooterSizeBytes: Int
  /// Bytes of one page once decompressed; one page of each wanted column is in memory at a time.
  package var maximumPageSizeBytes: Int
  /// Elements of the schema.
  package var maximumSchemaElements: Int
  /// Groups inside groups.
  package var maximumDepth: Int
  /// Rows of the file. Runs of nulls take no room in a file, but they take time.
  package var maximumRows: Int64
  /// Values of one row, over all wanted columns, nulls and groups counting, too.
  package var maximumRowValues: Int
  /// The same of the file.
  package var maximumValues: Int

  package init(
    maximumFooterSizeBytes: Int = 64 << 20, maximumPageSizeBytes: Int = 64 << 20, maximumSchemaElements: Int = 100_000,
    maximumDepth: Int = 64, maximumRows: Int64 = 50_000_000, maximumRowValues: Int = 1 << 20, maximumValues: Int = 1 << 30
  ) {
    self.maximumFooterSizeBytes = maximumFooterSizeBytes
    self.maximumPageSizeBytes = maximumPageSizeBytes
    self.maximumSchemaElements = maximumSchemaElements
    self.maximumDepth = maximumDepth
    self.maximumRows = maximumRows
    self.maximumRowValues = maximumRowValues
    self.maximumValues = maximumValues
  }

  package static let standard = ParquetLimits()
}
