/// What a static policy says beyond its scope, and what all links of a template share.
struct RuleBody: Sendable {
  var effect: Effect
  /// The conditions' expressions, in order, and whether each must be true or false.
  var conditions: [(root: Int32, expected: Bool)]
  /// What the conditions look at.
  var mentions = Mentions()

  init(_ policy: Policy, _ builder: inout ProgramBuilder) {
    effect = policy.effect
    conditions = []
    for condition in policy.conditions {
      let root = builder.add(condition.body)
      conditions.append((root, condition.kind == .when))
      mentions.add(builder.mentions(root))
    }
  }
}

/// A static policy or a link, its slots filled.
struct Rule: Sendable {
  var id: Text
  /// Index of the body.
  var body: Int
  var principal: ScopeTest
  var action: ActionConstraint
  var resource: ScopeTest
}

/// What a scope asks of a principal or resource, its slot filled.
enum ScopeTest: Sendable {
  case any
  case equal(EntityUID)
  case `in`(EntityUID)
  case isType(EntityTypeName)
  case isTypeIn(EntityTypeName, EntityUID)

  /// Fills a slot with `entity`; `nil` where a slot stays empty, which a policy set does not let happen.
  init?(_ constraint: ScopeConstraint, _ entity: EntityUID?) {
    func filled(_ reference: EntityReference) -> EntityUID? {
      switch reference {
      case .entity(let uid): uid
      case .slot: entity
      }
    }
    switch constraint {
    case .any: self = .any
    case .isType(let type): self = .isType(type)
    case .equal(let reference):
      guard let uid = filled(reference) else { return nil }
      self = .equal(uid)
    case .in(let reference):
      guard let uid = filled(reference) else { return nil }
      self = .in(uid)
    case .isTypeIn(let type, let reference):
      guard let uid = filled(reference) else { return nil }
      self = .isTypeIn(type, uid)
    }
  }
}
