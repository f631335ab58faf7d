/// An expression that has a type, so far as the levels of entities ask for it; parts that are never evaluated are left out.
indirect enum TypedExpression {
  case entity(EntityUID, CedarType)
  case variable(CedarType)
  /// Without `else` where only one branch is ever taken; that one is `then`.
  case conditional(if: TypedExpression, then: TypedExpression, else: TypedExpression?, CedarType)
  case attribute(TypedExpression, Text, CedarType)
  case has(TypedExpression, CedarType)
  case getTag(TypedExpression, tag: TypedExpression, CedarType)
  /// `in` and `hasTag`, which look at the left side's entity.
  case lookup(TypedExpression, TypedExpression, CedarType)
  case record([(name: Text, value: TypedExpression)], CedarType)
  /// Everything else: what its parts reach does not depend on it.
  case other([TypedExpression], CedarType)

  var type: CedarType {
    switch self {
    case .entity(_, let type), .variable(let type), .conditional(_, _, _, let type), .attribute(_, _, let type), .has(_, let type),
      .getTag(_, _, let type), .lookup(_, _, let type), .record(_, let type), .other(_, let type):
      type
    }
  }
}

extension TypedExpression {
  /// Whether evaluating needs no entity further than `level` steps from the request (Cedar documentation, "Level validation").
  func isWithin(level: Int, of environment: RequestEnvironment) -> Bool {
    switch self {
    case .entity, .variable: true
    case .conditional(let test, let then, let otherwise, _):
      test.isWithin(level: level, of: environment) && then.isWithin(level: level, of: environment)
        && otherwise?.isWithin(level: level, of: environment) != false
    case .lookup(let entity, let other, _), .getTag(let entity, let other, _):
      level > 0 && entity.isReachable(within: level - 1, of: level, path: [], environment) && other.isWithin(level: level, of: environment)
    case .attribute(let operand, _, _), .has(let operand, _):
      if case .entity = operand.type {
        level > 0 && operand.isReachable(within: level - 1, of: level, path: [], environment)
      } else {
        operand.isWithin(level: level, of: environment)
      }
    case .record(let fields, _): fields.allSatisfy { $0.value.isWithin(level: level, of: environment) }
    case .other(let parts, _): parts.allSatisfy { $0.isWithin(level: level, of: environment) }
    }
  }

  /// Whether the entity this comes to, or that `path` leads to in the record it comes to, is at most `steps` steps from the request.
  private func isReachable(within steps: Int, of level: Int, path: [Text], _ environment: RequestEnvironment) -> Bool {
    switch self {
    case .variable: return true
    case .entity(let uid, _): return uid == environment.action.uid
    case .conditional(let test, let then, let otherwise, _):
      return test.isWithin(level: level, of: environment) && then.isReachable(within: steps, of: level, path: path, environment)
        && otherwise?.isReachable(within: steps, of: level, path: path, environment) != false
    case .attribute(let operand, let name, _):
      if case .entity = operand.type { return steps > 0 && operand.isReachable(within: steps - 1, of: level, path: [], environment) }
      return operand.isReachable(within: steps, of: level, path: [name] + path, environment)
    case .getTag(let entity, let tag, _):
      return steps > 0 && entity.isReachable(within: steps - 1, of: level, path: [], environment)
        && tag.isWithin(level: level, of: environment)
    case .record(let fields, _):
      guard let name = path.first, let field = fields.first(where: { $0.name == name }) else { return false }
      return field.value.isReachable(within: steps, of: level, path: Array(path.dropFirst()), environment)
        && fields.allSatisfy { $0.value.isWithin(level: level, of: environment) }
    case .has, .lookup, .other: return false
    }
  }
}
