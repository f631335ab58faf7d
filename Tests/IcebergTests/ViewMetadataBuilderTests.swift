import Iceberg
import JSON
import Testing

private typealias M = ModelText

@Suite struct ViewMetadataBuilderTests {
  private static func version(
    _ id: Int = 1, _ sql: String = "select 1", dialects: [String] = ["spark"], schema: Int = 0, at timestampMs: Int = 100, more: String = ""
  ) throws -> ViewVersion {
    let texts = dialects.map { #"{"type":"sql","sql":"\#(sql)","dialect":"\#($0)"}"# }.joined(separator: ",")
    return try M.read(
      #"{"version-id":\#(id),"schema-id":\#(schema),"timestamp-ms":\#(timestampMs),"summary":{},"default-namespace":["n"],"#
        + #""representations":[\#(texts)]\#(more)}"#)
  }

  private static func view(dialects: [String] = ["spark"], properties: [String: String] = [:]) throws -> ViewMetadata {
    try ViewMetadata.creating(
      uuid: "c2a8d93f-5dbc-4c42-8a68-9a6e0f5f31a0", location: "s3://b/v", schema: M.schema(M.field(1, "a", "int"), id: 7),
      version: version(dialects: dialects, schema: 42), properties: properties, nowMs: 1_000)
  }

  /// The result of updates; `nil` when nothing changed.
  private static func apply(_ updates: [ViewUpdate], to view: ViewMetadata, nowMs: Int64 = 5_000) throws -> ViewMetadata? {
    var builder = ViewMetadataBuilder(base: view, nowMs: nowMs)
    for update in updates { try builder.apply(update) }
    return try builder.build()
  }

  private static func refusal(_ updates: [ViewUpdate], _ view: ViewMetadata) -> String? {
    M.refusal { _ = try apply(updates, to: view) }
  }

  private static func replace(_ version: ViewVersion) -> [ViewUpdate] { [.addViewVersion(version), .setCurrentViewVersion(-1)] }

  // MARK: Creation

  @Test func creation() throws {
    let view = try Self.view(properties: ["k": "v"])
    #expect(view.formatVersion == 1 && view.location == "s3://b/v" && view.properties == ["k": "v"])
    #expect(view.schemas.map(\.id) == [0])
    #expect(view.versions.map(\.id) == [1] && view.currentVersionID == 1 && view.currentVersion?.schemaID == 0)
    #expect(view.history == (try ViewMetadata(jsonText: view.jsonText)).history)
    #expect(view.history.map(\.timestampMs) == [100] && view.history.map(\.versionID) == [1])
  }

  @Test func creationRefused() throws {
    #expect(
      M.refusal { _ = try Self.view(dialects: ["spark", "trino", "Spark"]) }
        == "Invalid view version: Cannot add multiple queries for dialect spark")
    #expect(
      M.refusal { _ = try Self.view(properties: ["version.history.num-entries": "0"]) }
        == "version.history.num-entries must be positive but was 0")
  }

  // MARK: Each update

  @Test func uuids() throws {
    let view = try Self.view()
    #expect(try Self.apply([.assignUUID(view.uuid)], to: view) == nil)
    #expect(Self.refusal([.assignUUID("9c12d441-03fe-4693-9a96-a0705ddf69c1")], view) == "Cannot reassign uuid")
  }

  @Test func formatVersions() throws {
    let view = try Self.view()
    #expect(try Self.apply([.upgradeFormatVersion(1)], to: view) == nil)
    #expect(Self.refusal([.upgradeFormatVersion(0)], view) == "Cannot downgrade v1 view to v0")
    #expect(Self.refusal([.upgradeFormatVersion(2)], view) == "Unsupported format version: 2")
  }

  @Test func schemas() throws {
    let view = try Self.view()
    let equal = try M.schema(M.field(1, "a", "int"), id: 99)
    #expect(try Self.apply([.addSchema(equal)], to: view) == nil)
    let other = try M.schema(M.field(1, "b", "string"), id: 99)
    let changed = try #require(try Self.apply([.addSchema(other)], to: view))
    #expect(changed.schemas.map(\.id) == [0, 1])
    // -1 means the schema added last, also when it was there before.
    for (schema, id) in [(equal, Int32(0)), (other, 1)] {
      let next = try #require(
        try Self.apply([.addSchema(schema)] + Self.replace(Self.version(1, "select 2", schema: -1)), to: view))
      #expect(next.currentVersion?.schemaID == id)
    }
    let broken = try M.schema(M.field(1, "a", "int") + "," + M.field(1, "b", "int"))
    #expect(Self.refusal([.addSchema(broken)], view) == "Invalid schema: multiple fields for id 1: a and b")
  }

  @Test func locationAndProperties() throws {
    let view = try Self.view(properties: ["k": "v"])
    #expect(try Self.apply([.setLocation("s3://b/v")], to: view) == nil)
    #expect(try Self.apply([.setLocation("s3://b/w")], to: view)?.location == "s3://b/w")
    #expect(try Self.apply([.setProperties([:]), .setProperties(["k": "v"]), .removeProperties(["x"])], to: view) == nil)
    #expect(
      try Self.apply([.setProperties(["k": "w", "l": "1"]), .removeProperties(["k", "x"])], to: view)?.properties == ["l": "1"])
  }

  @Test func versions() throws {
    let view = try Self.view()
    // The id asked for is taken if it is free and later than all others, else the next one.
    for (asked, given) in [(1, 2), (0, 2), (-5, 2), (2, 2), (9, 9)] {
      let next = try #require(try Self.apply(Self.replace(Self.version(asked, "select 2", at: 700)), to: view))
      #expect(next.currentVersionID == Int32(given) && next.versions.map(\.id) == [1, Int32(given)])
      #expect(next.history.map(\.versionID) == [1, Int32(given)] && next.history.last?.timestampMs == 700)
    }
    // Added alone it is there, not current.
    let added = try #require(try Self.apply([.addViewVersion(Self.version(5, "select 2"))], to: view))
    #expect(added.versions.count == 2 && added.currentVersionID == 1 && added.history.count == 1)
    // An equal one is taken again, whatever its id and time.
    #expect(try Self.apply(Self.replace(Self.version(8, at: 999)), to: view) == nil)
  }

  @Test func goingBack() throws {
    let two = try #require(try Self.apply(Self.replace(Self.version(2, "select 2")), to: Self.view()))
    let back = try #require(try Self.apply([.setCurrentViewVersion(1)], to: two, nowMs: 9_000))
    #expect(back.currentVersionID == 1 && back.versions.count == 2)
    #expect(back.history.map(\.versionID) == [1, 2, 1] && back.history.last?.timestampMs == 9_000)
    #expect(try Self.apply([.setCurrentViewVersion(2)], to: two) == nil)
    // The same by sending the old text.
    let resent = try #require(try Self.apply(Self.replace(Self.version(3)), to: two, nowMs: 9_000))
    #expect(resent == back)
  }

  @Test func versionsRefused() throws {
    let view = try Self.view()
    #expect(Self.refusal([.setCurrentViewVersion(-1)], view) == "Cannot set last version id: no current version id has been set")
    #expect(Self.refusal([.setCurrentViewVersion(4)], view) == "Cannot set current version to unknown version: 4")
    #expect(
      Self.refusal([.addViewVersion(try Self.version(2, "x", schema: 9))], view) == "Cannot add version with unknown schema: 9")
    #expect(
      Self.refusal([.addViewVersion(try Self.version(2, "x", schema: -1))], view)
        == "Cannot set last added schema: no schema has been added")
    #expect(
      Self.refusal([.addViewVersion(try Self.version(2, "x", dialects: ["a", "A"]))], view)
        == "Invalid view version: Cannot add multiple queries for dialect a")
    let last = try #require(try Self.apply([.addViewVersion(Self.version(2_147_483_647, "x"))], to: view))
    #expect(Self.refusal([.addViewVersion(try Self.version(1, "y"))], last) == "Cannot assign an id after 2147483647")
  }

  // MARK: Dialects

  @Test func droppedDialects() throws {
    let view = try Self.view(dialects: ["spark", "Trino"])
    let fewer = try Self.version(2, "select 2", dialects: ["TRINO"])
    #expect(
      Self.refusal(Self.replace(fewer), view) == """
        Cannot replace view due to loss of view dialects (replace.drop-dialect.allowed=false):
        Previous dialects: [spark, trino]
        New dialects: [trino]
        """)
    let allow = ViewUpdate.setProperties(["replace.drop-dialect.allowed": "true"])
    #expect(try Self.apply([allow] + Self.replace(fewer), to: view)?.currentVersionID == 2)
    let more = try Self.version(2, "select 2", dialects: ["TRINO", "SPARK", "duckdb"])
    #expect(try Self.apply(Self.replace(more), to: view)?.currentVersionID == 2)
    // What matters is where the commit ends, not what it passes.
    let passing = Self.replace(fewer) + Self.replace(more)
    #expect(try Self.apply(passing, to: view)?.currentVersion?.representations.count == 3)
  }

  // MARK: History

  @Test func historyIsCapped() throws {
    var view = try Self.view(properties: ["version.history.num-entries": "3"])
    for number in 2...6 {
      view = try #require(try Self.apply(Self.replace(Self.version(1, "select \(number)", at: number * 100)), to: view))
      #expect(view.versions.map(\.id) == Array(Int32(max(1, number - 2))...Int32(number)))
      #expect(view.history.map(\.versionID) == view.versions.map(\.id))
    }
    // The current version stays however old it is, and what was logged before a lost version goes.
    view = try #require(try Self.apply([.setCurrentViewVersion(4)], to: view))
    view = try #require(try Self.apply([.addViewVersion(Self.version(1, "select 7"))], to: view))
    #expect(view.versions.map(\.id) == [4, 6, 7] && view.currentVersionID == 4)
    #expect(view.history.map(\.versionID) == [6, 4])
  }

  @Test func tenByDefaultAndAllOfOneCommit() throws {
    var view = try Self.view()
    for number in 2...15 {
      view = try #require(try Self.apply(Self.replace(Self.version(1, "select \(number)")), to: view))
    }
    #expect(view.versions.map(\.id) == Array(6...15))
    let many = try (20..<32).map { ViewUpdate.addViewVersion(try Self.version(1, "select \($0)")) }
    let wide = try #require(try Self.apply(many + [.setCurrentViewVersion(-1)], to: view))
    #expect(wide.versions.map(\.id) == Array(16...27) && wide.currentVersionID == 27)
  }

  @Test(arguments: 0..<50)
  func randomHistories(seed: Int) throws {
    var random = SchemaGenerator(seed: UInt64(seed) + 77)
    var view = try Self.view(properties: ["version.history.num-entries": "\(1 + random.number(below: 5))"])
    for step in 0..<30 {
      let updates: [ViewUpdate] =
        switch random.number(below: 4) {
        case 0: [.setCurrentViewVersion(view.versions[random.number(below: view.versions.count)].id)]
        case 1: [.addViewVersion(try Self.version(random.number(below: 9), "select \(random.number(below: 12))"))]
        default: Self.replace(try Self.version(random.number(below: 40), "select \(random.number(below: 12))", at: step))
        }
      guard let next = try Self.apply(updates, to: view) else { continue }
      view = next
      #expect(view.currentVersion != nil)
      #expect(Set(view.versions.map(\.id)).count == view.versions.count)
      #expect(view.history.last?.versionID == view.currentVersionID)
      #expect(view.history.allSatisfy { entry in view.versions.contains { $0.id == entry.versionID } })
      #expect(try ViewMetadata(jsonText: view.jsonText) == view)
    }
  }

  // MARK: Texts and requirements

  @Test func updateTexts() throws {
    let version = String(decoding: try Self.version().jsonText, as: UTF8.self)
    let texts: [(String, ViewUpdate)] = [
      (#"{"action":"assign-uuid","uuid":"u"}"#, .assignUUID("u")),
      (#"{"action":"upgrade-format-version","format-version":1}"#, .upgradeFormatVersion(1)),
      (
        #"{"action":"add-schema","schema":{"type":"struct","schema-id":3,"fields":[]},"last-column-id":null}"#,
        .addSchema(Schema(id: 3, fields: []))
      ),
      (#"{"action":"set-location","location":"l"}"#, .setLocation("l")),
      (#"{"action":"set-properties","updates":{"a":"b"}}"#, .setProperties(["a": "b"])),
      (#"{"action":"set-properties","updated":{"a":"b"}}"#, .setProperties(["a": "b"])),
      (#"{"action":"remove-properties","removals":["a"]}"#, .removeProperties(["a"])),
      (#"{"action":"remove-properties","removed":["a"]}"#, .removeProperties(["a"])),
      (#"{"action":"add-view-version","view-version":\#(version)}"#, .addViewVersion(try Self.version())),
      (#"{"action":"set-current-view-version","view-version-id":-1}"#, .setCurrentViewVersion(-1)),
    ]
    for (text, update) in texts {
      #expect(try M.read(text) == update)
      #expect(text.contains(update.action) && ViewUpdate.actions.contains(update.action))
    }
    #expect(Set(texts.map(\.1.action)) == Set(ViewUpdate.actions) && ViewUpdate.actions.count == 8)
    #expect(
      M.refusal { _ = try M.read(#"{"action":"add-snapshot"}"#, as: ViewUpdate.self) }?
        .hasPrefix("Cannot convert metadata update action \"add-snapshot\"") == true)
  }

  @Test func requirements() throws {
    let view = try Self.view()
    try view.check(.assertViewUUID(view.uuid.uppercased()))
    #expect(
      M.refusal { try view.check(.assertViewUUID("u")) }
        == "Requirement failed: view UUID does not match: expected c2a8d93f-5dbc-4c42-8a68-9a6e0f5f31a0 != u")
    #expect(throws: ModelError.requirementFailed("Requirement failed: view already exists")) { try view.check(.assertCreate) }
    #expect(
      throws: ModelError.invalid("A view knows the requirements assert-view-uuid and assert-create only")
    ) { try view.check(.assertDefaultSpecID(0)) }
  }
}
