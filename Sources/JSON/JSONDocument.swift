#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A parsed JSON text (RFC 8259): the bytes as they came, and a tape that says where each value lies.
///
/// Nothing is copied or converted while parsing. Values are read through ``JSONValue`` cursors, which keep the document alive.
/// The text must be UTF-8, hold one value, and no object may name a key twice.
package final class JSONDocument: Sendable {
  package let bytes: [UInt8]
  let tape: [TapeNode]

  /// Parses `bytes`.
  package init(parsing bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONError) {
    // The tape counts bytes in 32 bits, whatever the limits say.
    let maximumSizeBytes = min(limits.maximumSizeBytes, Int(UInt32.max) - 1)
    guard bytes.count <= maximumSizeBytes else {
      throw JSONError("The document has \(bytes.count) bytes, more than the \(maximumSizeBytes) allowed")
    }
    self.bytes = bytes
    self.tape = try TapeBuilder.build(bytes, limits: limits)
  }

  package convenience init(parsing text: String, limits: JSONLimits = .standard) throws(JSONError) {
    try self.init(parsing: Array(text.utf8), limits: limits)
  }

  /// The outermost value.
  package var root: JSONValue { JSONValue(document: self, index: 0) }

  /// What the string at `index` says.
  func text(_ index: Int) -> String {
    let node = tape[index]
    return bytes.withUnsafeBufferPointer { bytes in
      let content = UnsafeBufferPointer(rebasing: bytes[Int(node.start) + 1..<Int(node.end) - 1])
      return node.isComplex ? unescape(content) : String(decoding: content, as: UTF8.self)
    }
  }

  /// What the number at `index` says, exactly; `nil` when it is no whole number of 64 bits, or no number.
  func int64(_ index: Int) -> Int64? {
    let node = tape[index]
    guard node.kind == .number, !node.isComplex else { return nil }
    return bytes.withUnsafeBufferPointer { bytes in
      let negative = bytes[Int(node.start)] == UInt8(ascii: "-")
      var total: Int64 = 0
      for index in Int(node.start) + (negative ? 1 : 0)..<Int(node.end) {
        let (product, overflow) = total.multipliedReportingOverflow(by: 10)
        let digit = Int64(bytes[index] &- UInt8(ascii: "0"))
        let (sum, carry) = product.subtractingReportingOverflow(digit)  // downwards, for Int64.min
        if overflow || carry { return nil }
        total = sum
      }
      if negative { return total }
      return total == .min ? nil : -total
    }
  }

  /// Whether the truth value at `index` is `true`.
  func isTrue(_ index: Int) -> Bool { bytes[Int(tape[index].start)] == UInt8(ascii: "t") }

  /// Whether the value at `index` is a string that says `text`, scalar by scalar.
  @inline(__always)
  func isString(_ index: Int, _ text: StaticString) -> Bool {
    let node = tape[index]
    let length = text.utf8CodeUnitCount
    guard node.kind == .string, node.isComplex || Int(node.end - node.start) == length + 2 else { return false }
    return bytes.withUnsafeBufferPointer { bytes in
      let content = UnsafeBufferPointer(rebasing: bytes[Int(node.start) + 1..<Int(node.end) - 1])
      if node.isComplex {
        return unescape(content).utf8.elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: length))
      }
      guard length > 0, let base = content.baseAddress else { return length == 0 }
      return memcmp(base, text.utf8Start, length) == 0
    }
  }
}

/// What a value is, by its first byte.
package enum JSONKind: UInt8, Sendable {
  case null, bool, number, string, array, object
}

/// One value on the tape, in source order; a container is followed by its children, an object's keys standing before their values.
struct TapeNode {
  /// Where the value's text begins; for a string, the opening quote.
  var start: UInt32
  /// One past the value's last byte; for a string, past the closing quote.
  var end: UInt32
  /// Tape index one past the value and everything inside it.
  var next: UInt32
  var kind: JSONKind
  /// For a string: it holds escapes, so its bytes are not its text. For a number: it has a fraction or an exponent.
  var isComplex: Bool
}
