import Iceberg
import JSON
import SeededRandom
import Testing

@testable import Governance

/// Tables whose snapshots have times and refs of their own.
enum RetentionModel {
  static let day: Int64 = 86_400_000

  struct Line {
    var id: Int64
    var parent: Int64?
    var day: Int64
  }

  static func table(_ lines: [Line], refs: [String: SnapshotReference], properties: [String: String] = [:]) throws -> TableMetadata {
    var metadata = try CommitModel.table(properties: properties)
    metadata.snapshots = try lines.map { line in
      let parent = line.parent.map { #""parent-snapshot-id":\#($0),"# } ?? ""
      return try Snapshot(
        jsonText: Array(
          """
          {"snapshot-id":\(line.id),\(parent)"sequence-number":\(line.id),"timestamp-ms":\(line.day * day),"manifest-list":"l\(line.id)",
          "summary":{"operation":"append"}}
          """.utf8))
    }
    metadata.refs = refs
    metadata.currentSnapshotID = refs["main"]?.snapshotID
    return metadata
  }

  /// main at the last of `count` snapshots, one a day, from day 1.
  static func chain(_ count: Int64, properties: [String: String] = [:]) throws -> TableMetadata {
    try table(
      (1...count).map { Line(id: $0, parent: $0 == 1 ? nil : $0 - 1, day: $0) },
      refs: ["main": SnapshotReference(snapshotID: count, kind: .branch)], properties: properties)
  }

  static func rule(
    _ name: String = "r", _ trigger: RetentionRule.Trigger = .created, minimum: Int64? = nil, maximum: Int64? = nil,
    then outcome: RetentionRule.Outcome = .expireSnapshots, taggedOn: Int64? = nil
  ) -> RetentionRuleInForce {
    RetentionRuleInForce(
      id: name,
      rule: RetentionRule(
        name: name, trigger: trigger, minimum: minimum.map { .seconds($0 * 86_400) }, maximum: maximum.map { .seconds($0 * 86_400) },
        outcome: outcome),
      scope: "zone z", taggedAtMs: taggedOn.map { $0 * day })
  }

  static func facts(_ rules: RetentionRuleInForce..., today: Int64 = 100) -> RetentionFacts {
    var facts = RetentionFacts(nowMs: today * day, createdAtMs: 0)
    facts.rules = rules
    return facts
  }
}

@Suite struct TableRetentionTests {
  typealias Model = RetentionModel

  private func expired(_ metadata: TableMetadata, _ facts: RetentionFacts) -> [Int64] {
    TableRetention(metadata, facts).expiredSnapshotIDs
  }

  @Test func withoutARuleNothingGoes() throws {
    let properties = ["history.expire.max-snapshot-age-ms": "1", "history.expire.max-ref-age-ms": "1"]
    #expect(TableRetention(try Model.chain(5, properties: properties), Model.facts()).isIdle)
    #expect(try expired(Model.chain(5), Model.facts(Model.rule(minimum: 1, maximum: nil, then: .keepRecord))) == [])
  }

  @Test func whatIsOlderThanTheMaximumGoesAndTheHeadStays() throws {
    #expect(try expired(Model.chain(5), Model.facts(Model.rule(maximum: 10))) == [1, 2, 3, 4])
    // On day 14, ten days after day 4: not a moment too soon.
    #expect(try expired(Model.chain(5), Model.facts(Model.rule(maximum: 10), today: 14)) == [1, 2, 3])
    #expect(try expired(Model.chain(5), Model.facts(Model.rule("a", maximum: 30), Model.rule("b", maximum: 96))) == [1, 2, 3, 4])
    let plan = TableRetention(try Model.chain(5), Model.facts(Model.rule("a", maximum: 30), Model.rule("b", maximum: 96)))
    #expect(plan.snapshots[0].due?.rule.rule.name == "a")
  }

  @Test func theLongestDutyWins() throws {
    #expect(
      try expired(Model.chain(5), Model.facts(Model.rule("a", maximum: 10), Model.rule("b", minimum: 97, then: .keepRecord))) == [1, 2])
    var facts = Model.facts(Model.rule("a", maximum: 10), Model.rule("b", minimum: 97, then: .keepRecord))
    facts.zone = ("z", ZoneRules.Retention(minimumAge: .seconds(98 * 86_400), minimumSnapshots: 1))
    #expect(try expired(Model.chain(5), facts) == [1])
    facts.zone = ("z", ZoneRules.Retention(minimumAge: .zero, minimumSnapshots: 4))
    #expect(try expired(Model.chain(5), facts) == [1])
    facts.pins = [SnapshotPin(snapshotID: 1, modelVersion: "m@1", reason: "r")]
    #expect(try expired(Model.chain(5), facts) == [])
    let fate = TableRetention(try Model.chain(5), facts).snapshots[0]
    #expect(fate.longest(at: facts.nowMs) == RetentionDuty(.pin, "pin for m@1", .never))
    #expect(fate.due?.rule.rule.name == "a")
  }

  @Test func aPinBindsAsLongAsItIsThere() throws {
    var facts = Model.facts(Model.rule(maximum: 10))
    facts.pins = [SnapshotPin(snapshotID: 2, keepUntilMs: 50 * Model.day, reason: "by hand")]
    #expect(try expired(Model.chain(5), facts) == [1, 3, 4])
  }

  @Test func aHoldKeepsAll() throws {
    var facts = Model.facts(Model.rule(maximum: 10), Model.rule("d", maximum: 10, then: .drop))
    facts.holds = [HoldInForce(name: "case-7", reason: "court", scope: "zone z")]
    let plan = TableRetention(try Model.chain(5), facts)
    #expect(plan.expiredSnapshotIDs == [] && plan.expiredRefs == [])
    #expect(plan.due.map(\.rule.rule.name) == ["d"])
    #expect(plan.duties == [RetentionDuty(.hold, "hold case-7 on zone z", .never)])
    #expect(plan.snapshots.allSatisfy { $0.longest(at: facts.nowMs)?.source == .hold })
  }

  @Test func forbiddenGarbageCollectionKeepsAll() throws {
    let plan = TableRetention(try Model.chain(5, properties: ["gc.enabled": "False"]), Model.facts(Model.rule(maximum: 10)))
    #expect(plan.expiredSnapshotIDs == [] && plan.obstacle != nil)
  }

  @Test func icebergsOwnPropertiesKeep() throws {
    let rule = Model.rule(maximum: 10)
    #expect(try expired(Model.chain(5, properties: ["history.expire.min-snapshots-to-keep": "3"]), Model.facts(rule)) == [1, 2])
    #expect(
      try expired(Model.chain(5, properties: ["history.expire.max-snapshot-age-ms": "\(97 * Model.day)"]), Model.facts(rule)) == [1, 2])
    #expect(try expired(Model.chain(5, properties: ["history.expire.min-snapshots-to-keep": "x"]), Model.facts(rule)) == [1, 2, 3, 4])
    let lines = (1...6).map { Model.Line(id: $0, parent: $0 == 1 ? nil : $0 == 6 ? 3 : $0 - 1, day: $0) }
    let metadata = try Model.table(
      lines,
      refs: [
        "main": SnapshotReference(snapshotID: 5, kind: .branch),
        "dev": SnapshotReference(snapshotID: 6, kind: .branch, minSnapshotsToKeep: 2, maxSnapshotAgeMs: 99 * Model.day),
        "release": SnapshotReference(snapshotID: 2, kind: .tag),
      ])
    // dev keeps 6 and 3, and 1 for its age; release keeps 2.
    #expect(expired(metadata, Model.facts(rule)) == [4])
  }

  @Test func refsGoByTheirOwnAge() throws {
    func table(_ age: Int64?, properties: [String: String] = [:]) throws -> TableMetadata {
      try Model.table(
        (1...3).map { Model.Line(id: $0, parent: $0 == 1 ? nil : $0 - 1, day: $0) },
        refs: [
          "main": SnapshotReference(snapshotID: 3, kind: .branch, maxRefAgeMs: 1),
          "old": SnapshotReference(snapshotID: 2, kind: .tag, maxRefAgeMs: age),
        ], properties: properties)
    }
    let facts = Model.facts(Model.rule(maximum: 10))
    #expect(TableRetention(try table(98 * Model.day), facts).expiredRefs == [])
    #expect(TableRetention(try table(98 * Model.day - 1), facts).expiredRefs == ["old"])
    #expect(try expired(table(5), facts) == [1, 2])
    #expect(try expired(table(nil), facts) == [1])
    #expect(try expired(table(nil, properties: ["history.expire.max-ref-age-ms": "5"]), facts) == [1, 2])
    var pinned = facts
    pinned.pins = [SnapshotPin(snapshotID: 2, reason: "r")]
    #expect(TableRetention(try table(5), pinned).expiredRefs == [])
  }

  @Test func triggers() throws {
    let table = try Model.chain(5)
    #expect(expired(table, Model.facts(Model.rule("r", .modified, maximum: 95))) == [])
    #expect(expired(table, Model.facts(Model.rule("r", .modified, maximum: 94))) == [1, 2, 3, 4])
    #expect(expired(table, Model.facts(Model.rule("r", .tagged, maximum: 10))) == [])
    #expect(expired(table, Model.facts(Model.rule("r", .tagged, maximum: 10, taggedOn: 89))) == [1, 2, 3, 4])
    #expect(expired(table, Model.facts(Model.rule("r", .tagged, maximum: 10, taggedOn: 90))) == [])
    var facts = Model.facts(Model.rule("r", .modelRetired, minimum: 10, maximum: 10))
    #expect(expired(table, facts) == [])
    facts.models = [
      TrainedModelVersion(name: "m@1", snapshotID: 1, retiredAtMs: 20 * Model.day),
      TrainedModelVersion(name: "m@2", snapshotID: 2, retiredAtMs: nil),
      TrainedModelVersion(name: "m@3", snapshotID: 3, retiredAtMs: 95 * Model.day),
    ]
    #expect(expired(table, facts) == [1])
    let plan = TableRetention(table, facts)
    #expect(plan.snapshots[1].longest(at: facts.nowMs)?.end == .condition("until m@2 retires"))
    #expect(plan.snapshots[2].longest(at: facts.nowMs)?.end == .time(105 * Model.day))
  }

  @Test func theWholeTableIsDueByItsOwnClock() throws {
    let table = try Model.chain(5)
    #expect(TableRetention(table, Model.facts(Model.rule(maximum: 99, then: .purge))).due.map(\.dueAtMs) == [99 * Model.day])
    #expect(TableRetention(table, Model.facts(Model.rule(maximum: 100, then: .purge))).due == [])
    #expect(TableRetention(table, Model.facts(Model.rule("r", .modified, maximum: 95, then: .ask))).due == [])
  }

  /// Held against the words of the reference: what a branch keeps, one snapshot after the other.
  @Test func isWhatTheReferenceKeeps() throws {
    var random = SeededGenerator(seed: 20)
    for _ in 0..<400 {
      let count = Int64.random(in: 1...14, using: &random)
      let lines = (1...count).map { id in
        Model.Line(
          id: id,
          parent: id == 1 || Int.random(in: 0..<8, using: &random) == 0 ? nil : Int64.random(in: max(1, id - 2)..<id, using: &random),
          day: id)
      }
      var refs: [String: SnapshotReference] = [:]
      for name in ["main", "a", "b"] where name == "main" || Bool.random(using: &random) {
        refs[name] = SnapshotReference(
          snapshotID: Int64.random(in: 1...count, using: &random), kind: .branch,
          minSnapshotsToKeep: Bool.random(using: &random) ? Int32.random(in: 1...4, using: &random) : nil,
          maxSnapshotAgeMs: Bool.random(using: &random) ? Int64.random(in: 1...20, using: &random) * Model.day : nil,
          maxRefAgeMs: name == "b" ? Int64.random(in: 1...20, using: &random) * Model.day : nil)
      }
      if Bool.random(using: &random) { refs["t"] = SnapshotReference(snapshotID: Int64.random(in: 1...count, using: &random), kind: .tag) }
      let today = Int64.random(in: 1...30, using: &random)
      let limit = Int64.random(in: 1...20, using: &random)
      let metadata = try Model.table(lines, refs: refs)
      let found = Set(expired(metadata, Model.facts(Model.rule(maximum: limit), today: today)))
      #expect(found == reference(lines, refs, now: today * Model.day, olderThan: (today - limit) * Model.day))
    }
  }

  /// What expires by the reference's words, with an explicit age and at least one snapshot a branch. Its properties are duties here: a
  /// branch's own age counts only where it keeps longer.
  private func reference(_ lines: [Model.Line], _ refs: [String: SnapshotReference], now: Int64, olderThan: Int64) -> Set<Int64> {
    let byID = Dictionary(uniqueKeysWithValues: lines.map { ($0.id, $0) })
    func ancestors(_ id: Int64) -> [Model.Line] {
      var found: [Model.Line] = []
      var next: Int64? = id
      while let id = next, let line = byID[id] {
        found.append(line)
        next = line.parent
      }
      return found
    }
    let kept = refs.filter { name, ref in
      name == "main" || ref.maxRefAgeMs.map { now - byID[ref.snapshotID]!.day * Model.day <= $0 } ?? true
    }
    var retained = Set(kept.values.map(\.snapshotID))
    var referenced: Set<Int64> = []
    for ref in kept.values {
      guard ref.kind == .branch else {
        referenced.insert(ref.snapshotID)
        continue
      }
      let cutoff = min(olderThan, ref.maxSnapshotAgeMs.map { now - $0 } ?? olderThan)
      var own: Set<Int64> = []
      for line in ancestors(ref.snapshotID) {
        referenced.insert(line.id)
        guard own.count < Int(ref.minSnapshotsToKeep ?? 1) || line.day * Model.day >= cutoff else { break }
        own.insert(line.id)
      }
      for line in ancestors(ref.snapshotID) { referenced.insert(line.id) }
      retained.formUnion(own)
    }
    for line in lines where !referenced.contains(line.id) && line.day * Model.day >= olderThan { retained.insert(line.id) }
    return Set(lines.map(\.id)).subtracting(retained)
  }
}

@Suite struct RetentionRuleTests {
  private func read(_ text: String) throws -> RetentionRule { try RetentionRule(jsonText: Array(text.utf8)) }

  @Test func rulesAreReadAndWritten() throws {
    let text = #"{"name":"pii","trigger":"tagged","minimum":"30d","maximum":"13w","then":"purge","description":"GDPR"}"#
    let rule = try read(text)
    #expect(rule.minimum == .seconds(30 * 86_400) && rule.maximum == .seconds(91 * 86_400) && rule.outcome == .purge)
    #expect(String(decoding: rule.jsonText, as: UTF8.self) == text)
    #expect(try read(#"{"name":"a","minimum":"1d"}"#).trigger == .created)
  }

  @Test(arguments: [
    #"{"name":"a"}"#, #"{"name":"A","minimum":"1d"}"#, #"{"name":"a","minimum":"2d","maximum":"1d","then":"drop"}"#,
    #"{"name":"a","maximum":"1d"}"#, #"{"name":"a","minimum":"1d","then":"drop"}"#, #"{"name":"a","minimum":"1 day"}"#,
    #"{"name":"a","minimum":"1d","trigger":"x"}"#, #"{"name":"a","minimum":"1d","more":1}"#, #"{"name":"","minimum":"1d"}"#,
  ])
  func nonsenseIsRefused(_ text: String) { #expect(throws: JSONError.self) { try read(text) } }
}
