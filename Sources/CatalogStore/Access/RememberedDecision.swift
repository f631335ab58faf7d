import Cedar

/// A permission that holds as long as nobody changes a policy, a grant, a principal, a zone, or the object.
package struct RememberedDecision: Sendable {
  fileprivate let action: CatalogAction
  fileprivate let resource: CatalogResource
  /// The caller as one access state knows it: another state makes another one.
  fileprivate let principal: Entity
  fileprivate let revision: Int64
  fileprivate let policySet: [UInt8]
}

extension Authorizer {
  /// What was allowed, to be asked for again; `nil` where it may come out differently another time, because policies look at the
  /// time, say.
  ///
  /// - Parameter actions: all that was asked.
  package func remembering(
    _ authorization: Authorization, _ actions: [PolicyAction], on object: GovernedObject
  ) throws -> RememberedDecision? {
    guard authorization.context.caller.authority != .server else { return nil }
    let state = object.state
    guard state.actionsInContext.isDisjoint(with: actions) else { return nil }
    return RememberedDecision(
      action: authorization.action, resource: object.resource, principal: try state.principal(authorization.context.caller),
      revision: state.revision, policySet: state.policySet.hash)
  }

  /// The caller as the state of a lookup knows it, to find decisions by.
  ///
  /// - Throws: ``CatalogError/unauthenticated(_:)``
  package func principal(_ context: OperationContext, at revision: Int64) async throws -> KnownPrincipal? {
    guard context.caller.authority != .server else { return nil }
    return KnownPrincipal(entity: try await state(atLeast: revision).principal(context.caller))
  }

  /// The same permission for another request of the same caller; `nil` when it was another's, or of another state.
  package func authorization(
    by decision: RememberedDecision, for principal: KnownPrincipal, _ context: OperationContext
  ) -> Authorization? {
    guard decision.principal === principal.entity else { return nil }
    return repeated(decision.action, on: decision.resource, context, revision: decision.revision, policySet: decision.policySet)
  }
}

/// A caller, found in one access state.
package struct KnownPrincipal: Sendable {
  fileprivate let entity: Entity
}
