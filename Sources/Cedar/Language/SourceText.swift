/// A text being read, policies or a schema, as bytes; tells lines and columns on demand.
package struct SourceText: Sendable {
  package let bytes: [UInt8]

  package static let maximumSizeBytes = 16 << 20

  package init(_ text: String) throws(SyntaxError) {
    guard text.utf8.count <= Self.maximumSizeBytes else {
      throw SyntaxError(
        "The text has \(text.utf8.count) bytes, more than the \(Self.maximumSizeBytes) allowed", at: SourcePosition(line: 1, column: 1))
    }
    bytes = Array(text.utf8)
  }

  package func string(_ range: SourceRange) -> String { String(decoding: slice(range), as: UTF8.self) }

  package func slice(_ range: SourceRange) -> ArraySlice<UInt8> { bytes[Int(range.start)..<Int(range.end)] }

  /// The position of a byte, in time linear in its distance from the start.
  package func position(of offset: UInt32) -> SourcePosition {
    var line = 1
    var column = 1
    for byte in bytes.prefix(Int(offset)) {
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
    return SourcePosition(line: line, column: column)
  }

  package func error(_ message: String, at range: SourceRange) -> SyntaxError {
    SyntaxError(message, at: position(of: range.start))
  }
}

/// Bytes of a source text, from `start` up to but not including `end`.
package struct SourceRange: Hashable, Sendable {
  package var start: UInt32
  package var end: UInt32

  package init(start: UInt32, end: UInt32) {
    self.start = start
    self.end = end
  }

  /// For what does not come from a text.
  package static let none = SourceRange(start: 0, end: 0)

  package func joined(to other: SourceRange) -> SourceRange { SourceRange(start: min(start, other.start), end: max(end, other.end)) }
}

/// A place for people: lines and columns count from 1, columns count Unicode scalars.
package struct SourcePosition: Hashable, Sendable, CustomStringConvertible {
  package var line: Int
  package var column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  package var description: String { "line \(line), column \(column)" }
}

/// Why a text was refused: what was wrong, where, and what was expected.
package struct SyntaxError: Error, Hashable, CustomStringConvertible {
  package let message: String
  package let position: SourcePosition

  package init(_ message: String, at position: SourcePosition) {
    self.message = message
    self.position = position
  }

  package var description: String { "\(position): \(message)" }
}
