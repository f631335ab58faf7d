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
        program: program, entities: entities, principal: principal, action: action, resource: first, context: context),
      resourceCount: resources.count)
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
  /// By the number of what is asked of the resource, where there are any.
  private var candidates: [UInt32: Candidates] = [:]
  /// Whether there are any, by the same number; `nil` until looked for.
  private var isInteresting: [Bool?]
  /// Of those that ask nothing, which every resource meets.
  private var always = Candidates()
  /// Of what holds for the resource at hand.
  private var numbers: [UInt32] = []

  init(authorizer: Authorizer, evaluator: Evaluator, resourceCount: Int) {
    let index = authorizer.index
    principals = index.principals.numbers(for: evaluator.principal, evaluator.principalEntity)
    self.authorizer = authorizer
    self.evaluator = evaluator
    actions = index.actions.holding(evaluator.action, evaluator.actionEntity)
    isInteresting = Array(repeating: nil, count: index.resources.count)
    outcomes = Array(repeating: .unknown, count: authorizer.bodies.count)
    always = makeCandidates(0)
    // For many resources it pays to find out beforehand which numbers lead anywhere.
    guard resourceCount > index.slotCount / 8 else { return }
    isInteresting = Array(repeating: false, count: index.resources.count)
    for number in index.resourceNumbers(besides: principals) where number > 0 { isInteresting[Int(number)] = nil }
  }

  func decide(_ resource: EntityUID) -> ResourceDecision {
    evaluator.setResource(resource)
    numbers.removeAll(keepingCapacity: true)
    authorizer.index.resources.append(resource, evaluator.resourceEntity, to: &numbers)
    numbers.removeAll { $0 > 0 && !hasCandidates($0) }
    var isForbidden = false
    var hasErroringForbid = false
    for number in numbers {
      let forbids = number == 0 ? always.forbids : candidates[number, default: Candidates()].forbids
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
        (number == 0 ? always.permits : candidates[number, default: Candidates()].permits).contains { outcome($0) == .holds }
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

  private func hasCandidates(_ resource: UInt32) -> Bool {
    if let known = isInteresting[Int(resource)] { return known }
    let made = makeCandidates(resource)
    let isEmpty = made.forbids.isEmpty && made.permits.isEmpty
    isInteresting[Int(resource)] = !isEmpty
    if !isEmpty { candidates[resource] = made }
    return !isEmpty
  }

  private func makeCandidates(_ resource: UInt32) -> Candidates {
    var made = Candidates()
    var entries: [RuleIndex.Entry] = []
    for principal in principals { authorizer.index.append(principal, resource, actions, to: &entries) }
    guard !entries.isEmpty else { return made }
    for body in Set(entries.map { Int($0.body) }).sorted() {
      if authorizer.bodies[body].effect == .forbid { made.forbids.append(body) } else { made.permits.append(body) }
    }
    return made
  }
}
