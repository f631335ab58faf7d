import Crypto
package import Governance
import JSON
package import Postgres
import TransparencyLog

/// A version of a dataset's contract as it was applied. It never changes.
package struct StoredContract: Sendable {
  package let id: ContractID
  package let number: Int64
  /// SHA-256 over the contract's JSON: 32 bytes.
  package let hash: [UInt8]
  package let contract: Contract
  package let author: String
  package let comment: String
  package let createdAt: PostgresTimestamp

  init(
    id: ContractID, number: Int64, hash: [UInt8], contract: Contract, author: String, comment: String, createdAt: PostgresTimestamp
  ) {
    self.id = id
    self.number = number
    self.hash = hash
    self.contract = contract
    self.author = author
    self.comment = comment
    self.createdAt = createdAt
  }

  /// A new version.
  package init(_ contract: Contract, number: Int64, comment: String, _ context: OperationContext) {
    self.init(
      id: .new(), number: number, hash: Self.hash(of: contract), contract: contract, author: context.principal, comment: comment,
      createdAt: context.time)
  }

  package static func hash(of contract: Contract) -> [UInt8] { Array(SHA256.hash(data: contract.jsonText)) }

  /// As audit events name it.
  var auditFacts: [String: CanonicalValue] {
    [
      "contract-number": .int64(number), "contract-mode": .string(contract.mode.rawValue),
      "contract-hash": .string(hash.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()),
    ]
  }
}

/// A clause that a commit broke, of a contract that only warns.
package struct ContractBreach: Sendable {
  package let id: ContractBreachID = .new()
  package let contract: ContractID
  package let violation: ContractViolation
  package let principal: String
  package let time: PostgresTimestamp

  package init(_ violation: ContractViolation, of contract: ContractID, _ context: OperationContext) {
    self.contract = contract
    self.violation = violation
    principal = context.principal
    time = context.time
  }
}

/// A breach as it was recorded.
package struct RecordedBreach: Sendable {
  package let violation: ContractViolation
  package let contractNumber: Int64
  /// The dataset's version that the commit made.
  package let version: Int64
  package let principal: String
  package let occurredAt: PostgresTimestamp
}
