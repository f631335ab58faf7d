/// The values of one page, in order (Encodings.md). Nulls are not among them.
enum ParquetValues {
  case none
  case plain(PlainValues)
  case dictionary(HybridDecoder, [ParquetValue])
  case booleans(HybridDecoder)
  case deltaIntegers(DeltaIntegers, isInt32: Bool)
  case deltaBytes(DeltaBytes)

  init(
    _ bytes: [UInt8], in range: Range<Int>, encoding: Int32, count: Int, type: ParquetPhysicalType, dictionary: [ParquetValue]?,
    limits: ParquetLimits
  ) throws(TableFormatError) {
    switch (encoding, type) {
    case (0, _): self = .plain(PlainValues(bytes, in: range, type: type))
    case (2, _), (8, _):
      guard let dictionary else { throw .malformed("A Parquet page needs a dictionary that is not there") }
      // A page of nulls alone may leave the width out.
      guard let width = bytes[range].first else {
        self = .none
        return
      }
      self = .dictionary(try HybridDecoder(bytes, in: range.dropFirst(), bitWidth: Int(width)), dictionary)
    case (3, .boolean):
      guard range.count >= 4 else {
        self = .none
        return
      }
      let length = Int(littleEndian32(bytes, range.lowerBound))
      guard length <= range.count - 4 else { throw cutOffPage }
      self = .booleans(try HybridDecoder(bytes, in: range.dropFirst(4).prefix(length), bitWidth: 1))
    case (5, .int32), (5, .int64): self = .deltaIntegers(try DeltaIntegers(bytes, in: range), isInt32: type == .int32)
    case (6, .bytes): self = .deltaBytes(try DeltaBytes(bytes, in: range, hasPrefixes: false, limits: limits))
    case (7, .bytes), (7, .fixed): self = .deltaBytes(try DeltaBytes(bytes, in: range, hasPrefixes: true, limits: limits))
    default: throw .unsupported("Parquet encoding \(encoding) is not read here for \(type)")
    }
  }

  mutating func next() throws(TableFormatError) -> ParquetValue {
    switch self {
    case .none: throw cutOffPage
    case .plain(var values):
      self = .none
      defer { self = .plain(values) }
      return try values.next()
    case .dictionary(var indices, let dictionary):
      defer { self = .dictionary(indices, dictionary) }
      let index = try indices.next()
      guard index < dictionary.count else { throw .malformed("A Parquet dictionary of \(dictionary.count) values has no value \(index)") }
      return dictionary[index]
    case .booleans(var values):
      defer { self = .booleans(values) }
      return .bool(try values.next() == 1)
    case .deltaIntegers(var values, let isInt32):
      self = .none
      defer { self = .deltaIntegers(values, isInt32: isInt32) }
      let value = try values.next()
      return .int(isInt32 ? Int64(Int32(truncatingIfNeeded: value)) : value)
    case .deltaBytes(var values):
      self = .none
      defer { self = .deltaBytes(values) }
      return .bytes(try values.next())
    }
  }
}

/// Values one after another (Encodings.md, "Plain").
struct PlainValues {
  private let bytes: [UInt8]
  private var position: Int
  private let end: Int
  private let type: ParquetPhysicalType
  private var bits: BitReader

  init(_ bytes: [UInt8], in range: Range<Int>, type: ParquetPhysicalType) {
    self.bytes = bytes
    self.type = type
    position = range.lowerBound
    end = range.upperBound
    bits = BitReader(bytes, in: range)
  }

  var isAtEnd: Bool { position == end }

  mutating func next() throws(TableFormatError) -> ParquetValue {
    switch type {
    case .boolean: .bool(try bits.next(1) == 1)
    case .int32: .int(Int64(Int32(bitPattern: UInt32(truncatingIfNeeded: try integer(4)))))
    case .int64: .int(Int64(bitPattern: try integer(8)))
    case .float: .double(Double(Float(bitPattern: UInt32(truncatingIfNeeded: try integer(4)))))
    case .double: .double(Double(bitPattern: try integer(8)))
    case .bytes: .bytes(try take(Int(try integer(4))))
    case .fixed(let size): .bytes(try take(size))
    }
  }

  /// Little-endian.
  private mutating func integer(_ size: Int) throws(TableFormatError) -> UInt64 {
    guard size <= end - position else { throw cutOffPage }
    var value: UInt64 = 0
    for index in 0..<size { value |= UInt64(bytes[position + index]) << UInt64(8 * index) }
    position += size
    return value
  }

  private mutating func take(_ size: Int) throws(TableFormatError) -> ArraySlice<UInt8> {
    guard size <= end - position else { throw cutOffPage }
    defer { position += size }
    return bytes[position..<position + size]
  }
}
