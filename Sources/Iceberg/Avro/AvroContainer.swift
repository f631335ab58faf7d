import Compression

/// How the blocks of a container are compressed (Avro 1.12, "Required Codecs" and "Optional Codecs").
package enum AvroCodec: String, Sendable {
  case null
  case deflate
  case snappy
  case zstandard
}

/// An object container file (Avro 1.12, "Object Container Files"): its header, then block after block.
struct AvroContainer {
  /// Some records, one after another.
  struct Block {
    let bytes: [UInt8]
    /// Where the records lie in `bytes`.
    let content: Range<Int>
    let count: Int
    /// Where the block begins in the file.
    let start: Int
  }

  private let bytes: [UInt8]
  private let limits: AvroLimits
  private var position: Int
  private let sync: ArraySlice<UInt8>
  /// Everything in the header but the codec.
  let metadata: [String: [UInt8]]
  let codec: AvroCodec
  let schema: AvroType

  static let magic: [UInt8] = [0x4F, 0x62, 0x6A, 1]

  init(_ bytes: [UInt8], limits: AvroLimits) throws(AvroError) {
    guard bytes.starts(with: Self.magic) else {
      throw .malformed("The file is not an Avro container: it does not begin with \"Obj\" and 1")
    }
    var decoder = AvroDecoder(bytes, in: 4..<min(bytes.count, max(4, limits.maximumHeaderSizeBytes)))
    var metadata: [String: [UInt8]] = [:]
    do throws(AvroError) {
      while true {
        let count = try decoder.blockHead(leastItemSize: 2).count
        if count == 0 { break }
        for _ in 0..<count {
          let start = decoder.position
          let key = try decoder.text()
          let value = try decoder.prefixed()
          guard metadata.updateValue(Array(bytes[value]), forKey: key) == nil else {
            throw AvroError.malformed("The header has \"\(key)\" twice", offset: start)
          }
        }
      }
      let start = decoder.position
      try decoder.skip(16)
      sync = bytes[start..<start + 16]
    } catch {
      // What looks cut off may only be beyond the limit.
      guard bytes.count > limits.maximumHeaderSizeBytes else { throw error }
      throw AvroError(.tooLarge, "The header is damaged or longer than \(limits.maximumHeaderSizeBytes) bytes", offset: error.offset)
    }
    let codec = metadata.removeValue(forKey: "avro.codec").map { String(decoding: $0, as: UTF8.self) } ?? "null"
    guard let known = AvroCodec(rawValue: codec) else {
      throw .unsupported("The Avro codec \"\(codec)\" is not one of null, deflate, snappy and zstandard")
    }
    guard let schema = metadata.removeValue(forKey: "avro.schema") else { throw .malformed("The header has no avro.schema") }
    self.schema = try AvroSchema.parse(schema, limits: limits)
    self.codec = known
    self.metadata = metadata
    self.bytes = bytes
    self.limits = limits
    position = decoder.position
  }

  /// The next block, decompressed; `nil` at the end of the file.
  mutating func next() throws(AvroError) -> Block? {
    guard position < bytes.count else { return nil }
    let start = position
    var decoder = AvroDecoder(bytes, in: position..<bytes.count)
    let count = try decoder.long()
    let size = try decoder.long()
    guard count >= 0, size >= 0, size <= decoder.remaining - 16 else {
      throw .malformed("A block of \(count) records in \(size) bytes is damaged or cut off", offset: start)
    }
    let content = decoder.position..<decoder.position + Int(size)
    guard bytes[content.upperBound..<content.upperBound + 16] == sync else {
      throw .malformed("A block does not end with the file's sync marker", offset: content.upperBound)
    }
    position = content.upperBound + 16
    guard codec != .null else {
      guard content.count <= limits.maximumBlockSizeBytes else {
        throw AvroError(.tooLarge, "A block is larger than \(limits.maximumBlockSizeBytes) bytes", block: start)
      }
      return try block(bytes, content, count, start)
    }
    let plain: [UInt8]
    do throws(CompressionError) {
      plain = try decompress(bytes[content])
    } catch {
      let reason: AvroError.Reason = if case .tooLarge = error { .tooLarge } else { .malformed }
      throw AvroError(reason, "\(codec.rawValue): \(error)", block: start)
    }
    return try block(plain, 0..<plain.count, count, start)
  }

  /// Gives no more blocks.
  mutating func finish() { position = bytes.count }

  /// Records have a byte each at least, so a count says no more than the content can hold.
  private func block(_ bytes: [UInt8], _ content: Range<Int>, _ count: Int64, _ start: Int) throws(AvroError) -> Block {
    guard count <= content.count else {
      throw AvroError(.malformed, "\(count) records are said to be in \(content.count) bytes", block: start)
    }
    return Block(bytes: bytes, content: content, count: Int(count), start: start)
  }

  private func decompress(_ content: ArraySlice<UInt8>) throws(CompressionError) -> [UInt8] {
    let limit = limits.maximumBlockSizeBytes
    switch codec {
    case .null: return Array(content)
    case .deflate: return try Deflate.decompress(content, maximumSizeBytes: limit)
    case .zstandard: return try Zstandard.decompress(content, maximumSizeBytes: limit)
    case .snappy:
      guard content.count >= 4 else { throw .corrupt("the data is shorter than its checksum") }
      let plain = try Snappy.decompress(content.dropLast(4), maximumSizeBytes: limit)
      let checksum = content.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      guard CRC32.of(plain) == checksum else { throw .corrupt("the checksum does not match") }
      return plain
    }
  }
}
