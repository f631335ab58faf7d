package import CatalogStore
import Postgres

// Handing over: an owner offers, somebody accepts or declines.

extension Catalog {
  /// Offers an object to somebody.
  ///
  /// - Throws: what says that it is not there; ``CatalogError/unprocessable(_:)`` for nobody, and when it is offered already
  package func offerOwnership(
    of object: AccessObject, to recipient: GranteeName, message: String, _ context: OperationContext,
    answer: @escaping @Sendable (OwnershipTransfer) -> [UInt8]
  ) async throws -> OwnershipTransfer {
    guard message.utf8.count <= 10_000 else { throw CatalogError.badRequest("The message is longer than 10000 bytes") }
    let asked = try await authorizedObject(.offerOwnership, [PolicyQuestion(.setOwner)], on: object, context)
    return try await store.offer(asked.object, named: object, to: recipient, message: message, asked.authorization, answer: answer)
  }

  /// Offers that wait: those of an object to whoever may set its owner; else those that the caller made or may answer.
  ///
  /// - Parameter everybodys: also what concerns others, for those who look after owners everywhere and for auditors.
  package func transfers(
    of object: AccessObject?, everybodys: Bool, includingAnswered: Bool, _ page: PageRequest, _ context: OperationContext
  ) async throws -> Page<OwnershipTransfer> {
    var filter = OwnershipTransferFilter()
    filter.object = object
    filter.includesAnswered = includingAnswered
    let catalog = CatalogResource(.server, "")
    let authorization: Authorization
    if let object {
      authorization = try await authorized(.listTransfers, [PolicyQuestion(.setOwner)], on: object, context)
    } else if everybodys {
      let mayAudit = try authorizer.allows([PolicyQuestion(.readAudit)], on: try await authorizer.object(catalog: catalog), context)
      authorization = try await authorized(.listTransfers, [PolicyQuestion(mayAudit ? .readAudit : .setOwner)], catalog: catalog, context)
    } else {
      authorization = try await authorized(.listTransfers, [], catalog: catalog, context)
      filter.concerned = (context.principal, try await authorizer.state().namesOfOwner(context.caller))
    }
    return try await store.transfers(filter, page, authorization)
  }

  /// Accepts, declines or withdraws an offer. The recipient, or a member of the team that is, accepts or declines; who made the offer, or
  /// may set the object's owner, withdraws it.
  ///
  /// - Throws: ``CatalogError/noSuchTransfer(_:)``, also for one that does not concern the caller; ``CatalogError/unprocessable(_:)``
  package func answerTransfer(
    _ id: OwnershipTransferID, _ answer: OwnershipTransfer.Answer, reason: String, _ context: OperationContext
  ) async throws {
    guard reason.utf8.count <= 10_000 else { throw CatalogError.badRequest("The reason is longer than 10000 bytes") }
    let resource = CatalogResource(.server, "")
    let authorization = try await authorized(.answerTransfer, [], catalog: resource, context)
    let missing = CatalogError.noSuchTransfer("No such transfer: \(id)")
    guard let transfer = try await found(id) else { throw missing }
    let isRecipient = try await authorizer.state().namesOfOwner(context.caller).contains(transfer.recipient.description)
    let isAsking = transfer.askedBy == context.principal
    let catalog = try await authorizer.object(catalog: resource)
    let looksAfterOwners = try authorizer.allows([PolicyQuestion(.setOwner)], on: catalog, context)
    guard isRecipient || isAsking || looksAfterOwners else { throw missing }
    guard looksAfterOwners || (answer == .withdrawn ? isAsking : isRecipient) else {
      throw CatalogError.forbidden(
        answer == .withdrawn
          ? "Only \(transfer.askedBy), who offered it, may withdraw it; decline it instead"
          : "\(transfer.recipient) was asked, and \(context.principal) is not in it; only it can say \(answer.rawValue)")
    }
    guard transfer.answer == nil else {
      throw CatalogError.noSuchTransfer("The transfer \(id) was \(transfer.answer?.rawValue ?? "answered") already")
    }
    try await store.answer(transfer, answer, reason: reason, authorization.naming(transfer.object?.resource ?? resource))
  }

  private func found(_ id: OwnershipTransferID) async throws -> OwnershipTransfer? {
    do { return try await store.transfer(id) } catch CatalogError.noSuchTransfer { return nil }
  }
}
