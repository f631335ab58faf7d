/// A value of an Avro record that is read whole, with names (Avro 1.12, "Binary Encoding").
///
/// Manifests are not read so: ``ManifestReader`` steps over what nobody wants. This is for small files of other formats.
package indirect enum AvroValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case int(Int64)
  case double(Double)
  case text(String)
  case bytes([UInt8])
  case list([AvroValue])
  /// Of a map.
  case map([String: AvroValue])
  case record([String: AvroValue])

  /// The member of that name of a record or a map; null when there is none.
  package subscript(name: String) -> AvroValue {
    switch self {
    case .record(let members), .map(let members): members[name] ?? .null
    default: .null
    }
  }

  package var int: Int64? { if case .int(let value) = self { value } else { nil } }
  package var text: String? { if case .text(let value) = self { value } else { nil } }
  package var items: [AvroValue] { if case .list(let values) = self { values } else { [] } }
  package var members: [String: AvroValue] { if case .map(let members) = self { members } else { [:] } }
}

/// Reads the records of an object container file whole, one after another.
package struct AvroValueReader {
  private var container: AvroContainer
  private let kept: Set<String>?
  private let maximumValues: Int
  private var decoder = AvroDecoder([], in: 0..<0)
  private var left = 0
  private var valuesLeft = 0

  /// - Parameters:
  ///   - keeping: names of record fields that are kept; others are read and dropped. `nil` keeps all.
  ///   - maximumValues: of one record, those that are dropped counting, too.
  package init(
    _ bytes: [UInt8], keeping kept: Set<String>? = nil, maximumValues: Int = 50_000_000, limits: AvroLimits = .standard
  ) throws(AvroError) {
    container = try AvroContainer(bytes, limits: limits)
    self.kept = kept
    self.maximumValues = maximumValues
  }

  /// The next record; `nil` after the last, and after an error.
  package mutating func next() throws(AvroError) -> AvroValue? {
    do throws(AvroError) {
      while left == 0 {
        guard let block = try container.next() else { return nil }
        decoder = AvroDecoder(block.bytes, in: block.content)
        left = block.count
      }
      left -= 1
      valuesLeft = maximumValues
      return try value(container.schema)
    } catch {
      left = 0
      container.finish()
      throw error
    }
  }

  /// Recursion goes as deep as the schema does, which is bounded.
  private mutating func value(_ type: AvroType) throws(AvroError) -> AvroValue {
    valuesLeft -= 1
    guard valuesLeft >= 0 else { throw .tooLarge("An Avro record has more than \(maximumValues) values") }
    switch type {
    case .null: return .null
    case .boolean: return .bool(try decoder.bool())
    case .int, .long, .enumeration: return .int(try decoder.long())
    case .float: return .double(Double(Float(bitPattern: UInt32(truncatingIfNeeded: try littleEndian(4)))))
    case .double: return .double(Double(bitPattern: try littleEndian(8)))
    case .string: return .text(try decoder.text())
    case .bytes: return .bytes(Array(decoder.bytes[try decoder.prefixed()]))
    case .fixed(let size):
      let start = decoder.position
      try decoder.skip(size)
      return .bytes(Array(decoder.bytes[start..<start + size]))
    case .record(_, let fields):
      var members: [String: AvroValue] = [:]
      for field in fields {
        let value = try value(field.type)
        if kept?.contains(field.name) ?? true { members[field.name] = value }
      }
      return .record(members)
    case .union(let branches):
      let start = decoder.position
      let branch = try decoder.long()
      guard branch >= 0, branch < branches.count else {
        throw .malformed("A union of \(branches.count) types has no type \(branch)", offset: start)
      }
      return try value(branches[Int(branch)])
    case .array(let item):
      var items: [AvroValue] = []
      try blocks { reader throws(AvroError) in items.append(try reader.value(item)) }
      return .list(items)
    case .map(let item):
      var members: [String: AvroValue] = [:]
      try blocks { reader throws(AvroError) in
        let key = try reader.decoder.text()
        members[key] = try reader.value(item)
      }
      return .map(members)
    }
  }

  private mutating func blocks(_ item: (inout AvroValueReader) throws(AvroError) -> Void) throws(AvroError) {
    while true {
      // Items that take no bytes are bounded by the number of values.
      let count = try decoder.blockHead(leastItemSize: 0).count
      if count == 0 { return }
      for _ in 0..<count { try item(&self) }
    }
  }

  private mutating func littleEndian(_ size: Int) throws(AvroError) -> UInt64 {
    let start = decoder.position
    try decoder.skip(size)
    return (0..<size).reduce(0) { $0 | UInt64(decoder.bytes[start + $1]) << UInt64(8 * $1) }
  }
}
