/// Reads one column of a row group, value by value, with one page in memory.
struct ParquetColumnReader {
  private let bytes: [UInt8]
  private let leaf: ParquetLeaf
  private let limits: ParquetLimits
  private let codec: ParquetCodec
  private var position: Int
  private let end: Int
  /// Values, nulls among them, in pages that have not been opened.
  private var unopened: Int64
  private var page: ParquetPage?
  private var pageLeft = 0
  private var dictionary: [ParquetValue]?

  /// Levels of the value that ``take()`` gives next. At the end both are 0.
  private(set) var repetition = 0
  private(set) var definition = 0
  private(set) var isAtEnd = false

  init(_ bytes: [UInt8], _ chunk: ParquetChunk, leaf: ParquetLeaf, limits: ParquetLimits) throws(TableFormatError) {
    guard !chunk.isElsewhere else { throw .unsupported("Parquet column \(leaf.name) is encrypted or in another file") }
    guard chunk.path == leaf.path else { throw .malformed("Parquet column \(leaf.name) is not where the schema has it") }
    guard let codec = ParquetCodec(rawValue: chunk.codec) else { throw .unsupported("Parquet codec \(chunk.codec) is not known") }
    guard chunk.valueCount >= 0 else { throw .malformed("Parquet column \(leaf.name) has \(chunk.valueCount) values") }
    self.bytes = bytes
    self.leaf = leaf
    self.limits = limits
    self.codec = codec
    // Some writers do not say where the pages of no values would be.
    let range = chunk.valueCount == 0 ? 0..<0 : try chunk.range(in: bytes.count)
    position = range.lowerBound
    end = range.upperBound
    unopened = chunk.valueCount
    try advance()
  }

  /// The value, and on to the next one.
  mutating func take() throws(TableFormatError) -> ParquetValue {
    guard !isAtEnd else { throw .malformed("Parquet column \(leaf.name) has too few values") }
    let value = definition == leaf.definitionLevel ? try page?.values.next() ?? .null : .null
    try advance()
    return value
  }

  /// Steps over the value, which must be null.
  mutating func takeNull() throws(TableFormatError) {
    guard !isAtEnd, definition < leaf.definitionLevel else { throw .malformed("Parquet column \(leaf.name) disagrees with its neighbours") }
    try advance()
  }

  private mutating func advance() throws(TableFormatError) {
    while pageLeft == 0 {
      guard unopened > 0 else {
        (repetition, definition, isAtEnd) = (0, 0, true)
        return
      }
      try openPage()
    }
    pageLeft -= 1
    if let levels = try page?.nextLevels() { (repetition, definition) = levels }
  }

  /// Opens the next data page, after the dictionary if it is next.
  private mutating func openPage() throws(TableFormatError) {
    var decoder = ThriftDecoder(bytes, in: position..<end)
    let header = try ParquetPageHeader(&decoder)
    guard Int(header.compressedSizeBytes) <= end - decoder.position else { throw cutOffPage }
    guard Int(header.sizeBytes) <= limits.maximumPageSizeBytes else {
      throw .tooLarge(
        "A page of Parquet column \(leaf.name) has \(header.sizeBytes) bytes, more than the \(limits.maximumPageSizeBytes) allowed")
    }
    let content = bytes[decoder.position..<decoder.position + Int(header.compressedSizeBytes)]
    position = content.endIndex
    switch header.kind {
    case .other: return
    case .dictionary: try openDictionary(header, content)
    case .data, .dataV2:
      guard Int64(header.valueCount) <= unopened else { throw .malformed("Parquet column \(leaf.name) has more values than it says") }
      page = try ParquetPage(header, content, leaf: leaf, codec: codec, dictionary: dictionary, limits: limits)
      pageLeft = Int(header.valueCount)
      unopened -= Int64(header.valueCount)
    }
  }

  private mutating func openDictionary(_ header: ParquetPageHeader, _ content: ArraySlice<UInt8>) throws(TableFormatError) {
    guard dictionary == nil else { throw .malformed("Parquet column \(leaf.name) has two dictionaries") }
    guard header.encoding == 0 || header.encoding == 2 else {
      throw .unsupported("Parquet dictionary encoding \(header.encoding) is not known")
    }
    let plain = try codec.decompress(content, sizeBytes: Int(header.sizeBytes))
    var values = PlainValues(plain, in: 0..<plain.count, type: leaf.type)
    var dictionary: [ParquetValue] = []
    for _ in 0..<header.valueCount { dictionary.append(try values.next()) }
    self.dictionary = dictionary
  }
}
