/// What a validator found in one policy.
package struct ValidationProblem: Hashable, Sendable, CustomStringConvertible {
  package enum Kind: Hashable, Sendable {
    case unknownEntityType, unknownAction, unknownEnumeratedEntity
    /// No action the scope allows applies to a principal and a resource it allows.
    case inapplicableAction
    /// An expression that may fail when evaluated.
    case type
    /// An entity reached through more attributes, tags or memberships than the level allows.
    case level
    /// A policy that never applies; a warning.
    case impossible
  }

  package let policy: Text
  package let kind: Kind
  package let message: String
  /// In the source of the policy.
  package let range: SourceRange

  package var description: String { "Policy \(policy): \(message)" }
}

package struct ValidationResult: Hashable, Sendable {
  package internal(set) var errors: [ValidationProblem] = []
  package internal(set) var warnings: [ValidationProblem] = []

  /// Whether no request that fits the schema can make any of the policies fail.
  package var isValid: Bool { errors.isEmpty }

  mutating func add(_ problem: ValidationProblem) {
    // One expression is looked at once for every kind of request; say the same thing once.
    if problem.kind == .impossible {
      warnings.append(problem)
    } else if !errors.contains(problem) {
      errors.append(problem)
    }
  }
}

/// Why an expression has no type.
struct TypeError: Error {
  let message: String
  let range: SourceRange

  init(_ message: String, at expression: Expression) {
    self.message = message
    range = expression.range
  }
}

/// One kind of request the schema allows.
struct RequestEnvironment {
  let principal: EntityTypeName
  let action: ActionDefinition
  let resource: EntityTypeName
}

extension Schema {
  /// Every kind of request, actions in the order of their names.
  var environments: [RequestEnvironment] {
    actions.values.sorted { $0.uid < $1.uid }.flatMap { action in
      action.principals.flatMap { principal in
        action.resources.map { RequestEnvironment(principal: principal, action: action, resource: $0) }
      }
    }
  }
}
