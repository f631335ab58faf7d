import Governance
import Iceberg
import JSON

/// Tables and commits made on the spot.
struct CommitModel {
  static func schema(_ fields: String, identifiers: String = "") throws -> Schema {
    try Schema(jsonText: Array(#"{"type":"struct","schema-id":0\#(identifiers),"fields":[\#(fields)]}"#.utf8))
  }

  static let columns =
    #"{"id":1,"name":"id","required":true,"type":"int"},{"id":2,"name":"note","required":false,"type":"string"}"#

  static func table(version: Int = 2, location: String = "s3://lake/zone/t", properties: [String: String] = [:]) throws -> TableMetadata {
    try TableMetadata.creating(
      uuid: "9c12d441-03fe-4693-9a96-a0705ddf69c1", location: location, schema: schema(columns), spec: nil, sortOrder: nil,
      properties: properties, formatVersion: version, nowMs: 0)
  }

  static func commit(_ base: TableMetadata, _ updates: [TableUpdate], nowMs: Int64 = 100_000) throws -> TableCommit? {
    var builder = TableMetadataBuilder(base: base, nowMs: nowMs)
    for update in updates { try builder.apply(update) }
    return try builder.build(previousMetadataLocation: nil)
  }

  static func branch(_ name: String, _ id: Int64) -> TableUpdate {
    .setSnapshotRef(name: name, SnapshotReference(snapshotID: id, kind: .branch))
  }

  static func add(_ id: Int64, parent: Int64? = nil, _ operation: String = "append") -> TableUpdate {
    .addSnapshot(ManifestModel.snapshot(id, parent: parent, operation: operation))
  }

  /// Facts of a snapshot that really does what its summary says.
  static func honest(_ snapshot: Snapshot, prefix: String = "s3://lake/zone/t", format: String = "parquet") throws -> SnapshotFacts {
    var model = ManifestModel()
    var file = ManifestModel.data("a")
    file.path = "\(prefix)/a.\(format)"
    file.format = format
    let old = model.manifest([file])
    file.path = "\(prefix)/b.\(format)"
    let new = model.manifest([file])
    let (parent, child): ([ListedManifest], [ListedManifest]) =
      switch snapshot.operation {
      case "append": ([], [new])
      case "delete": ([old], [])
      default: ([old], [new])
      }
    let contents = model.contents
    return try SnapshotFacts.comparing(snapshot, parent: parent, child: child) { contents[$0.path] ?? [] }
  }

  /// The facts of a commit whose snapshots are honest.
  static func facts(
    _ base: TableMetadata, _ updates: [TableUpdate], nowMs: Int64 = 100_000,
    examine: (Snapshot) throws -> SnapshotFacts = { try honest($0) }
  ) throws -> CommitFacts? {
    guard let commit = try commit(base, updates, nowMs: nowMs) else { return nil }
    let examined = try CommitFacts.snapshotsToExamine(base: base, commit: commit).map(examine)
    return try CommitFacts(base: base, commit: commit, snapshots: examined)
  }

  static func changes(_ base: TableMetadata, _ updates: [TableUpdate]) throws -> [GovernedChange] {
    try facts(base, updates)?.changes ?? []
  }

  /// What a zone says to a commit, as texts.
  static func refusals(
    _ rules: ZoneRules, _ base: TableMetadata, _ updates: [TableUpdate], nowMs: Int64 = 100_000, zone: String = "z",
    examine: (Snapshot) throws -> SnapshotFacts = { try honest($0) }
  ) throws -> [Refusal] {
    guard let facts = try facts(base, updates, nowMs: nowMs, examine: examine) else { return [] }
    return rules.check(facts, in: Zone(name: zone, kind: .sandbox), nowMs: nowMs)
  }

  /// main at 3 over 2 and 1; dev at 4 over 2; a staged 5 over 3.
  static func history(version: Int = 2) throws -> TableMetadata {
    let updates = [
      add(1), add(2, parent: 1), add(3, parent: 2), add(4, parent: 2), add(5, parent: 3, "overwrite"), branch("main", 3), branch("dev", 4),
    ]
    guard let commit = try commit(table(version: version), updates, nowMs: 10_000) else { preconditionFailure("no effect") }
    return commit.metadata
  }
}
