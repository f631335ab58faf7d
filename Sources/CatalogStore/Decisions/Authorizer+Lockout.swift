package import Cedar
import Postgres

extension Authorizer {
  /// Whether the caller could still apply policies if others were in force: nobody should lock everybody out by mistake.
  ///
  /// - Throws: ``CatalogError/unauthenticated(_:)``
  package func couldApplyPolicies(under policies: PolicySet, _ context: OperationContext) async throws -> Bool {
    if context.caller.authority == .server { return true }
    let state = try await state()
    let principal = try state.principal(context.caller)
    var policies = policies
    for link in state.policies.links { try policies.link(link) }
    let now = Value.extension(.datetime(CedarDatetime(millisecondsSinceEpoch: context.time.milliseconds)))
    let request = Request(
      principal: principal.uid, action: PolicyAction.applyPolicies.uid, resource: PolicyWord.catalog, context: Record([("now", now)]))
    return Cedar.Authorizer(policies).authorize(request, entities: state.entities.overlaid(with: [principal])).isSafelyAllowed
  }
}
