/// The answer about one resource of many.
package struct ResourceDecision: Hashable, Sendable {
  package let decision: Decision
  /// Whether a forbid that could not be evaluated was skipped; who wants to be safe denies then.
  package let hasErroringForbid: Bool

  package init(decision: Decision, hasErroringForbid: Bool) {
    self.decision = decision
    self.hasErroringForbid = hasErroringForbid
  }

  /// Allowed, and no forbid was skipped over an error.
  package var isSafelyAllowed: Bool { decision == .allow && !hasErroringForbid }
}

extension Authorizer {
  /// Answers for many resources at once, in their order; what does not depend on the resource is evaluated once.
  ///
  /// Each decision is that of ``authorize(_:entities:)`` for the same resource.
  package func authorize(
    principal: EntityUID, action: EntityUID, resources: [EntityUID], context: Record = .empty, entities: EntityStore
  ) -> [ResourceDecision] {
    guard let first = resources.first else { return [] }
    var batch = Batch(
      authorizer: self,
      evaluator: Evaluator(
        program: program, entities: entities, principal: principal, action: action, resource: first, context: context))
    return resources.map { batch.decide($0) }
  }
}

/// What is known so far of one principal, action and context.
private struct Batch {
  /// What a body comes to, so far as it does not depend on the resource.
  private enum Outcome: UInt8 {
    case unknown, holds, fails, errs, dependsOnResource
  }

  private let authorizer: Authorizer
  private var evaluator: Evaluator
  private let principals: [UInt32]
  private var outcomes: [Outcome]
  /// Candidates by where the resource is filed, principals in scope and actions already looked at.
  private var candidates: [[UInt32]: (forbids: [Int32], permits: [Int32])] = [:]

  init(authorizer: Authorizer, evaluator: Evaluator) {
    self.authorizer = authorizer
    self.evaluator = evaluator
    principals = authorizer.index.principalNumbers(evaluator.principal, evaluator.principalAncestors)
    outcomes = Array(repeating: .unknown, count: authorizer.bodies.count)
  }

  mutating func decide(_ resource: EntityUID) -> ResourceDecision {
    evaluator.setResource(resource)
    let (forbids, permits) = candidates(for: authorizer.index.resourceNumbers(resource, evaluator.resourceAncestors))
    var isForbidden = false
    var hasErroringForbid = false
    for position in forbids {
      switch outcome(position) {
      case .holds: isForbidden = true
      case .errs: hasErroringForbid = true
      default: break
      }
    }
    let isAllowed = !isForbidden && permits.contains { outcome($0) == .holds }
    return ResourceDecision(decision: isAllowed ? .allow : .deny, hasErroringForbid: hasErroringForbid)
  }

  /// What a candidate says of the resource at hand.
  private mutating func outcome(_ position: Int32) -> Outcome {
    let rule = authorizer.rules[Int(position)]
    guard rule.resource.holds(for: evaluator.resource, evaluator.resourceAncestors) else { return .fails }
    switch outcomes[rule.body] {
    case .unknown:
      if authorizer.bodies[rule.body].mentionsResource {
        outcomes[rule.body] = .dependsOnResource
        return evaluate(rule.body)
      }
      outcomes[rule.body] = evaluate(rule.body)
      return outcomes[rule.body]
    case .dependsOnResource: return evaluate(rule.body)
    case let known: return known
    }
  }

  private func evaluate(_ body: Int) -> Outcome {
    do throws(EvaluationError) {
      return try authorizer.conditionsHold(body, evaluator) ? .holds : .fails
    } catch {
      return .errs
    }
  }

  private mutating func candidates(for numbers: [UInt32]) -> (forbids: [Int32], permits: [Int32]) {
    if let known = candidates[numbers] { return known }
    var forbids: [Int32] = []
    var permits: [Int32] = []
    for position in authorizer.index.candidates(principals, numbers, evaluator.action, evaluator.actionAncestors) {
      let rule = authorizer.rules[Int(position)]
      let body = authorizer.bodies[rule.body]
      guard rule.principal.holds(for: evaluator.principal, evaluator.principalAncestors),
        body.action.holds(for: evaluator.action, evaluator.actionAncestors)
      else { continue }
      if body.effect == .forbid { forbids.append(position) } else { permits.append(position) }
    }
    candidates[numbers] = (forbids, permits)
    return (forbids, permits)
  }
}
