/// Reads the XML of ``S3Answer`` in one pass. Anything out of the ordinary gives `nil`.
struct S3AnswerScanner {
  private static let maximumDepth = 16

  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() -> S3Answer? {
    _ = accept("\u{FEFF}")
    skipSpace()
    if accept("<?xml") {
      guard skip(through: "?>") else { return nil }
      skipSpace()
    }
    guard let root = element(depth: 0) else { return nil }
    skipSpace()
    return position == bytes.count ? root : nil
  }

  private mutating func element(depth: Int) -> S3Answer? {
    guard depth < Self.maximumDepth, accept("<"), let name = name() else { return nil }
    guard let isEmpty = skipAttributes() else { return nil }
    if isEmpty { return S3Answer(name: name, text: "", children: []) }
    var text: [UInt8] = []
    var children: [S3Answer] = []
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "<"):
        if accept("</") {
          guard accept(name) else { return nil }
          skipSpace()
          guard accept(">") else { return nil }
          return S3Answer(name: name, text: String(decoding: text, as: UTF8.self), children: children)
        }
        guard let child = element(depth: depth + 1) else { return nil }
        children.append(child)
      case UInt8(ascii: "&"):
        guard let scalar = entity() else { return nil }
        text.append(contentsOf: String(Character(scalar)).utf8)
      case let byte:
        text.append(byte)
        position += 1
      }
    }
    return nil
  }

  private mutating func name() -> String? {
    let begin = position
    while position < bytes.count, Self.isNameByte(bytes[position]) { position += 1 }
    return position > begin ? String(decoding: bytes[begin..<position], as: UTF8.self) : nil
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ":"):
      true
    default: false
    }
  }

  /// Passes over a start tag's rest.
  ///
  /// - Returns: whether the element ends with it.
  private mutating func skipAttributes() -> Bool? {
    while true {
      skipSpace()
      if accept("/>") { return true }
      if accept(">") { return false }
      guard name() != nil else { return nil }
      skipSpace()
      guard accept("=") else { return nil }
      skipSpace()
      let quote = accept("\"") ? "\"" : accept("'") ? "'" : ""
      guard !quote.isEmpty, skip(through: quote) else { return nil }
    }
  }

  private mutating func entity() -> Unicode.Scalar? {
    guard let end = bytes[position...].prefix(12).firstIndex(of: UInt8(ascii: ";")) else { return nil }
    let name = String(decoding: bytes[(position + 1)..<end], as: UTF8.self)
    position = end + 1
    switch name {
    case "lt": return "<"
    case "gt": return ">"
    case "amp": return "&"
    case "quot": return "\""
    case "apos": return "'"
    default:
      guard name.hasPrefix("#") else { return nil }
      let isHex = name.hasPrefix("#x")
      return UInt32(name.dropFirst(isHex ? 2 : 1), radix: isHex ? 16 : 10).flatMap(Unicode.Scalar.init)
    }
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
  }

  private mutating func accept(_ text: String) -> Bool {
    guard bytes[position...].starts(with: text.utf8) else { return false }
    position += text.utf8.count
    return true
  }

  private mutating func skip(through text: String) -> Bool {
    while position < bytes.count {
      if accept(text) { return true }
      position += 1
    }
    return false
  }
}
