import Governance
import JSON
import Postgres
import TransparencyLog

extension CatalogStore {
  private static let contractColumns: SQL = "c.id, c.number, c.hash, c.document, c.author, c.comment, c.created_at"

  private static func contract(_ row: PostgresRow) throws -> StoredContract {
    let contract: Contract
    do { contract = try Contract(jsonText: (row[3] as PostgresText).bytes) } catch let error as JSONError {
      throw CatalogError.unavailable("A contract with clauses that this server does not know needs a newer server: \(error)")
    }
    return StoredContract(
      id: try row[0], number: try row[1], hash: try row[2], contract: contract, author: try row[4], comment: try row[5],
      createdAt: try row[6])
  }

  /// A version by its identity, which a dataset's row names.
  package func contract(_ id: ContractID, _: Authorization) async throws -> StoredContract? {
    try await pool.run { connection in
      try connection.first("SELECT \(Self.contractColumns) FROM contracts c WHERE c.id = \(id)", Self.contract)
    }
  }

  /// A version by its number.
  package func contract(number: Int64, of dataset: DatasetID, _: Authorization) async throws -> StoredContract? {
    try await pool.run { connection in
      try connection.first(
        "SELECT \(Self.contractColumns) FROM contracts c WHERE c.dataset_id = \(dataset) AND c.number = \(number)", Self.contract)
    }
  }

  /// Versions, the newest first.
  package func contracts(of dataset: DatasetID, _ page: PageRequest, _: Authorization) async throws -> Page<StoredContract> {
    let before = try Self.number(page)
    let rows = try await pool.run { connection in
      try connection.query(
        """
        SELECT \(Self.contractColumns) FROM contracts c WHERE c.dataset_id = \(dataset) AND c.number < \(before)
        ORDER BY c.number DESC LIMIT \(Int64(page.size + 1))
        """, Self.contract)
    }
    return Page(rows, size: page.size, key: { String($0.number) }, element: { $0 })
  }

  private static func number(_ page: PageRequest) throws -> Int64 {
    guard let after = page.after else { return .max }
    guard let number = Int64(after) else {
      throw PageRequest.foreignToken
    }
    return number
  }

  /// The number of the newest version, in force or not; 0 for none.
  package func newestContractNumber(of dataset: DatasetID, _: Authorization) async throws -> Int64 {
    try await pool.run { connection in
      try connection.first("SELECT coalesce(max(number), 0) FROM contracts WHERE dataset_id = \(dataset)") { row in
        try row[0] as Int64
      } ?? 0
    }
  }

  /// Puts a contract in force, as a new version of its dataset: a commit under way that was held against another one loses.
  ///
  /// - Parameter before: the contract in force until then.
  /// - Returns: `false`, with nothing changed, when the dataset is not what was found any more.
  package func setContract(
    _ contract: StoredContract, replacing before: StoredContract?, of found: FoundDataset, _ authorization: Authorization, answer: [UInt8]
  ) async throws -> Bool {
    let event = AuditEvent(authorization, before: before?.auditFacts ?? [:], after: contract.auditFacts)
    return try await untilMoved(Change(authorization, event: event, answer: .json(answer))) { connection in
      try Self.insert(contract, of: found.version.id, on: connection)
      try Self.name(contract.id, in: found, on: connection)
    }
  }

  /// - Returns: `false`, with nothing changed, when the dataset is not what was found any more.
  package func retireContract(_ contract: StoredContract, of found: FoundDataset, _ authorization: Authorization) async throws -> Bool {
    let event = AuditEvent(authorization, before: contract.auditFacts)
    return try await untilMoved(Change(authorization, event: event, answer: .noContent)) { connection in
      try Self.name(nil, in: found, on: connection)
    }
  }

  private func untilMoved(_ change: Change, _ body: @escaping @Sendable (PostgresConnection) throws -> Void) async throws -> Bool {
    do {
      try await commit(change, body)
      return true
    } catch is VersionMoved {
      return false
    }
  }

  static func insert(_ contract: StoredContract, of dataset: DatasetID, on connection: PostgresConnection) throws {
    // The dataset first: whoever else applies one waits here, and finds another version afterwards.
    try connection.execute("SELECT FROM datasets WHERE id = \(dataset) FOR NO KEY UPDATE")
    let count = try connection.execute(
      """
      INSERT INTO contracts (id, dataset_id, number, hash, mode, document, author, comment, created_at)
      VALUES (\(contract.id), \(dataset), \(contract.number), \(contract.hash), \(contract.contract.mode.rawValue),
        \(PostgresText(contract.contract.jsonText)), \(contract.author), \(contract.comment), \(contract.createdAt))
      ON CONFLICT (dataset_id, number) DO NOTHING
      """)
    guard count == 1 else { throw VersionMoved() }
  }

  static func name(_ contract: ContractID?, in found: FoundDataset, on connection: PostgresConnection) throws {
    let count = try connection.execute(
      """
      UPDATE datasets SET contract_id = \(contract), version = version + 1, changed_at = now()
      WHERE id = \(found.version.id) AND version = \(found.version.version) AND dropped_at IS NULL
      """)
    guard count == 1 else { throw VersionMoved() }
  }

  // MARK: Breaches

  /// Breaches of contracts that only warn, in the order of their commits.
  package func contractBreaches(of dataset: DatasetID, _ page: PageRequest, _: Authorization) async throws -> Page<RecordedBreach> {
    let after = try page.after.map { text in
      guard let id = PostgresUUID(text) else {
        throw PageRequest.foreignToken
      }
      return id
    }
    let rows = try await pool.run { connection in
      try connection.query(
        """
        SELECT b.id, b.clause, b.promised, b.found, b.remedy, b.snapshot_id, c.number, b.version, b.principal, b.occurred_at
        FROM contract_breaches b JOIN contracts c ON c.id = b.contract_id
        WHERE b.dataset_id = \(dataset) AND (\(after)::uuid IS NULL OR b.id > \(after)::uuid) ORDER BY b.id LIMIT \(Int64(page.size + 1))
        """
      ) { row in
        (
          id: try row[0] as PostgresUUID,
          breach: RecordedBreach(
            violation: ContractViolation(
              clause: try row[1], promised: try row[2], found: try row[3], remedy: try row[4], snapshotID: try row[5]),
            contractNumber: try row[6], version: try row[7], principal: try row[8], occurredAt: try row[9])
        )
      }
    }
    return Page(rows, size: page.size, key: { $0.id.description }, element: { $0.breach })
  }
}
