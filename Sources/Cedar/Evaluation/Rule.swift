/// What a static policy says, and what all links of a template share.
struct RuleBody: Sendable {
  var effect: Effect
  var action: ActionConstraint
  /// The conditions' expressions, in order, and whether each must be true or false.
  var conditions: [(root: Int32, expected: Bool)]
  /// Whether a condition looks at the resource.
  var mentionsResource: Bool

  init(_ policy: Policy, _ builder: inout ProgramBuilder) {
    effect = policy.effect
    action = policy.action
    conditions = []
    for condition in policy.conditions { conditions.append((builder.add(condition.body), condition.kind == .when)) }
    mentionsResource = conditions.contains { builder.mentionsResource($0.root) }
  }
}

/// A static policy or a link, its slots filled.
struct Rule: Sendable {
  var id: Text
  /// Index of the body.
  var body: Int
  var principal: ScopeTest
  var resource: ScopeTest
}

/// What a scope asks of a principal or resource.
enum ScopeTest: Sendable {
  case any
  case equal(EntityUID)
  case `in`(EntityUID)
  case isType(EntityTypeName)
  case isTypeIn(EntityTypeName, EntityUID)

  /// Fills a slot with `entity`; a slot left empty holds for nothing, which the set does not let happen.
  init(_ constraint: ScopeConstraint, _ entity: EntityUID?) {
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
      guard let uid = filled(reference) else { preconditionFailure("A link has no entity for its slot") }
      self = .equal(uid)
    case .in(let reference):
      guard let uid = filled(reference) else { preconditionFailure("A link has no entity for its slot") }
      self = .in(uid)
    case .isTypeIn(let type, let reference):
      guard let uid = filled(reference) else { preconditionFailure("A link has no entity for its slot") }
      self = .isTypeIn(type, uid)
    }
  }

  @inline(__always)
  func holds(for uid: EntityUID, _ ancestors: Set<EntityUID>?) -> Bool {
    switch self {
    case .any: true
    case .equal(let wanted): uid == wanted
    case .in(let wanted): uid == wanted || ancestors?.contains(wanted) == true
    case .isType(let type): uid.type == type
    case .isTypeIn(let type, let wanted): uid.type == type && (uid == wanted || ancestors?.contains(wanted) == true)
    }
  }
}

extension ActionConstraint {
  func holds(for uid: EntityUID, _ ancestors: Set<EntityUID>?) -> Bool {
    switch self {
    case .any: true
    case .equal(let wanted): uid == wanted
    case .in(let wanted): uid == wanted || ancestors?.contains(wanted) == true
    case .inAny(let wanted): wanted.contains { uid == $0 || ancestors?.contains($0) == true }
    }
  }

  /// The actions of which one must be the request's or an ancestor of it; `nil` for any.
  var anchors: [EntityUID]? {
    switch self {
    case .any: nil
    case .equal(let uid), .in(let uid): [uid]
    case .inAny(let uids): uids
    }
  }
}
