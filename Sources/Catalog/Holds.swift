package import CatalogStore
package import Governance

// Legal holds: cases that keep what they name until somebody releases them.

extension Catalog {
  /// Holds in order of their names.
  ///
  /// - Parameter released: also those that somebody released.
  package func listHolds(released: Bool, _ page: PageRequest, _ context: OperationContext) async throws -> Page<Hold> {
    try await store.holds(
      released: released, page,
      authorized(.listHolds, [PolicyQuestion(.readHolds)], catalog: CatalogResource(.server, ""), context))
  }

  /// The holds that keep a dataset, for whoever may look at it: it cannot be dropped, and nobody should have to try. Why they were placed is
  /// for those who read holds.
  ///
  /// - Throws: ``CatalogError/noSuchTable(_:)``, ``CatalogError/noSuchView(_:)``, ``CatalogError/noSuchDataset(_:)``
  package func listHolds(on path: DatasetPath, as kind: DatasetKind, _ context: OperationContext) async throws -> [HoldInForce] {
    let asked = try await authorized(.listHolds, [PolicyQuestion(.getMetadata)], path, as: kind, context)
    return asked.object.holds
  }

  /// - Throws: ``CatalogError/noSuchHold(_:)``
  package func loadHold(_ name: String, _ context: OperationContext) async throws -> Hold {
    try await store.hold(name, authorized(.loadHold, [PolicyQuestion(.readHolds)], catalog: CatalogResource(.hold, name), context))
  }

  /// Places a hold. From then on nobody drops, purges or expires anything that it names.
  ///
  /// - Throws: ``CatalogError/alreadyExists(_:)``, ``CatalogError/badRequest(_:)``, ``CatalogError/noSuchTable(_:)``
  package func placeHold(
    _ name: String, reason: String, authority: String, on objects: [HeldObject], _ context: OperationContext,
    answer: @escaping @Sendable (Hold) -> [UInt8]
  ) async throws -> Hold {
    let authorization = try await authorized(.placeHold, [PolicyQuestion(.manageHolds)], catalog: CatalogResource(.hold, name), context)
    try Self.checkName(name, of: "hold")
    for (what, text) in [("reason", reason), ("authority", authority)] {
      guard (1...10_000).contains(text.utf8.count) else { throw CatalogError.badRequest("Give the \(what), in 1 to 10000 bytes") }
    }
    guard (1...1_000).contains(objects.count) else {
      throw CatalogError.badRequest("A hold names 1 to 1000 objects, not \(objects.count); name what they lie in, or a tag that they carry")
    }
    return try await store.placeHold(name, reason: reason, authority: authority, on: objects, authorization, answer: answer)
  }

  /// - Throws: ``CatalogError/noSuchHold(_:)``, ``CatalogError/badRequest(_:)``, ``CatalogError/unprocessable(_:)``
  package func releaseHold(
    _ name: String, reason: String, _ context: OperationContext, answer: @escaping @Sendable (Hold) -> [UInt8]
  ) async throws -> Hold {
    let authorization = try await authorized(.releaseHold, [PolicyQuestion(.manageHolds)], catalog: CatalogResource(.hold, name), context)
    guard (1...10_000).contains(reason.utf8.count) else { throw CatalogError.badRequest("Say why it is released, in 1 to 10000 bytes") }
    return try await store.releaseHold(name, reason: reason, authorization, answer: answer)
  }

  /// Refuses what would lose something under a hold, whoever asks; the server too.
  ///
  /// - Throws: ``CatalogError/forbidden(_:)``
  func refuseHeld(_ asked: AuthorizedDataset, at path: DatasetPath) throws {
    if !asked.object.holds.isEmpty { throw CatalogError.forbidden(Self.refusal(by: asked.object.holds, of: path)) }
  }

  private static func refusal(by holds: [HoldInForce], of path: DatasetPath) -> String {
    holds.map { "\(path.identifier) is under the legal hold \($0.name), by its \($0.scope): \($0.reason)" }.joined(separator: "\n")
      + "\nNothing of it is dropped, purged or expired before the hold is released; see: moraine hold show \(holds[0].name)"
  }

  /// Says beside a refusal by policies what keeps a dataset, for who wanted it gone.
  ///
  /// - Throws: ``CatalogError/forbidden(_:)``
  func sayingWhatKeeps<T>(
    _ found: FoundDataset, _ object: GovernedObject, at path: DatasetPath, _ questions: [PolicyQuestion], _ context: OperationContext,
    _ body: () async throws -> T
  ) async throws -> T {
    do { return try await body() } catch CatalogError.forbidden(let message)
      where questions.contains(where: { [.drop, .purge, .expireSnapshots].contains($0.action) })
      && (object.isPinned || !object.holds.isEmpty)
    {
      var lines = [message]
      if !object.holds.isEmpty { lines.append(Self.refusal(by: object.holds, of: path)) }
      if object.isPinned { lines.append(try await store.firstPins(of: found.version.id).refusal(of: path)) }
      throw CatalogError.forbidden(lines.joined(separator: "\n"))
    }
  }
}
