import Governance
import JSON
import Testing

@Suite struct OpenDataContractTests {
  private func read(_ text: String, object: String? = nil) throws -> OpenDataContract {
    try OpenDataContract(JSONDocument(parsing: Array(text.utf8)).root, object: object)
  }

  private func contract(_ schema: String, _ more: String = "") -> String {
    #"{"apiVersion":"v3.0.2","kind":"DataContract","id":"x","schema":\#(schema)\#(more)}"#
  }

  @Test func columnsTypesAndNulls() throws {
    let found = try read(
      contract(
        """
        [{"name":"loans","properties":[
          {"name":"id","logicalType":"integer","physicalType":"bigint","required":true},
          {"name":"name","logicalType":"string","physicalName":"customer"},
          {"name":"amount","logicalType":"number"},
          {"name":"place","logicalType":"object","properties":[{"name":"lat","physicalType":"decimal(9,6)"}]},
          {"name":"at","physicalType":"timestamp with time zone","quality":[{"metric":"nullValues","mustBe":0}]}]}]
        """))
    #expect(
      found.contract.columns == [
        Contract.Column(name: "id", type: "long", forbidsNulls: true), Contract.Column(name: "customer", type: "string"),
        Contract.Column(name: "amount"), Contract.Column(name: "place", type: "struct"),
        Contract.Column(name: "place.lat", type: "decimal(9, 6)"), Contract.Column(name: "at", type: "timestamptz", forbidsNulls: true),
      ])
    #expect(found.left == ["schema[0].properties[2].logicalType: float, double or decimal is not said; give a physicalType"])
    // What it makes is a contract that can be applied.
    #expect(try Contract(jsonText: found.contract.jsonText) == found.contract)
  }

  @Test func serviceLevelsAndRules() throws {
    let found = try read(
      contract(
        """
        [{"name":"loans","quality":[{"name":"enough","metric":"rowCount","mustBeGreaterThan":5},{"type":"text","description":"Good."}],
          "properties":[{"name":"at","physicalType":"timestamptz"}]}]
        """,
        #","slaProperties":[{"property":"latency","value":4,"unit":"h","element":"loans.at","driver":"regulatory"},{"property":"retention","value":3,"unit":"y"}],"team":[]"#
      ))
    #expect(found.contract.freshness == Contract.Freshness(column: "at", maximumAge: .seconds(4 * 3_600)))
    #expect(found.contract.checks == [Contract.QualityCheck(name: "enough")])
    #expect(
      found.left.map { String($0.prefix { $0 != ":" }) } == [
        "schema[0].quality[0]", "schema[0].quality[1]", "team", "slaProperties[0].driver", "slaProperties[1]",
      ])
  }

  /// Every member of the document is either taken over or named.
  @Test func nothingIsDroppedInSilence() throws {
    let found = try read(
      contract(
        #"[{"name":"a","description":"x","tags":["t"],"properties":[{"name":"b","physicalType":"int","classification":"pii","examples":[1]}]},{"name":"c"}]"#,
        #","domain":"d","price":{},"status":"active","description":{"purpose":"p","usage":"u"},"support":[]"#), object: "a")
    #expect(
      Set(found.left.map { String($0.prefix { $0 != ":" }) }) == [
        "schema[1]", "schema[0].description", "schema[0].tags", "schema[0].properties[0].classification",
        "schema[0].properties[0].examples",
        "domain", "price", "status", "description.usage", "support",
      ])
    #expect(found.contract.description.hasPrefix("p\n"))
  }

  @Test func whatIsNoSuchContractIsRefused() {
    for text in [
      "{}", #"{"apiVersion":"v2.2.2","kind":"DataContract","id":"x","schema":[]}"#, #"{"apiVersion":"v3.0.0","kind":"Other","id":"x"}"#,
      #"{"apiVersion":"v3.0.0","kind":"DataContract","id":"x"}"#, contract(#"[{"name":"a"},{"name":"b"}]"#), contract("[]"),
    ] {
      #expect(throws: JSONError.self) { try read(text) }
    }
    #expect(throws: JSONError.self) { try read(contract(#"[{"name":"a"}]"#), object: "b") }
  }
}
