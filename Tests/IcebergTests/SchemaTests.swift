import Iceberg
import JSON
import Testing

private typealias M = ModelText

@Suite struct SchemaTests {
  // MARK: Texts

  @Test func golden() throws {
    let text =
      #"{"type":"struct","schema-id":3,"identifier-field-ids":[1],"fields":["#
      + #"{"id":1,"name":"id","required":true,"type":"long","doc":"key","initial-default":1,"write-default":2,"x-new":{"a":1.0}},"#
      + #"{"id":2,"name":"l","required":false,"type":{"type":"list","element-id":3,"element":"decimal(9, 2)","element-required":true,"x":1}},"#
      + #"{"id":4,"name":"m","required":false,"type":{"type":"map","key-id":5,"key":"string","value-id":6,"#
      + #""value":{"type":"struct","fields":[{"id":7,"name":"v","required":true,"type":"fixed[4]"}]},"value-required":false,"y":null}}"#
      + #"],"x-schema":[true]}"#
    let schema: Schema = try M.read(text)
    #expect(M.write(schema) == text)
    #expect(schema.id == 3 && schema.identifierFieldIDs == [1] && schema.highestFieldID == 7)
    #expect(schema.fields[0].initialDefault == Array("1".utf8) && schema.fields[0].writeDefault == Array("2".utf8))
  }

  @Test func tolerated() throws {
    let schema: Schema = try M.read(
      #"{"type":"struct","schema-id":null,"identifier-field-ids":null,"#
        + #""fields":[{"id":0,"name":"a","required":false,"type":"int","doc":null,"initial-default":null}]}"#)
    #expect(M.write(schema) == #"{"type":"struct","schema-id":0,"fields":[{"id":0,"name":"a","required":false,"type":"int"}]}"#)
    #expect(schema.field(id: 0)?.name == "a")
    let empty: Schema = try M.read(#"{"type":"struct","fields":[]}"#)
    #expect(empty.highestFieldID == 0)
    try empty.validate()
  }

  private static let malformedTexts: [(String, String)] = [
    (#"{"fields":[]}"#, "Missing required field \"type\" at $"),
    (#"{"type":"list","fields":[]}"#, "Cannot create schema, not a struct type: \"list\" at $.type"),
    (#"{"type":"struct"}"#, "Missing required field \"fields\" at $"),
    (#"{"type":"struct","fields":{}}"#, "Expected an array, found {} at $.fields"),
    (
      #"{"type":"struct","fields":[{"id":1,"name":"a","required":true,"type":"blob"}]}"#,
      "Cannot parse type string to primitive: blob at $.fields[0].type"
    ),
    (
      #"{"type":"struct","fields":[{"id":1,"name":"a","required":true,"type":{"type":"set"}}]}"#,
      "Cannot parse type from json: unknown type \"set\" at $.fields[0].type"
    ),
    (
      #"{"type":"struct","fields":[{"id":2147483648,"name":"a","required":true,"type":"int"}]}"#,
      "Expected a number of 32 bits, found 2147483648 at $.fields[0].id"
    ),
    (
      #"{"type":"struct","fields":[{"id":1,"name":"a","type":"int"}]}"#, "Missing required field \"required\" at $.fields[0]"
    ),
  ]

  @Test(arguments: malformedTexts)
  func malformed(text: String, message: String) {
    #expect(M.refusal { _ = try M.read(text, as: Schema.self) } == message)
  }

  @Test(arguments: 0..<200)
  func roundTrip(seed: Int) throws {
    var generator = SchemaGenerator(seed: UInt64(seed))
    let schema = generator.schema()
    let again = try Schema(jsonText: schema.jsonText)
    #expect(again == schema)
    #expect(again.jsonText == schema.jsonText)
  }

  @Test func sameFields() throws {
    let one = try M.schema(M.field(1, "a", "int", required: true), id: 1, identifiers: [1])
    var two = one
    two.id = 9
    #expect(one.sameFields(as: two) && one != two)
    two.identifierFieldIDs = []
    #expect(!one.sameFields(as: two))
    two = one
    two.fields[0].doc = "new"
    #expect(!one.sameFields(as: two))
  }

  // MARK: Names

  @Test func names() throws {
    let point = M.structure(M.field(4, "x", "int"), M.field(5, "element", "int"))
    let schema = try M.schema(
      [
        M.field(1, "id", "long"), M.field(2, "locations", M.list(3, point)),
        M.field(6, "tags", M.map(7, "string", 8, M.list(9, "string"))),
        M.field(10, "keyed", M.map(11, M.structure(M.field(12, "k", "int")), 13, M.structure(M.field(14, "v", "int")))),
      ].joined(separator: ","))
    let expected: [(String, Int32?)] = [
      ("id", 1), ("locations", 2), ("locations.element", 3), ("locations.element.x", 4), ("locations.x", 4),
      ("locations.element.element", 5), ("tags.key", 7), ("tags.value", 8), ("tags.value.element", 9), ("tags.element", nil),
      ("keyed.key.k", 12), ("keyed.k", nil), ("keyed.value.v", 14), ("keyed.v", 14), ("ID", nil), ("", nil), ("locations.", nil),
    ]
    for (name, id) in expected { #expect(schema.field(named: name)?.id == id, "\(name)") }
    #expect(schema.name(ofField: 14) == "keyed.value.v")
    #expect(schema.name(ofField: 99) == nil)
  }

  /// A full name wins over the short name of another field.
  @Test func fullNamesFirst() throws {
    let schema = try M.schema(
      M.field(1, "l", M.list(2, M.structure(M.field(3, "x", "int")))) + "," + M.field(4, "l.x", "int"))
    try schema.validate()
    #expect(schema.field(named: "l.x")?.id == 4)
  }

  @Test(arguments: 0..<100)
  func everyFieldIsFoundByName(seed: Int) {
    var generator = SchemaGenerator(seed: UInt64(seed) + 1_000)
    let schema = generator.schema()
    for located in schema.allFields {
      #expect(schema.field(named: located.name)?.id == located.field.id)
      #expect(schema.field(id: located.field.id) == located.field)
      #expect(schema.name(ofField: located.field.id) == located.name)
    }
  }

  // MARK: Checks

  /// Whatever the quick look does not judge must be found all the same: names with dots, or equal but for their Unicode composition.
  @Test(arguments: 0..<400)
  func repetitionIsRefused(seed: Int) throws {
    var generator = SchemaGenerator(seed: UInt64(seed) + 5_000)
    var schema = generator.schema()
    let all = schema.allFields
    guard schema.fields.count > 1, let other = all.randomElement() else { return }
    switch seed % 4 {
    case 0: schema.fields[0].id = other.field.id
    case 1: schema.fields[0].name = other.name
    case 2:
      schema.fields[0].name = "e\u{301}"
      schema.fields[1].name = "\u{E9}"
    default: schema.fields.swapAt(0, 1)
    }
    let now = schema.allFields
    let isRepeated = Set(now.map(\.field.id)).count < now.count || Set(now.map(\.name)).count < now.count
    #expect((M.refusal { try schema.validate() } != nil) == isRepeated)
  }

  private static let nested = [
    M.field(1, "id", "long", required: true), M.field(2, "opt", "long"), M.field(3, "f", "float", required: true),
    M.field(4, "d", "double", required: true), M.field(5, "s", M.structure(M.field(6, "in", "int", required: true)), required: true),
    M.field(7, "os", M.structure(M.field(8, "in", "int", required: true))),
    M.field(9, "l", M.list(10, M.structure(M.field(11, "in", "int", required: true))), required: true),
    M.field(12, "m", M.map(13, "string", 14, "int"), required: true), M.field(15, "v", "variant", required: true),
  ].joined(separator: ",")

  private static let identifierChecks: [([Int], String?)] = [
    ([1], nil), ([1, 6], nil),
    ([99], "Cannot add fieldId 99 as an identifier field: field does not exist"),
    ([5], "Cannot add field s as an identifier field: not a primitive type field"),
    ([15], "Cannot add field v as an identifier field: not a primitive type field"),
    ([2], "Cannot add field opt as an identifier field: not a required field"),
    ([3], "Cannot add field f as an identifier field: must not be float or double field"),
    ([4], "Cannot add field d as an identifier field: must not be float or double field"),
    (
      [8],
      "Cannot add field in as an identifier field: must not be nested in an optional field 7: os: optional struct<8: in: required int>"
    ),
    ([11], "Cannot add field in as an identifier field: must not be nested in 9: l: required list<struct<11: in: required int>>"),
    ([13], "Cannot add field key as an identifier field: must not be nested in 12: m: required map<string, int>"),
  ]

  @Test(arguments: identifierChecks)
  func identifiers(ids: [Int], message: String?) {
    #expect(M.refusal { try M.schema(Self.nested, identifiers: ids).validate() } == message)
  }

  private static let duplicateChecks: [(String, String)] = [
    (
      M.field(1, "a", "int") + "," + M.field(2, "a", "int"), "Invalid schema: multiple fields for name a: 1 and 2"
    ),
    (
      M.field(1, "a", M.structure(M.field(2, "b", "int"))) + "," + M.field(3, "a.b", "int"),
      "Invalid schema: multiple fields for name a.b: 2 and 3"
    ),
    (M.field(1, "a", "int") + "," + M.field(1, "b", "int"), "Invalid schema: multiple fields for id 1: a and b"),
    (M.field(1, "a", M.list(1, "int")), "Invalid schema: multiple fields for id 1: a and a.element"),
  ]

  @Test(arguments: duplicateChecks)
  func duplicates(fields: String, message: String) {
    #expect(M.refusal { try M.schema(fields).validate() } == message)
  }

  @Test func formatVersions() throws {
    var schema = try M.schema(
      [
        M.field(5, "v", "variant"), M.field(2, "s", M.structure(M.field(3, "t", "timestamptz_ns"))),
        M.field(4, "g", "geometry(srid:1)"), M.field(1, "d", "string"),
      ].joined(separator: ","))
    schema.fields[3].initialDefault = Array(#""none""#.utf8)
    try schema.checkCompatible(formatVersion: 3)
    for version in 1...2 {
      #expect(
        M.refusal { try schema.checkCompatible(formatVersion: version) } == """
          Invalid schema for v\(version):
          - Invalid initial default for d: non-null default (none) is not supported until v3
          - Invalid type for s.t: timestamptz_ns is not supported until v3
          - Invalid type for g: geometry(srid:1) is not supported until v3
          - Invalid type for v: variant is not supported until v3
          """)
    }
    // Write defaults are no matter of format, as in the reference.
    var plain = try M.schema(M.field(1, "a", "int"))
    plain.fields[0].writeDefault = Array("1".utf8)
    try plain.checkCompatible(formatVersion: 1)
  }
}
