/// A policy set compiled for decisions (Cedar documentation, "Authorization"): deny by default, forbid over permit, errors skipped.
///
/// A class, so that it is passed around by one reference.
package final class Authorizer: Sendable {
  let program: Program
  let bodies: [RuleBody]
  /// The rules' ids, static policies first, then links, each in the order of the set.
  let ids: [Text]
  let index: RuleIndex
  /// What rules that look at the context ask of the action.
  private let actionsOfContext: [ActionConstraint]
  /// Whether resources of one type, with the same attributes, tags and ancestors, may get different answers although no scope names them.
  package let tellsEqualsApart: Bool

  package init(_ set: PolicySet) {
    var builder = ProgramBuilder()
    var bodies: [RuleBody] = []
    var rules: [Rule] = []
    var templates: [Text: (body: Int, policy: Policy)] = [:]
    func file(_ id: Text, _ body: Int, _ policy: Policy, _ link: TemplateLink?) {
      guard let principal = ScopeTest(policy.principal, link?.principal), let resource = ScopeTest(policy.resource, link?.resource) else {
        preconditionFailure("A policy set holds the link \(id) with an empty slot")
      }
      rules.append(Rule(id: id, body: body, principal: principal, action: policy.action, resource: resource))
    }
    for policy in set.policies {
      bodies.append(RuleBody(policy, &builder))
      if policy.isTemplate {
        templates[policy.id] = (bodies.count - 1, policy)
      } else {
        file(policy.id, bodies.count - 1, policy, nil)
      }
    }
    for link in set.links {
      guard let (body, template) = templates[link.template] else { continue }
      file(link.id, body, template, link)
    }
    self.bodies = bodies
    ids = rules.map(\.id)
    program = Program(builder)
    index = RuleIndex(rules)
    tellsEqualsApart = bodies.contains { $0.mentions.resourceItself }
    actionsOfContext = Array(Set(rules.lazy.filter { bodies[$0.body].mentions.context }.map(\.action)))
  }

  /// Whether a decision about this action may depend on the context; if not, it holds as long as policies and entities do.
  package func looksAtContext(_ action: EntityUID, entities: EntityStore) -> Bool {
    func within(_ group: EntityUID) -> Bool { group == action || entities[action]?.ancestors.contains(group) == true }
    return actionsOfContext.contains { constraint in
      switch constraint {
      case .any: true
      case .equal(let wanted): wanted == action
      case .in(let group): within(group)
      case .inAny(let groups): groups.contains(where: within)
      }
    }
  }

  /// The resources that scopes name of rules which this principal meets, in time linear in all rules: of others, those of one type with
  /// the same attributes, tags and ancestors get the same answers, unless the policies ``tellsEqualsApart``.
  package func resourcesNamed(to principal: Entity) -> [EntityUID] {
    index.resources.entities(named: index.resourceNumbers(besides: index.principals.numbers(for: principal.uid, principal)))
  }

  /// The resources that permits name, of those that this principal meets for an action, in time linear in all rules: where to look first
  /// for what it is permitted. Permits that name none are left out, so something may be permitted elsewhere.
  package func resourcesPermitted(to principal: Entity, action: EntityUID, entities: EntityStore) -> [EntityUID] {
    let isWanted = index.resourceNumbers(
      besides: index.principals.numbers(for: principal.uid, principal), actions: index.actions.holding(action, entities[action])
    ) { bodies[Int($0)].effect == .permit }
    return index.resources.entities(named: isWanted)
  }

  /// Answers one request.
  package func authorize(_ request: Request, entities: EntityStore) -> Response {
    let evaluator = Evaluator(
      program: program, entities: entities, principal: request.principal, action: request.action, resource: request.resource,
      context: request.context)
    var permits: [Int32] = []
    var forbids: [Int32] = []
    var errors: [(rule: Int32, effect: Effect, error: EvaluationError)] = []
    for entry in rulesInScope(evaluator) {
      let effect = bodies[Int(entry.body)].effect
      do throws(EvaluationError) {
        guard try conditionsHold(Int(entry.body), evaluator) else { continue }
        if effect == .permit { permits.append(entry.rule) } else { forbids.append(entry.rule) }
      } catch {
        errors.append((entry.rule, effect, error))
      }
    }
    var reasons = forbids.isEmpty ? permits : forbids
    reasons.sort()
    errors.sort { $0.rule < $1.rule }
    return Response(
      decision: forbids.isEmpty && !permits.isEmpty ? .allow : .deny, reasons: reasons.map { ids[Int($0)] },
      errors: errors.map { PolicyError(policy: ids[Int($0.rule)], effect: $0.effect, error: $0.error) })
  }

  /// Every rule whose scope holds, each once, in no order.
  private func rulesInScope(_ evaluator: Evaluator) -> [RuleIndex.Entry] {
    let actions = index.actions.holding(evaluator.action, evaluator.actionEntity)
    let principals = index.principals.numbers(for: evaluator.principal, evaluator.principalEntity)
    let resources = index.resources.numbers(for: evaluator.resource, evaluator.resourceEntity)
    var entries: [RuleIndex.Entry] = []
    for principal in principals {
      for resource in resources { index.append(principal, resource, actions, to: &entries) }
    }
    return entries
  }

  func conditionsHold(_ body: Int, _ evaluator: Evaluator) throws(EvaluationError) -> Bool {
    for condition in bodies[body].conditions where try evaluator.bool(condition.root) != condition.expected { return false }
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
