/// One policy or template as it was written (Cedar documentation, "Basic policy construction").
package struct Policy: Hashable, Sendable {
  package var id: Text
  package var annotations: [Annotation]
  package var effect: Effect
  package var principal: ScopeConstraint
  package var action: ActionConstraint
  package var resource: ScopeConstraint
  package var conditions: [Condition]
  package var range: SourceRange

  package init(
    id: Text, annotations: [Annotation] = [], effect: Effect, principal: ScopeConstraint = .any, action: ActionConstraint = .any,
    resource: ScopeConstraint = .any, conditions: [Condition] = [], range: SourceRange = .none
  ) {
    self.id = id
    self.annotations = annotations
    self.effect = effect
    self.principal = principal
    self.action = action
    self.resource = resource
    self.conditions = conditions
    self.range = range
  }

  /// The slots of the scope; a policy with any is a template.
  package var slots: [Slot] {
    (principal.reference == .slot ? [.principal] : []) + (resource.reference == .slot ? [.resource] : [])
  }

  package var isTemplate: Bool { !slots.isEmpty }

  /// The value of an annotation; empty for one without a value, `nil` for none.
  package func annotation(_ name: Text) -> Text? { annotations.first { $0.name == name }.map { $0.value ?? "" } }
}

package enum Effect: UInt8, Hashable, Sendable {
  case permit, forbid

  package var name: String { self == .permit ? "permit" : "forbid" }
}

/// `@name("value")`, or `@name` alone. The name may be any word.
package struct Annotation: Hashable, Sendable {
  package var name: Text
  package var value: Text?

  package init(name: Text, value: Text?) {
    self.name = name
    self.value = value
  }
}

/// What a policy's scope asks of the principal or the resource.
package enum ScopeConstraint: Hashable, Sendable {
  case any
  case equal(EntityReference)
  case `in`(EntityReference)
  case isType(EntityTypeName)
  case isTypeIn(EntityTypeName, EntityReference)

  package var reference: EntityReference? {
    switch self {
    case .any, .isType: nil
    case .equal(let reference), .in(let reference), .isTypeIn(_, let reference): reference
    }
  }
}

/// An entity, or the slot that one will fill.
package enum EntityReference: Hashable, Sendable {
  case entity(EntityUID)
  case slot
}

/// What a policy's scope asks of the action. Every entity named is an action.
package enum ActionConstraint: Hashable, Sendable {
  case any
  case equal(EntityUID)
  case `in`(EntityUID)
  case inAny([EntityUID])
}

/// `when { … }` or `unless { … }`.
package struct Condition: Hashable, Sendable {
  package enum Kind: UInt8, Hashable, Sendable {
    case when, unless

    package var name: String { self == .when ? "when" : "unless" }
  }

  package var kind: Kind
  package var body: Expression

  package init(kind: Kind, body: Expression) {
    self.kind = kind
    self.body = body
  }
}
