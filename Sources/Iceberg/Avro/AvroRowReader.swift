/// Reads the records of a container one after another, with no more than one block in memory.
struct AvroRowReader {
  private(set) var container: AvroContainer
  private let projection: AvroProjection
  private var block: AvroContainer.Block?
  private var decoder: AvroDecoder
  /// Records of the block that have not been read.
  private var left = 0
  private var row: AvroRow

  init(_ bytes: [UInt8], wanted: [AvroWantedField], slots: Int, limits: AvroLimits) throws(AvroError) {
    container = try AvroContainer(bytes, limits: limits)
    projection = try AvroProjection(container.schema, wanted: wanted, slots: slots)
    decoder = AvroDecoder([], in: 0..<0)
    row = AvroRow(slots: slots)
  }

  /// The next record through `transform`; `nil` after the last.
  mutating func next<Value>(_ transform: (borrowing AvroRecord) throws(AvroError) -> Value) throws(AvroError) -> Value? {
    while left == 0 {
      if let block, !decoder.isAtEnd {
        throw AvroError.malformed("\(decoder.remaining) bytes are left after the last record", offset: decoder.position)
          .inBlock(at: block.start, contentAt: block.content.lowerBound)
      }
      guard let next = try container.next() else {
        block = nil
        decoder = AvroDecoder([], in: 0..<0)
        return nil
      }
      block = next
      decoder = AvroDecoder(next.bytes, in: next.content)
      left = next.count
    }
    do throws(AvroError) {
      try row.read(projection, from: &decoder)
      left -= 1
      return try transform(AvroRecord(row: row, bytes: decoder.bytes))
    } catch {
      // Whoever asks again after an error is told that it is over, not given records that follow it.
      left = 0
      let failed = block
      block = nil
      container.finish()
      guard let failed else { throw error }
      throw error.inBlock(at: failed.start, contentAt: failed.content.lowerBound)
    }
  }
}

/// A record that was just read.
struct AvroRecord {
  let row: AvroRow
  let bytes: [UInt8]

  func long<Slot: RawRepresentable<Int>>(_ slot: Slot) -> Int64? {
    if case .long(let value) = row[slot] { value } else { nil }
  }

  func int<Slot: RawRepresentable<Int>>(_ slot: Slot) -> Int32? { long(slot).map { Int32(truncatingIfNeeded: $0) } }

  func ints<Slot: RawRepresentable<Int>>(_ slot: Slot) -> [Int32]? {
    if case .ints(let values) = row[slot] { values } else { nil }
  }

  func longsByInt<Slot: RawRepresentable<Int>>(_ slot: Slot) -> [Int32: Int64]? {
    if case .longsByInt(let values) = row[slot] { values } else { nil }
  }

  func contentsByInt<Slot: RawRepresentable<Int>>(_ slot: Slot) -> [Int32: [UInt8]]? {
    if case .contentsByInt(let ranges) = row[slot] { ranges.mapValues { Array(bytes[$0]) } } else { nil }
  }

  func content<Slot: RawRepresentable<Int>>(_ slot: Slot) -> [UInt8]? {
    if case .content(let range) = row[slot] { Array(bytes[range]) } else { nil }
  }

  func text<Slot: RawRepresentable<Int>>(_ slot: Slot) throws(AvroError) -> String? {
    guard case .content(let range) = row[slot] else { return nil }
    guard let text = String(validating: bytes[range], as: UTF8.self) else {
      throw .malformed("A text is not UTF-8", offset: range.lowerBound)
    }
    return text
  }
}

/// The value, or an error that names the field that is missing.
func required<Value>(_ value: Value?, _ name: StaticString, _ id: Int32) throws(AvroError) -> Value {
  guard let value else { throw .malformed("Required field \"\(name)\" (\(id)) is missing or null") }
  return value
}
