/// A column as an annotation names it.
package struct ColumnName: Hashable, Sendable, CustomStringConvertible {
  let parts: [String]
  /// Where the name stands in the annotation; no part of what it is.
  let position: Int

  /// Words of the language of row filters.
  static let reserved: Set<String> = ["and", "or", "not", "in", "is", "null", "nan", "like", "starts_with", "starts", "true", "false"]

  /// As schemas join the names of nested fields.
  var joined: String { parts.joined(separator: ".") }

  /// As it can be read again.
  package var description: String { parts.map(Self.written).joined(separator: ".") }

  private static func written(_ part: String) -> String {
    let scalars = part.unicodeScalars
    let isPlain = scalars.first.map(AnnotationScanner.isNameStart) == true && scalars.allSatisfy(AnnotationScanner.isNamePart)
    return isPlain && !reserved.contains(part.lowercased()) ? part : quoted(part, "\"")
  }

  package static func == (one: Self, other: Self) -> Bool { one.parts == other.parts }
  package func hash(into hasher: inout Hasher) { hasher.combine(parts) }
}

/// Text between quotes; a quote in it is doubled.
func quoted(_ text: String, _ quote: Character) -> String {
  "\(quote)" + text.flatMap { $0 == quote ? [$0, $0] : [$0] } + "\(quote)"
}
