package import JSON

/// Expressions as JSON (Cedar documentation, "JSON policy format": JsonExpr objects).
extension Expression: JSONEncodable {
  package func write(to writer: inout JSONWriter) { kind.write(to: &writer) }

  /// Longer paths of `has` are written as an array of names: written out they would nest deeper than other readers go.
  static let longestPathWrittenOut = 32
}

extension Expression.Kind {
  fileprivate func write(to writer: inout JSONWriter) {
    switch self {
    case .literal(let literal): writer.object { $0.field("Value", literal) }
    case .variable(let variable): writer.object { $0.field("Var", variable.name) }
    case .slot(let slot): writer.object { $0.field("Slot", slot.name) }
    case .not(let operand): Self.write("!", operand, to: &writer)
    case .negate(let operand): Self.write("neg", operand, to: &writer)
    case .isEmpty(let operand): Self.write("isEmpty", operand, to: &writer)
    case .binary(let symbol, let left, let right):
      writer.operation(symbol.symbol) {
        $0.field("left", left)
        $0.field("right", right)
      }
    case .and(let operands): Self.writeChain("&&", operands, to: &writer)
    case .or(let operands): Self.writeChain("||", operands, to: &writer)
    case .conditional(let test, let then, let otherwise):
      writer.operation("if-then-else") {
        $0.field("else", otherwise)
        $0.field("if", test)
        $0.field("then", then)
      }
    case .attribute(let target, let name):
      writer.operation(".") {
        $0.field("attr", name.string)
        $0.field("left", target)
      }
    case .has(let target, let path): Self.writeHas(target, path, to: &writer)
    case .like(let target, let pattern):
      writer.operation("like") {
        $0.field("left", target)
        $0.field("pattern", pattern.elements)
      }
    case .isType(let target, let type, let ancestor):
      writer.operation("is") {
        $0.field("entity_type", type.text.string)
        if let ancestor { $0.field("in", ancestor) }
        $0.field("left", target)
      }
    case .set(let elements): writer.object { $0.field("Set", elements) }
    case .record(let entries):
      writer.operation("Record") { writer in
        for entry in entries.sorted(by: { $0.key < $1.key }) {
          writer.key(entry.key.string)
          entry.value.write(to: &writer)
        }
      }
    case .call(let function, let arguments):
      writer.object {
        $0.key(function.rawValue)
        $0.values(arguments)
      }
    }
  }

  private static func write(_ name: String, _ operand: Expression, to writer: inout JSONWriter) {
    writer.operation(name) { $0.field("arg", operand) }
  }

  /// Two operands at a time, from the left: `{"&&": {"left": {"&&": {"left": a, "right": b}}, "right": c}}`.
  ///
  /// Put together from the operands' texts: a chain may be longer than the call stack is deep.
  private static func writeChain(_ name: String, _ operands: [Expression], to writer: inout JSONWriter) {
    var text: [UInt8] = []
    for _ in operands.dropFirst() { text += "{\"\(name)\":{\"left\":".utf8 }
    text += operands[0].jsonText
    for operand in operands.dropFirst() {
      text += ",\"right\":".utf8
      text += operand.jsonText
      text += "}}".utf8
    }
    writer.raw(text)
  }

  private static func writeHas(_ target: Expression, _ path: [Text], to writer: inout JSONWriter) {
    if path.count > 1, path.count <= Expression.longestPathWrittenOut {
      return writeChain("&&", ExpressionReader.expandedPath(target, path), to: &writer)
    }
    writer.operation("has") {
      if path.count == 1 { $0.field("attr", path[0].string) } else { $0.field("attr", path.map(\.string)) }
      $0.field("left", target)
    }
  }
}

extension Literal: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    switch self {
    case .bool(let value): writer.value(value)
    case .long(let value): writer.value(value)
    case .string(let value): writer.value(value.string)
    case .entity(let value): writer.object { $0.field("__entity", value) }
    }
  }
}

extension Pattern.Element: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    switch self {
    case .wildcard: writer.value("Wildcard")
    case .scalar(let scalar): writer.object { $0.field("Literal", String(scalar)) }
    }
  }
}

extension JSONWriter {
  /// `{"name": {…}}`
  fileprivate mutating func operation(_ name: String, _ body: (inout JSONWriter) -> Void) {
    object {
      $0.key(name)
      $0.object(body)
    }
  }
}
