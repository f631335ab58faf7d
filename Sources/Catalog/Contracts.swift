package import CatalogStore
package import Governance
import Iceberg
import Postgres

// The operations on contracts.

/// What holding a table against a contract, as it stands, came to.
package struct ContractFindings: Sendable {
  /// Broken clauses.
  package let violations: [ContractViolation]
  /// Required checks that have not passed for the snapshot.
  package let gate: [ContractViolation]
  /// The snapshot that was looked at; `nil` for a table without any.
  package let snapshotID: Int64?

  package var isKept: Bool { violations.isEmpty }
}

extension Catalog {
  /// The contract in force.
  ///
  /// - Parameter number: another version instead.
  /// - Throws: ``CatalogError/noSuchContract(_:)``, ``CatalogError/noSuchTable(_:)``
  package func loadContract(of path: DatasetPath, number: Int64? = nil, _ context: OperationContext) async throws -> StoredContract {
    let asked = try await authorized(.loadContract, [PolicyQuestion(.getMetadata)], path, as: .table, context)
    if let number {
      guard let stored = try await store.contract(number: number, of: asked.found.version.id, asked.authorization) else {
        throw CatalogError.noSuchContract("The table \(path.identifier) has no contract of version \(number)")
      }
      return stored
    }
    return try await currentContract(of: asked, at: path)
  }

  private func currentContract(of asked: AuthorizedDataset, at path: DatasetPath) async throws -> StoredContract {
    guard let id = asked.found.facts.contract else {
      throw CatalogError.noSuchContract("The table \(path.identifier) has no contract in force")
    }
    return try await contract(id, asked.authorization)
  }

  /// Versions of the contract, the newest first, and the number of the one in force; 0 for none.
  package func listContracts(
    of path: DatasetPath, _ page: PageRequest, _ context: OperationContext
  ) async throws -> (versions: Page<StoredContract>, current: Int64) {
    let asked = try await authorized(.loadContract, [PolicyQuestion(.getMetadata)], path, as: .table, context)
    let current = try await asked.found.facts.contract.asyncMap { try await contract($0, asked.authorization).number } ?? 0
    return (try await store.contracts(of: asked.found.version.id, page, asked.authorization), current)
  }

  /// Puts a contract in force. One that is in force already stays as it is.
  ///
  /// - Parameter expected: the number of the version that must be in force; 0 for none.
  /// - Throws: ``CatalogError/contractViolation(_:)`` for one that enforces what the table's schema breaks already,
  ///   ``CatalogError/commitFailed(_:)``, ``CatalogError/noSuchTable(_:)``
  package func applyContract(
    _ contract: Contract, to path: DatasetPath, comment: String, ifCurrent expected: Int64?, _ context: OperationContext,
    answer: (StoredContract) -> [UInt8]
  ) async throws -> (contract: StoredContract, isNew: Bool) {
    guard comment.utf8.count <= 10_000 else { throw CatalogError.badRequest("The comment is longer than 10000 bytes") }
    for _ in 0..<options.commitAttempts {
      let asked = try await authorized(.applyContract, [PolicyQuestion(.setContract)], path, as: .table, context)
      let current = try await asked.found.facts.contract.asyncMap { try await self.contract($0, asked.authorization) }
      if let expected, expected != current?.number ?? 0 {
        throw CatalogError.commitFailed(
          "The contract in force is version \(current?.number ?? 0), not \(expected): somebody applied another one; look at it, then apply yours"
        )
      }
      if let current, current.hash == StoredContract.hash(of: contract) { return (current, false) }
      let metadata = try await cached(path, at: asked.found, asked.authorization).metadata()
      let newest = try await store.newestContractNumber(of: asked.found.version.id, asked.authorization)
      let stored = StoredContract(contract, number: newest + 1, comment: comment, context)
      let violations = ContractCheck(
        contract, base: nil, result: metadata, entering: [], facts: [:], nowMs: context.time.milliseconds
      ).violations()
      guard contract.mode == .warn || violations.isEmpty else {
        throw CatalogError.contractViolation(
          (["\(asked.object.title) breaks this contract as it is; mend the table first, or apply it in mode warn:"]
            + violations.map(\.description)).joined(separator: "\n"))
      }
      if try await store.setContract(stored, replacing: current, of: asked.found, asked.authorization, answer: answer(stored)) {
        return (stored, true)
      }
    }
    throw CatalogStore.overtaken(path)
  }

  /// Ends the contract in force; its versions stay.
  ///
  /// - Throws: ``CatalogError/noSuchContract(_:)``, ``CatalogError/noSuchTable(_:)``
  package func retireContract(of path: DatasetPath, _ context: OperationContext) async throws {
    for _ in 0..<options.commitAttempts {
      let asked = try await authorized(.retireContract, [PolicyQuestion(.setContract)], path, as: .table, context)
      let current = try await currentContract(of: asked, at: path)
      if try await store.retireContract(current, of: asked.found, asked.authorization) { return }
    }
    throw CatalogStore.overtaken(path)
  }

  /// Holds a table against a contract as if its snapshot had just come, and changes nothing.
  ///
  /// - Parameters:
  ///   - contract: instead of the one in force.
  ///   - snapshotID: instead of main's.
  /// - Throws: ``CatalogError/noSuchContract(_:)``, ``CatalogError/noSuchTable(_:)``, ``CatalogError/badRequest(_:)``
  package func checkContract(
    of path: DatasetPath, _ contract: Contract?, snapshotID: Int64?, _ context: OperationContext
  ) async throws -> ContractFindings {
    let asked = try await authorized(.checkContract, [PolicyQuestion(.getMetadata)], path, as: .table, context)
    let contract = if let contract { contract } else { try await currentContract(of: asked, at: path).contract }
    return try await findings(of: asked, at: path, contract, snapshotID: snapshotID)
  }

  func findings(
    of asked: AuthorizedDataset, at path: DatasetPath, _ contract: Contract, snapshotID: Int64?
  ) async throws -> ContractFindings {
    let context = asked.authorization.context
    let metadata = try await cached(path, at: asked.found, asked.authorization).metadata()
    let id = snapshotID ?? metadata.currentSnapshotID
    let snapshot = id.flatMap { metadata.snapshot($0) }
    if let id, snapshot == nil { throw CatalogError.badRequest("The table \(path.identifier) has no snapshot \(id)") }
    var facts: [Int64: SnapshotFacts] = [:]
    if let snapshot, contract.needsManifests {
      let storage = try await storages.storage(of: asked.found.version.warehouse, asked.authorization)
      let columns = contract.columnsWithStatistics(in: metadata.currentSchema)
      for known in try await examine([snapshot], among: metadata.snapshots, statisticsOf: columns, in: storage) {
        facts[known.snapshotID] = known
      }
    }
    let violations = ContractCheck(
      contract, base: nil, result: metadata, entering: snapshot.map { [$0] } ?? [], facts: facts, nowMs: context.time.milliseconds
    ).violations()
    let gate = try await snapshot.asyncMap {
      try await self.gate(of: $0.id, in: asked.found.version.id, contract, asked.authorization).problems
    }
    return ContractFindings(violations: violations, gate: gate ?? [], snapshotID: snapshot?.id)
  }

  /// Breaches of contracts that only warn, in the order of their commits.
  package func listContractBreaches(
    of path: DatasetPath, _ page: PageRequest, _ context: OperationContext
  ) async throws -> Page<RecordedBreach> {
    let asked = try await authorized(.loadContract, [PolicyQuestion(.getMetadata)], path, as: .table, context)
    return try await store.contractBreaches(of: asked.found.version.id, page, asked.authorization)
  }
}
