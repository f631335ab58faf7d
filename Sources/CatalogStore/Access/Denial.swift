import Cedar

/// Why something may not be done.
package struct Denial: Error, Hashable, Sendable {
  package let question: PolicyAction
  /// The forbids that decided; empty when nothing permits it.
  package let policies: [String]
  /// What their authors say about it.
  package let reasons: [String]
  /// Forbids that could not be evaluated, which denies.
  package let errors: [String]

  init(_ action: PolicyAction, _ response: Response, in policies: PolicySet) {
    question = action
    let forbids = response.decision == .deny ? response.reasons : []
    self.policies = forbids.map(\.string)
    reasons = forbids.compactMap { policies[$0]?.annotation("reason")?.string }
    errors = response.errors.filter { $0.effect == .forbid }.map(\.description)
  }

  /// `alice may not append to the table ns.t: raw is append-only (policy raw-append-only)`
  func message(_ caller: Caller, _ object: GovernedObject) -> String {
    let what = "\(caller.name) may not \(question.phrase) \(object.title): "
    if !errors.isEmpty { return what + "a policy that might forbid it cannot be evaluated: \(errors.joined(separator: "; "))" }
    guard policies.isEmpty else {
      let ids = policies.count == 1 ? "policy \(policies[0])" : "policies \(policies.joined(separator: ", "))"
      return what + (reasons.isEmpty ? "forbidden by \(ids)" : "\(reasons.joined(separator: "; ")) (\(ids))")
    }
    let owner = object.owner.map { "; \($0) owns it and may grant it" } ?? ""
    return what + "no policy permits it\(owner)"
  }
}
