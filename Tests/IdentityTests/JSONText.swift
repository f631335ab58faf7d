import JSON

enum JSONText {
  static func parse(_ text: String) throws -> JSONValue { try JSONDocument(parsing: text).root }
}
