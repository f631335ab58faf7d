import JSON
import Testing

@testable import moraine

@Suite struct OutputTests {
  private let text = #"{"b":1.50,"a":["x",{}],"n":null,"s":"true","big":9223372036854775807,"e":[],"q":"a\u00e9\n"}"#

  private func value() throws -> JSONValue { try JSONDocument(parsing: text).root }

  @Test func compactJSONIsTheServersOwn() throws {
    #expect(String(decoding: JSONText.compact(try value()), as: UTF8.self) == text)
  }

  @Test func prettyJSONIsIndented() throws {
    #expect(
      String(decoding: JSONText.pretty(try JSONDocument(parsing: #"{"a":[1,{"b":{}}],"c":[]}"#).root), as: UTF8.self) == """
        {
          "a": [
            1,
            {
              "b": {}
            }
          ],
          "c": []
        }
        """)
  }

  /// Order and digits stay; what would be read as another kind is quoted.
  @Test func yamlSaysTheSame() throws {
    #expect(
      try YAMLText.text(try value()) == """
        b: 1.50
        a:
        - x
        - {}
        n: null
        s: 'true'
        big: 9223372036854775807
        e: []
        q: |
          aé

        """)
  }

  @Test func keysAreOfVersion7() {
    let key = IdempotencyKey(nowMs: 0x0123_4567_89AB).description
    #expect(key.hasPrefix("01234567-89ab-7"))
    #expect(key.utf8.count == 36)
    #expect("89ab".contains(Array(key)[19]))
    #expect(IdempotencyKey().description != IdempotencyKey().description)
  }

  @Test func timesAreUTC() {
    #expect(Instant(milliseconds: 1_777_803_630_999).description == "2026-05-03T10:20:30Z")
  }
}
