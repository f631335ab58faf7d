package import CatalogStore
package import Governance

// The operations on policy sets.

extension Catalog {
  static let maximumCommentBytes = 10_000

  package func listPolicySets(_ page: PageRequest, _ context: OperationContext) async throws -> Page<StoredPolicySet> {
    try await store.policySets(page, authorized(.readPolicies, reading: .catalog, context))
  }

  /// - Throws: ``CatalogError/noSuchPolicySet(_:)``
  package func loadPolicySet(
    _ choice: PolicySetChoice, _ context: OperationContext
  ) async throws -> (set: StoredPolicySet, files: PolicyFiles) {
    try await store.policySet(choice, authorized(.readPolicies, reading: .catalog, context))
  }

  /// What is different in `new` from `old`.
  ///
  /// - Throws: ``CatalogError/noSuchPolicySet(_:)``
  package func comparePolicySets(
    _ old: PolicySetChoice, _ new: PolicySetChoice, _ context: OperationContext
  ) async throws -> (old: StoredPolicySet, new: StoredPolicySet, difference: PolicyDifference) {
    let authorization = try await authorized(.readPolicies, reading: .catalog, context)
    let old = try await store.policySet(old, authorization)
    let new = try await store.policySet(new, authorization)
    let difference = PolicyDifference(from: try old.files.policies, old.files, to: try new.files.policies, new.files)
    return (old.set, new.set, difference)
  }

  /// Checks a policy set, and puts it in force unless only its effect is to be told.
  ///
  /// - Parameters:
  ///   - files: contents by name.
  ///   - expected: the number that must be in force; `nil` for whichever is.
  /// - Throws: `PolicySetRefusal` for a set that is not right, ``CatalogError/commitFailed(_:)`` when another one is in force,
  ///   ``CatalogError/badRequest(_:)``
  package func applyPolicySet(
    _ files: [String: String], comment: String, isDryRun: Bool, ifCurrent expected: Int64?, _ context: OperationContext,
    answer: @escaping @Sendable (PolicySetApplication, PolicyBundle) -> [UInt8]
  ) async throws -> (application: PolicySetApplication, bundle: PolicyBundle) {
    let authorization = try await authorized(.applyPolicies, [PolicyQuestion(.applyPolicies)], on: .catalog, context)
    guard comment.utf8.count <= Self.maximumCommentBytes else {
      throw CatalogError.badRequest("The comment is longer than \(Self.maximumCommentBytes) bytes")
    }
    let bundle = try PolicyBundle(checking: PolicyFiles(files))
    guard try await authorizer.couldApplyPolicies(under: bundle.policies, context) else {
      throw PolicySetRefusal(problems: [
        PolicyProblem(
          file: "", "By these policies \(context.principal) could not apply another set; keep a permit of applyPolicies for whoever applies"
        )
      ])
    }
    if isDryRun {
      return (try await store.judgePolicySet(bundle, comment: comment, ifCurrent: expected, authorization), bundle)
    }
    let application = try await store.applyPolicySet(
      bundle, comment: comment, ifCurrent: expected, authorization, answer: { answer($0, bundle) })
    return (application, bundle)
  }

  /// Puts the policies in force that a new catalog begins with, unless there are others.
  package func ensureInitialPolicies() async throws {
    let context = OperationContext(.server, requestID: "start")
    try await store.ensureInitialPolicies(authorizer.authorizeServer(.applyPolicies, on: AccessObject.catalog.resource, context))
  }
}
