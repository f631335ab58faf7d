package import Postgres

package enum ModelEntity {}
package enum ModelVersionEntity {}
package enum TrainingInputEntity {}
package enum PinEntity {}

package typealias ModelID = EntityID<ModelEntity>
package typealias ModelVersionID = EntityID<ModelVersionEntity>
package typealias TrainingInputID = EntityID<TrainingInputEntity>
package typealias PinID = EntityID<PinEntity>

/// How much harm a model can do: the words of the EU's AI Act.
package enum RiskTier: String, Sendable, CaseIterable {
  case minimal, limited, high

  /// Whether nobody may approve what he made himself.
  package var needsAnotherApprover: Bool { self == .high }
}

package enum ModelStage: String, Sendable, CaseIterable {
  case development, validation, production, retired
}

/// What is said of a model by those who answer for it.
package struct ModelDescription: Hashable, Sendable {
  package var purpose: String
  package var tier: RiskTier
  /// Whether what its versions were trained on has to stay.
  package var isRegulated: Bool
  /// `eu-annex-iv@1`: what reports on it must answer.
  package var profiles: [String]
  /// How long after a version's retirement its training data is kept, where it is regulated.
  package var keepDaysAfterRetirement: Int

  package static let defaultKeepDays = 3_650

  package init(purpose: String, tier: RiskTier, isRegulated: Bool, profiles: [String], keepDaysAfterRetirement: Int) {
    self.purpose = purpose
    self.tier = tier
    self.isRegulated = isRegulated
    self.profiles = profiles
    self.keepDaysAfterRetirement = keepDaysAfterRetirement
  }
}

package struct Model: Sendable {
  package let id: ModelID
  package let name: String
  /// `team:name`, `user:name` or `service:name`.
  package let owner: String?
  package let description: ModelDescription
  package let version: Int64
  package let createdBy: String
  package let createdAt: PostgresTimestamp
  package let changedAt: PostgresTimestamp

  package init(
    id: ModelID, name: String, owner: String?, description: ModelDescription, version: Int64, createdBy: String,
    createdAt: PostgresTimestamp, changedAt: PostgresTimestamp
  ) {
    self.id = id
    self.name = name
    self.owner = owner
    self.description = description
    self.version = version
    self.createdBy = createdBy
    self.createdAt = createdAt
    self.changedAt = changedAt
  }
}

/// How a version was made, as far as somebody said so.
package struct ModelVersionDescription: Hashable, Sendable {
  /// `git:…`, an address with a commit.
  package var codeReference: String?
  /// `sha256:…`
  package var containerDigest: String?
  package var parameters: [String: String] = [:]
  package var metrics: [String: String] = [:]
  /// Digests by the artifacts' names.
  package var artifacts: [String: String] = [:]
  /// Where it comes from (`mlflow:…`), and the run that made it there.
  package var source: String?
  package var run: String?

  package init() {}
}

package struct ModelVersion: Sendable {
  package let id: ModelVersionID
  package let model: String
  package let name: String
  package let stage: ModelStage
  package let developer: String
  package let description: ModelVersionDescription
  package let version: Int64
  package let createdBy: String
  package let createdAt: PostgresTimestamp
  package let changedAt: PostgresTimestamp
  package let retirement: (at: PostgresTimestamp, reason: String)?

  package init(
    id: ModelVersionID, model: String, name: String, stage: ModelStage, developer: String, description: ModelVersionDescription,
    version: Int64, createdBy: String, createdAt: PostgresTimestamp, changedAt: PostgresTimestamp,
    retirement: (at: PostgresTimestamp, reason: String)?
  ) {
    self.id = id
    self.model = model
    self.name = name
    self.stage = stage
    self.developer = developer
    self.description = description
    self.version = version
    self.createdBy = createdBy
    self.createdAt = createdAt
    self.changedAt = changedAt
    self.retirement = retirement
  }

  /// `credit-risk@7`
  package var title: String { "\(model)@\(name)" }
}

/// Somebody's word on a version. Never changed: who changes his mind says so in another one.
package struct ModelApproval: Sendable {
  package enum Decision: String, Sendable, CaseIterable { case approved, rejected }

  package let decision: Decision
  package let approver: String
  package let comment: String
  package let decidedAt: PostgresTimestamp

  package init(decision: Decision, approver: String, comment: String, decidedAt: PostgresTimestamp) {
    self.decision = decision
    self.approver = approver
    self.comment = comment
    self.decidedAt = decidedAt
  }
}
