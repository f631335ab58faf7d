package import Lineage
import TransparencyLog

/// What a report says of one version of a model, as it was known at one moment. A value: whoever gathers it has asked the database already.
///
/// All times are milliseconds since 1970. `event` is always the id of an event of the audit trail that shows the fact; it must be among
/// ``LogFacts/events``. Lists are told in the order that they have here.
package struct AuditReport: Hashable, Sendable {
  /// The version of ``canonical``'s form (`openapi/schemas/report.yaml`).
  package static let schema = "moraine-report/1"

  package var scope: ReportScope
  package var model: ModelFacts
  package var approvals: [ModelApproval] = []
  package var trainingData: [TrainingData] = []
  package var overlaps: [TrainingOverlap] = []
  /// What the version was made from; edges have the columns that are known.
  package var lineage = LineageGraph()
  package var features: [FeatureFacts] = []
  package var governance = GovernanceFacts()
  /// Who had access at training time.
  package var access: [AccessRight] = []
  /// Who used it.
  package var uses: [DataUse] = []
  package var checks: [CheckResult] = []
  /// Retention rules, holds, and what was erased or deleted since.
  package var retention: [RetentionFact] = []
  package var timeline: [TimelineEntry] = []
  /// Gaps that whoever gathered the facts found. Those that follow from the facts are added by ``gaps``.
  package var otherGaps: [ReportGap] = []
  package var log: LogFacts

  package init(scope: ReportScope, model: ModelFacts, log: LogFacts) {
    self.scope = scope
    self.model = model
    self.log = log
  }
}

/// What was asked for.
package struct ReportScope: Hashable, Sendable {
  /// Which catalog answers, such as its address.
  package var catalog: String
  /// The moment that the facts are of.
  package var asOfMs: Int64
  package var createdAtMs: Int64
  package var createdBy: String

  package init(catalog: String, asOfMs: Int64, createdAtMs: Int64, createdBy: String) {
    self.catalog = catalog
    self.asOfMs = asOfMs
    self.createdAtMs = createdAtMs
    self.createdBy = createdBy
  }

  var canonical: CanonicalValue {
    .members([
      "catalog": .string(catalog), "as-of-ms": .int64(asOfMs), "created-at-ms": .int64(createdAtMs), "created-by": .string(createdBy),
    ])
  }
}
