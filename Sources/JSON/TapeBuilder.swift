#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The parser: one pass over the bytes that checks grammar, UTF-8, depth and duplicate keys, and writes the tape.
///
/// It keeps its own stack of open containers, so depth costs no call stack.
struct TapeBuilder: ~Copyable {
  private let base: UnsafePointer<UInt8>
  private let count: Int
  private let limits: JSONLimits
  private var position = 0
  private var tape: [TapeNode] = []
  private var open: [Int] = []

  static func build(_ bytes: [UInt8], limits: JSONLimits) throws(JSONError) -> [TapeNode] {
    let result: Result<[TapeNode], JSONError> = bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress, buffer.count > 0 else { return .failure(JSONError("The document is empty")) }
      var builder = TapeBuilder(base: base, count: buffer.count, limits: limits)
      do throws(JSONError) {
        try builder.parse()
        return .success(builder.tape)
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private init(base: UnsafePointer<UInt8>, count: Int, limits: JSONLimits) {
    self.base = base
    self.count = count
    self.limits = limits
    tape.reserveCapacity(min(count / 12 + 8, 1 << 20))
  }

  // MARK: Structure

  private mutating func parse() throws(JSONError) {
    skipSpace()
    try value()
    while let container = open.last {
      skipSpace()
      if tape[container].kind == .object { try continueObject(container) } else { try continueArray(container) }
    }
    skipSpace()
    guard position == count else { throw error("Text follows the end of the value") }
  }

  /// Reads a scalar whole, or opens a container.
  private mutating func value() throws(JSONError) {
    guard position < count else { throw error("The document ends where a value was expected") }
    switch base[position] {
    case UInt8(ascii: "\""): try string()
    case UInt8(ascii: "{"): try enter(.object)
    case UInt8(ascii: "["): try enter(.array)
    case UInt8(ascii: "t"): try literal("true", .bool)
    case UInt8(ascii: "f"): try literal("false", .bool)
    case UInt8(ascii: "n"): try literal("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
    default: throw error("Expected a value")
    }
  }

  private mutating func enter(_ kind: JSONKind) throws(JSONError) {
    guard open.count < limits.maximumDepth else { throw error("Values are nested more than \(limits.maximumDepth) deep") }
    open.append(tape.count)
    tape.append(TapeNode(start: UInt32(position), end: 0, next: 0, kind: kind, isComplex: false))
    position += 1
  }

  private mutating func leave(_ container: Int) throws(JSONError) {
    position += 1
    tape[container].end = UInt32(position)
    tape[container].next = UInt32(tape.count)
    open.removeLast()
    if tape[container].kind == .object { try refuseDuplicateKeys(container) }
  }

  private mutating func continueArray(_ container: Int) throws(JSONError) {
    guard position < count else { throw error("The document ends inside an array") }
    if base[position] == UInt8(ascii: "]") { return try leave(container) }
    if tape.count > container + 1 { try comma("]") }
    try value()
  }

  private mutating func continueObject(_ container: Int) throws(JSONError) {
    guard position < count else { throw error("The document ends inside an object") }
    if base[position] == UInt8(ascii: "}") { return try leave(container) }
    if tape.count > container + 1 { try comma("}") }
    guard position < count, base[position] == UInt8(ascii: "\"") else { throw error("Expected a key in quotes") }
    try string()
    skipSpace()
    guard position < count, base[position] == UInt8(ascii: ":") else { throw error("Expected ':' after the key") }
    position += 1
    skipSpace()
    try value()
  }

  private mutating func comma(_ close: String) throws(JSONError) {
    guard base[position] == UInt8(ascii: ",") else { throw error("Expected ',' or '\(close)'") }
    position += 1
    skipSpace()
  }

  @inline(__always)
  private mutating func skipSpace() {
    while position < count {
      let byte = base[position]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
      position += 1
    }
  }

  private func error(_ message: String) -> JSONError { JSONError(message, offset: position) }

  // MARK: Scalars

  private mutating func append(_ kind: JSONKind, from start: Int, complex: Bool = false) {
    let next = UInt32(tape.count + 1)
    tape.append(TapeNode(start: UInt32(start), end: UInt32(position), next: next, kind: kind, isComplex: complex))
  }

  private mutating func literal(_ text: StaticString, _ kind: JSONKind) throws(JSONError) {
    let length = text.utf8CodeUnitCount
    guard position + length <= count, memcmp(base + position, text.utf8Start, length) == 0 else {
      throw error("Expected a value")
    }
    let start = position
    position += length
    append(kind, from: start)
  }

  private mutating func number() throws(JSONError) {
    let start = position
    var complex = false
    if base[position] == UInt8(ascii: "-") { position += 1 }
    let leading = position
    try digits()
    if base[leading] == UInt8(ascii: "0"), position > leading + 1 { throw error("A number has a leading zero") }
    if position < count, base[position] == UInt8(ascii: ".") {
      complex = true
      position += 1
      try digits()
    }
    if position < count, base[position] | 0x20 == UInt8(ascii: "e") {
      complex = true
      position += 1
      if position < count, base[position] == UInt8(ascii: "+") || base[position] == UInt8(ascii: "-") { position += 1 }
      try digits()
    }
    append(.number, from: start, complex: complex)
  }

  private mutating func digits() throws(JSONError) {
    let start = position
    while position < count, base[position] &- UInt8(ascii: "0") < 10 { position += 1 }
    guard position > start else { throw error("Expected a digit") }
  }

  // MARK: Strings

  private mutating func string() throws(JSONError) {
    let start = position
    var complex = false
    position += 1
    while true {
      skipPlain()
      guard position < count else { throw error("The document ends inside a string") }
      switch base[position] {
      case UInt8(ascii: "\""):
        position += 1
        return append(.string, from: start, complex: complex)
      case UInt8(ascii: "\\"):
        complex = true
        try escape()
      case 0..<0x20: throw error("A string holds a control character; write it as an escape")
      default: try scalar()
      }
    }
  }

  /// Passes over bytes that need no look: ASCII that is no quote, backslash or control character. Eight at a time.
  @inline(__always)
  private mutating func skipPlain() {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    while position + 8 <= count {
      let word = UnsafeRawPointer(base + position).loadUnaligned(as: UInt64.self)
      let quote = word ^ (ones &* 0x22)
      let backslash = word ^ (ones &* 0x5C)
      // A set high bit marks a byte to stop at; the lowest one is exact, which is the one that counts.
      let stops = ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (word &- ones &* 0x20) & ~word | word) & highs
      guard stops == 0 else {
        position += UInt64(littleEndian: stops).trailingZeroBitCount / 8
        return
      }
      position += 8
    }
    while position < count {
      let byte = base[position]
      guard byte >= 0x20, byte < 0x80, byte != 0x22, byte != 0x5C else { return }
      position += 1
    }
  }

  private mutating func escape() throws(JSONError) {
    guard position + 1 < count else { throw error("The document ends inside an escape") }
    switch base[position + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
      UInt8(ascii: "r"), UInt8(ascii: "t"):
      position += 2
    case UInt8(ascii: "u"):
      let unit = try hexUnit(at: position)
      if unit == 0, !limits.allowsNUL { throw error("A string holds U+0000, which cannot be stored") }
      guard unit & 0xF800 == 0xD800 else {
        position += 6
        return
      }
      guard unit < 0xDC00, position + 7 < count, base[position + 6] == UInt8(ascii: "\\"), base[position + 7] == UInt8(ascii: "u"),
        try hexUnit(at: position + 6) & 0xFC00 == 0xDC00
      else { throw error("A string holds half of a surrogate pair") }
      position += 12
    default: throw error("A string holds an unknown escape")
    }
  }

  private func hexUnit(at escape: Int) throws(JSONError) -> UInt16 {
    guard escape + 6 <= count else { throw error("The document ends inside an escape") }
    var unit: UInt16 = 0
    for offset in 2..<6 {
      guard let digit = hexDigit(base[escape + offset]) else { throw error("Expected four hexadecimal digits after \\u") }
      unit = unit << 4 | UInt16(digit)
    }
    return unit
  }

  /// Checks one UTF-8 sequence of two to four bytes (RFC 3629).
  private mutating func scalar() throws(JSONError) {
    let first = base[position]
    let length: Int
    let second: ClosedRange<UInt8>
    switch first {
    case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: throw error("A string holds bytes that are not UTF-8")
    }
    guard position + length <= count, second.contains(base[position + 1]) else {
      throw error("A string holds bytes that are not UTF-8")
    }
    for offset in stride(from: 2, to: length, by: 1) where base[position + offset] & 0xC0 != 0x80 {
      throw error("A string holds bytes that are not UTF-8")
    }
    position += length
  }

  // MARK: Keys

  /// Small objects compare keys pairwise, large ones by a set. Keys with escapes are compared by the bytes of their text: not as
  /// `String`, to which canonically equivalent keys are the same.
  private func refuseDuplicateKeys(_ container: Int) throws(JSONError) {
    var keyCount = 0
    var key = container + 1
    while key < tape.count {
      keyCount += 1
      guard !tape[key].isComplex, keyCount <= 16 else { return try refuseDuplicateKeysBySet(container) }
      let length = Int(tape[key].end - tape[key].start)
      var earlier = container + 1
      while earlier < key {
        if Int(tape[earlier].end - tape[earlier].start) == length,
          memcmp(base + Int(tape[earlier].start), base + Int(tape[key].start), length) == 0
        {
          throw duplicate(key)
        }
        earlier = Int(tape[earlier + 1].next)
      }
      key = Int(tape[key + 1].next)
    }
  }

  private func refuseDuplicateKeysBySet(_ container: Int) throws(JSONError) {
    var seen = Set<[UInt8]>()
    var key = container + 1
    while key < tape.count {
      let node = tape[key]
      let content = UnsafeBufferPointer(start: base + Int(node.start) + 1, count: Int(node.end - node.start) - 2)
      guard seen.insert(node.isComplex ? unescapedBytes(content) : Array(content)).inserted else { throw duplicate(key) }
      key = Int(tape[key + 1].next)
    }
  }

  private func duplicate(_ key: Int) -> JSONError {
    JSONError("The key \"\(text(of: key))\" occurs twice in one object", offset: Int(tape[key].start))
  }

  private func text(of key: Int) -> String {
    let node = tape[key]
    let content = UnsafeBufferPointer(start: base + Int(node.start) + 1, count: Int(node.end - node.start) - 2)
    return node.isComplex ? unescape(content) : String(decoding: content, as: UTF8.self)
  }
}

func hexDigit(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
  default: nil
  }
}

/// The text of a string's content whose escapes the parser has already checked.
func unescape(_ content: UnsafeBufferPointer<UInt8>) -> String { String(decoding: unescapedBytes(content), as: UTF8.self) }

private func unescapedBytes(_ content: UnsafeBufferPointer<UInt8>) -> [UInt8] {
  var text: [UInt8] = []
  text.reserveCapacity(content.count)
  var index = 0
  func unit(_ at: Int) -> UInt32 { (2..<6).reduce(0) { $0 << 4 | UInt32(hexDigit(content[at + $1]) ?? 0) } }
  while index < content.count {
    guard content[index] == UInt8(ascii: "\\") else {
      text.append(content[index])
      index += 1
      continue
    }
    switch content[index + 1] {
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var code = unit(index)
      if code & 0xFC00 == 0xD800 {
        code = 0x10000 + (code & 0x3FF) << 10 + unit(index + 6) & 0x3FF
        index += 6
      }
      text.append(contentsOf: String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8)
      index += 4
    case let other: text.append(other)
    }
    index += 2
  }
  return text
}
