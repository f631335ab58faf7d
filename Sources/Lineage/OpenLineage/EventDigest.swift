import Crypto
package import JSON

/// What an event's content comes to: events that say the same have the same digest, however they are spaced, ordered and escaped.
package enum EventDigest {
  /// SHA-256 over the canonical text: 32 bytes.
  package static func of(_ json: JSONValue) -> [UInt8] { Array(SHA256.hash(data: canonicalText(of: json))) }

  /// Members by the bytes of their keys, strings with the fewest escapes, numbers by their value, exactly: `1.50e1` is `15`. Nothing is
  /// rounded, so that ids of 64 bits and decimals of any length stay what they are.
  package static func canonicalText(of json: JSONValue) -> [UInt8] {
    JSONWriter.text(reservingBytes: json.raw.count) { write(json, to: &$0) }
  }

  private static func write(_ json: JSONValue, to writer: inout JSONWriter) {
    switch json.kind {
    case .null, .bool: writer.raw(json.raw)
    case .number: writer.raw(number(json.raw))
    case .string: writer.value((try? json.string()) ?? "")
    case .array:
      guard let array = try? json.array() else { return }
      writer.array { for element in array { write(element, to: &$0) } }
    case .object:
      guard let object = try? json.object() else { return }
      let members = object.map { (key: $0.key, value: $0.value) }.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      writer.object {
        for member in members {
          $0.key(member.key)
          write(member.value, to: &$0)
        }
      }
    }
  }

  /// The same text for all spellings of a number: a whole number as it is, any other as digits and a power of ten.
  private static func number(_ lexeme: ArraySlice<UInt8>) -> [UInt8] {
    let isNegative = lexeme.first == UInt8(ascii: "-")
    var digits: [UInt8] = []
    var exponent = 0
    var index = lexeme.startIndex + (isNegative ? 1 : 0)
    var isFraction = false
    while index < lexeme.endIndex, lexeme[index] != UInt8(ascii: "e"), lexeme[index] != UInt8(ascii: "E") {
      if lexeme[index] == UInt8(ascii: ".") {
        isFraction = true
      } else {
        digits.append(lexeme[index])
        if isFraction { exponent -= 1 }
      }
      index += 1
    }
    if index < lexeme.endIndex {
      // Beyond these bounds, only the spelling tells.
      guard let power = Int(String(decoding: lexeme[(index + 1)...], as: UTF8.self)), abs(power) < 1_000_000_000 else {
        return Array(lexeme)
      }
      exponent += power
    }
    let zero = UInt8(ascii: "0")
    digits = Array(digits.drop { $0 == zero })
    if digits.isEmpty { return [zero] }
    while digits.last == zero {
      digits.removeLast()
      exponent += 1
    }
    if (0...20).contains(exponent) {
      digits += [UInt8](repeating: zero, count: exponent)
      exponent = 0
    }
    let text = exponent == 0 ? digits : digits + Array("e\(exponent)".utf8)
    return isNegative ? [UInt8(ascii: "-")] + text : text
  }
}
