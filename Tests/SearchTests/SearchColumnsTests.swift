import Testing

@testable import Search

@Suite struct SearchColumnsTests {
  private func columns(_ kind: String, _ head: String) throws -> [String] {
    try SearchDocument.columns(ofKind: kind, head: Array(head.utf8)).map { "\($0.id) \($0.column.name) \($0.column.description ?? "-")" }
  }

  @Test func currentSchemaOfATable() throws {
    let head = """
      {"format-version":2,"current-schema-id":1,"schemas":[
        {"type":"struct","schema-id":0,"fields":[{"id":1,"name":"old","required":false,"type":"long"}]},
        {"type":"struct","schema-id":1,"fields":[{"id":1,"name":"new","required":false,"type":"long","doc":"Why"},
          {"id":2,"name":"people","required":false,"type":{"type":"list","element-id":3,"element-required":false,
            "element":{"type":"struct","fields":[{"id":4,"name":"name","required":false,"type":"string"}]}}},
          {"id":5,"name":"rates","required":false,"type":{"type":"map","key-id":6,"key":"string","value-id":7,"value-required":false,
            "value":{"type":"struct","fields":[{"id":8,"name":"rate","required":false,"type":"double"}]}}}]}]}
      """
    #expect(try columns("table", head) == ["1 new Why", "2 people -", "4 people.name -", "5 rates -", "8 rates.rate -"])
  }

  @Test func schemaOfAnOldTableAndOfAView() throws {
    let schema = #"{"type":"struct","fields":[{"id":1,"name":"a","required":false,"type":"long"}]}"#
    #expect(try columns("table", #"{"format-version":1,"schema":\#(schema)}"#) == ["1 a -"])
    let view =
      #"{"current-version-id":2,"versions":[{"version-id":1,"schema-id":9},{"version-id":2,"schema-id":0}],"schemas":[\#(schema)]}"#
    #expect(try columns("view", view) == ["1 a -"])
  }

  @Test func otherKindsHaveNone() throws {
    #expect(try columns("topic", "no json") == [])
    #expect(throws: (any Error).self) { try columns("table", "no json") }
  }
}
