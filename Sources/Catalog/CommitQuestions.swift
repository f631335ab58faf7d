import CatalogStore
import Cedar
import Governance
import Iceberg

extension CommitFacts {
  /// What policies are asked about a commit, each question once: all that it really does.
  func questions(isGated: Bool) -> [PolicyQuestion] {
    var asked: Set<PolicyQuestion> = []
    return changes.flatMap { questions($0, isGated: isGated) }.filter { asked.insert($0).inserted }
  }

  private func questions(_ change: GovernedChange, isGated: Bool) -> [PolicyQuestion] {
    switch change {
    // Asked of the namespace.
    case .create: []
    case .apply(let ref, let id, let operation): [rows(PolicyAction(operation), ref ?? "", id, isGated)]
    case .moveRef(let move): questions(move, isGated)
    case .setRefRetention(let name): [rows(.moveRef, name, 0, isGated)]
    case .evolveSchema(let steps): [PolicyQuestion(PolicyAction(steps))]
    case .addSchemas, .removeSchemas, .setPartitionSpec, .removePartitionSpecs, .setSortOrder, .upgradeFormatVersion:
      [PolicyQuestion(.evolveSchema)]
    // Who makes a table owns and describes it, and may say who else does.
    case .setProperties(let keys), .removeProperties(let keys): isCreation ? [] : PolicyQuestion.changing(Set(keys))
    case .setStatistics, .setEncryptionKeys: [PolicyQuestion(.setProperties)]
    case .setLocation: [PolicyQuestion(.setLocation)]
    case .expireSnapshots(let ids), .reuseSnapshotIDs(let ids):
      [PolicyQuestion(.expireSnapshots, [("snapshots", .set(ValueSet(ids.map { .long($0) })))])]
    }
  }

  private func questions(_ move: RefMove, _ isGated: Bool) -> [PolicyQuestion] {
    switch move.kind {
    // Told by the snapshots that it gains.
    case .advance: []
    case .fastForward:
      move.gained.compactMap { id in snapshotFacts[id].map { rows(PolicyAction($0.operation), move.name, id, isGated) } }
    // A name more: nothing is lost.
    case .create: [rows(.append, move.name, move.to ?? 0, isGated)]
    case .publish: [rows(.publish, move.name, move.to ?? 0, isGated)]
    case .drop, .rollback, .switchLineage: [rows(.moveRef, move.name, move.to ?? 0, isGated)]
    }
  }

  private func rows(_ action: PolicyAction, _ branch: String, _ snapshot: Int64, _ isGated: Bool) -> PolicyQuestion {
    .rows(action, branch: branch, snapshot: snapshot, formatVersion: result.formatVersion, isGated: isGated)
  }
}

extension PolicyAction {
  init(_ steps: [SchemaChange]) {
    if steps.allSatisfy({ if case .docChanged = $0 { true } else { false } }) {
      self = .describe
    } else {
      self = steps.allSatisfy(\.isAdditive) ? .evolveSchema : .breakSchema
    }
  }

  init(_ operation: SnapshotOperation) {
    switch operation {
    case .append: self = .append
    case .overwrite: self = .overwrite
    case .delete: self = .delete
    case .replace: self = .replace
    }
  }
}

extension PolicyQuestion {
  /// About properties that change.
  static func changing(_ keys: Set<String>) -> [PolicyQuestion] {
    var questions: [PolicyQuestion] = []
    if keys.contains(GovernedProperty.ownerTeam) { questions.append(PolicyQuestion(.setOwner)) }
    if keys.contains(GovernedProperty.comment) { questions.append(PolicyQuestion(.describe)) }
    if !keys.isSubset(of: [GovernedProperty.ownerTeam, GovernedProperty.comment]) { questions.append(PolicyQuestion(.setProperties)) }
    return questions
  }

  /// About the rows of a ref.
  static func rows(_ action: PolicyAction, branch: String, snapshot: Int64, formatVersion: Int, isGated: Bool) -> PolicyQuestion {
    PolicyQuestion(
      action,
      [
        ("branch", .string(Text(branch))), ("snapshot", .long(snapshot)), ("formatVersion", .long(Int64(formatVersion))),
        ("gated", .bool(isGated)),
      ])
  }

  /// About something to be made.
  static func making(_ action: PolicyAction, properties: [String: String], formatVersion: Int = 0) -> PolicyQuestion {
    .making(
      action, ownerTeam: properties[GovernedProperty.ownerTeam], description: properties[GovernedProperty.comment],
      formatVersion: formatVersion)
  }
}
