extension Typechecker {
  func judge(
    _ symbol: BinaryOperator, _ left: Expression, _ right: Expression, whole: Expression, _ known: Capabilities
  ) throws(TypeError) -> Judgement {
    try judge(symbol, try judge(left, known), left, right, whole: whole, known)
  }

  /// As above, for a left side that has been judged.
  private func judge(
    _ symbol: BinaryOperator, _ leftJudged: Judgement, _ left: Expression, _ right: Expression, whole: Expression, _ known: Capabilities
  ) throws(TypeError) -> Judgement {
    if case .slot = right.kind { return try judgeSlot(symbol, leftJudged, whole) }
    let rightJudged = try judge(right, known)
    let (leftType, rightType) = (leftJudged.type, rightJudged.type)
    let parts = [leftJudged.expression, rightJudged.expression]
    func answer(_ type: CedarType) -> Judgement { Judgement(expression: .other(parts, type)) }
    switch symbol {
    case .equal: return answer(.bool(try equality(left, leftType, right, rightType, whole)))
    case .notEqual: return answer(.bool(try equality(left, leftType, right, rightType, whole).negated))
    case .less, .lessOrEqual, .greater, .greaterOrEqual:
      guard [.long, .extension(.datetime), .extension(.duration)].contains(leftType) else {
        throw mismatch("Long, datetime or duration", leftType, left)
      }
      guard leftType == rightType else { throw mismatch("\(leftType)", rightType, right) }
      return answer(.bool(.any))
    case .add, .subtract, .multiply:
      guard leftType == .long else { throw mismatch("Long", leftType, left) }
      guard rightType == .long else { throw mismatch("Long", rightType, right) }
      return answer(.long)
    case .in:
      let result = try membership(left, leftType, right, rightType)
      return Judgement(expression: .lookup(leftJudged.expression, rightJudged.expression, .bool(result)))
    case .contains:
      guard case .set(let element) = leftType else { throw mismatch("a set", leftType, left) }
      guard element.leastUpperBound(with: rightType) != nil else { throw incompatible(element, rightType, whole) }
      return answer(.bool(.any))
    case .containsAll, .containsAny:
      guard case .set(let element) = leftType else { throw mismatch("a set", leftType, left) }
      guard case .set(let other) = rightType else { throw mismatch("a set", rightType, right) }
      guard element.leastUpperBound(with: other) != nil else { throw incompatible(leftType, rightType, whole) }
      return answer(.bool(.any))
    case .hasTag: return try judgeHasTag(leftJudged, left, rightJudged, right, known)
    case .getTag: return try judgeGetTag(leftJudged, left, rightJudged, right, whole, known)
    }
  }

  /// A comparison of the scope with an entity that is not known yet.
  private func judgeSlot(_ symbol: BinaryOperator, _ left: Judgement, _ whole: Expression) throws(TypeError) -> Judgement {
    switch symbol {
    case .equal: return Judgement(expression: .other([left.expression], .bool(.any)))
    case .in: return Judgement(expression: .lookup(left.expression, .other([], .string), .bool(.any)))
    default: throw TypeError("A slot stands outside the scope", at: whole)
    }
  }

  private func equality(
    _ left: Expression, _ leftType: CedarType, _ right: Expression, _ rightType: CedarType, _ whole: Expression
  ) throws(TypeError) -> BooleanType {
    if let leftLiteral = literal(left), let rightLiteral = literal(right) {
      return leftLiteral == rightLiteral ? .alwaysTrue : .alwaysFalse
    }
    if leftType.leastUpperBound(with: rightType) != nil { return .any }
    if case .entity = leftType, case .entity = rightType { return .alwaysFalse }
    throw incompatible(leftType, rightType, whole)
  }

  private func membership(
    _ left: Expression, _ leftType: CedarType, _ right: Expression, _ rightType: CedarType
  ) throws(TypeError) -> BooleanType {
    guard case .entity(let type) = leftType else { throw mismatch("an entity", leftType, left) }
    let action = entity(left).flatMap { schema.actions[$0] == nil ? nil : $0 }
    let ancestorType: EntityTypeName
    var ancestors: [EntityUID]?
    switch rightType {
    case .entity(let name):
      ancestorType = name
      ancestors = entity(right).map { [$0] }
    case .set(.entity(let name)):
      ancestorType = name
      if case .set(let elements) = right.kind {
        let known = elements.compactMap(entity)
        ancestors = known.count == elements.count ? known : nil
      }
    default: throw mismatch("an entity or a set of entities", rightType, right)
    }
    if let action, let ancestors { return ancestors.contains { schema.isAction(action, in: $0) } ? .alwaysTrue : .alwaysFalse }
    return schema.canBe(type, in: ancestorType) ? .any : .alwaysFalse
  }

  /// `operand is T`, perhaps with `in ancestor`. The operand is judged once, lest nesting cost exponential time.
  func judgeIs(
    _ type: EntityTypeName, _ operand: Expression, _ ancestor: Expression?, _ known: Capabilities
  ) throws(TypeError) -> Judgement {
    let judged = try judge(operand, known)
    guard case .entity(let found) = judged.type else { throw mismatch("an entity", judged.type, operand) }
    guard let ancestor, found == type else {
      return Judgement(expression: .other([judged.expression], .bool(found == type ? .alwaysTrue : .alwaysFalse)))
    }
    // Whatever reaches the operand for `is` reaches it for `in` too.
    let membership = try judge(.in, judged, operand, ancestor, whole: operand, known)
    return Judgement(expression: .other([membership.expression], membership.type))
  }

  // MARK: Attributes

  /// `operand has a.b.c`: tests of one attribute each, all of which must hold. What comes before is judged once.
  func judgeHas(_ path: [Text], _ operand: Expression, _ known: Capabilities) throws(TypeError) -> Judgement {
    var (operand, judged, known) = (operand, try judge(operand, known), known)
    var whole: Judgement?
    for (index, name) in path.enumerated() {
      var test = try judgeHas(name, judged, operand, known)
      let shown = test.capabilities
      if let before = whole {
        let both = try conjunction(before, test, right: operand)
        // The last test reaches whatever the ones before reach.
        test = Judgement(expression: .other([test.expression], both.type), capabilities: both.capabilities)
      }
      whole = test
      if test.type == .bool(.alwaysFalse) || index == path.count - 1 { break }
      known = known.union(shown)
      judged = try judgeAttribute(name, of: judged, operand, whole: operand, known)
      operand = Expression(.attribute(operand, name), range: operand.range)
    }
    return whole ?? Judgement(expression: .other([], .bool(.alwaysTrue)))
  }

  private func judgeHas(
    _ name: Text, _ judged: Judgement, _ operand: Expression, _ known: Capabilities
  ) throws(TypeError) -> Judgement {
    func answer(_ type: BooleanType, _ capabilities: Capabilities = .none) -> Judgement {
      Judgement(expression: .has(judged.expression, .bool(type)), capabilities: capabilities)
    }
    let attribute: AttributeType?
    let isThere: Bool
    switch judged.type {
    case .record(let record):
      attribute = record[name]
      isThere = attribute?.isRequired ?? false
    case .entity(let type):
      attribute = schema.entityTypes[type]?.attributes[name]
      // The entity itself may not exist.
      isThere = false
    default: throw mismatch("a record or an entity", judged.type, operand)
    }
    guard attribute != nil else { return answer(.alwaysFalse) }
    if isThere || known.hasAttribute(name, of: operand) { return answer(.alwaysTrue) }
    return answer(.any, .attribute(name, of: operand))
  }

  func judgeAttribute(
    _ name: Text, of judged: Judgement, _ operand: Expression, whole: Expression, _ known: Capabilities
  ) throws(TypeError) -> Judgement {
    let attributes: RecordType
    switch judged.type {
    case .record(let record): attributes = record
    case .entity(let type): attributes = schema.entityTypes[type]?.attributes ?? .empty
    default: throw mismatch("a record or an entity", judged.type, operand)
    }
    let label = StringLiteral.quoted(name.string)
    guard let attribute = attributes[name] else { throw TypeError("\(judged.type) has no attribute \(label)", at: whole) }
    guard attribute.isRequired || known.hasAttribute(name, of: operand) else {
      throw TypeError("The attribute \(label) of \(judged.type) may be missing; expected a test with 'has' before", at: whole)
    }
    return Judgement(expression: .attribute(judged.expression, name, attribute.type))
  }

  // MARK: Tags

  private func tagged(_ entity: Judgement, _ expression: Expression, _ tag: Judgement, _ tagExpression: Expression) throws(TypeError)
    -> EntityTypeName
  {
    guard case .entity(let type) = entity.type else { throw mismatch("an entity", entity.type, expression) }
    guard tag.type == .string else { throw mismatch("String", tag.type, tagExpression) }
    return type
  }

  private func judgeHasTag(
    _ entity: Judgement, _ expression: Expression, _ tag: Judgement, _ tagExpression: Expression, _ known: Capabilities
  ) throws(TypeError) -> Judgement {
    let type = try tagged(entity, expression, tag, tagExpression)
    func answer(_ type: BooleanType, _ capabilities: Capabilities = .none) -> Judgement {
      Judgement(expression: .lookup(entity.expression, tag.expression, .bool(type)), capabilities: capabilities)
    }
    guard schema.entityTypes[type]?.tags != nil else { return answer(.alwaysFalse) }
    if known.hasTag(tagExpression, of: expression) { return answer(.alwaysTrue) }
    return answer(.any, .tag(tagExpression, of: expression))
  }

  private func judgeGetTag(
    _ entity: Judgement, _ expression: Expression, _ tag: Judgement, _ tagExpression: Expression, _ whole: Expression, _ known: Capabilities
  ) throws(TypeError) -> Judgement {
    let type = try tagged(entity, expression, tag, tagExpression)
    guard let value = schema.entityTypes[type]?.tags else { throw TypeError("\(type) has no tags", at: whole) }
    guard known.hasTag(tagExpression, of: expression) else {
      throw TypeError("The tag may be missing; expected a test with 'hasTag' before", at: whole)
    }
    return Judgement(expression: .getTag(entity.expression, tag: tag.expression, value))
  }

  // MARK: Extension functions

  func judge(
    _ function: ExtensionFunction, _ arguments: [Expression], whole: Expression, _ known: Capabilities
  ) throws(TypeError) -> Judgement {
    let parameters = function.signature.parameters
    guard arguments.count == parameters.count else {
      throw TypeError(
        "\(function.rawValue) takes \(parameters.count) arguments, the receiver counted; found \(arguments.count)", at: whole)
    }
    var parts: [TypedExpression] = []
    for (argument, parameter) in zip(arguments, parameters) { parts.append(try expect(parameter, argument, known)) }
    if function.isConstructor { try check(function, literal: arguments[0]) }
    return Judgement(expression: .other(parts, function.signature.result))
  }

  /// A value must be known to be well-formed, so its text must be written out.
  private func check(_ function: ExtensionFunction, literal expression: Expression) throws(TypeError) {
    guard case .literal(.string(let text)) = expression.kind else {
      throw TypeError("\(function.rawValue) is given a text that is not known yet; expected a string written out", at: expression)
    }
    do throws(ExtensionError) {
      switch function {
      case .decimal: _ = try CedarDecimal(text.string)
      case .ip: _ = try IPAddress(text.string)
      case .datetime: _ = try CedarDatetime(text.string)
      case .duration: _ = try CedarDuration(text.string)
      default: break
      }
    } catch {
      throw TypeError(error.description, at: expression)
    }
  }
}

extension ExtensionFunction {
  /// The types of the arguments, the receiver of a method first, and of the result.
  fileprivate var signature: (parameters: [CedarType], result: CedarType) {
    let (decimal, ip) = (CedarType.extension(.decimal), CedarType.extension(.ipaddr))
    let (datetime, duration) = (CedarType.extension(.datetime), CedarType.extension(.duration))
    switch self {
    case .decimal: return ([.string], decimal)
    case .ip: return ([.string], ip)
    case .datetime: return ([.string], datetime)
    case .duration: return ([.string], duration)
    case .lessThan, .lessThanOrEqual, .greaterThan, .greaterThanOrEqual: return ([decimal, decimal], .bool(.any))
    case .isIpv4, .isIpv6, .isLoopback, .isMulticast: return ([ip], .bool(.any))
    case .isInRange: return ([ip, ip], .bool(.any))
    case .offset: return ([datetime, duration], datetime)
    case .durationSince: return ([datetime, datetime], duration)
    case .toDate: return ([datetime], datetime)
    case .toTime: return ([datetime], duration)
    case .toMilliseconds, .toSeconds, .toMinutes, .toHours, .toDays: return ([duration], .long)
    }
  }
}
