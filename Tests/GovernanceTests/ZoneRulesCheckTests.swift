import Governance
import Iceberg
import JSON
import Testing

@Suite struct ZoneRulesCheckTests {
  typealias Model = CommitModel

  private static let raw = ZoneRules.standard(for: .raw)
  private static let gated = ZoneRules.standard(for: .curated).gated()

  private static func append(_ operation: String = "append", to ref: String = "main", over parent: Int64 = 3) -> [TableUpdate] {
    [Model.add(6, parent: parent, operation), Model.branch(ref, 6)]
  }

  /// Whether a commit passes.
  private func passes(_ rules: ZoneRules, _ updates: [TableUpdate], nowMs: Int64 = 100_000) throws -> Bool {
    try Model.refusals(rules, Model.history(), updates, nowMs: nowMs).isEmpty
  }

  @Test func rawIsAppendOnly() throws {
    #expect(try passes(Self.raw, Self.append()))
    #expect(try passes(Self.raw, Self.append(to: "dev", over: 4)))
    for operation in ["overwrite", "delete", "replace"] {
      #expect(try !passes(Self.raw, Self.append(operation)))
      #expect(try !passes(Self.raw, Self.append(operation, to: "dev", over: 4)))
      // Staged, too.
      #expect(try !passes(Self.raw, [Model.add(6, parent: 3, operation)]))
    }
    let refusal = try #require(try Model.refusals(Self.raw, Model.history(), Self.append("delete"), zone: "raw").first)
    #expect(
      refusal.description == """
        The zone raw is append-only: snapshot 6 on main removes 1 data file (a.parquet); \
        write to a sandbox, or ask an administrator to change the zone's rules
        """)
    #expect(refusal.rule == .refs)
  }

  @Test func rawIsNotLiedTo() throws {
    var model = ManifestModel()
    let old = model.manifest([ManifestModel.data("a"), ManifestModel.data("b")])
    let new = model.manifest([ManifestModel.data("b"), ManifestModel.data("c")])
    let refusals = try Model.refusals(Self.raw, Model.history(), Self.append()) { snapshot in
      try SnapshotFacts.comparing(snapshot, parent: [old], child: [new]) { model.contents[$0.path] ?? [] }
    }
    #expect(
      refusals.map(\.done) == ["snapshot 6 on main removes 1 data file (a), adds 1 data file (c), while it claims append"])
  }

  @Test func rawRefsGoForwardOnly() throws {
    #expect(try passes(Self.raw, [Model.branch("q", 1)]))
    #expect(try !passes(Self.raw, [Model.branch("main", 2)]))
    #expect(try !passes(Self.raw, [Model.branch("main", 4)]))
    #expect(try !passes(Self.raw, [.removeSnapshotRef(name: "main")]))
    #expect(try !passes(Self.raw, [.removeSnapshotRef(name: "dev")]))
    #expect(try !passes(Self.raw, [Model.add(6), Model.branch("main", 6)]))
    // Forward to an overwrite that was staged before the rules were.
    #expect(try !passes(Self.raw, [Model.branch("main", 5)]))
    let ahead = try #require(try Model.commit(Model.history(), [Model.add(6, parent: 3), Model.branch("audit", 6)])).metadata
    #expect(try Model.refusals(Self.raw, ahead, [Model.branch("main", 6)]).isEmpty)
  }

  @Test func aGatedMainChangesByPublishing() throws {
    #expect(try passes(Self.gated, Self.append("overwrite", to: "dev", over: 4)))
    #expect(try passes(Self.gated, [.removeSnapshotRef(name: "dev")]))
    #expect(try passes(Self.gated, [Model.add(6, parent: 3, "overwrite")]))
    #expect(try passes(Self.gated, [Model.branch("main", 4)]))
    let ahead = try #require(
      try Model.commit(Model.history(), [Model.add(6, parent: 3, "overwrite"), Model.branch("audit", 6)])
    ).metadata
    #expect(try Model.refusals(Self.gated, ahead, [Model.branch("main", 6)]).isEmpty)
    for updates in [
      Self.append(), [Model.branch("main", 2)], [Model.branch("main", 5)], [.removeSnapshotRef(name: "main")],
      [Model.add(6, parent: 3), Model.branch("x", 6), Model.branch("main", 6)],
    ] {
      let refusals = try Model.refusals(Self.gated, Model.history(), updates)
      #expect(refusals.first?.says == "changes main by publishing only")
    }
  }

  @Test func curatedMainIsKept() throws {
    let curated = ZoneRules.standard(for: .curated)
    for operation in ["append", "overwrite", "delete", "replace"] { #expect(try passes(curated, Self.append(operation))) }
    #expect(try passes(curated, [Model.branch("main", 2)]))
    #expect(try !passes(curated, [.removeSnapshotRef(name: "main")]))
    #expect(try !passes(curated, [Model.add(6), Model.branch("main", 6)]))
    #expect(try passes(ZoneRules.standard(for: .sandbox), [Model.add(6), Model.branch("main", 6)]))
  }

  @Test func schemasGrow() throws {
    let wider = try Model.schema(Model.columns + #",{"id":3,"name":"more","required":false,"type":"int"}"#)
    let narrower = try Model.schema(#"{"id":1,"name":"id","required":true,"type":"int"}"#)
    func change(_ schema: Schema) -> [TableUpdate] { [.addSchema(schema, lastColumnID: nil), .setCurrentSchema(-1)] }
    #expect(try passes(Self.raw, change(wider)))
    let refusals = try Model.refusals(Self.raw, Model.history(), change(narrower))
    #expect(refusals.map(\.done) == ["the commit drops column note"])
    #expect(refusals.map(\.rule) == [.schemaChanges])
    #expect(try passes(ZoneRules.standard(for: .sandbox), change(narrower)))
  }

  @Test func schemasInUseStay() throws {
    let text = #"{"snapshot-id":9,"sequence-number":9,"timestamp-ms":9000,"manifest-list":"l","schema-id":0}"#
    let wider = try Model.schema(Model.columns + #",{"id":3,"name":"more","required":false,"type":"int"}"#)
    let grow: [TableUpdate] = [.addSchema(wider, lastColumnID: nil), .setCurrentSchema(-1)]
    let unused = try #require(try Model.commit(Model.table(), grow)).metadata
    #expect(try Model.refusals(Self.raw, unused, [.removeSchemas([0])]).isEmpty)
    let used = try #require(try Model.commit(unused, [.addSnapshot(Snapshot(jsonText: Array(text.utf8)))])).metadata
    #expect(try Model.refusals(Self.raw, used, [.removeSchemas([0])]).map(\.rule) == [.schemaChanges])
    #expect(try Model.refusals(.standard(for: .sandbox), used, [.removeSchemas([0])]).isEmpty)
  }

  @Test func dropAndPurge() {
    let zone = Zone(name: "z", kind: .curated)
    #expect(Self.raw.refusalOfDrop(purging: false, in: zone)?.rule == .drop)
    #expect(Self.raw.refusalOfDrop(purging: true, in: zone)?.rule == .drop)
    #expect(Self.gated.refusalOfDrop(purging: false, in: zone) == nil)
    #expect(Self.gated.refusalOfDrop(purging: true, in: zone)?.rule == .purge)
    #expect(ZoneRules.standard(for: .sandbox).refusalOfDrop(purging: true, in: zone) == nil)
  }

  @Test func formats() throws {
    #expect(try passes(Self.gated, [.upgradeFormatVersion(3)]))
    var rules = Self.gated
    rules.formatVersions = [2]
    #expect(try Model.refusals(rules, Model.history(), [.upgradeFormatVersion(3)]).map(\.rule) == [.formatVersions])
    #expect(try passes(Self.gated, [.setProperties(["write.format.default": "PARQUET"])]))
    for value in ["avro", "csv"] {
      #expect(
        try Model.refusals(Self.gated, Model.history(), [.setProperties(["write.format.default": value])]).map(\.rule) == [.fileFormats])
    }
    #expect(try passes(Self.gated, [.setProperties(["write.format": "csv"])]))
    // What is really written counts as well.
    let avro = try Model.refusals(Self.gated, Model.history(), Self.append(to: "dev", over: 4)) { try Model.honest($0, format: "avro") }
    #expect(avro.map(\.done) == ["snapshot 6 adds b.avro of avro"])
  }

  @Test func locationsStayInside() throws {
    var rules = ZoneRules.standard(for: .sandbox)
    rules.locationPrefix = "s3://lake/zone"
    func passes(_ location: String) throws -> Bool { try self.passes(rules, [.setLocation(location)]) }
    #expect(try passes("s3://lake/zone/u"))
    for location in [
      "s3://lake/zoneu", "s3://lake/other", "s3://lake/zone/../other", "s3://lake/zone/%2e%2E/other", "s3://lake/zone/..%2fother",
      "s3a://lake/zone/u", #"s3://lake/zone/..\other"#,
    ] {
      #expect(try !passes(location), "\(location)")
      #expect(try !self.passes(rules, [.setProperties(["write.data.path": location])]), "\(location)")
    }
    #expect(try self.passes(rules, [.setProperties(["write.data.path": "s3://lake/zone/files"])]))
    rules.locationPrefix = "s3://lake/"
    let inside = try Model.refusals(rules, Model.history(), Self.append()) { try Model.honest($0, prefix: "s3://lake/x=a%2Fb/t") }
    #expect(inside.isEmpty)
    let outside = try Model.refusals(rules, Model.history(), Self.append()) { try Model.honest($0, prefix: "s3://other") }
    #expect(outside.map(\.rule) == [.locationPrefix])
  }

  @Test func youngSnapshotsStay() throws {
    var rules = ZoneRules.standard(for: .sandbox)
    #expect(try passes(rules, [.removeSnapshots([5])]))
    rules.retention = ZoneRules.Retention(minimumAge: .seconds(20), minimumSnapshots: 1)
    // Snapshot 5 was made at 5 s.
    #expect(try passes(rules, [.removeSnapshots([5])], nowMs: 25_000))
    #expect(try !passes(rules, [.removeSnapshots([5])], nowMs: 24_999))
    // A snapshot of the far future does not make it later.
    let future = #"{"snapshot-id":7,"sequence-number":7,"timestamp-ms":9000000,"parent-snapshot-id":3,"manifest-list":"l"}"#
    let updates = try [.addSnapshot(Snapshot(jsonText: Array(future.utf8))), Model.branch("main", 7), .removeSnapshots([5])]
    #expect(try !passes(rules, updates, nowMs: 24_999))
    rules.retention.minimumSnapshots = 5
    #expect(try Model.refusals(rules, Model.history(), [.removeSnapshots([5])]).map(\.rule) == [.retention])
    // A table that never had so many is not held to it.
    #expect(try passes(rules, Self.append()))
  }
}
