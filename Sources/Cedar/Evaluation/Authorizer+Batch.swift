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
    let batch = Batch(
      authorizer: self,
      evaluator: Evaluator(
        program: program, entities: entities, principal: principal, action: action, resource: first, context: context))
    return resources.map { batch.decide($0) }
  }
}

/// What is known so far of one principal, action and context.
private final class Batch {
  /// What a body comes to, so far as it does not depend on the resource.
  private enum Outcome: UInt8 {
    case unknown, holds, fails, errs, dependsOnResource
  }

  /// Bodies of the rules in scope for resources of which one thing is asked; each body once.
  private struct Candidates {
    var forbids: [Int] = []
    var permits: [Int] = []
  }

  private let authorizer: Authorizer
  private let evaluator: Evaluator
  private let principals: [UInt32]
  private let actions: [Bool]
  private var outcomes: [Outcome]
  /// By the number of what is asked of the resource.
  private var candidates: [UInt32: Candidates] = [:]
  /// Of those that ask nothing, which every resource meets.
  private var always = Candidates()
  /// Of what holds for the resource at hand.
  private var numbers: [UInt32] = []

  init(authorizer: Authorizer, evaluator: Evaluator) {
    let index = authorizer.index
    principals = index.principals.numbers(for: evaluator.principal, evaluator.principalEntity)
    self.authorizer = authorizer
    self.evaluator = evaluator
    actions = index.actions.holding(evaluator.action, evaluator.actionEntity)
    outcomes = Array(repeating: .unknown, count: authorizer.bodies.count)
    always = makeCandidates(0)
  }

  func decide(_ resource: EntityUID) -> ResourceDecision {
    evaluator.setResource(resource)
    numbers.removeAll(keepingCapacity: true)
    authorizer.index.resources.append(resource, evaluator.resourceEntity, to: &numbers)
    var isForbidden = false
    var hasErroringForbid = false
    for number in numbers {
      let forbids = number == 0 ? always.forbids : candidates(number).forbids
      for body in forbids {
        switch outcome(body) {
        case .holds: isForbidden = true
        case .errs: hasErroringForbid = true
        default: break
        }
      }
    }
    let isAllowed =
      !isForbidden
      && numbers.contains { number in
        (number == 0 ? always.permits : candidates(number).permits).contains { outcome($0) == .holds }
      }
    return ResourceDecision(decision: isAllowed ? .allow : .deny, hasErroringForbid: hasErroringForbid)
  }

  /// What a body comes to for the resource at hand.
  private func outcome(_ body: Int) -> Outcome {
    switch outcomes[body] {
    case .unknown:
      if authorizer.bodies[body].mentionsResource {
        outcomes[body] = .dependsOnResource
        return evaluate(body)
      }
      outcomes[body] = evaluate(body)
      return outcomes[body]
    case .dependsOnResource: return evaluate(body)
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

  private func candidates(_ resource: UInt32) -> Candidates {
    if let known = candidates[resource] { return known }
    let made = makeCandidates(resource)
    candidates[resource] = made
    return made
  }

  private func makeCandidates(_ resource: UInt32) -> Candidates {
    var made = Candidates()
    var entries: [RuleIndex.Entry] = []
    for principal in principals { authorizer.index.append(principal, resource, actions, to: &entries) }
    for body in Set(entries.map { Int($0.body) }).sorted() {
      if authorizer.bodies[body].effect == .forbid { made.forbids.append(body) } else { made.permits.append(body) }
    }
    return made
  }
}
