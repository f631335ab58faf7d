import Iceberg
import JSON
import Testing

@testable import Governance

@Suite struct CommitFactsTests {
  typealias Model = CommitModel

  /// The moves of a commit: name, kind, and whether nothing is lost.
  private func moves(_ base: TableMetadata, _ updates: [TableUpdate]) throws -> [String] {
    try Model.changes(base, updates).compactMap { change in
      guard case .moveRef(let move) = change else { return nil }
      return "\(move.name) \(move.kind.rawValue)\(move.isForward ? "" : "!")"
    }
  }

  @Test func anAppendToMain() throws {
    let changes = try Model.changes(Model.history(), [Model.add(6, parent: 3), Model.branch("main", 6)])
    let move = RefMove(name: "main", kind: .advance, isTag: false, from: 3, to: 6, isForward: true, gained: [])
    #expect(changes == [.moveRef(move), .apply(ref: "main", snapshotID: 6, .append)])
    #expect(changes.map(\.action) == ["moveRef", "append"])
  }

  @Test func severalSnapshotsInOneCommitAreAllTold() throws {
    let updates = [
      Model.add(6, parent: 3, "delete"), Model.branch("main", 6), Model.add(7, parent: 6), Model.branch("main", 7), Model.add(8, parent: 1),
    ]
    let changes = try Model.changes(Model.history(), updates)
    #expect(
      changes.dropFirst() == [
        .apply(ref: "main", snapshotID: 6, .delete), .apply(ref: "main", snapshotID: 7, .append),
        .apply(ref: nil, snapshotID: 8, .append),
      ])
  }

  @Test func refsMove() throws {
    let base = try Model.history()
    #expect(try moves(base, [Model.branch("main", 1)]) == ["main rollback!"])
    #expect(try moves(base, [Model.branch("main", 5)]) == ["main fast-forward"])
    #expect(try moves(base, [Model.branch("main", 4)]) == ["main publish!"])
    #expect(try moves(base, [Model.branch("dev", 3)]) == ["dev switch-lineage!"])
    #expect(try moves(base, [Model.branch("new", 3)]) == ["new create"])
    #expect(try moves(base, [.removeSnapshotRef(name: "main")]) == ["main drop!"])
    #expect(try moves(base, [.removeSnapshots([4])]) == ["dev drop!"])
    #expect(try moves(base, [Model.add(6), Model.branch("main", 6)]) == ["main switch-lineage!"])
    // Of a snapshot over an older one, main loses what came after that.
    #expect(try moves(base, [Model.add(6, parent: 2), Model.branch("main", 6)]) == ["main switch-lineage!"])
    #expect(try moves(base, [Model.branch("q", 5), .removeSnapshotRef(name: "q")]) == [])
    let tag = TableUpdate.setSnapshotRef(name: "dev", SnapshotReference(snapshotID: 4, kind: .tag))
    #expect(try moves(base, [tag]) == ["dev switch-lineage!"])
  }

  @Test func aBranchIsPublished() throws {
    let ahead = [Model.add(6, parent: 3, "overwrite"), Model.add(7, parent: 6), Model.branch("audit", 7)]
    let base = try #require(try Model.commit(Model.history(), ahead)).metadata
    let changes = try Model.changes(base, [Model.branch("main", 7)])
    #expect(
      changes == [.moveRef(RefMove(name: "main", kind: .publish, isTag: false, from: 3, to: 7, isForward: true, gained: [7, 6]))])
    #expect(changes.map(\.action) == ["publish"])
    // Its middle, too; but not what the same commit brings.
    #expect(try moves(base, [Model.branch("main", 6)]) == ["main publish"])
    #expect(try moves(base, [Model.add(8, parent: 7), Model.branch("audit", 8), Model.branch("main", 8)]).last == "main fast-forward")
    let without = try #require(try Model.commit(base, [.removeSnapshotRef(name: "main")])).metadata
    #expect(try moves(without, [Model.branch("main", 7)]) == ["main publish"])
    #expect(try moves(without, [Model.branch("main", 5)]) == ["main create"])
  }

  @Test func whatARefGainsIsToBeExamined() throws {
    let base = try Model.history()
    let commit = try #require(try Model.commit(base, [Model.branch("main", 5), Model.add(6, parent: 1)]))
    #expect(CommitFacts.snapshotsToExamine(base: base, commit: commit).map(\.id) == [6, 5])
    #expect(throws: CommitFacts.Problem.notExamined(snapshotID: 5)) { try CommitFacts(base: base, commit: commit, snapshots: []) }
  }

  /// Parents may be anything a client sends.
  @Test func circlesOfParentsEnd() throws {
    let updates = [Model.add(6, parent: 7), Model.add(7, parent: 6), Model.branch("main", 7)]
    #expect(try moves(Model.history(), updates) == ["main switch-lineage!"])
  }

  @Test func anIdIsNotReused() throws {
    let base = try Model.history()
    let updates = [TableUpdate.removeSnapshots([3]), Model.add(3), Model.branch("main", 3)]
    let changes = try Model.changes(base, updates)
    #expect(changes.contains(.reuseSnapshotIDs([3])))
    for kind in Zone.Kind.allCases {
      #expect(try Model.refusals(.standard(for: kind), base, updates, nowMs: .max).contains { $0.rule == .snapshotIDs })
    }
  }

  @Test func settingsChange() throws {
    let base = try Model.history()
    let updates: [TableUpdate] = [
      .setProperties(["b": "1", "a": "2"]), .setLocation("s3://lake/zone/u"), .upgradeFormatVersion(3), .removeSnapshots([5]),
    ]
    #expect(
      try Model.changes(base, updates) == [
        .setProperties(["a", "b"]), .setLocation(from: "s3://lake/zone/t", to: "s3://lake/zone/u"), .upgradeFormatVersion(from: 2, to: 3),
        .expireSnapshots([5]),
      ])
    #expect(
      try Model.changes(base, [.removeProperties(["write.parquet.compression-codec"])]) == [
        .removeProperties(["write.parquet.compression-codec"])
      ])
    let keep = SnapshotReference(snapshotID: 4, kind: .branch, minSnapshotsToKeep: 3)
    #expect(try Model.changes(base, [.setSnapshotRef(name: "dev", keep)]) == [.setRefRetention(name: "dev")])
  }

  @Test func structuresChange() throws {
    let base = try Model.table()
    let schema = try Model.schema(Model.columns + #","# + #"{"id":3,"name":"more","required":false,"type":"int"}"#)
    let added: [TableUpdate] = [.addSchema(schema, lastColumnID: nil), .setCurrentSchema(-1)]
    #expect(try Model.changes(base, added) == [.evolveSchema([.columnAdded("more")])])
    #expect(try Model.changes(base, Array(added.prefix(1))) == [.addSchemas([1])])
    let later = try #require(try Model.commit(base, added)).metadata
    #expect(try Model.changes(later, [.setCurrentSchema(0)]) == [.evolveSchema([.columnDropped("more")])])
    #expect(try Model.changes(later, [.removeSchemas([0])]) == [.removeSchemas([0])])
    let spec = try UnboundPartitionSpec(jsonText: Array(#"{"fields":[{"source-id":1,"transform":"identity","name":"id"}]}"#.utf8))
    #expect(try Model.changes(base, [.addSpec(spec), .setDefaultSpec(-1)]) == [.setPartitionSpec(from: 0, to: 1)])
  }

  @Test func aTableIsMade() throws {
    let updates: [TableUpdate] = [
      .addSchema(try Model.schema(Model.columns), lastColumnID: nil), .setProperties(["a": "1"]), Model.add(1), Model.branch("main", 1),
    ]
    var builder = try TableMetadataBuilder(
      creatingWith: updates, uuid: "9c12d441-03fe-4693-9a96-a0705ddf69c1", location: "s3://lake/zone/t", nowMs: 5)
    for update in updates { try builder.apply(update) }
    let commit = try #require(try builder.build(previousMetadataLocation: nil))
    let facts = try CommitFacts(base: nil, commit: commit, snapshots: commit.addedSnapshots.map { try Model.honest($0) })
    #expect(
      facts.changes == [
        .create, .moveRef(RefMove(name: "main", kind: .create, isTag: false, from: nil, to: 1, isForward: true, gained: [])),
        .apply(ref: "main", snapshotID: 1, .append), .setProperties(["a"]),
      ])
    #expect(ZoneRules.standard(for: .raw).check(facts, in: Zone(name: "raw", kind: .raw), nowMs: 5).isEmpty)
    #expect(ZoneRules.standard(for: .curated).gated().check(facts, in: Zone(name: "c", kind: .curated), nowMs: 5).count == 2)
    var rules = ZoneRules.standard(for: .raw)
    rules.formatVersions = [3]
    rules.locationPrefix = "s3://lake/raw"
    #expect(
      rules.check(facts, in: Zone(name: "raw", kind: .raw), nowMs: 5).map(\.rule) == [.formatVersions, .locationPrefix, .locationPrefix])
  }
}
