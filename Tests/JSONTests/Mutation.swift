import SeededRandom

/// Makes broken and nearly broken texts out of whole ones.
struct Mutation {
  var random: SeededGenerator

  /// Documents to start from: table metadata, and the corners of the grammar.
  static let corpus: [[UInt8]] = [
    #"""
    {"format-version":2,"table-uuid":"9c12d441-03fe-4693-9a96-a0705ddf69c1","location":"s3://bucket/test/location",
     "last-sequence-number":34,"last-updated-ms":1602638573590,"last-column-id":3,"current-schema-id":1,
     "schemas":[{"type":"struct","schema-id":0,"fields":[{"id":1,"name":"x","required":true,"type":"long"}]},
      {"type":"struct","schema-id":1,"identifier-field-ids":[1,2],"fields":[{"id":1,"name":"x","required":true,"type":"long"},
       {"id":2,"name":"y","required":true,"type":"long","doc":"comment \"quoted\" \u00e9\ud83d\ude00"}]}],
     "default-spec-id":0,"partition-specs":[{"spec-id":0,"fields":[{"name":"x","transform":"identity","source-id":1,"field-id":1000}]}],
     "last-partition-id":1000,"default-sort-order-id":3,
     "properties":{"read.split.target.size":"134217728","é":"ü","empty":""},"current-snapshot-id":3055729675574597004}
    """#,
    #"""
    {"snapshots":[{"snapshot-id":3051729675574597004,"timestamp-ms":1515100955770,"sequence-number":0,
     "summary":{"operation":"append","added-files":"3"},"manifest-list":"s3://a/b/1.avro","row-count":-1},
     {"snapshot-id":-9223372036854775808,"parent-snapshot-id":9223372036854775807,"timestamp-ms":1555100955770,"schema-id":null}],
     "refs":{"main":{"snapshot-id":1,"type":"branch"},"t\u0061g":{"type":"tag","max-ref-age-ms":1e10}},"statistics":[],"x":{}}
    """#,
    #"[0,-0,1.5,-1.5e+10,1E-5,123456789012,true,false,null,"\"\\\/\b\f\n\r\t","",[],{},[[[[]]]],{"":{"":""}}]"#,
    #"{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":1,"k":1,"l":1,"m":1,"n":1,"o":1,"p":1,"q":1,"r":1,"\u0073":1}"#,
    #""漢字 \u6f22 😀 \ud83d\ude00 ߿ࠀ퟿￿𐀀 plain plain plain plain""#, "12345.678e-9", "-0", " \t\r\n[ ] ",
  ].map { Array($0.utf8) }

  private static let tokens: [[UInt8]] =
    [
      "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "\\ud83d", "\\ude00", "\\u00e9", "\\\"", "null", "true", "false", "0", "-",
      "1e5", ".5",
      "1.0", "9223372036854775807", "-9223372036854775808", "\"a\"", "\"a\":", "\u{FEFF}", " ", "\n", "/**/", "é", "😀", "\u{7F}", "\u{1}",
      "[]",
      "{}", "1e400", "18446744073709551616", "e", "+",
    ].map { Array($0.utf8) } + [[0x80], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF], [0], [0xE2, 0x82]]

  mutating func next() -> [UInt8] {
    switch Int.random(in: 0..<10, using: &random) {
    case 0: return (0..<Int.random(in: 0...24, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
    case 1: return (0..<Int.random(in: 0...16, using: &random)).flatMap { _ in Self.tokens.randomElement(using: &random) ?? [] }
    case 2...4:
      var spelling = RandomSpelling(random: SeededGenerator(seed: random.next()))
      spelling.spell(.random(depth: 4, using: &random))
      return mutated(spelling.bytes, times: Int.random(in: 0...2, using: &random))
    default: return mutated(Self.corpus.randomElement(using: &random) ?? [], times: Int.random(in: 0...4, using: &random))
    }
  }

  private mutating func mutated(_ whole: [UInt8], times: Int) -> [UInt8] {
    var bytes = whole
    for _ in 0..<times where !bytes.isEmpty {
      let place = bytes.indices.randomElement(using: &random) ?? 0
      let end = min(bytes.count, place + Int.random(in: 1...12, using: &random))
      let token = Self.tokens.randomElement(using: &random) ?? []
      switch Int.random(in: 0..<8, using: &random) {
      case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 2: bytes.remove(at: place)
      case 3: bytes.removeSubrange(place..<end)
      case 4: bytes.insert(contentsOf: token, at: place)
      case 5: bytes.replaceSubrange(place..<end, with: token)
      case 6: bytes.insert(contentsOf: bytes[place..<end], at: bytes.indices.randomElement(using: &random) ?? 0)
      default: bytes.removeSubrange(place...)
      }
    }
    return bytes
  }
}
