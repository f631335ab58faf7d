/// Integers as differences (Encodings.md, "Delta Encoding", DELTA_BINARY_PACKED), one at a time.
struct DeltaIntegers {
  private let bytes: [UInt8]
  private(set) var position: Int
  private let end: Int
  private let miniblockCount: Int
  /// Values of one miniblock.
  private let miniblockSize: Int
  /// Values not given yet.
  private(set) var left: UInt64
  private var value: Int64
  private var isFirst = true
  private var leastDelta: Int64 = 0
  /// Bits of a value in each miniblock of the block.
  private var widths: ArraySlice<UInt8> = []
  private var width = 0
  private var miniblockLeft = 0
  private var bits: BitReader

  init(_ bytes: [UInt8], in range: Range<Int>) throws(TableFormatError) {
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
    let blockSize = try unsignedVarint(bytes, &position, end)
    let miniblocks = try unsignedVarint(bytes, &position, end)
    left = try unsignedVarint(bytes, &position, end)
    let first = try unsignedVarint(bytes, &position, end)
    guard blockSize <= 1 << 20, (1...512).contains(miniblocks), blockSize >= miniblocks, blockSize % miniblocks == 0 else {
      throw .malformed("A Parquet page has blocks of \(blockSize) differences in \(miniblocks) parts")
    }
    miniblockCount = Int(miniblocks)
    miniblockSize = Int(blockSize / miniblocks)
    value = Self.signed(first)
    bits = BitReader(bytes, in: position..<position)
  }

  private static func signed(_ value: UInt64) -> Int64 { Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }

  mutating func next() throws(TableFormatError) -> Int64 {
    guard left > 0 else { throw cutOffPage }
    left -= 1
    if isFirst {
      isFirst = false
      return value
    }
    if miniblockLeft == 0 { try startMiniblock() }
    miniblockLeft -= 1
    value = value &+ leastDelta &+ Int64(bitPattern: try bits.next(width))
    return value
  }

  private mutating func startMiniblock() throws(TableFormatError) {
    if widths.isEmpty {
      leastDelta = Self.signed(try unsignedVarint(bytes, &position, end))
      guard miniblockCount <= end - position else { throw cutOffPage }
      widths = bytes[position..<position + miniblockCount]
      position += miniblockCount
    }
    width = Int(widths.removeFirst())
    guard width <= 64 else { throw .malformed("A Parquet page has differences of \(width) bits") }
    // The last miniblock may be cut off where its values end.
    let last = position + min((miniblockSize * width + 7) / 8, end - position)
    bits = BitReader(bytes, in: position..<last)
    position = last
    miniblockLeft = miniblockSize
  }

  /// All that are left, each from 0 to `end`, no more than `maximumCount`. Afterwards `position` is behind them.
  mutating func lengths(maximumCount: Int) throws(TableFormatError) -> [Int] {
    guard left <= UInt64(maximumCount) else { throw .tooLarge("A Parquet page has \(left) lengths, more than \(maximumCount)") }
    var lengths: [Int] = []
    while left > 0 {
      let length = try next()
      guard length >= 0, length <= Int64(Int32.max) else { throw .malformed("A Parquet page has a value of \(length) bytes") }
      lengths.append(Int(length))
    }
    return lengths
  }
}

/// Texts whose lengths stand before them (DELTA_LENGTH_BYTE_ARRAY), and those that begin as the text before (DELTA_BYTE_ARRAY).
struct DeltaBytes {
  private let bytes: [UInt8]
  private var position: Int
  private let end: Int
  private let prefixes: [Int]?
  private let lengths: [Int]
  private var index = 0
  private var previous: ArraySlice<UInt8> = []
  /// Bytes that texts may yet have. Prefixes let few bytes stand for many.
  private var budget: Int

  init(_ bytes: [UInt8], in range: Range<Int>, hasPrefixes: Bool, limits: ParquetLimits) throws(TableFormatError) {
    let maximumCount = limits.maximumPageSizeBytes / 4
    var start = range.lowerBound
    if hasPrefixes {
      var numbers = try DeltaIntegers(bytes, in: start..<range.upperBound)
      prefixes = try numbers.lengths(maximumCount: maximumCount)
      start = numbers.position
    } else {
      prefixes = nil
    }
    var numbers = try DeltaIntegers(bytes, in: start..<range.upperBound)
    lengths = try numbers.lengths(maximumCount: maximumCount)
    guard prefixes == nil || prefixes?.count == lengths.count else { throw .malformed("A Parquet page has more prefixes than texts") }
    self.bytes = bytes
    position = numbers.position
    end = range.upperBound
    budget = limits.maximumPageSizeBytes
  }

  mutating func next() throws(TableFormatError) -> ArraySlice<UInt8> {
    guard index < lengths.count, lengths[index] <= end - position else { throw cutOffPage }
    let suffix = bytes[position..<position + lengths[index]]
    position += lengths[index]
    defer { index += 1 }
    guard let prefix = prefixes?[index], prefix > 0 else {
      previous = suffix
      return suffix
    }
    guard prefix <= previous.count else { throw .malformed("A Parquet text begins with more than the text before it has") }
    budget -= prefix + suffix.count
    guard budget >= 0 else { throw .tooLarge("A Parquet page is larger than the limit once its texts are put together") }
    previous = previous.prefix(prefix) + suffix
    return previous
  }
}
