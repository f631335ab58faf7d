import TransparencyLog

/// A version of a model, and the model that it is one of.
package struct ModelFacts: Hashable, Sendable {
  package var name: String
  package var version: String
  /// `minimal`, `limited` or `high`.
  package var riskTier: String
  package var isRegulated: Bool
  /// The profiles that the model says it must answer, such as `eu-annex-iv@1`.
  package var profiles: [String] = []
  package var owner: String?
  package var purpose: String?
  package var developer: String
  package var stage: String
  package var createdBy: String
  package var createdAtMs: Int64
  /// Where it was made, such as `mlflow:…`, and by which runs.
  package var source: String?
  package var runs: [String] = []
  package var codeReference: String?
  package var containerDigest: String?
  package var parameters: [String: String] = [:]
  package var metrics: [String: String] = [:]
  /// Digests by the artifacts' names.
  package var artifacts: [String: String] = [:]
  package var retiredAtMs: Int64?
  package var event: String?

  package init(
    name: String, version: String, riskTier: String, isRegulated: Bool, developer: String, stage: String, createdBy: String,
    createdAtMs: Int64
  ) {
    self.name = name
    self.version = version
    self.riskTier = riskTier
    self.isRegulated = isRegulated
    self.developer = developer
    self.stage = stage
    self.createdBy = createdBy
    self.createdAtMs = createdAtMs
  }

  /// Such as `credit-risk@7`.
  package var title: String { name + "@" + version }

  var canonical: CanonicalValue {
    .members([
      "name": .string(name), "version": .string(version), "risk-tier": .string(riskTier), "regulated": .bool(isRegulated),
      "profiles": .strings(profiles), "owner": .text(owner), "purpose": .text(purpose), "developer": .string(developer),
      "stage": .string(stage), "created-by": .string(createdBy), "created-at-ms": .int64(createdAtMs), "source": .text(source),
      "runs": .strings(runs), "code-reference": .text(codeReference), "container-digest": .text(containerDigest),
      "parameters": .pairs(parameters), "metrics": .pairs(metrics), "artifacts": .pairs(artifacts), "retired-at-ms": .number(retiredAtMs),
      "event": .text(event),
    ])
  }
}

/// Somebody's word on a version.
package struct ModelApproval: Hashable, Sendable {
  /// `approved` or `rejected`.
  package var decision: String
  package var approver: String
  package var comment: String
  package var decidedAtMs: Int64
  package var event: String?

  package init(decision: String, approver: String, comment: String, decidedAtMs: Int64, event: String? = nil) {
    self.decision = decision
    self.approver = approver
    self.comment = comment
    self.decidedAtMs = decidedAtMs
    self.event = event
  }

  var canonical: CanonicalValue {
    .members([
      "decision": .string(decision), "approver": .string(approver), "comment": .string(comment), "decided-at-ms": .int64(decidedAtMs),
      "event": .text(event),
    ])
  }
}
