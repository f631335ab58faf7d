/// A policy set compiled for decisions (Cedar documentation, "Authorization"): deny by default, forbid over permit, errors skipped.
package struct Authorizer: Sendable {
  let program: Program
  let bodies: [RuleBody]
  let rules: [Rule]
  let index: RuleIndex

  package init(_ set: PolicySet) {
    var builder = ProgramBuilder()
    var bodies: [RuleBody] = []
    var rules: [Rule] = []
    var templates: [Text: (body: Int, policy: Policy)] = [:]
    for policy in set.policies {
      bodies.append(RuleBody(policy, &builder))
      if policy.isTemplate {
        templates[policy.id] = (bodies.count - 1, policy)
      } else {
        let (principal, resource) = (ScopeTest(policy.principal, nil), ScopeTest(policy.resource, nil))
        rules.append(Rule(id: policy.id, body: bodies.count - 1, principal: principal, resource: resource))
      }
    }
    for link in set.links {
      guard let (body, template) = templates[link.template] else { continue }
      let principal = ScopeTest(template.principal, link.principal)
      let resource = ScopeTest(template.resource, link.resource)
      rules.append(Rule(id: link.id, body: body, principal: principal, resource: resource))
    }
    self.bodies = bodies
    self.rules = rules
    program = Program(builder)
    index = RuleIndex(rules, bodies)
  }

  /// Answers one request.
  package func authorize(_ request: Request, entities: EntityStore) -> Response {
    let evaluator = Evaluator(
      program: program, entities: entities, principal: request.principal, action: request.action, resource: request.resource,
      context: request.context)
    let candidates = index.candidates(
      index.principalNumbers(request.principal, evaluator.principalAncestors),
      index.resourceNumbers(request.resource, evaluator.resourceAncestors), request.action, evaluator.actionAncestors)
    var permits: [Text] = []
    var forbids: [Text] = []
    var errors: [PolicyError] = []
    for position in candidates {
      let rule = rules[Int(position)]
      guard isInScope(rule, evaluator) else { continue }
      let effect = bodies[rule.body].effect
      do throws(EvaluationError) {
        guard try conditionsHold(rule.body, evaluator) else { continue }
        if effect == .permit { permits.append(rule.id) } else { forbids.append(rule.id) }
      } catch {
        errors.append(PolicyError(policy: rule.id, effect: effect, error: error))
      }
    }
    let decision: Decision = forbids.isEmpty && !permits.isEmpty ? .allow : .deny
    return Response(decision: decision, reasons: forbids.isEmpty ? permits : forbids, errors: errors)
  }

  private func isInScope(_ rule: Rule, _ evaluator: Evaluator) -> Bool {
    rule.principal.holds(for: evaluator.principal, evaluator.principalAncestors)
      && bodies[rule.body].action.holds(for: evaluator.action, evaluator.actionAncestors)
      && rule.resource.holds(for: evaluator.resource, evaluator.resourceAncestors)
  }

  func conditionsHold(_ body: Int, _ evaluator: Evaluator) throws(EvaluationError) -> Bool {
    for (root, expected) in bodies[body].conditions where try evaluator.bool(root) != expected { return false }
    return true
  }
}

extension Evaluator {
  /// The value of an expression without slots, for a request.
  package static func evaluate(_ expression: Expression, _ request: Request, entities: EntityStore) throws(EvaluationError) -> Value {
    var builder = ProgramBuilder()
    let root = builder.add(expression)
    let evaluator = Evaluator(
      program: Program(builder), entities: entities, principal: request.principal, action: request.action, resource: request.resource,
      context: request.context)
    return try evaluator.value(root)
  }
}
