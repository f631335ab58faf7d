/// Why an Avro file, or a manifest in one, was refused.
package struct AvroError: Error, Hashable, CustomStringConvertible {
  package enum Reason: Hashable, Sendable {
    /// It breaks the Avro or the Iceberg specification, or is damaged or cut off.
    case malformed
    /// It is allowed by a specification, but cannot be read here.
    case unsupported
    /// It is beyond a limit that the reader was given.
    case tooLarge
  }

  package let reason: Reason
  /// What was wrong.
  package let message: String
  /// Bytes from the start of the file; inside a block, from the start of its content once decompressed.
  package let offset: Int?
  /// Where the block begins in the file, for what went wrong inside it.
  package let block: Int?

  init(_ reason: Reason, _ message: String, offset: Int? = nil, block: Int? = nil) {
    self.reason = reason
    self.message = message
    self.offset = offset
    self.block = block
  }

  static func malformed(_ message: String, offset: Int? = nil) -> AvroError { AvroError(.malformed, message, offset: offset) }
  static func unsupported(_ message: String) -> AvroError { AvroError(.unsupported, message) }
  static func tooLarge(_ message: String) -> AvroError { AvroError(.tooLarge, message) }

  /// The same, said to be inside the block that begins at `start` and whose content begins at `content` of what was decoded.
  func inBlock(at start: Int, contentAt content: Int) -> AvroError {
    AvroError(reason, message, offset: offset.map { $0 - content }, block: start)
  }

  package var description: String {
    switch (offset, block) {
    case (let offset?, let block?): "\(message) at byte \(offset) of the block at byte \(block)"
    case (nil, let block?): "\(message) in the block at byte \(block)"
    case (let offset?, nil): "\(message) at byte \(offset)"
    case (nil, nil): message
    }
  }
}
