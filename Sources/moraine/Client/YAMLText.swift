import JSON
import Yams

/// A JSON value as YAML: the same members in the same order, numbers digit by digit.
enum YAMLText {
  static func text(_ value: JSONValue) throws -> String { try serialize(node(value)) }

  /// One element of a list, with its dash, as it stands below a key.
  static func item(_ value: JSONValue) throws -> String {
    try serialize(Node([node(value)], Tag(.seq)))
  }

  private static func serialize(_ node: Node) throws -> String {
    try Yams.serialize(node: node, width: -1, allowUnicode: true, sortKeys: false)
  }

  private static func node(_ value: JSONValue) throws -> Node {
    switch value.kind {
    case .object:
      return Node(try value.object().map { (Node(scalar: .plainest($0.key)), try node($0.value)) }, Tag(.map))
    case .array:
      return Node(try value.array().map(node), Tag(.seq))
    case .string:
      return Node(scalar: .plainest(try value.string()))
    case .number, .bool, .null:
      return Node(value.rawText)
    }
  }
}

extension Node {
  fileprivate init(scalar: Node.Scalar) { self = .scalar(scalar) }
}

extension Node.Scalar {
  /// A string, quoted only where it would be read as something else.
  fileprivate static func plainest(_ text: String) -> Node.Scalar {
    if text.contains("\n") { return Node.Scalar(text, Tag(.str), .literal) }
    return text.represented()
  }
}
