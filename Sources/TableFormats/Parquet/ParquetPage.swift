import Compression

/// How pages are compressed (parquet.thrift, `CompressionCodec`).
enum ParquetCodec: Int32 {
  case uncompressed = 0
  case snappy, gzip, lzo, brotli, lz4, zstd, lz4Raw

  /// - Throws: ``TableFormatError/Reason/unsupported`` for codecs that are not read here.
  func decompress(_ bytes: ArraySlice<UInt8>, sizeBytes: Int) throws(TableFormatError) -> [UInt8] {
    let plain: [UInt8]
    do throws(CompressionError) {
      switch self {
      case .uncompressed: plain = Array(bytes)
      case .snappy: plain = try Snappy.decompress(bytes, maximumSizeBytes: sizeBytes)
      case .gzip: plain = try Gzip.decompress(Array(bytes), maximumSizeBytes: sizeBytes)
      case .zstd: plain = try Zstandard.decompress(bytes, maximumSizeBytes: sizeBytes)
      case .lzo, .brotli, .lz4, .lz4Raw: throw CompressionError.corrupt("")
      }
    } catch {
      switch self {
      case .lzo, .brotli, .lz4, .lz4Raw: throw .unsupported("Parquet files compressed with \(self) are not read here")
      default: throw .malformed("A Parquet page cannot be decompressed: \(error)")
      }
    }
    guard plain.count == sizeBytes else { throw .malformed("A Parquet page has \(plain.count) bytes, not the \(sizeBytes) it says") }
    return plain
  }
}

/// What stands before a page (parquet.thrift, `PageHeader`).
struct ParquetPageHeader {
  enum Kind { case data, dataV2, dictionary, other }

  private(set) var kind = Kind.other
  private(set) var sizeBytes: Int32 = 0
  private(set) var compressedSizeBytes: Int32 = 0
  /// Nulls among them.
  private(set) var valueCount: Int32 = 0
  private(set) var encoding: Int32 = 0
  private(set) var levelEncodings: [Int32] = []
  // Of version 2 alone.
  private(set) var definitionSizeBytes: Int32 = 0
  private(set) var repetitionSizeBytes: Int32 = 0
  private(set) var isCompressed = true

  init(_ decoder: inout ThriftDecoder) throws(TableFormatError) {
    var header = self
    var code: Int32 = -1
    try decoder.structure { decoder, field throws(TableFormatError) in
      switch field.id {
      case 1: code = try decoder.int32(field)
      case 2: header.sizeBytes = try decoder.int32(field)
      case 3: header.compressedSizeBytes = try decoder.int32(field)
      case 5, 7: try decoder.structure(field) { decoder, field throws(TableFormatError) in try header.read(&decoder, field) }
      case 8: try decoder.structure(field) { decoder, field throws(TableFormatError) in try header.readV2(&decoder, field) }
      default: return false
      }
      return true
    }
    header.kind =
      switch code {
      case 0: .data
      case 2: .dictionary
      case 3: .dataV2
      default: .other
      }
    guard header.sizeBytes >= 0, header.compressedSizeBytes >= 0, header.valueCount >= 0, header.definitionSizeBytes >= 0,
      header.repetitionSizeBytes >= 0
    else { throw .malformed("A Parquet page has a negative size") }
    self = header
  }

  /// Of data pages of version 1 and of dictionary pages; they begin alike.
  private mutating func read(_ decoder: inout ThriftDecoder, _ field: ThriftDecoder.Field) throws(TableFormatError) -> Bool {
    switch field.id {
    case 1: valueCount = try decoder.int32(field)
    case 2: encoding = try decoder.int32(field)
    case 3, 4:
      // In a dictionary page 3 is a truth value.
      guard field.kind.isInteger else { return false }
      levelEncodings.append(try decoder.int32(field))
    default: return false
    }
    return true
  }

  private mutating func readV2(_ decoder: inout ThriftDecoder, _ field: ThriftDecoder.Field) throws(TableFormatError) -> Bool {
    switch field.id {
    case 1: valueCount = try decoder.int32(field)
    case 4: encoding = try decoder.int32(field)
    case 5: definitionSizeBytes = try decoder.int32(field)
    case 6: repetitionSizeBytes = try decoder.int32(field)
    case 7: isCompressed = try decoder.bool(field)
    default: return false
    }
    return true
  }
}

/// A data page: for each value its levels, and the values that are not null.
struct ParquetPage {
  private var repetitions: HybridDecoder?
  private var definitions: HybridDecoder?
  var values: ParquetValues

  init(
    _ header: ParquetPageHeader, _ content: ArraySlice<UInt8>, leaf: ParquetLeaf, codec: ParquetCodec, dictionary: [ParquetValue]?,
    limits: ParquetLimits
  ) throws(TableFormatError) {
    let count = Int(header.valueCount)
    let plain: [UInt8]
    var position = 0
    if header.kind == .dataV2 {
      // Levels are not compressed.
      let levels = Int(header.repetitionSizeBytes) + Int(header.definitionSizeBytes)
      guard levels <= content.count, levels <= Int(header.sizeBytes) else { throw cutOffPage }
      let rest = content.dropFirst(levels)
      let size = Int(header.sizeBytes) - levels
      let isCompressed = header.isCompressed && !rest.isEmpty
      let values = try (isCompressed ? codec : .uncompressed).decompress(rest, sizeBytes: isCompressed ? size : rest.count)
      plain = Array(content.prefix(levels)) + values
      repetitions = try Self.levels(plain, in: 0..<Int(header.repetitionSizeBytes), maximum: leaf.repetitionLevel)
      definitions = try Self.levels(plain, in: Int(header.repetitionSizeBytes)..<levels, maximum: leaf.definitionLevel)
      position = levels
    } else {
      plain = try codec.decompress(content, sizeBytes: Int(header.sizeBytes))
      guard leaf.definitionLevel == 0 && leaf.repetitionLevel == 0 || header.levelEncodings.allSatisfy({ $0 == 3 }) else {
        throw .unsupported("Parquet levels in the old bit-packed encoding are not read here")
      }
      repetitions = try Self.levels(plain, &position, maximum: leaf.repetitionLevel)
      definitions = try Self.levels(plain, &position, maximum: leaf.definitionLevel)
    }
    values = try ParquetValues(
      plain, in: position..<plain.count, encoding: header.encoding, count: count, type: leaf.type, dictionary: dictionary, limits: limits)
  }

  /// Levels after four bytes that say how many bytes they take.
  private static func levels(_ bytes: [UInt8], _ position: inout Int, maximum: Int) throws(TableFormatError) -> HybridDecoder? {
    guard maximum > 0 else { return nil }
    guard bytes.count - position >= 4 else { throw cutOffPage }
    let length = Int(littleEndian32(bytes, position))
    position += 4
    guard length <= bytes.count - position else { throw cutOffPage }
    defer { position += length }
    return try levels(bytes, in: position..<position + length, maximum: maximum)
  }

  private static func levels(_ bytes: [UInt8], in range: Range<Int>, maximum: Int) throws(TableFormatError) -> HybridDecoder? {
    guard maximum > 0 else { return nil }
    return try HybridDecoder(bytes, in: range, bitWidth: Int.bitWidth - maximum.leadingZeroBitCount)
  }

  /// The levels of the next value.
  mutating func nextLevels() throws(TableFormatError) -> (repetition: Int, definition: Int) {
    (try repetitions?.next() ?? 0, try definitions?.next() ?? 0)
  }
}
