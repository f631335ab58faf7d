/// One question: may this principal do this action to this resource, in this context?
package struct Request: Hashable, Sendable {
  package var principal: EntityUID
  package var action: EntityUID
  package var resource: EntityUID
  package var context: Record

  package init(principal: EntityUID, action: EntityUID, resource: EntityUID, context: Record = .empty) {
    self.principal = principal
    self.action = action
    self.resource = resource
    self.context = context
  }
}

package enum Decision: UInt8, Hashable, Sendable {
  case allow, deny

  package var name: String { self == .allow ? "allow" : "deny" }
}

/// The answer to a request (Cedar documentation, "Authorization").
package struct Response: Hashable, Sendable {
  package let decision: Decision
  /// The policies that determined the decision, in the order of the set: forbids that hold, or else permits that hold.
  package let reasons: [Text]
  /// Policies that could not be evaluated and were skipped, in the order of the set.
  package let errors: [PolicyError]

  package init(decision: Decision, reasons: [Text], errors: [PolicyError]) {
    self.decision = decision
    self.reasons = reasons
    self.errors = errors
  }

  /// Whether a policy that could not be evaluated was a forbid. The language skips it; who wants to be safe denies then.
  package var hasErroringForbid: Bool { errors.contains { $0.effect == .forbid } }

  /// Allowed, and no forbid was skipped over an error.
  package var isSafelyAllowed: Bool { decision == .allow && !hasErroringForbid }
}

/// A policy that could not be evaluated, and why.
package struct PolicyError: Hashable, Sendable, CustomStringConvertible {
  package let policy: Text
  package let effect: Effect
  package let error: EvaluationError

  package var description: String { "Policy \(policy): \(error)" }
}

/// Why an expression has no value.
package struct EvaluationError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Kind: Hashable, Sendable {
    case typeMismatch(expected: String, found: String)
    case incomparable(left: String, right: String)
    case overflow(BinaryOperator, Int64, Int64)
    case negationOverflow(Int64)
    case missingAttribute(Text, of: EntityUID?)
    case missingTag(Text, of: EntityUID)
    case missingEntity(EntityUID)
    case argumentCount(ExtensionFunction, found: Int)
    case `extension`(ExtensionFunction, ExtensionError)
    case unlinkedSlot
  }

  package let kind: Kind
  /// Of the expression that failed, in the source of its policy.
  package let range: SourceRange

  package var description: String {
    switch kind {
    case .typeMismatch(let expected, let found): "Expected \(expected), found \(found)"
    case .incomparable(let left, let right): "\(left) and \(right) have no order; expected two of Long, datetime or duration"
    case .overflow(let symbol, let left, let right): "\(left) \(symbol.symbol) \(right) does not fit in 64 bits"
    case .negationOverflow(let value): "-(\(value)) does not fit in 64 bits"
    case .missingAttribute(let name, let entity):
      "\(entity.map { "\($0)" } ?? "The record") has no attribute \(StringLiteral.quoted(name.string))"
    case .missingTag(let name, let entity): "\(entity) has no tag \(StringLiteral.quoted(name.string))"
    case .missingEntity(let entity): "The entity \(entity) does not exist"
    case .argumentCount(let function, let found):
      "\(function.rawValue) takes \(function.argumentCount) arguments, the receiver counted; found \(found)"
    case .extension(let function, let error): "\(function.rawValue): \(error)"
    case .unlinkedSlot: "A slot has no entity"
    }
  }
}
