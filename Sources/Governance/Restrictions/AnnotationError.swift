/// Why the text of an annotation cannot be taken, and where in the text.
package struct AnnotationError: Error, Hashable, CustomStringConvertible {
  /// What was wrong, and what would be right.
  package let message: String
  /// The character it begins with, the first being 1.
  package let position: Int

  package var description: String { "\(message) (at character \(position))" }
}
