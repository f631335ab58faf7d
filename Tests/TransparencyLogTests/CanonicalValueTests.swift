import JSON
import SeededRandom
import Testing
import TransparencyLog

@Suite struct CanonicalValueTests {
  private func text(_ value: CanonicalValue) -> String { String(decoding: value.canonicalBytes, as: UTF8.self) }

  @Test(
    arguments: [
      (.null, "null"), (.bool(true), "true"), (.bool(false), "false"), (.int64(0), "0"), (.int64(-17), "-17"), (.string(""), #""""#),
      (.array([]), "[]"), (.object([:]), "{}"), (.array([.int64(1), .array([.null]), .string("a")]), #"[1,[null],"a"]"#),
      (.object(["b": .int64(2), "a": .object(["c": .null])]), #"{"a":{"c":null},"b":2}"#),
    ] as [(CanonicalValue, String)])
  func values(value: CanonicalValue, expected: String) {
    #expect(text(value) == expected)
  }

  @Test(
    arguments: [
      (1 << 53, "9007199254740992"), (-(1 << 53), "-9007199254740992"),
      (9_007_199_254_740_993, #""9007199254740993""#), (.max, #""9223372036854775807""#), (.min, #""-9223372036854775808""#),
    ] as [(Int64, String)])
  func numbersThatDoublesCannotHoldAreStrings(value: Int64, expected: String) {
    #expect(text(.int64(value)) == expected)
  }

  /// RFC 8785 §3.2.3.
  @Test func keysAreSortedAsInTheRFC() {
    let value = CanonicalValue.object([
      "\u{20AC}": .string("Euro Sign"), "\r": .string("Carriage Return"), "\u{FB33}": .string("Hebrew Letter Dalet With Dagesh"),
      "1": .string("One"), "\u{1F600}": .string("Emoji: Grinning Face"), "\u{80}": .string("Control"),
      "\u{F6}": .string("Latin Small Letter O With Diaeresis"),
    ])
    let expected =
      "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\"\u{F6}\":\"Latin Small Letter O With Diaeresis\","
      + "\"\u{20AC}\":\"Euro Sign\",\"\u{1F600}\":\"Emoji: Grinning Face\",\"\u{FB33}\":\"Hebrew Letter Dalet With Dagesh\"}"
    #expect(value.canonicalBytes == Array(expected.utf8))
  }

  /// The string of RFC 8785 §3.2.2, as bytes of §3.2.4.
  @Test func stringsAreEscapedAsInTheRFC() {
    let value = CanonicalValue.string("\u{20AC}$\u{000F}\u{000A}A'\u{0042}\u{0022}\u{005C}\\\"/")
    let expected: [UInt8] = [
      0x22, 0xE2, 0x82, 0xAC, 0x24, 0x5C, 0x75, 0x30, 0x30, 0x30, 0x66, 0x5C, 0x6E, 0x41, 0x27, 0x42, 0x5C, 0x22, 0x5C, 0x5C, 0x5C, 0x5C,
      0x5C, 0x22, 0x2F, 0x22,
    ]
    #expect(value.canonicalBytes == expected)
  }

  @Test func everyControlCharacter() {
    let short: [UInt32: String] = [8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r"]
    for code in 0..<0x20 as Range<UInt32> {
      let hex = String(code, radix: 16)
      let expected = short[code] ?? "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      #expect(text(.string(String(UnicodeScalar(code).map(Character.init) ?? "?"))) == "\"\(expected)\"")
    }
    #expect(text(.string("\u{7F}")) == "\"\u{7F}\"")
  }

  /// Whatever goes out is JSON that says the same.
  @Test func comesBackThroughAReader() throws {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<300 {
      let value = Self.random(depth: 4, using: &generator)
      let document = try JSONDocument(parsing: value.canonicalBytes, limits: JSONLimits(allowsNUL: true))
      #expect(try Self.value(document.root) == value)
      #expect(try Self.value(document.root).canonicalBytes == value.canonicalBytes)
    }
  }

  private static func value(_ json: JSONValue) throws -> CanonicalValue {
    switch json.kind {
    case .null: .null
    case .bool: .bool(try json.bool())
    case .number: .int64(try json.int64())
    case .string: .string(try json.string())
    case .array: .array(try json.array().map { try value($0) })
    case .object: .object(Dictionary(uniqueKeysWithValues: try json.object().map { ($0.key, try value($0.value)) }))
    }
  }

  private static func random(depth: Int, using generator: inout SeededGenerator) -> CanonicalValue {
    func text(_ generator: inout SeededGenerator) -> String {
      let scalars: [UnicodeScalar] = ["\0", "\n", "\"", "\\", "a", "z", "\u{7F}", "ö", "€", "\u{FB33}", "😀"]
      var result = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 0...6, using: &generator) { result.append(scalars.randomElement(using: &generator) ?? "?") }
      return String(result)
    }
    switch Int.random(in: 0...(depth > 0 ? 5 : 3), using: &generator) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &generator))
    case 2: return .int64(Int64.random(in: -(1 << 53)...1 << 53, using: &generator))
    case 3: return .string(text(&generator))
    case 4: return .array((0..<Int.random(in: 0...4, using: &generator)).map { _ in random(depth: depth - 1, using: &generator) })
    default:
      var members: [String: CanonicalValue] = [:]
      for _ in 0..<Int.random(in: 0...4, using: &generator) { members[text(&generator)] = random(depth: depth - 1, using: &generator) }
      return .object(members)
    }
  }
}
