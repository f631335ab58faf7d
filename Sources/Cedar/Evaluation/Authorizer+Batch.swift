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
    var decisions: [ResourceDecision] = []
    decisions.reserveCapacity(resources.count)
    var found: [Unmanaged<Entity>?] = []
    var anchors: [Int?] = []
    for start in stride(from: 0, to: resources.count, by: 64) {
      let block = start..<min(start + 64, resources.count)
      // In loops of their own, so that the processor fetches what belongs to many entities at a time, not one after the other.
      found.removeAll(keepingCapacity: true)
      for index in block { found.append(entities.unretained(resources[index])) }
      anchors.removeAll(keepingCapacity: true)
      for index in block { anchors.append(batch.anchor(of: resources[index])) }
      for entity in found { batch.attributeCount &+= entity?._withUnsafeGuaranteedRef { $0.attributes.fields.count } ?? 0 }
      for index in block { decisions.append(batch.decide(resources[index], found[index - start], anchors[index - start])) }
    }
    return decisions
  }
}

/// What is known so far of one principal, action and context.
private final class Batch {
  private enum Outcome: UInt8 { case unknown, holds, fails, errs }

  /// What rules say of all resources of which the same is asked: what is decided already, and the bodies that look at the resource.
  private struct Group {
    var isForbidden = false
    var hasErroringForbid = false
    var isAllowed = false
    var forbids: [Int] = []
    var permits: [Int] = []

    /// Where the group is that says the same, if nothing is left to evaluate.
    var decidedIndex: Int? {
      guard forbids.isEmpty, permits.isEmpty else { return nil }
      return (isForbidden ? 1 : 0) + (hasErroringForbid ? 2 : 0) + (isAllowed ? 4 : 0)
    }
  }

  /// Resources of one type with the same ancestors: all that scopes ask of them is the same, but what names them.
  private struct Place: Hashable {
    var type: EntityTypeName
    var ancestors: ObjectIdentifier
  }

  private let authorizer: Authorizer
  private let evaluator: Evaluator
  private let principals: [UInt32]
  private let actions: [Bool]
  /// What bodies come to that do not look at the resource.
  private var outcomes: [Outcome]
  /// First those that need no evaluating, in the order of ``Group/decidedIndex``; then others.
  private var groups = (0..<8).map { Group(isForbidden: $0 & 1 != 0, hasErroringForbid: $0 & 2 != 0, isAllowed: $0 & 4 != 0) }
  private var groupsByPlace: [Place: Int] = [:]
  private var last: (place: Place, group: Int)?
  /// Of the group that is being made.
  private var entries: [RuleIndex.Entry] = []
  /// By the number of what is asked; -1 where it was not looked for yet.
  private var groupsByNumber: [Int32]
  /// Resources that a rule may name which this principal meets.
  private let named: EntityFilter
  /// Of the resources met so far; kept only so that their attributes are fetched early.
  var attributeCount = 0
  /// Numbers and groups of the resource at hand.
  private var numbers: [UInt32] = []
  private var here: [Int] = []

  init(authorizer: Authorizer, evaluator: Evaluator, resourceCount: Int) {
    let index = authorizer.index
    principals = index.principals.numbers(for: evaluator.principal, evaluator.principalEntity)
    self.authorizer = authorizer
    self.evaluator = evaluator
    actions = index.actions.holding(evaluator.action, evaluator.actionEntity)
    outcomes = Array(repeating: .unknown, count: authorizer.bodies.count)
    groupsByNumber = Array(repeating: -1, count: index.resources.count)
    // For many resources it pays to find out beforehand which may be named.
    named =
      resourceCount > index.slotCount / 8
      ? EntityFilter(index.resources.entities(named: index.resourceNumbers(besides: principals))) : .all
  }

  /// Where the index keeps what rules ask that name this resource; `nil` if none does that this principal meets.
  func anchor(of resource: EntityUID) -> Int? {
    named.mayContain(resource) ? authorizer.index.resources.anchor(of: resource) : nil
  }

  func decide(_ resource: EntityUID, _ entity: Unmanaged<Entity>?, _ anchor: Int?) -> ResourceDecision {
    evaluator.setResource(resource, entity)
    here.removeAll(keepingCapacity: true)
    here.append(placeGroup(resource.type, evaluator.resourceAncestors))
    if let anchor {
      numbers.removeAll(keepingCapacity: true)
      authorizer.index.resources.append(itself: resource, anchor, to: &numbers)
      for number in numbers {
        let group = group(of: number)
        if group > 0 { here.append(group) }
      }
    }
    var isForbidden = false
    var hasErroringForbid = false
    for group in here {
      isForbidden = isForbidden || groups[group].isForbidden
      hasErroringForbid = hasErroringForbid || groups[group].hasErroringForbid
      for body in groups[group].forbids {
        switch evaluate(body) {
        case .holds: isForbidden = true
        case .errs: hasErroringForbid = true
        default: break
        }
      }
    }
    let isAllowed =
      !isForbidden && here.contains { groups[$0].isAllowed || groups[$0].permits.contains { evaluate($0) == .holds } }
    return ResourceDecision(decision: isAllowed ? .allow : .deny, hasErroringForbid: hasErroringForbid)
  }

  private func evaluate(_ body: Int) -> Outcome {
    do throws(EvaluationError) {
      return try authorizer.conditionsHold(body, evaluator) ? .holds : .fails
    } catch {
      return .errs
    }
  }

  // MARK: Groups

  private func placeGroup(_ type: EntityTypeName, _ ancestors: EntitySet) -> Int {
    let place = Place(type: type, ancestors: ObjectIdentifier(ancestors))
    if let last, last.place == place { return last.group }
    let group: Int
    if let known = groupsByPlace[place] {
      group = known
    } else {
      numbers.removeAll(keepingCapacity: true)
      authorizer.index.resources.append(type, ancestors, to: &numbers)
      group = add(makeGroup(numbers))
      groupsByPlace[place] = group
    }
    last = (place, group)
    return group
  }

  private func group(of number: UInt32) -> Int {
    if groupsByNumber[Int(number)] < 0 { groupsByNumber[Int(number)] = Int32(add(makeGroup(CollectionOfOne(number)))) }
    return Int(groupsByNumber[Int(number)])
  }

  private func add(_ made: Group) -> Int {
    if let decided = made.decidedIndex { return decided }
    groups.append(made)
    return groups.count - 1
  }

  private func makeGroup(_ numbers: some Sequence<UInt32>) -> Group {
    var made = Group()
    entries.removeAll(keepingCapacity: true)
    for number in numbers { for principal in principals { authorizer.index.append(principal, number, actions, to: &entries) } }
    for entry in entries {
      let body = Int(entry.body)
      let isForbid = authorizer.bodies[body].effect == .forbid
      guard !authorizer.bodies[body].mentions.resource else {
        if isForbid { made.forbids.append(body) } else { made.permits.append(body) }
        continue
      }
      if outcomes[body] == .unknown { outcomes[body] = evaluate(body) }
      switch outcomes[body] {
      case .holds where isForbid: made.isForbidden = true
      case .holds: made.isAllowed = true
      case .errs where isForbid: made.hasErroringForbid = true
      default: break
      }
    }
    // Links of one template share its body.
    if made.forbids.count > 1 { made.forbids = Array(Set(made.forbids)) }
    if made.permits.count > 1 { made.permits = Array(Set(made.permits)) }
    return made
  }
}
