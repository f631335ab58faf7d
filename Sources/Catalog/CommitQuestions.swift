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
    case .evolveSchema(let steps): [PolicyQuestion(steps.allSatisfy(\.isAdditive) ? .evolveSchema : .breakSchema)]
    case .addSchemas, .removeSchemas, .setPartitionSpec, .removePartitionSpecs, .setSortOrder, .upgradeFormatVersion:
      [PolicyQuestion(.evolveSchema)]
    case .setProperties(let keys), .removeProperties(let keys):
      // Who makes a table owns it, and may say who else does.
      (keys.contains(GovernedProperty.ownerTeam) && !isCreation ? [PolicyQuestion(.setOwner)] : [])
        + (isCreation || keys == [GovernedProperty.ownerTeam] ? [] : [PolicyQuestion(.setProperties)])
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
    var facts: [(name: Text, value: Value)] = [("formatVersion", .long(Int64(formatVersion)))]
    if let team = properties[GovernedProperty.ownerTeam] {
      facts.append(("ownerTeam", .entity(EntityUID(type: PolicyWord.type("Team"), id: Text(team)))))
    }
    if let description = properties[GovernedProperty.comment] { facts.append(("description", .string(Text(description)))) }
    return PolicyQuestion(action, facts)
  }
}
