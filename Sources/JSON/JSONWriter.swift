/// Writes JSON text, compact, in the order it is told.
///
/// Strings must be valid Unicode, which Swift's are. Numbers are whole; other numbers travel as raw lexemes.
package struct JSONWriter: Sendable {
  package private(set) var bytes: [UInt8] = []
  private var needsComma = false

  package init(reservingBytes count: Int = 256) { bytes.reserveCapacity(count) }

  /// The text of what `body` writes.
  package static func text(reservingBytes count: Int = 256, _ body: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter(reservingBytes: count)
    body(&writer)
    return writer.bytes
  }

  // MARK: Containers

  package mutating func object(_ body: (inout JSONWriter) -> Void) { container(UInt8(ascii: "{"), UInt8(ascii: "}"), body) }
  package mutating func array(_ body: (inout JSONWriter) -> Void) { container(UInt8(ascii: "["), UInt8(ascii: "]"), body) }

  private mutating func container(_ open: UInt8, _ close: UInt8, _ body: (inout JSONWriter) -> Void) {
    separate()
    bytes.append(open)
    needsComma = false
    body(&self)
    bytes.append(close)
    needsComma = true
  }

  // MARK: Values

  package mutating func null() { raw("null".utf8) }
  package mutating func value(_ value: Bool) { raw(value ? "true".utf8 : "false".utf8) }

  /// A whole number of at most 64 bits, signed or not.
  package mutating func value(_ value: some FixedWidthInteger) {
    separate()
    append(negative: value < 0, magnitude: UInt64(value.magnitude))
    needsComma = true
  }

  package mutating func value(_ value: String) {
    separate()
    append(string: value)
    needsComma = true
  }

  package mutating func value(_ value: some JSONEncodable) { value.write(to: &self) }

  package mutating func values(_ values: some Sequence<some JSONEncodable>) {
    array { for value in values { value.write(to: &$0) } }
  }

  /// A value's text, written as it is.
  package mutating func raw(_ text: some Sequence<UInt8>) {
    separate()
    bytes.append(contentsOf: text)
    needsComma = true
  }

  // MARK: Members

  package mutating func key(_ key: StaticString) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  package mutating func key(_ key: String) {
    separate()
    append(string: key)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  package mutating func field(_ key: StaticString, _ value: Bool) {
    self.key(key)
    self.value(value)
  }

  package mutating func field(_ key: StaticString, _ value: some FixedWidthInteger) {
    self.key(key)
    self.value(value)
  }

  package mutating func field(_ key: StaticString, _ value: String) {
    self.key(key)
    self.value(value)
  }

  package mutating func field(_ key: StaticString, _ value: some JSONEncodable) {
    self.key(key)
    value.write(to: &self)
  }

  package mutating func field(_ key: StaticString, _ values: some Sequence<some JSONEncodable>) {
    self.key(key)
    self.values(values)
  }

  package mutating func field(_ key: StaticString, object body: (inout JSONWriter) -> Void) {
    self.key(key)
    object(body)
  }

  package mutating func field(_ key: StaticString, array body: (inout JSONWriter) -> Void) {
    self.key(key)
    array(body)
  }

  package mutating func field(_ key: StaticString, raw text: some Sequence<UInt8>) {
    self.key(key)
    raw(text)
  }

  package mutating func field(_ key: StaticString, _ strings: [String]) {
    self.key(key)
    array { for string in strings { $0.value(string) } }
  }

  package mutating func field(_ key: StaticString, _ integers: [some FixedWidthInteger]) {
    self.key(key)
    array { for integer in integers { $0.value(integer) } }
  }

  /// A map of strings, keys sorted so that equal maps have equal texts.
  package mutating func field(_ key: StaticString, _ map: [String: String]) {
    self.key(key)
    object {
      for (key, value) in map.sorted(by: { $0.key < $1.key }) {
        $0.key(key)
        $0.value(value)
      }
    }
  }

  /// Members carried along unread.
  package mutating func fields(_ fields: JSONFields) {
    for text in fields.texts { raw(text) }
  }

  // MARK: Bytes

  @inline(__always)
  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
  }

  private mutating func append(negative: Bool, magnitude: UInt64) {
    var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
    withUnsafeMutableBytes(of: &digits) { buffer in
      var magnitude = magnitude
      var index = buffer.count
      repeat {
        index -= 1
        buffer[index] = UInt8(truncatingIfNeeded: magnitude % 10) + UInt8(ascii: "0")
        magnitude /= 10
      } while magnitude > 0
      if negative {
        index -= 1
        buffer[index] = UInt8(ascii: "-")
      }
      bytes.append(contentsOf: buffer[index...])
    }
  }

  private mutating func append(string: String) {
    bytes.append(UInt8(ascii: "\""))
    var string = string
    string.withUTF8 { utf8 in
      var plain = 0
      for index in utf8.indices where utf8[index] < 0x20 || utf8[index] == 0x22 || utf8[index] == 0x5C {
        bytes.append(contentsOf: utf8[plain..<index])
        append(escaping: utf8[index])
        plain = index + 1
      }
      bytes.append(contentsOf: utf8[plain...])
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func append(escaping byte: UInt8) {
    let short: UInt8? =
      switch byte {
      case 0x22, 0x5C: byte
      case 0x08: UInt8(ascii: "b")
      case 0x0C: UInt8(ascii: "f")
      case 0x0A: UInt8(ascii: "n")
      case 0x0D: UInt8(ascii: "r")
      case 0x09: UInt8(ascii: "t")
      default: nil
      }
    bytes.append(UInt8(ascii: "\\"))
    if let short { return bytes.append(short) }
    let hex = Array("0123456789abcdef".utf8)
    bytes.append(contentsOf: [UInt8(ascii: "u"), UInt8(ascii: "0"), UInt8(ascii: "0"), hex[Int(byte >> 4)], hex[Int(byte & 15)]])
  }
}

/// What can write itself as one JSON value.
package protocol JSONEncodable {
  func write(to writer: inout JSONWriter)
}

extension JSONEncodable {
  /// The value's own text.
  package var jsonText: [UInt8] { JSONWriter.text { write(to: &$0) } }
}

/// What can be read from one JSON value.
package protocol JSONDecodable {
  init(json: JSONValue) throws(JSONError)
}

extension JSONDecodable {
  /// Parses a text that holds exactly this.
  package init(jsonText bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONError) {
    try self.init(json: JSONDocument(parsing: bytes, limits: limits).root)
  }
}
