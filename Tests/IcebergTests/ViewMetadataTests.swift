import Iceberg
import JSON
import Testing

private typealias M = ModelText

@Suite struct ViewMetadataTests {
  @Test func golden() throws {
    let view = try ViewMetadata(jsonText: M.fixture("view/ValidViewMetadata.json"))
    #expect(view.uuid == "fa6506c3-7681-40c8-86dc-e36561f83385" && view.formatVersion == 1)
    #expect(view.location == "s3://bucket/test/location")
    #expect(view.properties == ["some-key": "some-value", "comment": "some-comment"])
    #expect(view.schemas.map(\.id) == [0] && view.schemas[0].fields.map(\.name) == ["x", "y", "z"])
    #expect(view.versions.map(\.id) == [1, 2] && view.currentVersion?.id == 2)
    #expect(view.currentVersion?.defaultCatalog == "some-catalog" && view.currentVersion?.defaultNamespace.levels == [])
    #expect(view.currentVersion?.representations.first?.sql == "select 1 id, 'abc' data")
    #expect(view.history.map(\.versionID) == [1, 2] && view.history.map(\.timestampMs) == [4353, 5555])
    let again = try ViewMetadata(jsonText: view.jsonText)
    #expect(again == view)
    #expect(again.jsonText == view.jsonText)
    // A member that the specification does not know, kept.
    #expect(M.write(view).contains(#""current-schema-id":0"#))
  }

  /// As the reference: a document may break the rule, a new version may not.
  @Test func severalTextsOfADialectAreRead() throws {
    let view = try ViewMetadata(jsonText: M.fixture("view/ViewMetadataMultipleSQLsForDialect.json"))
    #expect(view.currentVersion?.representations.map(\.dialect) == ["spark-sql", "spark-sql"])
  }

  private static let refusals: [(String, String)] = [
    ("InvalidCurrentSchema", "Cannot find current schema with id 1234 in schemas: [1] at $"),
    ("InvalidCurrentVersion", "Cannot find current version 1234 in view versions: [1, 2] at $"),
    ("MissingCurrentVersion", "Missing required field \"current-version-id\" at $"),
    ("MissingLocation", "Missing required field \"location\" at $"),
  ]

  @Test(arguments: refusals)
  func refused(name: String, message: String) throws {
    let bytes = try M.fixture("view/ViewMetadata\(name).json")
    #expect(M.refusal { _ = try ViewMetadata(jsonText: bytes) } == message)
  }

  @Test func otherFormatVersions() throws {
    let text = String(decoding: try M.fixture("view/ValidViewMetadata.json"), as: UTF8.self)
    for version in ["0", "2"] {
      let other = text.replacing("\"format-version\": 1", with: "\"format-version\": \(version)")
      #expect(M.refusal { _ = try M.read(other, as: ViewMetadata.self) } == "Unsupported format version: \(version) at $")
    }
  }

  @Test func unknownMembers() throws {
    let text =
      #"{"view-uuid":"u","format-version":1,"location":"l","properties":{},"#
      + #""schemas":[{"type":"struct","schema-id":0,"fields":[],"s":1}],"current-version-id":1,"versions":[{"version-id":1,"#
      + #""schema-id":0,"timestamp-ms":2,"summary":{},"default-namespace":["a"],"representations":["#
      + #"{"type":"sql","sql":"x","dialect":"D","r":[1.0]},{"type":"plan","body":{"a":1}}],"v":null}],"#
      + #""version-log":[{"timestamp-ms":2,"version-id":1,"h":true}],"m":{"x":0.10}}"#
    let view: ViewMetadata = try M.read(text)
    #expect(M.write(view) == text)
    #expect(view.versions[0].representations.map(\.kind) == ["sql", "plan"])
  }

  private static let malformedRepresentations: [(String, String)] = [
    (#"{"sql":"x","dialect":"d"}"#, "Missing required field \"type\" at $"),
    (#"{"type":"sql","dialect":"d"}"#, "Missing required field \"sql\" at $"),
    (#"{"type":"sql","sql":"x"}"#, "Missing required field \"dialect\" at $"),
    (#"{"type":"sql","sql":"x","dialect":""}"#, "Invalid dialect: (empty string) at $"),
  ]

  @Test(arguments: malformedRepresentations)
  func representation(text: String, message: String) {
    #expect(M.refusal { _ = try M.read(text, as: ViewRepresentation.self) } == message)
  }

  /// Two SQL texts are equal by what they say, not by how they are written.
  @Test func representationEquality() throws {
    let one: ViewRepresentation = try M.read(#"{"type":"sql","sql":"x","dialect":"d"}"#)
    let two: ViewRepresentation = try M.read(#"{ "dialect":"d", "sql":"\u0078", "type":"sql" }"#)
    #expect(one == two && one.hashValue == two.hashValue)
    let plan: ViewRepresentation = try M.read(#"{"type":"plan","a":1}"#)
    #expect(plan != one)
    #expect(try M.read(#"{"type":"plan","a":2}"#) != plan)
  }
}
