import ArgumentParser
import Iceberg
import JSON

/// A column as `--column` gives it: `name type [required]`.
///
/// A name that holds spaces stands in double quotes. Types are spelled as the table specification does, and `list<T>`, `map<K, V>`
/// and `struct<name: T, …>`; a field or `element` inside is optional unless `required` follows its type.
struct ColumnDefinition: Hashable, Sendable {
  fileprivate indirect enum ColumnType: Hashable, Sendable {
    case primitive(PrimitiveType)
    case list(Part)
    case map(key: ColumnType, value: Part)
    case structure([Field])
  }

  fileprivate struct Part: Hashable, Sendable {
    let type: ColumnType
    let isRequired: Bool
  }

  fileprivate struct Field: Hashable, Sendable {
    let name: String
    let part: Part
  }

  fileprivate let field: Field

  /// - Throws: a `ValidationError` that says where the definition is wrong.
  init(parsing text: String) throws {
    var parser = ColumnParser(text)
    field = try parser.column()
  }

  /// The columns as a schema's JSON, ids given out as the server will: outer fields first.
  static func schema(_ columns: [ColumnDefinition]) -> [UInt8] {
    var lastID = 0
    return JSONWriter.text { writer in
      writer.object {
        $0.field("type", "struct")
        $0.field("schema-id", 0)
        $0.key("fields")
        write(columns.map(\.field), &lastID, to: &$0)
      }
    }
  }

  private static func write(_ fields: [Field], _ lastID: inout Int, to writer: inout JSONWriter) {
    let firstID = lastID + 1
    lastID += fields.count
    writer.array {
      for (index, field) in fields.enumerated() {
        $0.object {
          $0.field("id", firstID + index)
          $0.field("name", field.name)
          $0.field("required", field.part.isRequired)
          $0.key("type")
          write(field.part.type, &lastID, to: &$0)
        }
      }
    }
  }

  private static func write(_ type: ColumnType, _ lastID: inout Int, to writer: inout JSONWriter) {
    switch type {
    case .primitive(let primitive): writer.value(primitive.description)
    case .list(let element):
      lastID += 1
      writer.object {
        $0.field("type", "list")
        $0.field("element-id", lastID)
        $0.field("element-required", element.isRequired)
        $0.key("element")
        write(element.type, &lastID, to: &$0)
      }
    case .map(let key, let value):
      lastID += 2
      writer.object {
        $0.field("type", "map")
        $0.field("key-id", lastID - 1)
        $0.field("value-id", lastID)
        $0.field("value-required", value.isRequired)
        $0.key("key")
        write(key, &lastID, to: &$0)
        $0.key("value")
        write(value.type, &lastID, to: &$0)
      }
    case .structure(let fields):
      writer.object {
        $0.field("type", "struct")
        $0.key("fields")
        write(fields, &lastID, to: &$0)
      }
    }
  }
}

/// Reads one column definition.
private struct ColumnParser {
  let text: String
  var rest: Substring
  var depth = 0

  static let maximumDepth = 32

  init(_ text: String) {
    self.text = text
    rest = text[...]
  }

  func invalid(_ what: String) -> ValidationError {
    ValidationError(
      "\(what) in the column \"\(text)\". Write it as \"name type [required]\", as in \"id long required\" or \"tags list<string>\".")
  }

  mutating func column() throws -> ColumnDefinition.Field {
    let name = try name(endingAt: [" ", "\t"])
    let part = try part()
    skipSpaces()
    guard rest.isEmpty else { throw invalid("\"\(rest)\" is not understood") }
    return ColumnDefinition.Field(name: name, part: part)
  }

  private mutating func skipSpaces() { rest = rest.drop { $0.isWhitespace } }

  private mutating func take(_ token: String) -> Bool {
    skipSpaces()
    guard rest.lowercased().hasPrefix(token) else { return false }
    rest = rest.dropFirst(token.count)
    return true
  }

  private mutating func expect(_ token: String) throws {
    guard take(token) else { throw invalid("\"\(token)\" is missing before \"\(rest)\"") }
  }

  private mutating func name(endingAt ends: Set<Character>) throws -> String {
    skipSpaces()
    let name: Substring
    if rest.first == "\"" {
      name = rest.dropFirst().prefix { $0 != "\"" }
      rest = rest.dropFirst(name.count + 1)
      guard rest.first == "\"" else { throw invalid("A double quote is not closed") }
      rest = rest.dropFirst()
    } else {
      name = rest.prefix { !ends.contains($0) }
      rest = rest.dropFirst(name.count)
    }
    guard !name.isEmpty else { throw invalid("A name is missing") }
    return String(name)
  }

  /// A type, and whether `required` follows.
  private mutating func part() throws -> ColumnDefinition.Part {
    let type = try type()
    return ColumnDefinition.Part(type: type, isRequired: take("required"))
  }

  private mutating func type() throws -> ColumnDefinition.ColumnType {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maximumDepth else { throw invalid("More than \(Self.maximumDepth) types lie in one another") }
    if take("list<") {
      let element = try part()
      try expect(">")
      return .list(element)
    }
    if take("map<") {
      let key = try type()
      try expect(",")
      let value = try part()
      try expect(">")
      return .map(key: key, value: value)
    }
    if take("struct<") {
      var fields: [ColumnDefinition.Field] = []
      repeat {
        let name = try name(endingAt: [":", " ", "\t", ">", ","])
        _ = take(":")
        fields.append(ColumnDefinition.Field(name: name, part: try part()))
      } while take(",")
      try expect(">")
      return .structure(fields)
    }
    return .primitive(try primitive())
  }

  private mutating func primitive() throws -> PrimitiveType {
    skipSpaces()
    var word = rest.prefix { !$0.isWhitespace && !",<>([".contains($0) }
    rest = rest.dropFirst(word.count)
    // Parameters may follow a space: `decimal (10, 2)`.
    let ahead = rest.drop { $0.isWhitespace }
    if let open = ahead.first, open == "(" || open == "[", let close = ahead.firstIndex(of: open == "(" ? ")" : "]") {
      word += ahead[...close]
      rest = ahead[ahead.index(after: close)...]
    }
    guard !word.isEmpty else { throw invalid("A type is missing") }
    guard let type = PrimitiveType(String(word)) else { throw invalid("\"\(word)\" is no type") }
    return type
  }
}
