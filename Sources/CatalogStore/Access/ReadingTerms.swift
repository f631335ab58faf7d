import Cedar
package import Governance

/// On what terms a caller may read an object's rows.
package struct ReadingTerms: Sendable {
  /// Those of the permits that let the caller in; `nil` when one of them demands nothing, or nobody asks.
  package let permits: [PermitTerms]?
  /// Classifications whose data the caller may see; `nil` for all.
  package let cleared: Set<String>?

  static let none = ReadingTerms(permits: nil, cleared: nil)

  /// Whether a column of this classification must be masked.
  package func masks(_ classification: String) -> Bool { cleared.map { !$0.contains(classification) } ?? false }
}

extension Authorizer {
  /// What the annotations `@row_filter` and `@column_mask` of the permits demand that let the caller read. Who may not read sees no row.
  package func readingTerms(of object: GovernedObject, _ context: OperationContext) throws -> ReadingTerms {
    if context.caller.authority == .server { return .none }
    let principal = try object.state.principal(context.caller)
    let cleared = object.state.cleared(principal)
    let response = object.response(to: PolicyQuestion(.readData), of: principal, at: context.time)
    guard response.isSafelyAllowed else { return ReadingTerms(permits: [], cleared: cleared) }
    let terms = object.state.terms
    guard !terms.isEmpty else { return ReadingTerms(permits: nil, cleared: cleared) }
    let permits = response.reasons.map { terms[$0] ?? .unrestricted }
    return ReadingTerms(permits: permits.contains(where: \.isUnrestricted) ? nil : permits, cleared: cleared)
  }
}

extension PermitTerms {
  /// Those of a policy that has any.
  init?(_ policy: Policy) {
    let filter = policy.annotation("row_filter")?.string
    let mask = policy.annotation("column_mask")?.string
    guard filter != nil || mask != nil else { return nil }
    // A policy set with such annotations is refused; one that is there all the same shows nothing.
    self = (try? PermitTerms(rowFilter: filter, columnMask: mask)) ?? .nothing
  }

  /// By the id of every policy and link that restricts what it permits.
  static func all(in set: PolicySet) -> [Text: PermitTerms] {
    var terms: [Text: PermitTerms] = [:]
    for policy in set.policies { terms[policy.id] = PermitTerms(policy) }
    guard !terms.isEmpty else { return [:] }
    for link in set.links { terms[link.id] = terms[link.template] }
    return terms
  }
}

extension AccessState {
  func cleared(_ principal: Entity) -> Set<String> {
    guard case .set(let tags)? = principal.attributes["cleared"] else { return [] }
    return Set(tags.elements.compactMap { if case .entity(let tag) = $0 { tag.id.string } else { nil } })
  }
}
