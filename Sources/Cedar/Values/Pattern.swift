/// The right side of `like`: scalars, and wildcards that stand for any number of scalars.
package struct Pattern: Hashable, Sendable {
  package enum Element: Hashable, Sendable {
    case wildcard
    case scalar(Unicode.Scalar)
  }

  package let elements: [Element]

  package init(_ elements: [Element]) { self.elements = elements }

  /// Whether the whole of `text` fits, compared scalar by scalar; time at most the product of both lengths.
  package func matches(_ text: String) -> Bool {
    let scalars = text.unicodeScalars
    var here = scalars.startIndex
    var index = 0
    // Where to go on when a guess proves wrong: after the last wildcard, one scalar further than last time.
    var resume: (index: Int, here: String.UnicodeScalarView.Index)?
    while here < scalars.endIndex {
      if index < elements.count, elements[index] == .wildcard {
        index += 1
        resume = (index, here)
      } else if index < elements.count, elements[index] == .scalar(scalars[here]) {
        index += 1
        here = scalars.index(after: here)
      } else if let last = resume {
        let next = scalars.index(after: last.here)
        resume = (last.index, next)
        (index, here) = (last.index, next)
      } else {
        return false
      }
    }
    return elements[index...].allSatisfy { $0 == .wildcard }
  }
}

extension Pattern: CustomStringConvertible {
  /// A string literal that reads back as this pattern.
  package var description: String {
    let parts = elements.map { element in
      switch element {
      case .wildcard: "*"
      case .scalar("*"): "\\*"
      case .scalar(let scalar): StringLiteral.escaped(scalar)
      }
    }
    return "\"" + parts.joined() + "\""
  }
}
