import Governance
import JSON
import Testing

@Suite struct ZoneRulesTests {
  @Test(arguments: Zone.Kind.allCases) func standardRulesAreWrittenAndRead(kind: Zone.Kind) throws {
    for rules in [ZoneRules.standard(for: kind), ZoneRules.standard(for: kind).gated()] {
      let read = try ZoneRules(jsonText: rules.jsonText)
      #expect(read == rules)
      #expect(read.jsonText == rules.jsonText)
    }
  }

  /// People version these texts: one that changes for no reason is a change to them.
  @Test func theTextIsStable() throws {
    var rules = ZoneRules.standard(for: .raw)
    rules.locationPrefix = "s3://lake/raw"
    rules.defaultProperties = ["b": "2", "a": "1"]
    #expect(
      String(decoding: rules.jsonText, as: UTF8.self) == #"{"refs":[{"ref":"*","allow":["append","create","fast-forward"]}],"#
        + #""schema-changes":"additive","drop":false,"purge":false,"format-versions":[1,2,3],"file-formats":["parquet","avro","orc"],"#
        + #""default-properties":{"a":"1","b":"2"},"location-prefix":"s3://lake/raw","record-reads":"regulated","#
        + #""retention":{"minimum-age-ms":7776000000,"minimum-snapshots":10}}"#)
  }

  private static func changed(_ text: String) throws -> ZoneRules {
    try ZoneRules.standard(for: .curated).changed(by: JSONDocument(parsing: text).root)
  }

  @Test func someRulesMayBeChanged() throws {
    var expected = ZoneRules.standard(for: .curated)
    #expect(try Self.changed("{}") == expected)
    expected.recordedReads = .all
    expected.locationPrefix = "s3://lake/c"
    #expect(try Self.changed(#"{"record-reads":"all","location-prefix":"s3://lake/c/"}"#) == expected)
    let without = try expected.changed(by: JSONDocument(parsing: #"{"location-prefix":null}"#).root)
    #expect(without.locationPrefix == nil)
  }

  @Test(
    arguments: [
      (#"{"refz":[]}"#, "Unknown member; there are refs, schema-changes,"),
      (#"{"retention":{"minimum-age-ms":1,"minimum-snapshots":1,"x":1}}"#, "Unknown member; there are minimum-age-ms"),
      (#"{"refs":[{"ref":"*","allow":[],"deny":[]}]}"#, "Unknown member; there are ref, allow at $.refs[0].deny"),
      (#"{"refs":[{"ref":"*","allow":["apend"]}]}"#, "Expected one of append, replace, overwrite, delete, create, fast-forward,"),
      (#"{"refs":[{"ref":"main","allow":["append"]}]}"#, "The last rule must be that of the ref *"),
      (#"{"refs":[{"ref":"a*b","allow":[]},{"ref":"*","allow":[]}]}"#, "Only the last character may be *"),
      (#"{"refs":[]}"#, "The last rule must be that of the ref *"),
      (#"{"schema-changes":"some"}"#, "Expected one of additive, any"),
      (#"{"drop":"no"}"#, "Expected true or false"),
      (#"{"drop":false,"purge":true}"#, "A zone that allows no drop cannot allow purge"),
      (#"{"format-versions":[4]}"#, "Format versions are 1, 2 and 3"),
      (#"{"format-versions":[]}"#, "At least one format version"),
      (#"{"file-formats":["csv"]}"#, "Expected one of parquet, avro, orc"),
      (#"{"file-formats":[]}"#, "At least one file format"),
      (#"{"default-properties":{"a":1}}"#, "Expected a string"),
      (#"{"location-prefix":"lake"}"#, "Expected a location such as"),
      (#"{"location-prefix":"s3://lake/../x"}"#, "A prefix must name its folders plainly"),
      (#"{"record-reads":"some"}"#, "Expected one of none, regulated, all"),
      (#"{"retention":{"minimum-age-ms":-1,"minimum-snapshots":1}}"#, "Expected no negative number"),
      (#"{"retention":{"minimum-age-ms":1,"minimum-snapshots":0}}"#, "Expected at least 1"),
      (#"{"retention":{"minimum-age-ms":1}}"#, "Missing required field"),
    ]) func nonsenseIsRefused(text: String, message: String) throws
  {
    let error = #expect(throws: JSONError.self) { try Self.changed(text) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test func wholeRulesLackNothing() throws {
    let whole = String(decoding: ZoneRules.standard(for: .raw).jsonText, as: UTF8.self)
    let error = #expect(throws: JSONError.self) {
      try ZoneRules(jsonText: Array(whole.replacing(#""drop":false,"#, with: "").utf8))
    }
    #expect(error?.message == "Missing required field \"drop\"")
  }

  @Test func theFirstMatchingRuleHolds() {
    var rules = ZoneRules.standard(for: .sandbox)
    rules.refs = [RefRule("main", [.publish]), RefRule("audit/*", [.append]), RefRule("*", [.delete])]
    #expect(rules.rule(forRef: "main").allowed == [.publish])
    #expect(rules.rule(forRef: "main2").allowed == [.delete])
    #expect(rules.rule(forRef: "audit/7").allowed == [.append])
    #expect(rules.rule(forRef: "").allowed == [.delete])
  }

  @Test func readsAreRecordedAsToldAndDefaultsGiveWay() {
    var rules = ZoneRules.standard(for: .curated)
    #expect(rules.recordsRead(ofRegulated: true) && !rules.recordsRead(ofRegulated: false))
    rules.recordedReads = .all
    #expect(rules.recordsRead(ofRegulated: false))
    rules.recordedReads = .none
    #expect(!rules.recordsRead(ofRegulated: true))
    rules.defaultProperties = ["a": "1", "b": "2"]
    #expect(rules.properties(ofNewTable: ["a": "3"]) == ["a": "3", "b": "2"])
  }
}
