/// Finds the types of expressions for one kind of request (Cedar documentation, "Validation"; the strict rules).
///
/// An expression that has a type cannot fail when evaluated, save for overflow and entities that do not exist.
struct Typechecker {
  struct Judgement {
    var expression: TypedExpression
    /// What is known to be there if the expression comes to true.
    var capabilities = Capabilities.none

    var type: CedarType { expression.type }
  }

  let schema: Schema
  let environment: RequestEnvironment

  func judge(_ expression: Expression, _ known: Capabilities) throws(TypeError) -> Judgement {
    switch expression.kind {
    case .literal(let literal): return try judge(literal, expression)
    case .variable(let variable): return Judgement(expression: typed(variable))
    case .slot: throw TypeError("A slot stands outside the scope", at: expression)
    case .not(let operand):
      let judged = try judge(operand, known)
      return Judgement(expression: .other([judged.expression], .bool(try boolean(judged.type, operand).negated)))
    case .negate(let operand):
      return Judgement(expression: .other([try expect(.long, operand, known)], .long))
    case .binary(let symbol, let left, let right): return try judge(symbol, left, right, whole: expression, known)
    case .and(let operands): return try judgeAnd(operands, known)
    case .or(let operands): return try judgeOr(operands, known)
    case .conditional(let test, let then, let otherwise):
      return try judgeConditional(test, then, otherwise, whole: expression, known)
    case .attribute(let operand, let name):
      return try judgeAttribute(name, of: try judge(operand, known), operand, whole: expression, known)
    case .has(let operand, let path): return try judgeHas(path, operand, known)
    case .like(let operand, _): return Judgement(expression: .other([try expect(.string, operand, known)], .bool(.any)))
    case .isType(let operand, let type, let ancestor): return try judgeIs(type, operand, ancestor, known)
    case .isEmpty(let operand):
      let judged = try judge(operand, known)
      guard case .set = judged.type else { throw mismatch("a set", judged.type, operand) }
      return Judgement(expression: .other([judged.expression], .bool(.any)))
    case .set(let elements): return try judgeSet(elements, whole: expression, known)
    case .record(let entries):
      var fields: [(name: Text, value: TypedExpression)] = []
      for entry in entries { fields.append((entry.key, try judge(entry.value, known).expression)) }
      let type = RecordType(fields.map { AttributeType(name: $0.name, type: $0.value.type, isRequired: true) })
      return Judgement(expression: .record(fields, .record(type)))
    case .call(let function, let arguments): return try judge(function, arguments, whole: expression, known)
    }
  }

  // MARK: Literals and variables

  private func judge(_ literal: Literal, _ expression: Expression) throws(TypeError) -> Judgement {
    switch literal {
    case .bool(let value): return Judgement(expression: .other([], .bool(value ? .alwaysTrue : .alwaysFalse)))
    case .long: return Judgement(expression: .other([], .long))
    case .string: return Judgement(expression: .other([], .string))
    case .entity(let uid):
      guard schema.allows(uid) else { throw TypeError("The schema does not have \(uid)", at: expression) }
      return Judgement(expression: .entity(uid, .entity(uid.type)))
    }
  }

  private func typed(_ variable: Variable) -> TypedExpression {
    switch variable {
    case .principal: .variable(.entity(environment.principal))
    case .action: .entity(environment.action.uid, .entity(environment.action.uid.type))
    case .resource: .variable(.entity(environment.resource))
    case .context: .variable(.record(environment.action.context))
    }
  }

  /// The value of a literal; that of `action` is known too.
  func literal(_ expression: Expression) -> Literal? {
    switch expression.kind {
    case .literal(let literal): literal
    case .variable(.action): .entity(environment.action.uid)
    default: nil
    }
  }

  func entity(_ expression: Expression) -> EntityUID? {
    if case .entity(let uid) = literal(expression) { uid } else { nil }
  }

  // MARK: Booleans

  private func judgeAnd(_ operands: [Expression], _ known: Capabilities) throws(TypeError) -> Judgement {
    guard let first = operands.first else { return Judgement(expression: .other([], .bool(.alwaysTrue))) }
    var left = try judge(first, known)
    _ = try boolean(left.type, first)
    for operand in operands.dropFirst() {
      // The rest is never evaluated.
      if left.type == .bool(.alwaysFalse) { break }
      left = try conjunction(left, try judge(operand, known.union(left.capabilities)), right: operand)
    }
    return left
  }

  func conjunction(_ left: Judgement, _ right: Judgement, right expression: Expression) throws(TypeError) -> Judgement {
    if left.type == .bool(.alwaysFalse) { return left }
    let parts = [left.expression, right.expression]
    switch try boolean(right.type, expression) {
    case .alwaysFalse: return Judgement(expression: .other(parts, .bool(.alwaysFalse)))
    case .alwaysTrue: return Judgement(expression: .other(parts, left.type), capabilities: left.capabilities.union(right.capabilities))
    case .any: return Judgement(expression: .other(parts, .bool(.any)), capabilities: left.capabilities.union(right.capabilities))
    }
  }

  private func judgeOr(_ operands: [Expression], _ known: Capabilities) throws(TypeError) -> Judgement {
    guard let first = operands.first else { return Judgement(expression: .other([], .bool(.alwaysFalse))) }
    var left = try judge(first, known)
    var leftType = try boolean(left.type, first)
    for operand in operands.dropFirst() {
      if leftType == .alwaysTrue { break }
      let right = try judge(operand, known)
      let rightType = try boolean(right.type, operand)
      let parts = [left.expression, right.expression]
      switch (leftType, rightType) {
      case (.alwaysFalse, _): left = Judgement(expression: .other(parts, right.type), capabilities: right.capabilities)
      case (_, .alwaysTrue): left = Judgement(expression: .other(parts, .bool(.alwaysTrue)))
      case (_, .alwaysFalse): left = Judgement(expression: .other(parts, .bool(.any)), capabilities: left.capabilities)
      case (_, .any):
        left = Judgement(expression: .other(parts, .bool(.any)), capabilities: left.capabilities.intersection(right.capabilities))
      }
      leftType = try boolean(left.type, operand)
    }
    return left
  }

  private func judgeConditional(
    _ test: Expression, _ then: Expression, _ otherwise: Expression, whole: Expression, _ known: Capabilities
  ) throws(TypeError) -> Judgement {
    let condition = try judge(test, known)
    switch try boolean(condition.type, test) {
    case .alwaysTrue:
      let taken = try judge(then, known.union(condition.capabilities))
      return Judgement(
        expression: .conditional(if: condition.expression, then: taken.expression, else: nil, taken.type),
        capabilities: condition.capabilities.union(taken.capabilities))
    case .alwaysFalse:
      let taken = try judge(otherwise, known)
      return Judgement(
        expression: .conditional(if: condition.expression, then: taken.expression, else: nil, taken.type),
        capabilities: taken.capabilities)
    case .any:
      let left = try judge(then, known.union(condition.capabilities))
      let right = try judge(otherwise, known)
      guard let type = left.type.leastUpperBound(with: right.type) else { throw incompatible(left.type, right.type, whole) }
      return Judgement(
        expression: .conditional(if: condition.expression, then: left.expression, else: right.expression, type),
        capabilities: condition.capabilities.union(left.capabilities).intersection(right.capabilities))
    }
  }

  // MARK: Sets

  private func judgeSet(_ elements: [Expression], whole: Expression, _ known: Capabilities) throws(TypeError) -> Judgement {
    var parts: [TypedExpression] = []
    var type: CedarType?
    for element in elements {
      let judged = try judge(element, known)
      if let before = type {
        guard let bound = before.leastUpperBound(with: judged.type) else { throw incompatible(before, judged.type, whole) }
        type = bound
      } else {
        type = judged.type
      }
      parts.append(judged.expression)
    }
    guard let type else { throw TypeError("The type of an empty set is not known; expected at least one element", at: whole) }
    return Judgement(expression: .other(parts, .set(type)))
  }

  // MARK: Errors

  func boolean(_ type: CedarType, _ expression: Expression) throws(TypeError) -> BooleanType {
    guard case .bool(let boolean) = type else { throw mismatch("Bool", type, expression) }
    return boolean
  }

  func expect(_ type: CedarType, _ expression: Expression, _ known: Capabilities) throws(TypeError) -> TypedExpression {
    let judged = try judge(expression, known)
    guard judged.type == type else { throw mismatch("\(type)", judged.type, expression) }
    return judged.expression
  }

  func mismatch(_ expected: String, _ found: CedarType, _ expression: Expression) -> TypeError {
    TypeError("Expected \(expected), found \(found)", at: expression)
  }

  func incompatible(_ left: CedarType, _ right: CedarType, _ expression: Expression) -> TypeError {
    TypeError("\(left) and \(right) have no type in common; expected the same type", at: expression)
  }
}
