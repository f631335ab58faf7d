/// Expressions flattened into one array of small nodes, which evaluate without touching the syntax tree.
///
/// A class, so that an evaluator holds it by one reference.
final class Program: Sendable {
  enum Operation: UInt8, Sendable {
    /// `a`: index of a constant.
    case constant
    case principal, action, resource, context
    /// `a`: operand.
    case not, negate, isEmpty
    /// `a`, `b`: operands; `c`: raw value of the operator.
    case binary
    /// `a`: first in `operands`; `b`: how many.
    case and, or, set
    /// `a`: first in `operands`; `b`: how many; `c`: index of the first key in `texts`.
    case record
    /// `a`, `b`, `c`: test, then, else.
    case conditional
    /// `a`: operand; `b`: index of the name in `texts`.
    case attribute
    /// `a`: operand; `b`: index of the first name in `texts`; `c`: how many.
    case has
    /// `a`: operand; `b`: index of the pattern.
    case like
    /// `a`: operand; `b`: index of the type; `c`: the expression after `in`, or -1.
    case isType
    /// `a`: first in `operands`; `b`: how many; `c`: index of the function.
    case call
    /// A slot where none can be.
    case unlinked
  }

  struct Node: Sendable {
    var operation: Operation
    var a: Int32 = 0
    var b: Int32 = 0
    var c: Int32 = 0
  }

  let nodes: [Node]
  let ranges: [SourceRange]
  let operands: [Int32]
  let constants: [Value]
  let texts: [Text]
  let patterns: [Pattern]
  let types: [EntityTypeName]
  let functions: [ExtensionFunction]

  init(_ builder: ProgramBuilder) {
    nodes = builder.nodes
    ranges = builder.ranges
    operands = builder.operands
    constants = builder.constants
    texts = builder.texts
    patterns = builder.patterns
    types = builder.types
    functions = builder.functions
  }
}

/// Flattens one expression after another.
struct ProgramBuilder {
  typealias Node = Program.Node

  private(set) var nodes: [Node] = []
  private(set) var ranges: [SourceRange] = []
  private(set) var operands: [Int32] = []
  private(set) var constants: [Value] = []
  private(set) var texts: [Text] = []
  private(set) var patterns: [Pattern] = []
  private(set) var types: [EntityTypeName] = []
  private(set) var functions: [ExtensionFunction] = []

  /// Adds an expression; answers where its node is.
  mutating func add(_ expression: Expression) -> Int32 {
    let node = node(for: expression)
    nodes.append(node)
    ranges.append(expression.range)
    return Int32(nodes.count - 1)
  }

  private mutating func node(for expression: Expression) -> Node {
    if let value = Self.constant(expression) { return Node(operation: .constant, a: add(value)) }
    switch expression.kind {
    case .literal, .slot: return Node(operation: .unlinked)
    case .variable(.principal): return Node(operation: .principal)
    case .variable(.action): return Node(operation: .action)
    case .variable(.resource): return Node(operation: .resource)
    case .variable(.context): return Node(operation: .context)
    case .not(let operand): return Node(operation: .not, a: add(operand))
    case .negate(let operand): return Node(operation: .negate, a: add(operand))
    case .isEmpty(let operand): return Node(operation: .isEmpty, a: add(operand))
    case .binary(let symbol, let left, let right):
      let (left, right) = (add(left), add(right))
      return Node(operation: .binary, a: left, b: right, c: Int32(symbol.rawValue))
    case .and(let parts): return list(.and, parts)
    case .or(let parts): return list(.or, parts)
    case .set(let parts): return list(.set, parts)
    case .call(let function, let arguments):
      var node = list(.call, arguments)
      node.c = Int32(functions.count)
      functions.append(function)
      return node
    case .record(let entries):
      var node = list(.record, entries.map(\.value))
      node.c = Int32(texts.count)
      texts += entries.map(\.key)
      return node
    case .conditional(let test, let then, let otherwise):
      let (test, then, otherwise) = (add(test), add(then), add(otherwise))
      return Node(operation: .conditional, a: test, b: then, c: otherwise)
    case .attribute(let operand, let name):
      let operand = add(operand)
      texts.append(name)
      return Node(operation: .attribute, a: operand, b: Int32(texts.count - 1))
    case .has(let operand, let path):
      let operand = add(operand)
      texts += path
      return Node(operation: .has, a: operand, b: Int32(texts.count - path.count), c: Int32(path.count))
    case .like(let operand, let pattern):
      let operand = add(operand)
      patterns.append(pattern)
      return Node(operation: .like, a: operand, b: Int32(patterns.count - 1))
    case .isType(let operand, let type, let ancestor):
      let (operand, ancestor) = (add(operand), ancestor.map { add($0) } ?? -1)
      types.append(type)
      return Node(operation: .isType, a: operand, b: Int32(types.count - 1), c: ancestor)
    }
  }

  private mutating func add(_ value: Value) -> Int32 {
    constants.append(value)
    return Int32(constants.count - 1)
  }

  private mutating func list(_ operation: Program.Operation, _ parts: [Expression]) -> Node {
    let indices = parts.map { add($0) }
    operands += indices
    return Node(operation: operation, a: Int32(operands.count - indices.count), b: Int32(indices.count))
  }

  /// The value of literals, of sets and records of constants, and of constructors that succeed on a literal; `nil` for all else.
  private static func constant(_ expression: Expression) -> Value? {
    switch expression.kind {
    case .literal(.bool(let value)): return .bool(value)
    case .literal(.long(let value)): return .long(value)
    case .literal(.string(let value)): return .string(value)
    case .literal(.entity(let value)): return .entity(value)
    case .set(let parts):
      let values = parts.compactMap(constant)
      return values.count == parts.count ? .set(ValueSet(values)) : nil
    case .record(let entries):
      let fields = entries.compactMap { entry in constant(entry.value).map { (name: entry.key, value: $0) } }
      return fields.count == entries.count ? .record(Record(fields)) : nil
    case .call(let function, let arguments) where function.isConstructor && arguments.count == 1:
      guard let argument = constant(arguments[0]) else { return nil }
      return try? ExtensionCalls.call(function, [argument]).get()
    default: return nil
    }
  }

  /// What the expression at `root` looks at.
  func mentions(_ root: Int32) -> Mentions {
    var pending = [root]
    var found = Mentions()
    /// Goes on with an operand of which no more is asked than what it has.
    func look(into operand: Int32) {
      if nodes[Int(operand)].operation == .resource { found.resource = true } else { pending.append(operand) }
    }
    while let index = pending.popLast() {
      let node = nodes[Int(index)]
      switch node.operation {
      case .resource:
        found.resource = true
        found.resourceItself = true
      case .context: found.context = true
      case .constant, .principal, .action, .unlinked: break
      case .attribute, .has: look(into: node.a)
      case .not, .negate, .isEmpty, .like: pending.append(node.a)
      case .binary where [BinaryOperator.getTag, .hasTag].contains { Int32($0.rawValue) == node.c }:
        look(into: node.a)
        pending.append(node.b)
      case .binary: pending += [node.a, node.b]
      case .conditional: pending += [node.a, node.b, node.c]
      case .isType where node.c < 0: look(into: node.a)
      case .isType: pending += [node.a, node.c]
      case .and, .or, .set, .record, .call: pending += operands[Int(node.a)..<Int(node.a + node.b)]
      }
    }
    return found
  }
}

/// What an expression looks at, besides principal and action.
struct Mentions: Sendable {
  var context = false
  var resource = false
  /// Which resource it is, and not only its type and what it has.
  var resourceItself = false

  mutating func add(_ other: Mentions) {
    context = context || other.context
    resource = resource || other.resource
    resourceItself = resourceItself || other.resourceItself
  }
}
