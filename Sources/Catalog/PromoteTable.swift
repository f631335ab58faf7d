package import CatalogStore
package import Governance
import Iceberg
import Postgres

extension Catalog {
  /// Moves a table into another zone, once both zones let it and it keeps the contract that it will have there.
  ///
  /// - Parameters:
  ///   - contract: the one that it gets; `nil` for the one that it has.
  ///   - reason: why, for those who look back.
  /// - Returns: what was done, and the contract's version.
  /// - Throws: ``CatalogError/contractViolation(_:)``, ``CatalogError/forbidden(_:)``, ``CatalogError/badRequest(_:)``,
  ///   ``CatalogError/noSuchTable(_:)``, ``CatalogError/noSuchNamespace(_:)``, ``CatalogError/alreadyExists(_:)``
  package func promoteTable(
    _ source: DatasetPath, to target: DatasetPath, contract: Contract?, reason: String, _ context: OperationContext,
    answer: (Promotion) -> [UInt8]
  ) async throws -> Promotion {
    guard (1...2_000).contains(reason.utf8.count) else { throw CatalogError.badRequest("Say in 1 to 2000 bytes why the table is promoted") }
    for _ in 0..<options.commitAttempts {
      let questions = [PolicyQuestion(.rename)] + (contract == nil ? [] : [PolicyQuestion(.setContract)])
      let asked = try await authorized(.promoteTable, questions, source, as: .table, context)
      guard try await authorizeMove(asked, .promoteTable, from: source, to: target, context) else {
        throw CatalogError.badRequest(
          "\(source.identifier) and \(target.identifier) are in one zone: promoting leads into another; rename it instead")
      }
      let current = try await asked.found.facts.contract.asyncMap { try await self.contract($0, asked.authorization) }
      let wanted: StoredContract
      if let contract, current?.hash != StoredContract.hash(of: contract) {
        let newest = try await store.newestContractNumber(of: asked.found.version.id, asked.authorization)
        wanted = StoredContract(contract, number: newest + 1, comment: reason, context)
      } else if let current {
        wanted = current
      } else {
        throw CatalogError.contractViolation(
          "The table \(source.identifier) has no contract, and none is given: what is promoted promises something")
      }
      let findings = try await findings(of: asked, at: source, wanted.contract, snapshotID: nil)
      guard let snapshotID = findings.snapshotID else {
        throw CatalogError.badRequest("The table \(source.identifier) has no snapshot yet that could be held against a contract")
      }
      let broken = findings.violations + findings.gate
      guard broken.isEmpty else { throw CatalogError.contractViolation(broken, of: asked.object.title, wanted) }
      let promotion = Promotion(source: source, target: target, snapshotID: snapshotID, contract: wanted, reason: reason)
      let isDone = try await store.promote(
        asked.found, promotion, isNew: wanted.id != current?.id, asked.authorization, answer: answer(promotion))
      cache.remove(source.text)
      if isDone { return promotion }
    }
    throw CatalogStore.overtaken(source)
  }

  /// How a table came where it is, in the order of its promotions.
  package func listPromotions(of path: DatasetPath, _ context: OperationContext) async throws -> [RecordedPromotion] {
    let asked = try await authorized(.loadContract, [PolicyQuestion(.getMetadata)], path, as: .table, context)
    return try await store.promotions(of: asked.found.version.id, asked.authorization)
  }
}
