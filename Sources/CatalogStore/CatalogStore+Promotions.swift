import Governance
import Iceberg
package import Postgres
import TransparencyLog

/// A dataset's way into another zone.
package struct Promotion: Sendable {
  package let source: DatasetPath
  package let target: DatasetPath
  /// The one that was held against the contract.
  package let snapshotID: Int64
  package let contract: StoredContract
  package let reason: String

  package init(source: DatasetPath, target: DatasetPath, snapshotID: Int64, contract: StoredContract, reason: String) {
    self.source = source
    self.target = target
    self.snapshotID = snapshotID
    self.contract = contract
    self.reason = reason
  }
}

/// A promotion as it was recorded.
package struct RecordedPromotion: Sendable {
  /// Warehouse, then levels, then name.
  package let source: [String]
  package let target: [String]
  package let snapshotID: Int64?
  package let contractNumber: Int64
  package let reason: String
  package let promotedBy: String
  package let promotedAt: PostgresTimestamp
}

extension CatalogStore {
  /// Renames a dataset into another zone, puts its contract in force if that is a new one, and records who did it and why.
  ///
  /// - Parameter isNew: whether the contract is a new version.
  /// - Returns: `false`, with nothing changed, when the dataset is not what was found any more.
  package func promote(
    _ found: FoundDataset, _ promotion: Promotion, isNew: Bool, _ authorization: Authorization, answer: [UInt8]
  ) async throws -> Bool {
    let event = AuditEvent(
      authorization, before: ["identifier": .string(promotion.source.identifier.description)],
      after: promotion.contract.auditFacts.merging([
        "identifier": .string(promotion.target.identifier.description), "reason": .string(promotion.reason),
        "snapshot-id": .string(String(promotion.snapshotID)),
      ]) { $1 })
    let context = authorization.context
    do {
      try await Self.sayingOccupied(found.version.kind, from: promotion.source, to: promotion.target) {
        try await commit(Change(authorization, event: event, answer: .json(answer))) { connection in
          if isNew {
            try Self.insert(promotion.contract, of: found.version.id, on: connection)
            try Self.name(promotion.contract.id, in: found, on: connection)
          } else {
            let isSame = try connection.first(
              "SELECT version = \(found.version.version) FROM datasets WHERE id = \(found.version.id) FOR NO KEY UPDATE"
            ) { row in try row[0] as Bool }
            guard isSame == true else { throw VersionMoved() }
          }
          try Self.rename(found, from: promotion.source, to: promotion.target, on: connection)
          try connection.execute(
            """
            INSERT INTO promotions (id, dataset_id, source, target, snapshot_id, contract_id, reason, promoted_by, promoted_at)
            VALUES (\(PostgresUUID.timeOrdered()), \(found.version.id), \(promotion.source.text), \(promotion.target.text),
              \(promotion.snapshotID), \(promotion.contract.id), \(promotion.reason), \(context.principal), \(context.time))
            """)
        }
      }
      return true
    } catch is VersionMoved {
      return false
    }
  }

  /// In the order in which they were made.
  package func promotions(of dataset: DatasetID, _: Authorization) async throws -> [RecordedPromotion] {
    try await pool.run { connection in
      try connection.query(
        """
        SELECT p.source, p.target, p.snapshot_id, c.number, p.reason, p.promoted_by, p.promoted_at
        FROM promotions p JOIN contracts c ON c.id = p.contract_id WHERE p.dataset_id = \(dataset) ORDER BY p.id LIMIT 1000
        """
      ) { row in
        RecordedPromotion(
          source: Self.parts(try row[0]), target: Self.parts(try row[1]), snapshotID: try row[2], contractNumber: try row[3],
          reason: try row[4], promotedBy: try row[5], promotedAt: try row[6])
      }
    }
  }

  private static func parts(_ text: String) -> [String] { text.split(separator: "\u{1F}").map(String.init) }
}
