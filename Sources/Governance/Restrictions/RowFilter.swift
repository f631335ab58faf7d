import JSON

/// What an annotation `@row_filter` says of a table's rows, before it is bound to a table.
///
/// A text such as `country in ('DE', 'FR') and not (amount >= 1000 or owner.name is null)`, with the meaning that it has in SQL: a row is
/// shown if the condition is true of it, not if it is unknown because a value is null. Or, when the text begins with `{`, the JSON of an
/// Iceberg predicate, with the meaning that Iceberg gives it, in which `!=`, `not-in` and `not` hold for null.
///
/// - Comparisons `= != <> < <= > >=` of a column with a literal; `in (…)`, `not in (…)`; `is null`, `is not null`, `is nan`,
///   `is not nan`; `starts_with 'x'` or `like 'x%'`, also with `not`; `and`, `or`, `not`, parentheses; `true`, `false`.
/// - Columns by name, nested ones with dots, in double quotes where a name is no word. Literals: `'text'`, numbers, `true`, `false`; dates,
///   timestamps and the like as text, read by the column's type; `principal.name` for the reader's name.
package struct RowFilter: Hashable, Sendable {
  /// Conditions and values that one filter may hold.
  static let maximumTerms = 1_000
  static let maximumDepth = 32

  indirect enum Condition: Hashable, Sendable {
    case constant(Bool)
    case not(Condition)
    case all([Condition])
    case any([Condition])
    case comparison(ColumnName, Predicate.Comparison, Operand)
    case membership(ColumnName, isIn: Bool, [Operand])
    case test(ColumnName, Predicate.Test)
  }

  /// What a column is compared with.
  struct Operand: Hashable, Sendable {
    enum Value: Hashable, Sendable {
      case text(String)
      /// A number's lexeme.
      case number(String)
      case boolean(Bool)
      case principalName
    }

    let value: Value
    let position: Int

    static func == (one: Self, other: Self) -> Bool { one.value == other.value }
    func hash(into hasher: inout Hasher) { hasher.combine(value) }
  }

  enum Content: Hashable, Sendable {
    case condition(Condition)
    /// The JSON of a predicate.
    case document([UInt8])
  }

  let content: Content

  init(_ content: Content) { self.content = content }

  /// Reads the text of an annotation; errors tell where.
  package init(parsing text: String) throws(AnnotationError) {
    if text.unicodeScalars.first(where: { !$0.properties.isWhitespace }) == "{" {
      guard text.utf8.count <= AnnotationScanner.maximumBytes else {
        throw AnnotationError(message: "The text has more than the \(AnnotationScanner.maximumBytes) bytes allowed", position: 1)
      }
      let bytes = Array(text.utf8)
      do throws(JSONError) {
        _ = try JSONDocument(parsing: bytes, limits: Self.limits)
      } catch {
        throw AnnotationError(message: error.message, position: Self.position(ofByte: error.offset, in: text))
      }
      content = .document(bytes)
    } else {
      content = .condition(try RowFilterParser.parse(text))
    }
  }

  /// Of the JSON of a predicate.
  static let limits = JSONLimits(maximumDepth: maximumDepth * 2)

  static func position(ofByte offset: Int, in text: String) -> Int {
    String(decoding: text.utf8.prefix(offset), as: UTF8.self).unicodeScalars.count + 1
  }
}

// MARK: As text that can be read again

extension RowFilter: CustomStringConvertible {
  package var description: String {
    switch content {
    case .condition(let condition): condition.description
    case .document(let bytes): String(decoding: bytes, as: UTF8.self)
    }
  }
}

extension RowFilter.Condition: CustomStringConvertible {
  var description: String {
    switch self {
    case .constant(let value): "\(value)"
    case .not(let condition): "not \(condition.enclosed)"
    case .all(let conditions): conditions.map(\.enclosed).joined(separator: " and ")
    case .any(let conditions): conditions.map(\.enclosed).joined(separator: " or ")
    case .comparison(let name, let comparison, let operand): "\(name) \(comparison.symbol) \(operand)"
    case .membership(let name, let isIn, let operands):
      "\(name) \(isIn ? "in" : "not in") (\(operands.map(\.description).joined(separator: ", ")))"
    case .test(let name, let test): "\(name) \(test.symbol)"
    }
  }

  private var enclosed: String {
    switch self {
    case .not, .all, .any: "(\(self))"
    default: description
    }
  }
}

extension RowFilter.Operand: CustomStringConvertible {
  var description: String {
    switch value {
    case .text(let text): quoted(text, "'")
    case .number(let lexeme): lexeme
    case .boolean(let value): "\(value)"
    case .principalName: "principal.name"
    }
  }
}
