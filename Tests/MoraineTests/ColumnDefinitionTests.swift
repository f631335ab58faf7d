import ArgumentParser
import Iceberg
import JSON
import Testing

@testable import moraine

@Suite struct ColumnDefinitionTests {
  private func schema(_ columns: String...) throws -> String {
    String(decoding: ColumnDefinition.schema(try columns.map(ColumnDefinition.init(parsing:))), as: UTF8.self)
  }

  @Test func writesTheSchema() throws {
    #expect(
      try schema("id long required", "\"a name\" decimal (10, 2)")
        == #"{"type":"struct","schema-id":0,"fields":[{"id":1,"name":"id","required":true,"type":"long"},{"id":2,"name":"a name","required":false,"type":"decimal(10, 2)"}]}"#
    )
  }

  @Test func nests() throws {
    let text = try schema("tags list<string required> required", "m map<string, struct<lat: double required, lon double>>", "f fixed[16]")
    let schema = try Schema(json: JSONDocument(parsing: text).root)
    #expect(
      SchemaTree(schema).lines == [
        "├─ 1: tags list required", "│  └─ 4: element string required", "├─ 2: m map", "│  ├─ 5: key string required",
        "│  └─ 6: value struct", "│     ├─ 7: lat double required", "│     └─ 8: lon double", "└─ 3: f fixed[16]",
      ])
    try schema.validate()
  }

  @Test(arguments: [
    ("", "A name is missing"), ("id", "A type is missing"), ("id lng", "\"lng\" is no type"),
    ("id long please", "\"please\" is not understood"),
    ("id list<long", "\">\" is missing"), ("id map<long>", "\",\" is missing"), ("\"id long", "double quote is not closed"),
    ("id decimal(99, 2)", "\"decimal(99, 2)\" is no type"), ("id struct<>", "A name is missing"),
    ("id " + String(repeating: "list<", count: 40), "More than 32 types"),
  ])
  func refuses(text: String, reason: String) {
    let error = #expect(throws: ValidationError.self) { try ColumnDefinition(parsing: text) }
    #expect(error?.message.contains(reason) == true)
  }
}
