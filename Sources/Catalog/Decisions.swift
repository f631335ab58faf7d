package import CatalogStore
package import Cedar
package import JSON
package import Postgres

// Questions about decisions: why, who can, what can. Nothing is done by them.

/// A decision and the question it answers.
package struct DecisionAnswer: Sendable {
  package let policySet: StoredPolicySet
  package let subject: DecisionSubject
  package let action: String
  package let object: DecisionObject
  package let decision: ExplainedDecision
  /// What the asker should know of the answer.
  package let notes: [String]
}

/// Those who may do something to an object.
package struct WhoCanAnswer: Sendable {
  package struct Permitted: Sendable {
    package let principal: DecisionPrincipal
    package let policies: [ExplainedDecision.Policy]
  }

  package let policySet: StoredPolicySet
  package let action: String
  package let object: DecisionObject
  package let context: Record
  package let principals: Page<Permitted>
}

/// What somebody may do, object by object.
package struct WhatCanAnswer: Sendable {
  package let policySet: StoredPolicySet
  package let subject: DecisionSubject
  /// Only objects that something is allowed on.
  package let objects: [(object: DecisionObject, actions: [String])]
  package let next: String?
}

extension Catalog {
  /// Why somebody may do something, or may not.
  ///
  /// - Parameters:
  ///   - given: the circumstances, as Cedar's JSON; what must be there and is not, is assumed.
  ///   - time: `nil` for now.
  /// - Throws: ``CatalogError/badRequest(_:)``, ``CatalogError/noSuchPolicySet(_:)``, and what says that the object is not there.
  package func explainDecision(
    _ name: GranteeName, _ action: String, on object: AccessObject, context given: JSONValue?, asOf time: PostgresTimestamp?,
    _ context: OperationContext
  ) async throws -> DecisionAnswer {
    _ = try await authorized(.explainDecisions, reading: object, context)
    let basis = try await StoredDecisionFacts(store).basis(asOf: time, .object(object))
    let found = try basis.only(object)
    let uid = try basis.action(named: action)
    let subject = try basis.subject(name)
    let circumstances = try basis.context(of: uid, on: found, given, at: time ?? context.time)
    try basis.check(uid, by: subject.uid, on: found, circumstances)
    let decision = basis.explain(subject.uid, uid, found, circumstances)
    return DecisionAnswer(
      policySet: basis.policySet, subject: subject, action: action, object: found, decision: decision,
      notes: Self.notes(subject, decision, time))
  }

  /// Users and services that may do something to an object; who is disabled may not.
  ///
  /// - Throws: as ``explainDecision``.
  package func whoCan(
    _ action: String, on object: AccessObject, context given: JSONValue?, asOf time: PostgresTimestamp?, _ page: PageRequest,
    _ context: OperationContext
  ) async throws -> WhoCanAnswer {
    _ = try await authorized(.explainDecisions, reading: object, context)
    let basis = try await StoredDecisionFacts(store).basis(asOf: time, .object(object))
    let found = try basis.only(object)
    let uid = try basis.action(named: action)
    let circumstances = try basis.context(of: uid, on: found, given, at: time ?? context.time)
    try basis.check(uid, by: try basis.subject(GranteeName(kind: "user", name: "anybody")).uid, on: found, circumstances)
    var permitted: [WhoCanAnswer.Permitted] = []
    for principal in basis.principals where principal.isEnabled {
      if let after = page.after, !after.utf8.lexicographicallyPrecedes(principal.name.description.utf8) { continue }
      let response = basis.response(principal.uid, uid, found, circumstances)
      guard response.isSafelyAllowed else { continue }
      permitted.append(WhoCanAnswer.Permitted(principal: principal, policies: basis.policies(response)))
      if permitted.count > page.size { break }
    }
    return WhoCanAnswer(
      policySet: basis.policySet, action: action, object: found, context: circumstances,
      principals: Page(permitted, size: page.size, key: \.principal.name.description, element: { $0 }))
  }

  /// What somebody may do to an object, or to all there are.
  ///
  /// - Throws: as ``explainDecision``.
  package func whatCan(
    _ name: GranteeName, on object: AccessObject?, asOf time: PostgresTimestamp?, _ page: PageRequest,
    _ context: OperationContext
  ) async throws -> WhatCanAnswer {
    _ = try await authorized(.explainDecisions, reading: object ?? .catalog, context)
    let basis = try await StoredDecisionFacts(store).basis(asOf: time, object.map(DecisionScope.object) ?? .page(page))
    let subject = try basis.subject(name)
    var objects: [(object: DecisionObject, actions: [String])] = []
    for object in basis.objects where subject.isEnabled {
      var actions: [String] = []
      for action in basis.actions(on: object) {
        let circumstances = try basis.context(of: action, on: object, nil, at: time ?? context.time)
        if basis.response(subject.uid, action, object, circumstances).isSafelyAllowed { actions.append(action.id.string) }
      }
      if !actions.isEmpty { objects.append((object, actions)) }
    }
    return WhatCanAnswer(policySet: basis.policySet, subject: subject, objects: objects, next: basis.next)
  }

  private static func notes(_ subject: DecisionSubject, _ decision: ExplainedDecision, _ time: PostgresTimestamp?) -> [String] {
    var notes: [String] = []
    if !subject.isKnown { notes.append("\(subject.name) is not known here: it is in no role and no team, and nothing is granted to it") }
    if !subject.isEnabled { notes.append("\(subject.name) is disabled: whatever policies say, its credentials are refused") }
    if !decision.isAllowed, decision.policies.isEmpty { notes.append("No policy permits it; what nothing permits is denied") }
    if !decision.errors.isEmpty { notes.append("Policies could not be evaluated; a forbid among them denies") }
    if decision.isAllowed { notes.append("The rules of its zone may refuse what policies permit") }
    if time != nil {
      notes.append("Policies, grants and memberships are those of that time; the object, its owner and its tags are today's")
    }
    return notes
  }
}

extension DecisionBasis {
  fileprivate func only(_ object: AccessObject) throws -> DecisionObject {
    guard let found = objects.first else { throw CatalogError.unavailable("\(object.title) changed while it was looked at; try again") }
    return found
  }
}
