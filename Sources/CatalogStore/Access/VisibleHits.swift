import Cedar
import Governance
import Iceberg
import Postgres

/// Where a caller most likely may see something.
package struct LikelyPlaces: Sendable {
  /// Documents there have one of them.
  package var lexemes: [String] = []
  package var datasets: [DatasetID] = []
  /// Whether permits name any; else there is only what the caller may own.
  package var areNamed = false

  package init() {}
}

/// A dataset that a search found and that the caller may know of.
package struct SearchHit: Sendable {
  package let candidate: SearchCandidate
  package let zone: String
  /// Its own, or that of what it lies in.
  package let owner: String?
}

extension Authorizer {
  /// Those of the candidates whose metadata the caller may see, in their order: what is searched is metadata, so to be listed is not
  /// enough. Those of one namespace that say the same of themselves and that nothing names are decided about once.
  package func visible(_ candidates: SearchCandidates, _ context: OperationContext) async throws -> [SearchHit] {
    guard !candidates.found.isEmpty else { return [] }
    let (state, namespaces) = try await namespaces(Set(candidates.found.map(\.namespace)), revision: candidates.revision)
    let caller = context.caller
    let named = caller.authority == .server ? nil : state.datasetsNamed(to: try state.principal(caller), caller)
    var known: [AlikeDatasets: Entity] = [:]
    let seen = try visible(candidates.found, to: .getMetadata, state, context) { candidate in
      guard let namespace = namespaces[candidate.namespace] else { return nil }
      guard named?.contains(candidate.id) == false, !namespace.held.names(candidate.id, candidate.kind) else {
        return namespace.content(candidate.id, candidate.kind, candidate.facts)
      }
      let alike = AlikeDatasets(namespace: candidate.namespace, kind: candidate.kind, facts: candidate.facts)
      if let entity = known[alike] { return entity }
      let entity = namespace.content(candidate.id, candidate.kind, candidate.facts)
      known[alike] = entity
      return entity
    }
    return seen.compactMap { candidate in
      guard let namespace = namespaces[candidate.namespace] else { return nil }
      return SearchHit(candidate: candidate, zone: namespace.zone.zone.name, owner: candidate.facts.owner ?? namespace.owner)
    }
  }

  /// Namespaces by id, those that memory lacks in one query; who is gone meanwhile is left out.
  private func namespaces(_ ids: Set<NamespaceID>, revision: Int64) async throws -> (AccessState, [NamespaceID: NamespaceFacts]) {
    var state = try await state(atLeast: revision)
    let missing = ids.filter { state.namespace($0) == nil }
    if !missing.isEmpty {
      let found = try await store.found(Array(missing))
      if let newest = found.map(\.revision).max() { state = try await self.state(atLeast: newest) }
      for namespace in found { _ = try facts(namespace, state) }
    }
    // Another state remembers none of those that were known.
    var namespaces: [NamespaceID: NamespaceFacts] = [:]
    for id in ids { namespaces[id] = state.namespace(id) }
    let forgotten = ids.filter { namespaces[$0] == nil && !missing.contains($0) }
    if !forgotten.isEmpty {
      for namespace in try await store.found(Array(forgotten)) where state.zones[namespace.zone] != nil {
        namespaces[namespace.id] = try facts(namespace, state)
      }
    }
    return (state, namespaces)
  }

  /// Where to look first for what a caller may see who may not see everything: what permits name, and what the caller owns. It is only a
  /// hint; each dataset is decided about.
  package func likelyPlaces(_ context: OperationContext) async throws -> LikelyPlaces {
    let state = try await state()
    guard context.caller.authority != .server else { return LikelyPlaces() }
    let principal = try state.principal(context.caller)
    return state.likelyPlaces(principal)
  }
}

/// Datasets that decisions cannot tell apart, as long as nothing names one.
private struct AlikeDatasets: Hashable {
  let namespace: NamespaceID
  let kind: DatasetKind
  let facts: DatasetFacts
}
