import Cedar
import JSON
import Testing

@Suite struct EntityWriterTests {
  private func read(_ text: String) throws -> JSONValue { try JSONDocument(parsing: text, limits: ValueReader.limits).root }

  @Test(arguments: [
    "true", "-9223372036854775808", #""a\"\\\n\#u{0}é""#, #"[1,"a",[]]"#, #"{"":1,"a":{},"b":"x"}"#,
    #"{"__entity":{"id":"é","type":"N::U"}}"#,
    #"{"__extn":{"arg":"1.5000","fn":"decimal"}}"#, #"{"__extn":{"arg":"1.2.3.4/32","fn":"ip"}}"#,
    #"{"__extn":{"arg":"-5ms","fn":"duration"}}"#, #"{"__extn":{"arg":"2024-01-01T00:00:00.000Z","fn":"datetime"}}"#,
    // Before the year 0000, of which no text exists.
    #"{"__extn":{"args":[{"__extn":{"arg":"1970-01-01T00:00:00.000Z","fn":"datetime"}},{"__extn":{"arg":"-99999999999999ms","fn":"duration"}}],"fn":"offset"}}"#,
  ])
  func writesValue(_ text: String) throws {
    let escaped = text.replacing("\u{0}", with: "\\u0000")
    let value = try ValueReader.value(read(escaped))
    let written = String(decoding: value.jsonText, as: UTF8.self)
    #expect(try ValueReader.value(read(written)) == value)
    #expect(written == escaped.replacing("1970-01-01T00:00:00.000Z", with: "1970-01-01"))
  }

  @Test func writesEntitiesAndContexts() throws {
    let text = """
      [{"attrs":{"a":1,"b":[{"__entity":{"id":"x","type":"U"}}]},"parents":[{"id":"h","type":"G"},{"id":"g","type":"G"}],"tags":{"t":"1"},\
      "uid":{"id":"a","type":"U"}},{"attrs":{},"parents":[],"uid":{"id":"b","type":"U"}}]
      """
    let entities = try EntityReader.entities(read(text))
    #expect(String(decoding: try EntityStore(entities.reversed()).jsonText, as: UTF8.self) == text)
    let context = try RequestReader.context(read(#"{"b": [true], "a": {"c": "d"}}"#))
    #expect(String(decoding: context.jsonText, as: UTF8.self) == #"{"a":{"c":"d"},"b":[true]}"#)
  }
}
