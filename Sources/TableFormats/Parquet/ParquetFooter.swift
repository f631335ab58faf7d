/// What stands at the end of a file (parquet.thrift, `FileMetaData`), as far as reading needs it.
struct ParquetFooter {
  /// The schema's elements, each before its children.
  private(set) var elements: [ParquetElement] = []
  private(set) var rowCount: Int64 = 0
  private(set) var rowGroups: [ParquetRowGroup] = []

  private static let magic = Array("PAR1".utf8)

  init(_ bytes: [UInt8], limits: ParquetLimits) throws(TableFormatError) {
    guard bytes.count >= 12, bytes.starts(with: Self.magic) else {
      throw .malformed("The file is not Parquet: it does not begin with PAR1")
    }
    guard bytes.suffix(4).elementsEqual(Self.magic) else {
      throw bytes.suffix(4).elementsEqual("PARE".utf8)
        ? .unsupported("The Parquet file's footer is encrypted") : .malformed("The Parquet file is cut off: it does not end with PAR1")
    }
    let length = Int(littleEndian32(bytes, bytes.count - 8))
    guard length <= bytes.count - 12 else { throw .malformed("The Parquet footer is said to have \(length) bytes, more than the file") }
    guard length <= limits.maximumFooterSizeBytes else {
      throw .tooLarge("The Parquet footer has \(length) bytes, more than the \(limits.maximumFooterSizeBytes) allowed")
    }
    var decoder = ThriftDecoder(bytes, in: bytes.count - 8 - length..<bytes.count - 8)
    var elements: [ParquetElement] = []
    var rowGroups: [ParquetRowGroup] = []
    var rowCount: Int64 = 0
    try decoder.structure { decoder, field throws(TableFormatError) in
      switch field.id {
      case 2:
        try decoder.structures(field) { decoder throws(TableFormatError) in
          guard elements.count < limits.maximumSchemaElements else {
            throw .tooLarge("The Parquet schema has more than \(limits.maximumSchemaElements) elements")
          }
          elements.append(try ParquetElement(&decoder))
        }
      case 3: rowCount = try decoder.int64(field)
      case 4: try decoder.structures(field) { decoder throws(TableFormatError) in rowGroups.append(try ParquetRowGroup(&decoder)) }
      default: return false
      }
      return true
    }
    var rowsLeft = limits.maximumRows
    for group in rowGroups {
      guard group.rowCount >= 0 else { throw .malformed("A Parquet row group has \(group.rowCount) rows") }
      guard group.rowCount <= rowsLeft else { throw .tooLarge("The Parquet file has more than \(limits.maximumRows) rows") }
      rowsLeft -= group.rowCount
    }
    self.elements = elements
    self.rowGroups = rowGroups
    self.rowCount = rowCount
  }
}

/// One element of the schema (parquet.thrift, `SchemaElement`).
struct ParquetElement {
  private(set) var name = ""
  /// 0 required, 1 optional, 2 repeated.
  private(set) var repetition: Int32 = 0
  /// The code of the physical type; a group has none.
  private(set) var type: Int32?
  private(set) var typeLength: Int32 = 0
  private(set) var childCount: Int32 = 0

  init(_ decoder: inout ThriftDecoder) throws(TableFormatError) {
    var element = self
    try decoder.structure { decoder, field throws(TableFormatError) in
      switch field.id {
      case 1: element.type = try decoder.int32(field)
      case 2: element.typeLength = try decoder.int32(field)
      case 3: element.repetition = try decoder.int32(field)
      case 4: element.name = try decoder.text(field)
      case 5: element.childCount = try decoder.int32(field)
      default: return false
      }
      return true
    }
    self = element
  }
}

/// Some rows, column by column (parquet.thrift, `RowGroup`).
struct ParquetRowGroup {
  private(set) var chunks: [ParquetChunk] = []
  private(set) var rowCount: Int64 = 0

  init(_ decoder: inout ThriftDecoder) throws(TableFormatError) {
    var group = self
    try decoder.structure { decoder, field throws(TableFormatError) in
      switch field.id {
      case 1: try decoder.structures(field) { decoder throws(TableFormatError) in group.chunks.append(try ParquetChunk(&decoder)) }
      case 3: group.rowCount = try decoder.int64(field)
      default: return false
      }
      return true
    }
    self = group
  }
}

/// Where the pages of one column in one row group are (parquet.thrift, `ColumnChunk` and `ColumnMetaData`).
struct ParquetChunk {
  /// The data is in another file, or encrypted.
  private(set) var isElsewhere = false
  private(set) var path: [String] = []
  private(set) var codec: Int32 = 0
  private(set) var valueCount: Int64 = 0
  private(set) var sizeBytes: Int64 = 0
  private(set) var dataOffset: Int64 = 0
  private(set) var dictionaryOffset: Int64?

  init(_ decoder: inout ThriftDecoder) throws(TableFormatError) {
    var chunk = self
    try decoder.structure { decoder, field throws(TableFormatError) in
      switch field.id {
      case 1, 8, 9:
        chunk.isElsewhere = true
        return false
      case 3: try decoder.structure(field) { decoder, field throws(TableFormatError) in try chunk.read(&decoder, field) }
      default: return false
      }
      return true
    }
    self = chunk
  }

  private mutating func read(_ decoder: inout ThriftDecoder, _ field: ThriftDecoder.Field) throws(TableFormatError) -> Bool {
    switch field.id {
    case 3: path = try decoder.texts(field)
    case 4: codec = try decoder.int32(field)
    case 5: valueCount = try decoder.int64(field)
    case 7: sizeBytes = try decoder.int64(field)
    case 9: dataOffset = try decoder.int64(field)
    case 11: dictionaryOffset = try decoder.int64(field)
    default: return false
    }
    return true
  }

  /// Where the pages are in a file of `count` bytes. Some writers say 0 for a dictionary that is not there.
  func range(in count: Int) throws(TableFormatError) -> Range<Int> {
    var start = dataOffset
    if let dictionaryOffset, dictionaryOffset > 0 { start = min(start, dictionaryOffset) }
    guard start >= 4, start <= count, sizeBytes >= 0, sizeBytes <= Int64(count) - start else {
      throw .malformed("Column \(path.joined(separator: ".")) is said to be at byte \(start), \(sizeBytes) bytes long")
    }
    return Int(start)..<Int(start + sizeBytes)
  }
}

/// Four bytes from `index` on; they must be there.
func littleEndian32(_ bytes: [UInt8], _ index: Int) -> UInt32 {
  UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2]) << 16 | UInt32(bytes[index + 3]) << 24
}
