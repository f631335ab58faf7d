package import CatalogStore
import Governance
package import Postgres

// What people decide where rules and duties disagree, or where a rule asks.

extension Catalog {
  /// Decisions, the newest first; of tables that the caller may see, unless it reads the audit trail.
  package func listRetentionDecisions(
    onlyOpen: Bool, _ page: PageRequest, _ context: OperationContext
  ) async throws -> Page<RetentionDecision> {
    let authorization = try await authorized(.readRetention, [], catalog: CatalogResource(.server, ""), context)
    let decisions = try await store.retentionDecisions(onlyOpen: onlyOpen, page, authorization)
    if try authorizer.allows([PolicyQuestion(.readAudit)], on: try await authorizer.object(), context) { return decisions }
    var visible: [RetentionDecision] = []
    for decision in decisions.elements {
      guard let found = try await store.find(decision.path), found.version.id == decision.dataset else { continue }
      let object = try await authorizer.object(found, at: decision.path)
      if try authorizer.allows([PolicyQuestion(.getMetadata)], on: object, context) { visible.append(decision) }
    }
    return Page(elements: visible, next: decisions.next)
  }

  /// Answers a decision. To let the table go is allowed to those who may drop it, once no pin and no hold keeps it.
  ///
  /// - Throws: ``CatalogError/noSuchWord(_:)``, ``CatalogError/forbidden(_:)``, ``CatalogError/commitFailed(_:)``
  package func answerRetentionDecision(
    _ id: RetentionDecisionID, _ answer: RetentionDecision.Answer, comment: String, keepUntil: PostgresTimestamp?,
    _ context: OperationContext, reply: (RetentionDecision) -> [UInt8]
  ) async throws -> RetentionDecision {
    let seen = try await authorized(.answerRetentionDecision, [], catalog: CatalogResource(.server, ""), context)
    let missing = CatalogError.noSuchWord("Retention decision does not exist: \(id)")
    guard let decision = try await store.retentionDecision(id) else { throw missing }
    guard let found = try await store.find(decision.path), found.version.id == decision.dataset else { throw missing }
    let object = try await authorizer.object(found, at: decision.path)
    var questions = [PolicyQuestion(.setRetention)]
    if answer != .keep { questions.append(PolicyQuestion(.drop)) }
    if answer == .purge { questions.append(PolicyQuestion(.purge)) }
    let authorization = try authorizer.authorize(.answerRetentionDecision, questions, on: object, seen.context, missing: missing)
    guard decision.answer == nil else {
      throw CatalogError.commitFailed("Somebody has answered this decision: \(decision.answer!.rawValue)")
    }
    guard !comment.isEmpty, comment.utf8.count <= 10_000 else { throw CatalogError.badRequest("A decision needs a comment that says why") }
    if answer != .keep {
      try refuseDrop(of: object, purging: answer == .purge, context)
      try await requireFree(found, decision.path, authorization)
    }
    let answered = RetentionDecision(answering: decision, answer, comment: comment, keepUntil: keepUntil, context)
    try await store.answer(
      decision, answer, comment: comment, keepUntil: keepUntil, dropping: found, decision.path, authorization, reply: reply(answered))
    if answer != .keep { cache.remove(decision.path.text) }
    return answered
  }

  private func requireFree(_ found: FoundDataset, _ path: DatasetPath, _ authorization: Authorization) async throws {
    let pins = try await store.pins(of: found.version.id, authorization)
    let holds = try await store.holds(on: found.version.id, authorization)
    guard !pins.isEmpty || !holds.isEmpty else { return }
    let names =
      Set(holds.map { "the hold \($0.name)" }).sorted() + Set(pins.map { $0.modelVersion.map { "a pin for \($0)" } ?? "a pin" }).sorted()
    throw CatalogError.forbidden("\(path.identifier) is kept by \(names.joined(separator: ", ")); these must end first")
  }
}
