/// Reads Thrift's compact protocol (thrift-compact-protocol.md) from part of `bytes`, never past `end`.
struct ThriftDecoder {
  enum Kind: UInt8 {
    case yes = 1
    case no, byte, int16, int32, int64, double, binary, list, set, map, structure, uuid

    var isInteger: Bool { self == .byte || self == .int16 || self == .int32 || self == .int64 }
  }

  struct Field {
    let id: Int64
    let kind: Kind
  }

  private static let maximumDepth = 32

  private let bytes: [UInt8]
  private(set) var position: Int
  private let end: Int
  /// Structures that are open.
  private var depth = 0

  init(_ bytes: [UInt8], in range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  private var cutOff: TableFormatError { .malformed("The Parquet metadata ends too early, at byte \(position)") }

  private mutating func byte() throws(TableFormatError) -> UInt8 {
    guard position < end else { throw cutOff }
    defer { position += 1 }
    return bytes[position]
  }

  private mutating func varint() throws(TableFormatError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      let next = try byte()
      if shift == 63, next > 1 { break }
      value |= UInt64(next & 0x7F) << shift
      if next < 0x80 { return value }
    }
    throw .malformed("The Parquet metadata has a number of more than 64 bits before byte \(position)")
  }

  private mutating func zigzag() throws(TableFormatError) -> Int64 {
    let value = try varint()
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }

  /// A length or a count; each thing counted takes a byte at least.
  private mutating func size() throws(TableFormatError) -> Int {
    let size = try varint()
    guard size <= UInt64(end - position) else { throw cutOff }
    return Int(size)
  }

  private func kind(_ code: UInt8) throws(TableFormatError) -> Kind {
    guard let kind = Kind(rawValue: code) else { throw .malformed("The Parquet metadata has a type \(code) before byte \(position)") }
    return kind
  }

  // MARK: What a field holds

  mutating func int64(_ field: Field) throws(TableFormatError) -> Int64 {
    guard field.kind.isInteger else { throw unexpected(field) }
    return field.kind == .byte ? Int64(Int8(bitPattern: try byte())) : try zigzag()
  }

  mutating func int32(_ field: Field) throws(TableFormatError) -> Int32 {
    guard let value = Int32(exactly: try int64(field)) else { throw unexpected(field) }
    return value
  }

  func bool(_ field: Field) throws(TableFormatError) -> Bool {
    guard field.kind == .yes || field.kind == .no else { throw unexpected(field) }
    return field.kind == .yes
  }

  mutating func text(_ field: Field) throws(TableFormatError) -> String {
    guard field.kind == .binary else { throw unexpected(field) }
    let length = try size()
    defer { position += length }
    guard let text = String(validating: bytes[position..<position + length], as: UTF8.self) else { throw unexpected(field) }
    return text
  }

  private func unexpected(_ field: Field) -> TableFormatError {
    .malformed("Field \(field.id) of the Parquet metadata is not what it should be, before byte \(position)")
  }

  /// Reads a structure: `body` reads the fields it knows and says whether it did; others are stepped over.
  mutating func structure(_ body: (inout ThriftDecoder, Field) throws(TableFormatError) -> Bool) throws(TableFormatError) {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maximumDepth else { throw .malformed("The Parquet metadata is nested too deep, at byte \(position)") }
    var last: Int64 = 0
    while true {
      let head = try byte()
      if head == 0 { return }
      let kind = try kind(head & 0x0F)
      let id = head >> 4 == 0 ? try zigzag() : last &+ Int64(head >> 4)
      last = id
      let field = Field(id: id, kind: kind)
      if try !body(&self, field) { try skip(kind, isInCollection: false) }
    }
  }

  mutating func structure(
    _ field: Field, _ body: (inout ThriftDecoder, Field) throws(TableFormatError) -> Bool
  ) throws(TableFormatError) {
    guard field.kind == .structure else { throw unexpected(field) }
    try structure(body)
  }

  /// Reads a list of structures: `body` reads each.
  mutating func structures(_ field: Field, _ body: (inout ThriftDecoder) throws(TableFormatError) -> Void) throws(TableFormatError) {
    guard field.kind == .list else { throw unexpected(field) }
    let (count, kind) = try listHead()
    guard count == 0 || kind == .structure else { throw unexpected(field) }
    for _ in 0..<count { try body(&self) }
  }

  mutating func texts(_ field: Field) throws(TableFormatError) -> [String] {
    guard field.kind == .list else { throw unexpected(field) }
    let (count, kind) = try listHead()
    var texts: [String] = []
    for _ in 0..<count { texts.append(try text(Field(id: field.id, kind: kind))) }
    return texts
  }

  private mutating func listHead() throws(TableFormatError) -> (count: Int, kind: Kind) {
    let head = try byte()
    let kind = try kind(head & 0x0F)
    let short = Int(head >> 4)
    guard short == 15 else { return (short, kind) }
    return (try size(), kind)
  }

  // MARK: Stepping over

  private mutating func skip(_ kind: Kind, isInCollection: Bool) throws(TableFormatError) {
    switch kind {
    // As a field, a truth value is in the field's head.
    case .yes, .no: if isInCollection { _ = try byte() }
    case .byte: _ = try byte()
    case .int16, .int32, .int64: _ = try varint()
    case .double: try step(8)
    case .uuid: try step(16)
    case .binary: try step(try size())
    case .structure: try structure { _, _ in false }
    case .list, .set:
      let (count, item) = try listHead()
      try nested(count) { decoder throws(TableFormatError) in try decoder.skip(item, isInCollection: true) }
    case .map:
      let count = try size()
      guard count > 0 else { return }
      let kinds = try byte()
      let (key, value) = (try self.kind(kinds >> 4), try self.kind(kinds & 0x0F))
      try nested(count) { decoder throws(TableFormatError) in
        try decoder.skip(key, isInCollection: true)
        try decoder.skip(value, isInCollection: true)
      }
    }
  }

  private mutating func nested(_ count: Int, _ body: (inout ThriftDecoder) throws(TableFormatError) -> Void) throws(TableFormatError) {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maximumDepth else { throw .malformed("The Parquet metadata is nested too deep, at byte \(position)") }
    for _ in 0..<count { try body(&self) }
  }

  private mutating func step(_ count: Int) throws(TableFormatError) {
    guard count <= end - position else { throw cutOff }
    position += count
  }
}
