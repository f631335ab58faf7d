import JSON
import Yams

/// A YAML file as JSON, that still knows on which line each value stands. JSON is YAML, too.
struct YAMLDocument {
  let path: String
  let json: JSONValue
  /// By the place in the document, as errors name it: `$.rows.minimum`.
  private let lines: [String: Int]

  init(reading path: String) throws {
    try self.init(LocalFile.read(path), of: path)
  }

  /// - Parameter path: of the file, for messages.
  init(_ bytes: [UInt8], of path: String) throws {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw CommandFailure.usage("\(path) is not UTF-8") }
    let node: Node?
    do { node = try Yams.compose(yaml: text) } catch let error as YamlError {
      throw CommandFailure.usage("\(path) is no YAML: \(error)")
    }
    guard let node else { throw CommandFailure.usage("\(path) is empty") }
    var conversion = Conversion(path: path)
    var writer = JSONWriter()
    try conversion.write(node, at: "$", to: &writer)
    self.path = path
    json = try JSONDocument(parsing: writer.bytes).root
    lines = conversion.lines
  }

  /// An error about a value of this document, with its line and key.
  ///
  /// - Parameter prefix: what stands before the document's own places in the error's.
  func failure(_ error: JSONError, below prefix: String = "$") -> CommandFailure {
    guard let place = error.path, place.hasPrefix(prefix) else { return .usage("\(path): \(error.message)") }
    let own = "$" + place.dropFirst(prefix.count)
    let key = own.dropFirst(2)
    let line = lines[own].map { ":\($0)" } ?? ""
    return .usage("\(path)\(line): \(key.isEmpty ? "" : "\(key): ")\(error.message)")
  }
}

private struct Conversion {
  let path: String
  var lines: [String: Int] = [:]

  mutating func write(_ node: Node, at place: String, to writer: inout JSONWriter) throws {
    lines[place] = node.mark?.line
    switch node {
    case .scalar(let scalar): writer.raw(try text(node, scalar))
    case .sequence(let sequence):
      var parts: [[UInt8]] = []
      for (index, element) in sequence.enumerated() {
        var part = JSONWriter()
        try write(element, at: "\(place)[\(index)]", to: &part)
        parts.append(part.bytes)
      }
      writer.array { for part in parts { $0.raw(part) } }
    case .mapping(let mapping):
      var parts: [(key: String, value: [UInt8])] = []
      for (key, value) in mapping {
        guard case .scalar(let name) = key else { throw fail(key, "A key must be a word") }
        var part = JSONWriter()
        try write(value, at: "\(place).\(name.string)", to: &part)
        parts.append((name.string, part.bytes))
      }
      writer.object {
        for part in parts {
          $0.key(part.key)
          $0.raw(part.value)
        }
      }
    case .alias: throw fail(node, "Aliases are not understood; write the value out")
    }
  }

  private func fail(_ node: Node, _ message: String) -> CommandFailure {
    .usage("\(path)\(node.mark.map { ":\($0.line)" } ?? ""): \(message)")
  }

  /// What a plain scalar is taken for: nothing, a truth, a number, else text.
  private func text(_ node: Node, _ scalar: Node.Scalar) throws -> [UInt8] {
    switch node.tag {
    case Tag(.null): return Array("null".utf8)
    case Tag(.bool):
      guard let value = node.bool else { throw fail(node, "\"\(scalar.string)\" is neither true nor false") }
      return Array((value ? "true" : "false").utf8)
    case Tag(.int):
      guard let value = node.int else { throw fail(node, "\"\(scalar.string)\" is no whole number of 64 bits") }
      return Array(String(value).utf8)
    case Tag(.float):
      guard let value = node.float, value.isFinite else { throw fail(node, "\"\(scalar.string)\" is no number") }
      return Array("\(value)".utf8)
    default: return JSONWriter.text { $0.value(scalar.string) }
    }
  }
}
