import Iceberg
import JSON
import Testing

@testable import Governance

@Suite struct EngineProceduresTests {
  typealias Model = RetentionModel

  private func script(_ dialect: RetentionDialect, _ metadata: TableMetadata, _ facts: RetentionFacts, _ name: [String] = ["a", "t"])
    -> String
  {
    TableRetention(metadata, facts).script(dialect, catalog: "lake", table: name, refs: metadata.refs, orphanAgeMs: 7 * Model.day)
  }

  @Test func sparkIsToldEachSnapshotAndNothingElse() throws {
    let text = script(.sparkSQL, try Model.chain(3), Model.facts(Model.rule(maximum: 10), today: 19_000))
    #expect(
      text == """
        -- a.t
        CALL `lake`.system.expire_snapshots(table => '`a`.`t`', snapshot_ids => ARRAY(1L, 2L), older_than => TIMESTAMP '1970-01-01 00:00:00', stream_results => true);
        -- Only if no other table has files there:
        CALL `lake`.system.remove_orphan_files(table => '`a`.`t`', older_than => TIMESTAMP '2022-01-01 00:00:00.000Z');

        """)
  }

  @Test func namesAreQuoted() throws {
    let name = ["it's", "a`b\\", "x\"\ny"]
    let spark = script(.sparkSQL, try Model.chain(2), Model.facts(Model.rule(maximum: 1)), name)
    #expect(spark.contains(#"table => '`it\'s`.`a``b\\`.`x""# + "\n" + "y`'"))
    #expect(spark.hasPrefix("-- it's.a`b\\.x\" y\n"))
    let trino = script(.trinoSQL, try Model.chain(2), Model.facts(Model.rule(maximum: 1)), ["it's", "a\"b"])
    #expect(trino.contains(#"ALTER TABLE "lake"."it's"."a""b" EXECUTE expire_snapshots("#))
  }

  @Test func trinoTakesAnAgeThatSparesWhatIsKept() throws {
    let table = try Model.chain(4)
    let all = script(.trinoSQL, table, Model.facts(Model.rule(maximum: 10)))
    // What is older than 97 days less a millisecond, rounded up: snapshots 1 to 3.
    #expect(all.contains("EXECUTE expire_snapshots(retention_threshold => '\(97 * 86_400)s');"), "\(all)")
    var facts = Model.facts(Model.rule(maximum: 10))
    facts.pins = [SnapshotPin(snapshotID: 2, reason: "r")]
    let part = script(.trinoSQL, table, facts)
    #expect(part.contains("1 of 2 snapshots can go so"), "\(part)")
    #expect(part.contains("retention_threshold => '\(98 * 86_400)s'"), "\(part)")
    facts.pins = [SnapshotPin(snapshotID: 1, reason: "r")]
    #expect(!script(.trinoSQL, table, facts).contains("EXECUTE"))
  }

  /// Writers' clocks may say anything.
  @Test func nonsensicalTimesBreakNothing() throws {
    var metadata = try Model.chain(3)
    metadata.snapshots = try [Int64.min, Int64.max, 5].enumerated().map { place, time in
      try Snapshot(jsonText: Array(#"{"snapshot-id":\#(place + 1),"timestamp-ms":\#(time),"manifest-list":"l"}"#.utf8))
    }
    var facts = Model.facts(Model.rule(minimum: 1, maximum: 10))
    facts.zone = ("z", ZoneRules.Retention(minimumAge: .seconds(86_400), minimumSnapshots: 1))
    for dialect in RetentionDialect.allCases { #expect(script(dialect, metadata, facts).contains("remove_orphan_files")) }
    #expect(TableRetention(metadata, facts).expiredSnapshotIDs == [1])
  }
}
