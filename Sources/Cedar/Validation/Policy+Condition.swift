extension Policy {
  /// Scope and conditions as one expression that is true where the policy applies.
  var wholeCondition: Expression {
    let scope = [principal.condition(.principal, range), action.condition(range), resource.condition(.resource, range)].compactMap { $0 }
    let parts = scope + conditions.map { $0.kind == .when ? $0.body : Expression(.not($0.body), range: $0.body.range) }
    // Even a single part must be a boolean.
    return Expression(.and([Expression(.literal(.bool(true)), range: range)] + parts), range: range)
  }

  /// This template with a link's entities in its slots.
  func linked(_ link: TemplateLink) -> Policy {
    var policy = self
    policy.principal = principal.filled(with: link.principal)
    policy.resource = resource.filled(with: link.resource)
    return policy
  }
}

extension ScopeConstraint {
  fileprivate func condition(_ variable: Variable, _ range: SourceRange) -> Expression? {
    let variable = Expression(.variable(variable), range: range)
    switch self {
    case .any: return nil
    case .equal(let reference): return Expression(.binary(.equal, variable, reference.expression(range)), range: range)
    case .in(let reference): return Expression(.binary(.in, variable, reference.expression(range)), range: range)
    case .isType(let type): return Expression(.isType(variable, type, in: nil), range: range)
    case .isTypeIn(let type, let reference): return Expression(.isType(variable, type, in: reference.expression(range)), range: range)
    }
  }

  fileprivate func filled(with uid: EntityUID?) -> ScopeConstraint {
    guard let uid else { return self }
    switch self {
    case .equal(.slot): return .equal(.entity(uid))
    case .in(.slot): return .in(.entity(uid))
    case .isTypeIn(let type, .slot): return .isTypeIn(type, .entity(uid))
    default: return self
    }
  }
}

extension EntityReference {
  fileprivate func expression(_ range: SourceRange) -> Expression {
    switch self {
    case .entity(let uid): Expression(.literal(.entity(uid)), range: range)
    case .slot: Expression(.slot(.principal), range: range)
    }
  }
}

extension ActionConstraint {
  fileprivate func condition(_ range: SourceRange) -> Expression? {
    let variable = Expression(.variable(.action), range: range)
    func literal(_ uid: EntityUID) -> Expression { Expression(.literal(.entity(uid)), range: range) }
    switch self {
    case .any: return nil
    case .equal(let uid): return Expression(.binary(.equal, variable, literal(uid)), range: range)
    case .in(let uid): return Expression(.binary(.in, variable, literal(uid)), range: range)
    case .inAny(let uids): return Expression(.binary(.in, variable, Expression(.set(uids.map(literal)), range: range)), range: range)
    }
  }
}
