package import JSON

/// Why a schema was refused: what was wrong, where, and what was expected.
package struct SchemaError: Error, Hashable, CustomStringConvertible {
  package enum Position: Hashable, Sendable {
    case text(SourcePosition)
    /// The way from the root of a JSON document, such as `$.entityTypes`.
    case json(path: String)
    case unknown
  }

  package let message: String
  package let position: Position

  package init(_ message: String, at position: Position = .unknown) {
    self.message = message
    self.position = position
  }

  init(_ error: SyntaxError) { self.init(error.message, at: .text(error.position)) }

  init(_ error: JSONError) { self.init(error.message, at: error.path.map { .json(path: $0) } ?? .unknown) }

  package var description: String {
    switch position {
    case .text(let place): "\(place): \(message)"
    case .json(let path): "\(path): \(message)"
    case .unknown: message
    }
  }
}

/// Where a part of a schema was written. All places are equal, so that schemas compare by what they say.
package enum SchemaPlace: Sendable {
  case text(SourceRange)
  case json(JSONValue)
  case none
}

extension SchemaPlace: Hashable {
  package static func == (left: SchemaPlace, right: SchemaPlace) -> Bool { true }
  package func hash(into hasher: inout Hasher) {}
}
