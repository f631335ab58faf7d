package import JSON

/// Reads expressions from JSON (Cedar documentation, "JSON policy format": JsonExpr objects).
package enum ExpressionReader {
  /// `depth` is how many expressions stand around this one.
  package static func expression(_ json: JSONValue, depth: Int = 0) throws(JSONError) -> Expression {
    guard depth < PolicyParser.maximumDepth else {
      throw json.invalid("The expression is too deep; expected at most \(PolicyParser.maximumDepth) levels")
    }
    let (name, value) = try operation(json)
    switch name {
    case "Value": return try literal(value, depth: depth)
    case "Var":
      let name = try value.string()
      guard let variable = Variable.allCases.first(where: { $0.name == name }) else {
        throw value.invalid("Expected \"principal\", \"action\", \"resource\" or \"context\"")
      }
      return Expression(.variable(variable))
    case "Slot": throw value.invalid("A condition has a slot; slots stand in the scope only")
    case "!": return Expression(.not(try argument(value, depth)))
    case "neg": return Expression(.negate(try argument(value, depth)))
    case "isEmpty": return Expression(.isEmpty(try argument(value, depth)))
    case "&&": return Expression(.and(try chain(name, value, depth)))
    case "||": return Expression(.or(try chain(name, value, depth)))
    case ".":
      let object = try value.object(of: ["left", "attr"])
      return Expression(.attribute(try part(object, "left", depth), Text(try object.required("attr").string())))
    case "has": return try has(value, depth)
    case "like":
      let object = try value.object(of: ["left", "pattern"])
      return Expression(.like(try part(object, "left", depth), try pattern(try object.required("pattern"))))
    case "is":
      let object = try value.object(of: ["left", "entity_type", "in"])
      let type = try typeName(try object.required("entity_type"))
      let ancestor: Expression? = object.optional("in") == nil ? nil : try part(object, "in", depth)
      return Expression(.isType(try part(object, "left", depth), type, in: ancestor))
    case "if-then-else":
      let object = try value.object(of: ["if", "then", "else"])
      return Expression(
        .conditional(if: try part(object, "if", depth), then: try part(object, "then", depth), else: try part(object, "else", depth)))
    case "Set": return Expression(.set(try elements(value, depth)))
    case "Record": return try record(value, depth)
    default: return try binaryOrCall(name, value, at: json, depth)
    }
  }

  /// A type's name, normalized.
  static func typeName(_ json: JSONValue) throws(JSONError) -> EntityTypeName {
    guard let name = EntityTypeName(try json.string()) else { throw json.invalid("Expected the name of an entity type") }
    return name
  }

  /// An operation is an object with one member, named after it.
  private static func operation(_ json: JSONValue) throws(JSONError) -> (name: String, value: JSONValue) {
    var members = try json.object().makeIterator()
    guard let member = members.next(), members.next() == nil else {
      throw json.invalid("Expected an expression, an object with the one member that names its operation")
    }
    return (member.key, member.value)
  }

  private static func part(_ object: JSONObject, _ key: StaticString, _ depth: Int) throws(JSONError) -> Expression {
    try expression(try object.required(key), depth: depth + 1)
  }

  private static func argument(_ json: JSONValue, _ depth: Int) throws(JSONError) -> Expression {
    try part(try json.object(of: ["arg"]), "arg", depth)
  }

  private static func elements(_ json: JSONValue, _ depth: Int) throws(JSONError) -> [Expression] {
    var elements: [Expression] = []
    for element in try json.array() { elements.append(try expression(element, depth: depth + 1)) }
    return elements
  }

  private static func record(_ json: JSONValue, _ depth: Int) throws(JSONError) -> Expression {
    var entries: [RecordEntry] = []
    for member in try json.object() {
      entries.append(RecordEntry(key: Text(member.key), value: try expression(member.value, depth: depth + 1)))
    }
    return Expression(.record(entries))
  }

  /// The operands of `&&` or `||`, those of the same operation on its left included. A loop, since chains may be long.
  private static func chain(_ name: String, _ json: JSONValue, _ depth: Int) throws(JSONError) -> [Expression] {
    var operands: [Expression] = []
    var json = json
    while true {
      let object = try json.object(of: ["left", "right"])
      operands.append(try part(object, "right", depth))
      let left = try operation(try object.required("left"))
      guard left.name == name else { break }
      json = left.value
    }
    operands.append(try part(try json.object(), "left", depth))
    return operands.reversed()
  }

  private static func binaryOrCall(_ name: String, _ value: JSONValue, at json: JSONValue, _ depth: Int) throws(JSONError) -> Expression {
    if let symbol = BinaryOperator.allCases.first(where: { $0.symbol == name }) {
      let object = try value.object(of: ["left", "right"])
      return Expression(.binary(symbol, try part(object, "left", depth), try part(object, "right", depth)))
    }
    guard let function = ExtensionFunction(rawValue: name) else {
      throw json.invalid("There is no operation or function \(StringLiteral.quoted(name))")
    }
    let arguments = try elements(value, depth)
    guard function.isConstructor || !arguments.isEmpty else {
      throw value.invalid("The method \(name) has nothing to be called on; expected its receiver as first argument")
    }
    return Expression(.call(function, arguments))
  }

  /// One attribute, or an array of them for a path.
  private static func has(_ json: JSONValue, _ depth: Int) throws(JSONError) -> Expression {
    let object = try json.object()
    let target = try part(object, "left", depth)
    let attribute = try object.required("attr")
    guard attribute.kind == .array else { return Expression(.has(target, path: [Text(try attribute.string())])) }
    let path = try attribute.array().decode { (json) throws(JSONError) in Text(try json.string()) }
    guard !path.isEmpty else { throw attribute.invalid("A path is empty; expected the name of an attribute") }
    // The language writes a path of identifiers alone; another one is what it stands for.
    guard path.count > 1, !path.allSatisfy({ Identifier.isNamePart($0.string) }) else { return Expression(.has(target, path: path)) }
    guard depth + path.count + target.depth < PolicyParser.maximumDepth else { throw attribute.invalid("The path is too long") }
    return Expression(.and(expandedPath(target, path)))
  }

  /// `a has b`, `a.b has c` and so on, which together are `a has b.c`.
  static func expandedPath(_ target: Expression, _ path: [Text]) -> [Expression] {
    var target = target
    return path.map { name in
      let has = Expression(.has(target, path: [name]))
      target = Expression(.attribute(target, name))
      return has
    }
  }

  /// `"Wildcard"`, and `{"Literal": …}` with any number of characters.
  private static func pattern(_ json: JSONValue) throws(JSONError) -> Pattern {
    var elements: [Pattern.Element] = []
    for element in try json.array() {
      if element.isString("Wildcard") {
        elements.append(.wildcard)
      } else if element.kind == .object {
        let literal = try element.object(of: ["Literal"]).required("Literal").string()
        elements += literal.unicodeScalars.map { .scalar($0) }
      } else {
        throw element.invalid("Expected \"Wildcard\" or {\"Literal\": …}")
      }
    }
    return Pattern(elements)
  }

  // MARK: Values

  /// What stands in `Value`: a value as entities' attributes have it, kept as an expression, so that nothing is called yet.
  private static func literal(_ json: JSONValue, depth: Int) throws(JSONError) -> Expression {
    guard depth < PolicyParser.maximumDepth else { throw json.invalid("The value is too deep") }
    switch json.kind {
    case .array:
      var elements: [Expression] = []
      for element in try json.array() { elements.append(try literal(element, depth: depth + 1)) }
      return Expression(.set(elements))
    case .object:
      let object = try json.object()
      if let escaped = try escape(object, depth: depth) { return escaped }
      var entries: [RecordEntry] = []
      for member in object { entries.append(RecordEntry(key: Text(member.key), value: try literal(member.value, depth: depth + 1))) }
      return Expression(.record(entries))
    case .bool: return Expression(.literal(.bool(try json.bool())))
    case .string: return Expression(.literal(.string(Text(try json.string()))))
    case .number, .null:
      guard case .long(let value) = try ValueReader.value(json) else { throw json.invalid("Expected a whole number") }
      return Expression(.literal(.long(value)))
    }
  }

  /// What an object with the one member `__entity` or `__extn` stands for; `nil` for any other, which is a record.
  private static func escape(_ object: JSONObject, depth: Int) throws(JSONError) -> Expression? {
    var members = object.makeIterator()
    guard let member = members.next(), members.next() == nil else { return nil }
    if member.isNamed("__expr"), member.value.kind == .string { throw member.value.invalid("The escape __expr is no longer supported") }
    guard member.value.kind == .object else { return nil }
    let inner = try member.value.object()
    if member.isNamed("__entity"), inner["type"]?.kind == .string, inner["id"]?.kind == .string {
      return Expression(.literal(.entity(try ValueReader.entity(member.value))))
    }
    guard member.isNamed("__extn"), let name = inner["fn"], name.kind == .string else { return nil }
    var arguments: [Expression] = []
    if let argument = inner["arg"] {
      arguments = [try literal(argument, depth: depth + 1)]
    } else if let list = inner["args"], list.kind == .array {
      for argument in try list.array() { arguments.append(try literal(argument, depth: depth + 1)) }
    } else {
      return nil
    }
    guard let function = ExtensionFunction(rawValue: try name.string()) else { throw name.invalid("There is no such function") }
    guard function.isConstructor || !arguments.isEmpty else { throw inner.value.invalid("The method has no receiver") }
    return Expression(.call(function, arguments))
  }
}
