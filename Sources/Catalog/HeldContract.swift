import CatalogStore
import Governance
import Iceberg
import Postgres
import Synchronization

/// The contract that a commit is held against, and the snapshots that come under it by the commit.
struct HeldContract {
  let stored: StoredContract
  let dataset: FoundDataset
  let entering: [Snapshot]

  private var contract: Contract { stored.contract }

  /// The snapshots whose manifests must be read for it.
  var examined: [Snapshot] { contract.needsManifests ? entering : [] }

  func columns(in metadata: TableMetadata) -> Set<Int32> {
    examined.isEmpty ? [] : contract.columnsWithStatistics(in: metadata.currentSchema)
  }

  func violations(of facts: CommitFacts, base: TableMetadata?, nowMs: Int64) -> [ContractViolation] {
    ContractCheck(contract, base: base, result: facts.result, entering: entering, facts: facts.snapshotFacts, nowMs: nowMs).violations()
  }

  /// Refuses a commit that breaks the contract, or says what must be recorded of it where the contract only warns. A gate that was not
  /// passed is never only recorded.
  ///
  /// - Throws: ``CatalogError/contractViolation(_:)``
  func settle(
    _ violations: [ContractViolation], gate: [ContractViolation], of object: GovernedObject, _ context: OperationContext
  ) throws -> [ContractBreach] {
    guard context.caller.authority != .server else { return [] }
    let refused = (contract.mode == .enforce ? violations : []) + gate
    guard refused.isEmpty else { throw CatalogError.contractViolation(refused, of: object.title, stored) }
    return violations.map { ContractBreach($0, of: stored.id, context) }
  }
}

extension CatalogError {
  /// - Parameter title: of the table, as people name it.
  static func contractViolation(_ violations: [ContractViolation], of title: String, _ contract: StoredContract) -> CatalogError {
    .contractViolation(
      (["The contract of \(title), version \(contract.number), is broken:"] + violations.map(\.description)).joined(separator: "\n"))
  }
}

extension Catalog {
  /// - Parameter found: the table as its row has it; `nil` for one that the commit makes, which has promised nothing yet.
  /// - Returns: `nil` without a contract.
  func heldContract(
    of found: FoundDataset?, base: TableMetadata?, _ commit: TableCommit, _ authorization: Authorization
  ) async throws -> HeldContract? {
    guard let found, let id = found.facts.contract else { return nil }
    let stored = try await contract(id, authorization)
    return HeldContract(stored: stored, dataset: found, entering: stored.contract.entering(base: base, commit: commit))
  }

  /// A contract by its identity, from memory if it is there: it never changes.
  func contract(_ id: ContractID, _ authorization: Authorization) async throws -> StoredContract {
    if let known = contracts[id] { return known }
    guard let stored = try await store.contract(id, authorization) else {
      throw CatalogError.unavailable("The contract \(id) cannot be found")
    }
    contracts[id] = stored
    return stored
  }

  /// Whether the snapshot that a commit publishes has passed the checks that the contract requires; `nil` for a commit that publishes none.
  func gate(of facts: CommitFacts, _ held: HeldContract, _ authorization: Authorization) async throws -> Gate? {
    let published = facts.changes.compactMap { change -> Int64? in
      if case .moveRef(let move) = change, move.kind == .publish { move.to } else { nil }
    }
    guard let snapshot = published.first else { return nil }
    return try await gate(of: snapshot, in: held.dataset.version.id, held.stored.contract, authorization)
  }

  func gate(
    of snapshot: Int64, in dataset: DatasetID, _ contract: Contract, _ authorization: Authorization
  ) async throws -> Gate {
    let results = try await store.newestQuality(
      of: dataset, snapshot: snapshot, checks: contract.checks.filter(\.isRequired).map(\.name), authorization)
    return Gate(contract, snapshotID: snapshot, results: results, nowMs: authorization.context.time.milliseconds)
  }
}

/// Contracts that were used, by their identity.
final class ContractMemory: Sendable {
  private static let maximumCount = 4_096
  private let contracts = Mutex<[ContractID: StoredContract]>([:])

  subscript(id: ContractID) -> StoredContract? {
    get { contracts.withLock { $0[id] } }
    set {
      contracts.withLock { contracts in
        if contracts.count >= Self.maximumCount { contracts.removeAll() }
        contracts[id] = newValue
      }
    }
  }
}
