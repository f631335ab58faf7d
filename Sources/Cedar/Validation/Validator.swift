/// Checks policies against a schema, so that none can fail for want of an attribute or a type (Cedar documentation, "Validation").
package struct Validator: Sendable {
  package let schema: Schema
  private let environments: [RequestEnvironment]

  package init(_ schema: Schema) {
    self.schema = schema
    environments = schema.environments
  }

  /// Checks static policies, templates and links.
  ///
  /// With a `level`, entities must also be within that many steps of the request (Cedar documentation, "Level validation").
  package func validate(_ set: PolicySet, level: Int? = nil) -> ValidationResult {
    var result = ValidationResult()
    for policy in set.policies { validate(policy, level: level, into: &result) }
    for link in set.links { validate(link, of: set, into: &result) }
    return result
  }

  package func validate(_ policy: Policy, level: Int? = nil) -> ValidationResult {
    var result = ValidationResult()
    validate(policy, level: level, into: &result)
    return result
  }

  private func validate(_ policy: Policy, level: Int?, into result: inout ValidationResult) {
    let expression = policy.wholeCondition
    checkNames(in: expression, of: policy, into: &result)
    checkAction(of: policy, id: policy.id, into: &result)
    var canApply = false
    for environment in environments {
      let checker = Typechecker(schema: schema, environment: environment)
      do throws(TypeError) {
        let judgement = try checker.judge(expression, .none)
        let type = try checker.boolean(judgement.type, expression)
        canApply = canApply || type != .alwaysFalse
        if let level, !judgement.expression.isWithin(level: level, of: environment) {
          let message = "An entity is more than \(level) steps from the request; expected at most \(level)"
          result.add(ValidationProblem(policy: policy.id, kind: .level, message: message, range: policy.range))
        }
      } catch {
        canApply = true
        result.add(ValidationProblem(policy: policy.id, kind: .type, message: error.message, range: error.range))
      }
    }
    if !canApply {
      let message = "The policy never applies: its conditions are false for every request the schema allows"
      result.add(ValidationProblem(policy: policy.id, kind: .impossible, message: message, range: policy.range))
    }
  }

  private func validate(_ link: TemplateLink, of set: PolicySet, into result: inout ValidationResult) {
    guard let template = set[link.template] else { return }
    for uid in [link.principal, link.resource].compactMap({ $0 }) where !isKnown(uid.type) {
      result.add(
        ValidationProblem(
          policy: link.id, kind: .unknownEntityType, message: "The schema has no entity type \(uid.type)", range: template.range))
    }
    checkAction(of: template.linked(link), id: link.id, into: &result)
  }

  // MARK: Names

  private func isKnown(_ type: EntityTypeName) -> Bool { type.isAction || schema.entityTypes[type] != nil }

  /// Names every entity type and action that the schema does not have, wherever they stand.
  private func checkNames(in expression: Expression, of policy: Policy, into result: inout ValidationResult) {
    func add(_ kind: ValidationProblem.Kind, _ message: String) {
      result.add(ValidationProblem(policy: policy.id, kind: kind, message: message, range: expression.range))
    }
    func check(_ type: EntityTypeName) {
      if !isKnown(type) { add(.unknownEntityType, "The schema has no entity type \(type)") }
    }
    switch expression.kind {
    case .literal(.entity(let uid)):
      check(uid.type)
      if uid.type.isAction, schema.actions[uid] == nil {
        add(.unknownAction, "The schema has no action \(uid)")
      } else if case .enumerated(let ids) = schema.entityTypes[uid.type]?.kind, !ids.contains(uid.id) {
        let known = ids.sorted().map { StringLiteral.quoted($0.string) }.joined(separator: ", ")
        add(.unknownEnumeratedEntity, "The schema has no entity \(uid); expected one of \(known)")
      }
    case .isType(_, let type, _): check(type)
    default: break
    }
    for part in expression.kind.children { checkNames(in: part, of: policy, into: &result) }
  }

  // MARK: Actions

  /// Whether the scope lets through any request at all.
  private func checkAction(of policy: Policy, id: Text, into result: inout ValidationResult) {
    let applies = actions(policy.action).contains { action in
      action.principals.contains { allows(policy.principal, $0) } && action.resources.contains { allows(policy.resource, $0) }
    }
    if applies { return }
    let message = "No action of the scope applies to its principal and resource"
    result.add(ValidationProblem(policy: id, kind: .inapplicableAction, message: message, range: policy.range))
  }

  private func actions(_ constraint: ActionConstraint) -> [ActionDefinition] {
    func members(of groups: [EntityUID]) -> [ActionDefinition] {
      guard groups.allSatisfy({ schema.actions[$0] != nil }) else { return [] }
      return schema.actions.values.filter { action in groups.contains { schema.isAction(action.uid, in: $0) } }
    }
    switch constraint {
    case .any: return Array(schema.actions.values)
    case .equal(let uid): return schema.actions[uid].map { [$0] } ?? []
    case .in(let group): return members(of: [group])
    case .inAny(let groups): return members(of: groups)
    }
  }

  private func allows(_ constraint: ScopeConstraint, _ type: EntityTypeName) -> Bool {
    switch constraint {
    case .any, .equal(.slot), .in(.slot): true
    case .equal(.entity(let uid)): uid.type == type
    case .in(.entity(let uid)): schema.canBe(type, in: uid.type)
    case .isType(let wanted), .isTypeIn(let wanted, .slot): wanted == type
    case .isTypeIn(let wanted, .entity(let uid)): wanted == type && schema.canBe(type, in: uid.type)
    }
  }
}
