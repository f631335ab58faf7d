/// Why a document, or a value in it, was refused.
package struct JSONError: Error, Hashable, CustomStringConvertible {
  /// What was wrong and what was expected.
  package let message: String
  /// Where in the document's structure, such as `$.updates[0].action`; `nil` for errors of syntax.
  package let path: String?
  /// Bytes from the start of the text.
  package let offset: Int

  package init(_ message: String, path: String? = nil, offset: Int = 0) {
    self.message = message
    self.path = path
    self.offset = offset
  }

  package var description: String {
    if let path { "\(message) at \(path)" } else { "\(message) at byte \(offset)" }
  }
}
