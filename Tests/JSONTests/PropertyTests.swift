import JSON
import SeededRandom
import Testing

struct PropertyTests {
  @Test func whatIsWrittenIsReadBack() throws {
    var random = SeededGenerator(seed: 1)
    for _ in 0..<2_000 {
      let value = ModelValue.random(depth: 5, using: &random)
      #expect(try ModelValue(parsing: value.jsonText) == value)
    }
  }

  @Test func everySpellingReadsEqual() throws {
    var random = SeededGenerator(seed: 2)
    for _ in 0..<2_000 {
      let value = ModelValue.random(depth: 4, using: &random)
      var spelling = RandomSpelling(random: SeededGenerator(seed: random.next()))
      spelling.spell(value)
      #expect(try ModelValue(parsing: spelling.bytes) == value, "\(String(decoding: spelling.bytes, as: UTF8.self))")
    }
  }

  @Test func integersAreExact() throws {
    var random = SeededGenerator(seed: 3)
    for _ in 0..<20_000 {
      let value = Int64(bitPattern: random.next()) >> Int.random(in: 0..<64, using: &random)
      let text = String(value)
      #expect(try JSONDocument(parsing: text).root.int64() == value)
      #expect(JSONWriter.text { $0.value(value) } == Array(text.utf8))
    }
  }

  /// Every raw slice, parsed alone, is the value it was taken from; and a container is its children's slices put together.
  @Test func rawSlicesReproduceTheSource() throws {
    var random = SeededGenerator(seed: 4)
    for _ in 0..<500 {
      let value = ModelValue.random(depth: 4, using: &random)
      var spelling = RandomSpelling(random: SeededGenerator(seed: random.next()))
      spelling.spell(value)
      let root = try JSONDocument(parsing: spelling.bytes).root
      try checkRaw(root)
      let compact = try JSONDocument(parsing: value.jsonText).root
      #expect(rebuilt(compact) == value.jsonText)
    }
  }

  private func checkRaw(_ json: JSONValue) throws {
    #expect(try ModelValue(parsing: Array(json.raw)) == ModelValue(reading: json))
    switch json.kind {
    case .array: for element in try json.array() { try checkRaw(element) }
    case .object: for member in try json.object() { try checkRaw(member.value) }
    default: break
    }
  }

  private func rebuilt(_ json: JSONValue) -> [UInt8] {
    if let array = try? json.array() { return Array("[".utf8) + array.map(rebuilt).joined(separator: ",".utf8) + Array("]".utf8) }
    guard let object = try? json.object() else { return Array(json.raw) }
    let members = object.map { member in JSONWriter.text { $0.value(member.key) } + Array(":".utf8) + rebuilt(member.value) }
    return Array("{".utf8) + members.joined(separator: ",".utf8) + Array("}".utf8)
  }

  @Test func unknownFieldsSurviveARoundTrip() throws {
    var random = SeededGenerator(seed: 5)
    for _ in 0..<500 {
      let members = (0..<Int.random(in: 0...8, using: &random)).map { place in
        let known = ["\"known\"", "\"kno\\u0077n-too\""]
        let key = place < 2 ? known[place] : "\"unknown-\(place)\""
        let value = ModelValue.random(depth: 3, using: &random)
        return (key, value)
      }
      .shuffled(using: &random)
      let source = "{ " + members.map { "\($0) : \(String(decoding: $1.jsonText, as: UTF8.self))" }.joined(separator: " ,") + " }"
      let unknown = try JSONDocument(parsing: source).root.object().unknown(besides: ["known", "known-too"])
      let kept = members.filter { $0.0.hasPrefix("\"unknown") }
      let expected = "{" + kept.map { "\($0):\(String(decoding: $1.jsonText, as: UTF8.self))" }.joined(separator: ",") + "}"
      let written = JSONWriter.text { $0.object { $0.fields(unknown) } }
      #expect(String(decoding: written, as: UTF8.self) == expected)
      #expect(unknown.isEmpty == kept.isEmpty)
      #expect(try JSONDocument(parsing: written).root.object().unknown(besides: []) == unknown)
    }
  }

  /// No prefix of a document is a document, and none is read past its end.
  @Test func everyPrefixIsRefused() throws {
    let whole = Array(#"{"a":[1,-2.5e+3,"é\u00e9\ud83d\ude00😀\\",true,false,null,{"b":{}}]}"#.utf8)
    _ = try JSONDocument(parsing: whole)
    for length in 0..<whole.count {
      #expect(throws: JSONError.self) { try JSONDocument(parsing: Array(whole[..<length])) }
    }
  }
}
