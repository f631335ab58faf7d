/// A statement and its parameters: `"SELECT name FROM t WHERE id = \(id)"` binds `id` as `$1`.
///
/// Kept as the literals around the parameters, so that neither making a statement nor finding its prepared form
/// builds a string: the text is made once per connection, when the statement is prepared.
package struct SQL: ExpressibleByStringInterpolation, Sendable {
  /// One more than there are parameters; canonical, so equal texts have equal literals.
  var literals: [String]
  var parameters: [any PostgresEncodable]

  package init(stringLiteral value: String) {
    literals = [value]
    parameters = []
  }

  package init(stringInterpolation: StringInterpolation) {
    literals = stringInterpolation.literals
    parameters = stringInterpolation.parameters
  }

  /// Trusted text without parameters.
  package init(raw text: String) {
    self.init(stringLiteral: text)
  }

  /// The text as the server sees it, with `$1`, `$2`, … for the parameters.
  package var text: String {
    var text = literals[0]
    for index in 1..<max(literals.count, 1) {
      text += "$\(index)"
      text += literals[index]
    }
    return text
  }

  package var parameterCount: Int { parameters.count }

  package mutating func append(_ other: SQL) {
    literals[literals.count - 1] += other.literals[0]
    literals.append(contentsOf: other.literals.dropFirst())
    parameters.append(contentsOf: other.parameters)
  }

  /// The two texts one after the other, with the parameters renumbered.
  package static func + (left: SQL, right: SQL) -> SQL {
    var sum = left
    sum.append(right)
    return sum
  }

  package static func += (left: inout SQL, right: SQL) {
    left.append(right)
  }
}

extension SQL {
  package struct StringInterpolation: StringInterpolationProtocol {
    var literals: [String] = []
    var parameters: [any PostgresEncodable] = []

    package init(literalCapacity: Int, interpolationCount: Int) {
      literals.reserveCapacity(interpolationCount + 1)
      parameters.reserveCapacity(interpolationCount)
      literals.append("")
    }

    package mutating func appendLiteral(_ literal: String) {
      let last = literals.count - 1
      // The common case keeps the literal itself, which lives in the binary and costs no allocation.
      if literals[last].isEmpty { literals[last] = literal } else { literals[last] += literal }
    }

    /// Binds a parameter.
    package mutating func appendInterpolation(_ value: some PostgresEncodable) {
      parameters.append(value)
      literals.append("")
    }

    /// Binds a parameter that may be NULL.
    package mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) {
      parameters.append(value)
      literals.append("")
    }

    /// Splices trusted text, such as a table name of our own.
    package mutating func appendInterpolation(raw text: String) {
      appendLiteral(text)
    }

    /// Splices another statement, with its parameters renumbered.
    package mutating func appendInterpolation(_ other: SQL) {
      appendLiteral(other.literals[0])
      literals.append(contentsOf: other.literals.dropFirst())
      parameters.append(contentsOf: other.parameters)
    }
  }
}

extension SQL {
  private var words: some Sequence<Substring> {
    literals.lazy.map { $0.uppercased() }.flatMap { $0.split { !$0.isLetter && $0 != "_" } }
  }

  /// Whether the statement can only read. A SELECT counts as reading, whatever functions it calls and rows it locks,
  /// unless a word of it changes data. Errs towards false.
  var isRead: Bool {
    var previous: Substring = ""
    for word in words {
      switch word {
      case "INSERT", "DELETE", "MERGE", "INTO": return false
      // FOR UPDATE and FOR NO KEY UPDATE lock, they do not change.
      case "UPDATE" where previous != "FOR" && previous != "KEY": return false
      default:
        if previous.isEmpty, !["SELECT", "VALUES", "SHOW", "TABLE", "WITH"].contains(word) { return false }
      }
      previous = word
    }
    return !previous.isEmpty
  }

  /// Whether the statement, outside a transaction, commits at its end and not before: so not CALL, DO, VACUUM, or COMMIT itself.
  var commitsAtItsEnd: Bool {
    words.first { _ in true }.map { ["SELECT", "VALUES", "TABLE", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE"].contains($0) } ?? false
  }
}
