/// What a writer says of the values of a file's columns, by field id (table spec, "Data File Fields").
///
/// A column that is missing here is one of which nothing is known: writers leave out columns at will.
package struct ColumnStatistics: Hashable, Sendable {
  package var nullCounts: [Int32: Int64]
  /// Nothing in the file is above; in the single-value encoding, which ``SingleValue`` reads.
  package var upperBounds: [Int32: [UInt8]]

  package init(nullCounts: [Int32: Int64] = [:], upperBounds: [Int32: [UInt8]] = [:]) {
    self.nullCounts = nullCounts
    self.upperBounds = upperBounds
  }
}
