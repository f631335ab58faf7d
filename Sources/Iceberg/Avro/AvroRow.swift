/// The fields wanted of one record. Slots are used again for the next.
struct AvroRow {
  enum Cell {
    /// Null, or not in the writer's schema.
    case absent
    case long(Int64)
    case bool(Bool)
    /// Where the content of a text or of bytes lies.
    case content(Range<Int>)
    case ints([Int32])
    case longsByInt([Int32: Int64])
    /// Where each one's content lies.
    case contentsByInt([Int32: Range<Int>])
  }

  private var cells: [Cell]

  init(slots: Int) { cells = Array(repeating: .absent, count: slots) }

  subscript<Slot: RawRepresentable<Int>>(slot: Slot) -> Cell { cells[slot.rawValue] }

  /// Runs `projection` over one record.
  mutating func read(_ projection: AvroProjection, from decoder: inout AvroDecoder) throws(AvroError) {
    for index in cells.indices { cells[index] = .absent }
    try run(projection.steps, 0..<projection.steps.count, &decoder)
  }

  private mutating func run(_ steps: [AvroProjection.Step], _ range: Range<Int>, _ decoder: inout AvroDecoder) throws(AvroError) {
    var index = range.lowerBound
    while index < range.upperBound {
      switch steps[index] {
      case .skipBytes(let count): try decoder.skip(count)
      case .skipNumber: try decoder.skipNumber()
      case .skipPrefixed: _ = try decoder.prefixed()
      case .skipArray(let length, let least):
        try skipBlocks(steps, index + 1..<index + 1 + length, leastItemSize: least, isMap: false, &decoder)
        index += length
      case .skipMap(let length):
        try skipBlocks(steps, index + 1..<index + 1 + length, leastItemSize: 1, isMap: true, &decoder)
        index += length
      case .union(let branches, let length):
        let start = decoder.position
        let branch = try decoder.long()
        guard branch >= 0, branch < branches, case .jump(let from, let to) = steps[index + 1 + Int(branch)] else {
          throw .malformed("A union of \(branches) types has no type \(branch)", offset: start)
        }
        try run(steps, index + from..<index + to, &decoder)
        index += length
      case .jump: break
      case .storeInt(let slot):
        let start = decoder.position
        let value = try decoder.long()
        guard value == Int64(Int32(truncatingIfNeeded: value)) else {
          throw .malformed("\(value) is not a number of 32 bits", offset: start)
        }
        cells[slot] = .long(value)
      case .storeLong(let slot): cells[slot] = .long(try decoder.long())
      case .storeBool(let slot): cells[slot] = .bool(try decoder.bool())
      case .storeText(let slot), .storeBytes(let slot): cells[slot] = .content(try decoder.prefixed())
      case .storeInts(let slot): cells[slot] = .ints(try ints(&decoder))
      case .storePairs(let slot, let keys, true): cells[slot] = .longsByInt(try pairs(&decoder, of: keys, Self.long))
      case .storePairs(let slot, let keys, false): cells[slot] = .contentsByInt(try pairs(&decoder, of: keys, Self.prefixed))
      }
      index += 1
    }
  }

  private mutating func skipBlocks(
    _ steps: [AvroProjection.Step], _ item: Range<Int>, leastItemSize: Int, isMap: Bool, _ decoder: inout AvroDecoder
  ) throws(AvroError) {
    while true {
      let (count, size) = try decoder.blockHead(leastItemSize: leastItemSize)
      if count == 0 { return }
      if let size {
        try decoder.skip(size)
      } else if leastItemSize > 0 {
        for _ in 0..<count {
          if isMap { _ = try decoder.prefixed() }
          try run(steps, item, &decoder)
        }
      }
    }
  }

  private func ints(_ decoder: inout AvroDecoder) throws(AvroError) -> [Int32] {
    var result: [Int32] = []
    while true {
      let start = decoder.position
      let count = try decoder.blockHead(leastItemSize: 1).count
      if count == 0 { return result }
      for _ in 0..<count {
        guard let value = Int32(exactly: try decoder.long()) else {
          throw .malformed("A list holds a number of more than 32 bits", offset: start)
        }
        result.append(value)
      }
    }
  }

  private static func long(_ decoder: inout AvroDecoder) throws(AvroError) -> Int64 { try decoder.long() }
  private static func prefixed(_ decoder: inout AvroDecoder) throws(AvroError) -> Range<Int> { try decoder.prefixed() }

  /// The pairs with one of `keys`; of two with one key, the last.
  private func pairs<Value>(
    _ decoder: inout AvroDecoder, of keys: Set<Int32>, _ value: (inout AvroDecoder) throws(AvroError) -> Value
  ) throws(AvroError) -> [Int32: Value] {
    var result: [Int32: Value] = [:]
    while true {
      let start = decoder.position
      let count = try decoder.blockHead(leastItemSize: 1).count
      if count == 0 { return result }
      for _ in 0..<count {
        guard let key = Int32(exactly: try decoder.long()) else {
          throw .malformed("A map has a key of more than 32 bits", offset: start)
        }
        let value = try value(&decoder)
        if keys.contains(key) { result[key] = value }
      }
    }
  }
}
