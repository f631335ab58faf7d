import JSON
import Testing

/// Texts after the categories of the well-known JSON conformance suites: what every reader must take (y), must refuse (n), and may
/// decide by itself (i), with what this one decides.
struct ConformanceTests {
  @Test(arguments: [
    // Structure.
    "[]", "[ ]", " [] ", "[[]   ]", "{}", "{ }", "[\"\"]", "[null,false,true]", "[1\n]", "\t[\n1\r]\n", "[[[[[]]]]]", "{\"\":0}",
    "{\"a\":{\"a\":{\"a\":1}}}", "{\"a\":1,\"b\":1}", "[{},{},[],[]]", "{\"a\":[]}",
    // Values alone.
    "null", "true", "false", "0", "\"\"", "\"a\"", " 1 ", "-0",
    // Numbers.
    "[0]", "[-0]", "[-1]", "[123]", "[0e1]", "[0e+1]", "[0E-1]", "[1E22]", "[1e+2]", "[123.456e78]", "[0.0]", "[-0.0]", "[1.5]",
    "[-123456789012345678901234567890]", "[1e400]", "[1e-400]", "[0.000000000000000000000000000000000000001]", "[20e1]",
    // Strings.
    #"["\u0060\u012a\u12AB"]"#, #"["\uD801\udc37"]"#, #"["\ud83d\ude39\ud83d\udc8d"]"#, #"["\"\\\/\b\f\n\r\t"]"#, #"["\\u0000"]"#,
    #"["\uDBFF\uDFFF"]"#, #"["\uFFFF"]"#, #"["\uFDD0"]"#, #"["\u2028\u2029"]"#, "[\"\u{7F}\"]", "[\"\u{2028}\"]", "[\"\u{FFFF}\"]",
    "[\"\u{10FFFF}\"]", "[\"é漢😀\"]", "[\"a/*b*/c\"]", "[\"\u{FEFF}\"]", #"["new\u000Aline"]"#, #"["\u0022"]"#, "[\" \"]",
    #"{"a\u0062":1}"#, #"{"é":1,"e\u0301":2}"#, "{\"a\":1,\"A\":2}",
  ])
  func takes(_ text: String) throws { _ = try JSONDocument(parsing: text) }

  @Test(arguments: [
    // Nothing, or not enough.
    "", " ", "\n", "[", "]", "{", "}", "[1", "[1,", "[\"", "[\"a", "[\"a\\", "[\"\\u00", "{\"", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":1",
    "{\"a\":1,", "[[]", "[{}", "[{\"a\":[", "\"", "\"a", "\"\\", "-", "1.", "1e", "1e+", "t", "tru", "nul", "fals",
    // Too much.
    "[]]", "{}}", "1 2", "[1]x", "[] []", "{}[]", "nulll", "true,", "\"a\"b", "[1],", "{\"a\":1}#", "{\"a\":1}//", "0x", "[]\u{0}",
    // Commas and colons.
    "[,]", "[1,]", "[1,,2]", "[,1]", "[1 2]", "[\"a\" \"b\"]", "[1;2]", "[1:2]", "[\"a\":1]", "{,}", "{\"a\":1,}", "{\"a\":1,,\"b\":2}",
    "{,\"a\":1}", "{\"a\" 1}", "{\"a\"}", "{\"a\",1}", "{\"a\"::1}", "{\"a\":}", "{:1}", "{\"a\":1 \"b\":2}", "{\"a\":1:2}", "{\"a\":1;}",
    // Keys.
    "{a:1}", "{'a':1}", "{1:1}", "{null:1}", "{[]:1}", "{{}:1}", "{\"a\":1,\"a\":1}", "{\"a\":1,\"a\":2}", "{\"a\":1,\"b\":2,\"a\":1}",
    #"{"a":1,"\u0061":2}"#, #"{"\u0061":1,"a":2}"#, #"{"\/":1,"/":2}"#, #"{"\ud83d\ude00":1,"😀":2}"#, #"{"":1,"":2}"#,
    #"[{"x":{"a":1,"a":2}}]"#,
    // Mismatched brackets.
    "[}", "{]", "[1}", "{\"a\":1]", "[{]}",
    // Literals and other words.
    "True", "TRUE", "NULL", "nil", "undefined", "NaN", "[NaN]", "Infinity", "[-Infinity]", "inf", "[nan]", "a", "*", "'a'", "[truth]",
    "<a>",
    // Comments and other spaces.
    "/**/[]", "[]/**/", "[1/**/]", "//\n1", "#\n1", "[\u{B}]", "[\u{C}]", "[\u{A0}]", "[\u{2060}]", "\u{FEFF}[]", "\u{FEFF}", "[\u{2028}]",
    // Numbers.
    "[01]", "[-01]", "[00]", "[-]", "[--1]", "[+1]", "[1+2]", "[.5]", "[-.5]", "[1.]", "[1.e1]", "[0.]", "[0.e1]", "[1e]", "[1e+]", "[1e-]",
    "[1eE2]", "[1e1.5]", "[1.2.3]", "[0x1]", "[1_000]", "[1,000.]", "[1a]", "[-a]", "[- 1]", "[1 000]", "[１]", "[1e٢]", "[1f]", "[012]",
    // Strings.
    "[\"\n\"]", "[\"\t\"]", "[\"\u{0}\"]", "[\"\u{1F}\"]", #"["\x"]"#, #"["\a"]"#, #"["\'"]"#, #"["\U0041"]"#, #"["\0"]"#, #"["\u"]"#,
    #"["\u1"]"#,
    #"["\u12"]"#, #"["\u123"]"#, #"["\u12G4"]"#, #"["\u+123"]"#, #"["\u 123"]"#, "[\"\\\u{0}\"]", "[\"\\\n\"]", "[\"\\é\"]", "[\"\\😀\"]",
    #"["\"]"#,
    #"["\\\"]"#, "['a']", "[a]", "[“a”]", #"[\n]"#, #"["a"\u0020]"#,
    // Halves of surrogate pairs, and U+0000.
    #"["\uD800"]"#, #"["\uDC00"]"#, #"["\uD800x"]"#, #"["\uD800\n"]"#, #"["\uD800\uD800"]"#, #"["\uD800\u0041"]"#, #"["\uDC00\uD800"]"#,
    #"["\uD83D\uD83D\uDE00"]"#, #"["\uD800\u"]"#, #"["\uD800\uDC"]"#, #"["\uD800\"]"#, #"["\uD800"#, #"["\uD800\"#, #"["\uDBFF\uE000"]"#,
    #"["\u0000"]"#, #"{"\u0000":1}"#, #"["a\u0000b"]"#,
  ])
  func refuses(_ text: String) {
    #expect(throws: JSONError.self) { try JSONDocument(parsing: text) }
  }

  @Test(
    arguments: [
      [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF], [0xE2, 0x82],
      [0xE2, 0x28, 0xA1],
      [0xE2, 0x82, 0x28], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0x98],
      [0xF0, 0x9F, 0x28, 0x80], [0xF0, 0x9F, 0x98, 0x28], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
      [0xF8, 0x88, 0x80, 0x80, 0x80],
      [0xFC, 0x84, 0x80, 0x80, 0x80, 0x80], [0xFE], [0xFF], [0xE9],
    ] as [[UInt8]])
  func refusesWhatIsNotUTF8(_ sequence: [UInt8]) {
    let quote = [UInt8(ascii: "\"")]
    let other = Array("xxxxxxxxxxxxxxxx".utf8)
    for before in 0..<10 {
      #expect(throws: JSONError.self) { try JSONDocument(parsing: quote + other[..<before] + sequence + quote) }
      #expect(throws: JSONError.self) { try JSONDocument(parsing: quote + other[..<before] + sequence + other + quote) }
      #expect(throws: JSONError.self) { try JSONDocument(parsing: quote + other[..<before] + sequence) }
    }
    #expect(throws: JSONError.self) { try JSONDocument(parsing: sequence) }
    #expect(throws: JSONError.self) { try JSONDocument(parsing: Array("{\"".utf8) + sequence + Array("\":1}".utf8)) }
  }

  @Test func takesTheEdgesOfUTF8() throws {
    for code in [
      0x20, 0x7F, 0x80, 0x7FF, 0x800, 0xFFF, 0x1000, 0xCFFF, 0xD000, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x3FFFF, 0x40000, 0x10FFFF,
    ] {
      let scalar = try #require(Unicode.Scalar(UInt32(code)))
      #expect(try Array(JSONDocument(parsing: "\"\(scalar)\"").root.string().unicodeScalars) == [scalar])
    }
  }

  @Test func refusesOtherEncodings() {
    for text in [[0xFF, 0xFE, 0x5B, 0x00, 0x5D, 0x00], [0xFE, 0xFF, 0x00, 0x5B, 0x00, 0x5D], [0x5B, 0x00, 0x5D, 0x00]] as [[UInt8]] {
      #expect(throws: JSONError.self) { try JSONDocument(parsing: text) }
    }
  }

  @Test func depthIsBounded() throws {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
      let inner = open == "[" ? "" : "1"
      func nested(_ depth: Int) -> String { String(repeating: open, count: depth) + inner + String(repeating: close, count: depth) }
      _ = try JSONDocument(parsing: nested(128))
      let failure = #expect(throws: JSONError.self) { try JSONDocument(parsing: nested(129)) }
      #expect(failure?.message == "Values are nested more than 128 deep")
      #expect(throws: JSONError.self) { try JSONDocument(parsing: String(repeating: open, count: 100_000)) }
      _ = try JSONDocument(parsing: nested(3), limits: JSONLimits(maximumDepth: 3))
      #expect(throws: JSONError.self) { try JSONDocument(parsing: nested(4), limits: JSONLimits(maximumDepth: 3)) }
      // No call stack goes with the depth.
      _ = try JSONDocument(parsing: nested(200_000), limits: JSONLimits(maximumDepth: 200_000))
    }
    _ = try JSONDocument(parsing: "1", limits: JSONLimits(maximumDepth: 0))
  }

  @Test func sizeIsBounded() throws {
    let limits = JSONLimits(maximumSizeBytes: 4)
    _ = try JSONDocument(parsing: "1234", limits: limits)
    let failure = #expect(throws: JSONError.self) { try JSONDocument(parsing: "12345", limits: limits) }
    #expect(failure?.message == "The document has 5 bytes, more than the 4 allowed")
  }

  @Test func nulIsTakenOnRequest() throws {
    let root = try JSONDocument(parsing: #"["a\u0000b"]"#, limits: JSONLimits(allowsNUL: true)).root
    #expect(try root.array().decode { value throws(JSONError) in try value.string() } == ["a\0b"])
    #expect(throws: JSONError.self) { try JSONDocument(parsing: "[\"\u{0}\"]", limits: JSONLimits(allowsNUL: true)) }
  }

  /// Keys are compared by their scalars, whatever the object's size: canonically equivalent keys are two keys.
  @Test func duplicateKeysInObjectsOfEverySize() throws {
    for count in [1, 2, 8, 15, 16, 17, 18, 40, 1_000] {
      let keys = (0..<count).map { "\"key-\($0)\":\($0)" }
      let text = keys.joined(separator: ",")
      _ = try JSONDocument(parsing: "{\(text),\"é\":1,\"e\u{301}\":2}")
      _ = try JSONDocument(parsing: "{\(text),\"\\u00e9\":1,\"e\\u0301\":2}")
      for place in Set([0, count / 2, count - 1]) {
        for duplicate in ["\"key-\(place)\":0", "\"\\u006bey-\(place)\":0"] {
          let failure = #expect(throws: JSONError.self) { try JSONDocument(parsing: "{\(text),\(duplicate)}") }
          #expect(failure?.message == "The key \"key-\(place)\" occurs twice in one object")
          #expect(failure?.offset == text.utf8.count + 2)
          #expect(throws: JSONError.self) { try JSONDocument(parsing: "{\(duplicate),\(text)}") }
        }
      }
    }
  }
}
