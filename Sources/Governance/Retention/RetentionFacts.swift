/// A rule that holds for a dataset.
package struct RetentionRuleInForce: Hashable, Sendable {
  /// What evidence names it by.
  package var id: String
  package var rule: RetentionRule
  /// What it was made for: `zone curated`, `tag classification=pii`.
  package var scope: String
  /// Since when the dataset has had the tag, for a rule on one.
  package var taggedAtMs: Int64?

  package init(id: String, rule: RetentionRule, scope: String, taggedAtMs: Int64? = nil) {
    self.id = id
    self.rule = rule
    self.scope = scope
    self.taggedAtMs = taggedAtMs
  }

  package var title: String { "rule \(rule.name) on \(scope)" }
}

/// A duty to keep a snapshot of a table.
package struct SnapshotPin: Hashable, Sendable {
  package var snapshotID: Int64
  /// `nil` where it has no end yet, or none.
  package var keepUntilMs: Int64?
  /// `model@version`; `nil` for one that somebody set by hand.
  package var modelVersion: String?
  package var reason: String

  package init(snapshotID: Int64, keepUntilMs: Int64? = nil, modelVersion: String? = nil, reason: String) {
    self.snapshotID = snapshotID
    self.keepUntilMs = keepUntilMs
    self.modelVersion = modelVersion
    self.reason = reason
  }
}

/// A legal hold on a dataset.
package struct HoldInForce: Hashable, Sendable {
  package var name: String
  package var reason: String
  /// What it keeps: `dataset lake/a/b`, `tag classification=pii`.
  package var scope: String

  package init(name: String, reason: String, scope: String) {
    self.name = name
    self.reason = reason
    self.scope = scope
  }
}

/// A model version that was trained on a dataset.
package struct TrainedModelVersion: Hashable, Sendable {
  /// `model@version`.
  package var name: String
  /// `nil` where it was another format's state.
  package var snapshotID: Int64?
  package var retiredAtMs: Int64?

  package init(name: String, snapshotID: Int64?, retiredAtMs: Int64?) {
    self.name = name
    self.snapshotID = snapshotID
    self.retiredAtMs = retiredAtMs
  }
}

/// All that a dataset's retention rests on, beside its own metadata. Times are milliseconds since 1970.
package struct RetentionFacts: Sendable {
  package var nowMs: Int64
  /// When the catalog learned of the dataset.
  package var createdAtMs: Int64
  package var rules: [RetentionRuleInForce] = []
  package var pins: [SnapshotPin] = []
  package var holds: [HoldInForce] = []
  package var models: [TrainedModelVersion] = []
  /// What its zone keeps at least.
  package var zone: (name: String, retention: ZoneRules.Retention)?

  package init(nowMs: Int64, createdAtMs: Int64) {
    self.nowMs = nowMs
    self.createdAtMs = createdAtMs
  }
}
