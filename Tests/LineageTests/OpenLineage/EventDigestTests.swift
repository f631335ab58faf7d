import JSON
import SeededRandom
import Testing

@testable import Lineage

struct EventDigestTests {
  private static func canonical(_ text: String) throws -> String {
    String(decoding: EventDigest.canonicalText(of: try JSONDocument(parsing: text).root), as: UTF8.self)
  }

  @Test(arguments: [
    (#"{ "b" : 1, "a" : [ true , null ] }"#, #"{"a":[true,null],"b":1}"#), (#""\u0041\/\u00e9""#, #""A/é""#),
    ("1.50e1", "15"), ("15.0", "15"), ("-0.0", "0"), ("0.10", "1e-1"), ("1e400", "1e400"), ("10e399", "1e400"),
    ("9223372036854775807", "9223372036854775807"), ("9223372036854775806", "9223372036854775806"), ("100", "100"),
    ("123456789012345678901234567890", "123456789012345678901234567890"),
  ]) func oneTextForAllSpellings(text: String, expected: String) throws { #expect(try Self.canonical(text) == expected) }

  @Test func theDigestTellsContentsApart() throws {
    func digest(_ text: String) throws -> [UInt8] { EventDigest.of(try JSONDocument(parsing: text).root) }
    #expect(try digest(#"{"a":1,"b":2}"#) == digest(#"{"b":2.0,"a":1}"#))
    #expect(try digest(#"{"a":9223372036854775807}"#) != digest(#"{"a":9223372036854775806}"#))
    #expect(try digest(#"{"a":"1"}"#) != digest(#"{"a":1}"#))
    #expect(try digest("[1,2]") != digest("[2,1]"))
    #expect(try digest("{}").count == 32)
  }

  @Test func canonicalTextIsItsOwnCanonicalText() throws {
    for (_, json) in try OpenLineageDocuments.events() {
      let text = String(decoding: EventDigest.canonicalText(of: json), as: UTF8.self)
      #expect(try Self.canonical(text) == text)
    }
  }
}
