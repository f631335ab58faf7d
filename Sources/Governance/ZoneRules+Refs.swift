// Which refs may hold what.

extension ZoneRules {
  func applyRefusals(
    _ ref: String?, _ id: Int64, _ operation: SnapshotOperation, _ facts: CommitFacts, _ zone: Zone
  ) -> [Refusal] {
    let rule = rule(forRef: ref ?? "")
    guard !rule.allowed.contains(RefRule.Act(operation)) else { return [] }
    let place = ref.map { " on \($0)" } ?? ""
    return [refusal(zone, rule, "snapshot \(id)\(place) \(Self.describe(operation, facts.snapshotFacts[id]))")]
  }

  func moveRefusals(_ move: RefMove, _ facts: CommitFacts, _ zone: Zone) -> [Refusal] {
    let rule = rule(forRef: move.name)
    switch move.kind {
    case .advance: return []
    case .create: return allow(.create, rule, "the commit creates \(move.name)", zone)
    case .drop: return allow(.drop, rule, "the commit drops \(move.name)", zone)
    case .rollback: return allow(.rollback, rule, "the commit takes \(move.name) back to snapshot \(move.to ?? 0)", zone)
    case .switchLineage:
      return allow(
        .switchLineage, rule, "the commit sets \(move.name) to snapshot \(move.to ?? 0), which does not follow its last one", zone)
    case .publish:
      if rule.allowed.contains(.publish) { return [] }
      guard move.isForward, rule.allowed.contains(.fastForward) else {
        return allow(.publish, rule, "the commit sets \(move.name) to snapshot \(move.to ?? 0) of another ref", zone)
      }
      return gainRefusals(move, facts, zone)
    case .fastForward:
      let refusals = allow(.fastForward, rule, "the commit moves \(move.name) on to snapshot \(move.to ?? 0)", zone)
      return refusals.isEmpty ? gainRefusals(move, facts, zone) : refusals
    }
  }

  /// What a ref gains must be what it might have been given one by one.
  private func gainRefusals(_ move: RefMove, _ facts: CommitFacts, _ zone: Zone) -> [Refusal] {
    for id in move.gained.reversed() {
      guard let known = facts.snapshotFacts[id] else { continue }
      let refusals = applyRefusals(move.name, id, known.operation, facts, zone)
      if !refusals.isEmpty { return refusals }
    }
    return []
  }

  private func allow(_ act: RefRule.Act, _ rule: RefRule, _ done: String, _ zone: Zone) -> [Refusal] {
    rule.allowed.contains(act) ? [] : [refusal(zone, rule, done)]
  }

  private func refusal(_ zone: Zone, _ rule: RefRule, _ done: String) -> Refusal {
    let writes: Set<RefRule.Act> = [.append, .replace, .overwrite, .delete]
    let refs = rule.pattern == "*" ? "" : " on \(rule.pattern)"
    let says: String
    let remedy: String
    if rule.allowed == [.publish] {
      says = "changes \(rule.pattern) by publishing only"
      remedy = "write to a branch and set \(rule.pattern) to its snapshot once it is found good"
    } else if rule.allowed.intersection(writes) == [.append] {
      says = "is append-only\(refs)"
      remedy = "write to a sandbox, or ask an administrator to change the zone's rules"
    } else {
      let acts = rule.orderedActs.map(\.rawValue).joined(separator: ", ")
      says = acts.isEmpty ? "allows nothing\(refs)" : "allows only \(acts)\(refs)"
      remedy = "work on another branch or in a sandbox, or ask an administrator to change the zone's rules"
    }
    return Refusal(rule: .refs, zone: zone.name, says: says, done: done, remedy: remedy)
  }

  private static func describe(_ operation: SnapshotOperation, _ facts: SnapshotFacts?) -> String {
    guard let facts else { return "is of operation \(operation.rawValue)" }
    var acts: [String] = []
    for (verb, what, files) in [
      ("removes", "data", facts.removedDataFiles), ("adds", "delete", facts.addedDeleteFiles),
      ("removes", "delete", facts.removedDeleteFiles), ("adds", "data", facts.addedDataFiles),
    ] where !files.isEmpty {
      acts.append("\(verb) \(files.count) \(what) file\(files.count == 1 ? "" : "s") (\(FileNames.first(of: files)))")
    }
    let claim = facts.lie == nil ? "" : ", while it claims \(facts.claimedOperation ?? "nothing")"
    return (acts.isEmpty ? "is of operation \(operation.rawValue)" : acts.joined(separator: ", ")) + claim
  }
}
