package import Governance
import Iceberg
package import Postgres

package enum RetentionRuleEntity {}
package enum RetentionRunEntity {}
package enum RetentionDecisionEntity {}

package typealias RetentionRuleID = EntityID<RetentionRuleEntity>
package typealias RetentionRunID = EntityID<RetentionRunEntity>
package typealias RetentionDecisionID = EntityID<RetentionDecisionEntity>

/// What a rule is for: an object and all that lies in it, or whatever carries a tag.
package enum RetentionScope: Hashable, Sendable {
  case object(AccessObject)
  /// With any value where there is none.
  case tag(key: String, value: String?)

  /// `zone lake/curated`, `tag classification=pii`.
  package var title: String {
    switch self {
    case .object(let object): "\(object.kindName) \(object.title)"
    case .tag(let key, let value): "tag \(key)\(value.map { "=\($0)" } ?? "")"
    }
  }
}

/// A rule as it was defined.
package struct StoredRetentionRule: Sendable {
  package let id: RetentionRuleID
  package let rule: RetentionRule
  /// `nil` when the object is gone.
  package let scope: RetentionScope?
  /// Its name when the rule was made.
  package let scopeName: String
  package let definedBy: String
  package let definedAt: PostgresTimestamp

  package init(id: RetentionRuleID, rule: RetentionRule, scope: RetentionScope, definedBy: String, definedAt: PostgresTimestamp) {
    self.init(id: id, rule: rule, scope: scope, scopeName: scope.title, definedBy: definedBy, definedAt: definedAt)
  }

  init(
    id: RetentionRuleID, rule: RetentionRule, scope: RetentionScope?, scopeName: String, definedBy: String, definedAt: PostgresTimestamp
  ) {
    self.id = id
    self.rule = rule
    self.scope = scope
    self.scopeName = scopeName
    self.definedBy = definedBy
    self.definedAt = definedAt
  }
}

/// One look at a table, and what came of it.
package struct RetentionRun: Sendable {
  package enum State: String, Sendable {
    case waiting, expiring, gathering, deleting, done, stopped
  }

  package let id: RetentionRunID
  package let dataset: DatasetID
  /// The dataset's name then.
  package let path: DatasetPath
  package var state: State
  package let removesOrphans: Bool
  package let askedBy: String
  package let askedAt: PostgresTimestamp
  package let finishedAt: PostgresTimestamp?
  package var checkedVersion: Int64
  package let outcome: String?
  package let problem: String?
  package let filesOutside: Int64
  package let snapshots: Int64
  /// Of those that are written down.
  package let files: Int64
  package let sizeBytes: Int64
  package let deletedFiles: Int64
  package let deletedBytes: Int64
}

/// A snapshot that a run expires, with what leads to its files.
package struct RetiringSnapshot: Hashable, Sendable {
  package var snapshotID: Int64
  package var timestampMs: Int64
  package var manifestList: String?
  package var manifests: [String]
  package var statistics: [String]
  package var rule: RetentionRuleID
  package var dueAtMs: Int64

  package init(
    snapshotID: Int64, timestampMs: Int64, manifestList: String?, manifests: [String], statistics: [String], rule: RetentionRuleID,
    dueAtMs: Int64
  ) {
    self.snapshotID = snapshotID
    self.timestampMs = timestampMs
    self.manifestList = manifestList
    self.manifests = manifests
    self.statistics = statistics
    self.rule = rule
    self.dueAtMs = dueAtMs
  }
}

/// The evidence of one file's deletion.
package struct DeletedFile: Sendable {
  package let path: String
  package let kind: FileReachability.Kind
  package let sizeBytes: Int64?
  package let snapshotID: Int64?
  /// The name of the rule that let its snapshot go; `nil` for an orphan.
  package let rule: String?
  /// `nil` where it is still to go.
  package let deletedAt: PostgresTimestamp?
}

/// What a person has to decide, or has decided.
package struct RetentionDecision: Sendable {
  package enum Answer: String, Sendable, CaseIterable {
    case keep, drop, purge
  }

  package let id: RetentionDecisionID
  package let dataset: DatasetID
  package let path: DatasetPath
  package let rule: String
  package let ruleScope: String
  package let dueAt: PostgresTimestamp
  package let outcome: RetentionRule.Outcome
  package let holds: [String]
  package let pins: [String]
  /// Versions of models that were trained on it: `model@version`.
  package let modelVersions: [String]
  package let openedAt: PostgresTimestamp
  package let answer: Answer?
  package let keepUntil: PostgresTimestamp?
  package let comment: String?
  package let answeredBy: String?
  package let answeredAt: PostgresTimestamp?
}

extension RetentionDecision {
  /// The same with its answer.
  package init(
    answering open: RetentionDecision, _ answer: Answer, comment: String, keepUntil: PostgresTimestamp?, _ context: OperationContext
  ) {
    self.init(
      id: open.id, dataset: open.dataset, path: open.path, rule: open.rule, ruleScope: open.ruleScope, dueAt: open.dueAt,
      outcome: open.outcome, holds: open.holds, pins: open.pins, modelVersions: open.modelVersions, openedAt: open.openedAt, answer: answer,
      keepUntil: keepUntil, comment: comment, answeredBy: context.principal, answeredAt: context.time)
  }
}

extension DatasetPath {
  /// Undoes ``text``.
  init(stored text: String) throws {
    let parts = text.split(separator: "\u{1F}", omittingEmptySubsequences: false).map(String.init)
    guard parts.count >= 3, let name = parts.last else { throw CatalogError.unavailable("A dataset's name is damaged") }
    self.init(
      warehouse: parts[0], identifier: try TableIdentifier(namespace: Namespace(levels: Array(parts[1..<(parts.count - 1)])), name: name))
  }
}
