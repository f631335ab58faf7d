import TransparencyLog

/// Something that the report should tell and that is missing, not certain or not as it should be.
package struct ReportGap: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case missingOwner = "missing-owner"
    case missingPurpose = "missing-purpose"
    case missingTrainingTime = "missing-training-time"
    case missingPolicies = "missing-policies"
    case missingCode = "missing-code"
    case noTrainingData = "no-training-data"
    /// A dataset is named without saying which state of it.
    case unknownState = "unknown-state"
    case missingDigest = "missing-digest"
    case missingSchema = "missing-schema"
    /// Somebody said so, and nothing confirms it.
    case unconfirmed
    case inferredEvidence = "inferred-evidence"
    case contradiction
    /// What was read cannot be read any more.
    case unretrievable
    case unchecked
    case unpinned
    case missingLineage = "missing-lineage"
    case inferredEdge = "inferred-edge"
    case contradictedEdge = "contradicted-edge"
    case cutLineage = "cut-lineage"
    case hiddenNode = "hidden-node"
    case unapproved
    case rejected
    /// The only approver is the developer.
    case selfApproved = "self-approved"
    case overlap
    case noQualityResults = "no-quality-results"
    case failedCheck = "failed-check"
    /// Found by whoever gathered the facts.
    case other
  }

  package var kind: Kind
  /// What it is about, such as a dataset.
  package var subject: String
  /// A sentence.
  package var text: String

  package init(_ kind: Kind, _ subject: String, _ text: String) {
    self.kind = kind
    self.subject = subject
    self.text = text
  }

  var canonical: CanonicalValue {
    .members(["kind": .string(kind.rawValue), "subject": .string(subject), "text": .string(text)])
  }
}
