/// Reads the rows of a Parquet file (github.com/apache/parquet-format), one after another and in order: as much of the format as logs of
/// table formats need.
///
/// Pages of both versions; plain, dictionary and delta encodings; no codec, Snappy, gzip and Zstandard. Encrypted files, indexes and
/// statistics are not read.
package struct ParquetReader {
  private let bytes: [UInt8]
  private let limits: ParquetLimits
  private let footer: ParquetFooter
  private let fields: [ParquetField]
  private let leaves: [ParquetLeaf]
  private var columns: [ParquetColumnReader] = []
  private var nextGroup = 0
  /// Rows of the group that have not been read.
  private var left: Int64 = 0
  private var rowValues = 0
  private var valuesLeft: Int

  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - wanted: paths of fields, such as `add.path`, each standing for all that is in it; others are not looked at. `nil` for everything.
  package init(_ bytes: [UInt8], wanted: Set<String>? = nil, limits: ParquetLimits = .standard) throws(TableFormatError) {
    self.bytes = bytes
    self.limits = limits
    valuesLeft = limits.maximumValues
    footer = try ParquetFooter(bytes, limits: limits)
    var builder = ParquetSchemaBuilder(footer.elements, wanted: wanted, limits: limits)
    fields = try builder.build()
    leaves = builder.leaves
  }

  /// As the footer has it.
  package var rowCount: Int64 { footer.rowCount }

  /// The next row; `nil` after the last, and after an error.
  package mutating func next() throws(TableFormatError) -> ParquetRecord? {
    do throws(TableFormatError) {
      while left == 0 {
        guard nextGroup < footer.rowGroups.count else { return nil }
        try open(footer.rowGroups[nextGroup])
        nextGroup += 1
      }
      left -= 1
      rowValues = 0
      let row = try record(fields)
      for index in columns.indices where columns[index].repetition != 0 || left == 0 && !columns[index].isAtEnd {
        throw TableFormatError.malformed("Parquet column \(leaves[index].name) has more values than its row group has rows")
      }
      return row
    } catch {
      left = 0
      nextGroup = footer.rowGroups.count
      throw error
    }
  }

  private mutating func open(_ group: ParquetRowGroup) throws(TableFormatError) {
    columns = []
    for leaf in leaves {
      guard leaf.column < group.chunks.count else { throw .malformed("A Parquet row group has no column \(leaf.name)") }
      columns.append(try ParquetColumnReader(bytes, group.chunks[leaf.column], leaf: leaf, limits: limits))
    }
    left = group.rowCount
  }

  // MARK: Putting rows together

  private mutating func record(_ fields: [ParquetField]) throws(TableFormatError) -> ParquetRecord {
    var values: [ParquetValue] = []
    values.reserveCapacity(fields.count)
    for field in fields { values.append(try value(field)) }
    return ParquetRecord(names: fields.map(\.name), values: values)
  }

  /// Of a field whose parents are there.
  private mutating func value(_ field: ParquetField) throws(TableFormatError) -> ParquetValue {
    try count()
    let first = field.leaves.lowerBound
    guard columns[first].definition >= field.definitionLevel else {
      for leaf in field.leaves { try columns[leaf].takeNull() }
      return field.isRepeated ? .list([]) : .null
    }
    guard field.isRepeated else { return try content(field) }
    var items: [ParquetValue] = []
    repeat {
      try count()
      items.append(try content(field))
    } while columns[first].repetition == field.repetitionLevel
    return .list(items)
  }

  private mutating func content(_ field: ParquetField) throws(TableFormatError) -> ParquetValue {
    switch field.content {
    case .group(let fields): return .record(try record(fields))
    case .leaf(let leaf): return try columns[leaf].take()
    }
  }

  private mutating func count() throws(TableFormatError) {
    rowValues += 1
    valuesLeft -= 1
    guard rowValues <= limits.maximumRowValues else { throw .tooLarge("A Parquet row has more than \(limits.maximumRowValues) values") }
    guard valuesLeft >= 0 else { throw .tooLarge("The Parquet file has more than \(limits.maximumValues) values") }
  }
}
