/// A parsed JSON text (RFC 8259): the bytes as they came, and a tape that says where each value lies.
///
/// Nothing is copied or converted while parsing. Values are read through ``JSONValue`` cursors, which keep the document alive.
/// The text must be UTF-8, hold one value, and no object may name a key twice.
package final class JSONDocument: Sendable {
  package let bytes: [UInt8]
  let tape: [TapeNode]

  /// Parses `bytes`.
  package init(parsing bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONError) {
    guard bytes.count <= limits.maximumSizeBytes else {
      throw JSONError("The document has \(bytes.count) bytes, more than the \(limits.maximumSizeBytes) allowed")
    }
    self.bytes = bytes
    self.tape = try TapeBuilder.build(bytes, limits: limits)
  }

  package convenience init(parsing text: String, limits: JSONLimits = .standard) throws(JSONError) {
    try self.init(parsing: Array(text.utf8), limits: limits)
  }

  /// The outermost value.
  package var root: JSONValue { JSONValue(document: self, index: 0) }
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
