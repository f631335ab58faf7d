/// The text between a string literal's quotes (Cedar documentation, "Grammar": STR, with Rust's escapes).
package enum StringLiteral {
  /// What the literal at `range`, quotes included, says.
  package static func text(of range: SourceRange, in source: SourceText) throws(SyntaxError) -> String {
    var reader = Reader(source: source, range: range)
    var scalars = String.UnicodeScalarView()
    while let element = try reader.next(allowsStar: false) { scalars.append(element.scalar) }
    return String(scalars)
  }

  /// The literal at `range` as the right side of `like`: `*` stands for any text and `\*` for itself.
  package static func pattern(of range: SourceRange, in source: SourceText) throws(SyntaxError) -> Pattern {
    var reader = Reader(source: source, range: range)
    var elements: [Pattern.Element] = []
    while let element = try reader.next(allowsStar: true) {
      elements.append(element.scalar == "*" && !element.isEscapedStar ? .wildcard : .scalar(element.scalar))
    }
    return Pattern(elements)
  }

  /// `text` as a literal that reads back as the same text.
  package static func quoted(_ text: String) -> String { "\"" + text.unicodeScalars.map(escaped).joined() + "\"" }

  static func escaped(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\"": "\\\""
    case "\\": "\\\\"
    case "\n": "\\n"
    case "\r": "\\r"
    case "\t": "\\t"
    case "\0": "\\0"
    default: isInvisible(scalar) ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
    }
  }

  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .nonspacingMark, .enclosingMark: true
    default: false
    }
  }
}

/// One character of a literal at a time, escapes resolved.
private struct Reader {
  struct Element {
    var scalar: Unicode.Scalar
    var isEscapedStar = false
  }

  let source: SourceText
  private var position: Int
  private let end: Int

  init(source: SourceText, range: SourceRange) {
    self.source = source
    position = Int(range.start) + 1
    end = Int(range.end) - 1
  }

  mutating func next(allowsStar: Bool) throws(SyntaxError) -> Element? {
    guard position < end else { return nil }
    let start = position
    let scalar = take()
    if scalar == "\r" { throw error("A string holds a carriage return; expected the escape \\r", start) }
    guard scalar == "\\" else { return Element(scalar: scalar) }
    guard position < end else { throw error("A string ends inside an escape", start) }
    switch take() {
    case "n": return Element(scalar: "\n")
    case "r": return Element(scalar: "\r")
    case "t": return Element(scalar: "\t")
    case "0": return Element(scalar: "\0")
    case "\\": return Element(scalar: "\\")
    case "'": return Element(scalar: "'")
    case "\"": return Element(scalar: "\"")
    case "*" where allowsStar: return Element(scalar: "*", isEscapedStar: true)
    case "x": return Element(scalar: try byteEscape(start))
    case "u": return Element(scalar: try unicodeEscape(start))
    case let other:
      let star = allowsStar ? " \\*" : ""
      throw error("Unknown escape '\\\(other)'; expected one of \\n \\r \\t \\0 \\\\ \\' \\\" \\x7F \\u{…}\(star)", start)
    }
  }

  private mutating func byteEscape(_ start: Int) throws(SyntaxError) -> Unicode.Scalar {
    var value: UInt32 = 0
    for _ in 0..<2 {
      guard position < end, let digit = hexDigit(take()) else { throw error("Expected two hexadecimal digits after \\x", start) }
      value = value << 4 | digit
    }
    guard value < 0x80, let scalar = Unicode.Scalar(value) else {
      throw error("An escape \\x goes up to \\x7F; expected \\u{…} for others", start)
    }
    return scalar
  }

  private mutating func unicodeEscape(_ start: Int) throws(SyntaxError) -> Unicode.Scalar {
    guard position < end, take() == "{" else { throw error("Expected '{' after \\u", start) }
    var value: UInt32 = 0
    var digits = 0
    while position < end {
      let scalar = take()
      if scalar == "}" {
        guard digits > 0 else { throw error("Expected hexadecimal digits in \\u{…}", start) }
        guard digits <= 6, let scalar = Unicode.Scalar(value) else {
          throw error("The escape \\u{…} names no Unicode scalar; expected at most six digits, at most 10FFFF, no surrogate", start)
        }
        return scalar
      }
      if scalar == "_", digits > 0 { continue }
      guard let digit = hexDigit(scalar) else { throw error("Expected hexadecimal digits in \\u{…}", start) }
      digits += 1
      // Digits past the sixth are refused at the brace; adding them up would only overflow.
      if digits <= 6 { value = value << 4 | digit }
    }
    throw error("Expected '}' after the digits of \\u{…}", start)
  }

  private mutating func take() -> Unicode.Scalar {
    let first = source.bytes[position]
    let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    var value = length == 1 ? UInt32(first) : UInt32(first & (0xFF >> UInt8(length + 1)))
    for offset in stride(from: 1, to: length, by: 1) { value = value << 6 | UInt32(source.bytes[position + offset] & 0x3F) }
    position += length
    return Unicode.Scalar(value) ?? "\u{FFFD}"
  }

  private func hexDigit(_ scalar: Unicode.Scalar) -> UInt32? {
    guard scalar.isASCII else { return nil }
    return Character(scalar).hexDigitValue.map(UInt32.init)
  }

  private func error(_ message: String, _ start: Int) -> SyntaxError {
    source.error(message, at: SourceRange(start: UInt32(start), end: UInt32(position)))
  }
}
