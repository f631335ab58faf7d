import Governance
import JSON
import SeededRandom
import Testing

@Suite struct ContractTests {
  @Test func whatIsWrittenIsReadAgain() throws {
    var random = SeededGenerator(seed: 3)
    func maybe<T>(_ value: T) -> T? { Bool.random(using: &random) ? value : nil }
    for _ in 0..<300 {
      var contract = Contract()
      contract.description = maybe("Loans.") ?? ""
      contract.mode = maybe(.warn) ?? .enforce
      contract.refs = maybe(["main", "w*"]) ?? ["*"]
      contract.deliveries = maybe([.append, .overwrite]) ?? [.append]
      contract.statistics = maybe(.optional) ?? .required
      contract.schemaChanges = Contract.SchemaChanges.allCases.randomElement(using: &random) ?? .any
      var column = Contract.Column(name: "a.b")
      column.type = maybe("decimal(9, 2)")
      column.isRequired = maybe(Bool.random(using: &random))
      column.forbidsNulls = Bool.random(using: &random)
      contract.columns = maybe([column]) ?? []
      let within = Double.random(in: 0.1...9, using: &random)
      let deviations = Contract.Deviations(within: within, last: 7, atLeast: 3, leastSpread: 0.125)
      contract.rows = maybe(Contract.Rows(minimum: 1, maximum: maybe(Int64.max), deviations: maybe(deviations)))
      contract.freshness = maybe(Contract.Freshness(column: "at", maximumAge: .seconds(Int.random(in: 1...9_999_999, using: &random))))
      contract.files = maybe(Contract.Files(maximumCount: 3, minimumAverageBytes: maybe(Int64(5)), maximumBytes: maybe(Int64(9))))
      let isRequired = Bool.random(using: &random)
      contract.checks =
        maybe([Contract.QualityCheck(name: "c", isRequired: isRequired, maximumAge: maybe(Duration.seconds(60)))]) ?? []
      let text = contract.jsonText
      let again = try Contract(jsonText: text)
      #expect(again == contract)
      #expect(again.jsonText == text)
    }
  }

  @Test(arguments: [
    (#"{"row":{}}"#, "$.row"), (#"{"mode":"strict"}"#, "$.mode"), (#"{"refs":[]}"#, "$.refs"), (#"{"refs":["a*b"]}"#, "$.refs[0]"),
    (#"{"deliveries":["delete"]}"#, "$.deliveries"), (#"{"columns":[{"type":"long"}]}"#, "$.columns[0]"),
    (#"{"columns":[{"name":"a","nullable":true}]}"#, "$.columns[0].nullable"), (#"{"rows":{"minimum":5,"maximum":4}}"#, "$.rows"),
    (#"{"rows":{"deviations":{"within":0}}}"#, "$.rows.deviations.within"),
    (#"{"rows":{"deviations":{"within":5,"last":4,"at-least":5}}}"#, "$.rows.deviations.at-least"),
    (#"{"freshness":{"column":"a","maximum-age":"0s"}}"#, "$.freshness.maximum-age"), (#"{"files":{}}"#, "$.files"),
    (#"{"checks":[{"name":"a"},{"name":"a"}]}"#, "$.checks[1].name"), (#"{"checks":[{"name":""}]}"#, "$.checks[0].name"),
  ])
  func mistakesAreNamedByTheirPlace(text: String, place: String) {
    #expect { try Contract(jsonText: Array(text.utf8)) } throws: { error in (error as? JSONError)?.path == place }
  }

  @Test func fewerDeliveriesThanUsualAreAskedFor() throws {
    let contract = try Contract(jsonText: Array(#"{"rows":{"deviations":{"within":5,"last":3}}}"#.utf8))
    #expect(contract.rows?.deviations?.atLeast == 3)
  }

  @Test(arguments: [("90s", 90), ("15m", 900), ("36h", 129_600), ("2d", 172_800), ("1w", 604_800)])
  func durations(text: String, seconds: Int) {
    #expect(DurationText.parse(text) == .seconds(seconds))
    #expect(DurationText.parse(DurationText.text(.seconds(seconds))) == .seconds(seconds))
  }

  @Test(arguments: ["", "s", "1", "-1s", "1.5h", "1y", "9223372036854775807w", " 1s"]) func noDurations(text: String) {
    #expect(DurationText.parse(text) == nil)
  }
}
