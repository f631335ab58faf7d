import Cedar
import JSON
import Testing

@Suite struct EntityReaderTests {
  private func json(_ text: String) throws(JSONError) -> JSONValue {
    try JSONDocument(parsing: text, limits: ValueReader.limits).root
  }

  private func value(_ text: String, _ type: ExpectedType? = nil) throws(JSONError) -> Value {
    try ValueReader.value(json(text), expecting: type)
  }

  private func evaluated(_ text: String) throws -> Value {
    let none = try PolicyParser.entity("A::\"a\"")
    return try Evaluator.evaluate(
      PolicyParser.expression(text), Request(principal: none, action: none, resource: none), entities: .empty)
  }

  @Test(arguments: [
    ("true", "true"), ("9223372036854775807", "9223372036854775807"), ("-9223372036854775808", "-9223372036854775808"),
    (#""a\u0000\u00e9""#, #""a\0\u{e9}""#), ("[1, 1, \"a\"]", "[\"a\", 1]"), (#"{"a": {"b c": []}}"#, #"{a: {"b c": []}}"#),
    (#"{"__entity": {"type": "N::User", "id": "é"}}"#, #"N::User::"é""#), (#"{"__entity": {"type": "U", "id": "", "x": 1}}"#, #"U::"""#),
    (#"{"__entity": {"type": "U", "id": "", "x": [null, {"y": 1}]}}"#, #"U::"""#),
    (#"{"__extn": {"fn": "decimal", "arg": "1.5"}}"#, #"decimal("1.50")"#),
    (#"{"__extn": {"fn": "ip", "args": ["1.2.3.4"]}}"#, #"ip("1.2.3.4")"#),
    (
      #"{"__extn": {"fn": "offset", "args": [{"__extn": {"fn": "datetime", "arg": "2024-01-01"}}, {"__extn": {"fn": "duration", "arg": "1h"}}]}}"#,
      #"datetime("2024-01-01T01:00:00Z")"#
    ),
    // Escapes of another form are records.
    (#"{"__entity": {"type": "User"}}"#, #"{"__entity": {"type": "User"}}"#), (#"{"__entity": "User"}"#, #"{"__entity": "User"}"#),
    (#"{"__extn": {"fn": 1, "arg": "1"}}"#, #"{"__extn": {fn: 1, arg: "1"}}"#),
    (#"{"__entity": {"type": "User", "id": "a"}, "b": 1}"#, #"{"__entity": {type: "User", id: "a"}, b: 1}"#),
  ])
  func readsValue(_ text: String, _ cedar: String) throws {
    #expect(try value(text) == evaluated(cedar))
  }

  @Test(arguments: [
    "null", "[null]", "1.0", "1e3", "-0", "9223372036854775808", "-9223372036854775809", #"{"a": 1, "a": 1}"#, #"{"a": 1, "\u0061": 1}"#,
    #"{"__expr": "1"}"#, #"{"__entity": {"type": "no name", "id": "a"}}"#, #"{"__entity": {"type": "in", "id": "a"}}"#,
    #"{"__entity": {"type": "__cedar", "id": "a"}}"#, #"{"__extn": {"fn": "nothing", "arg": "1"}}"#,
    #"{"__extn": {"fn": "ip", "arg": "x"}}"#,
    #"{"__extn": {"fn": "ip", "arg": 1}}"#, #"{"__extn": {"fn": "ip", "args": []}}"#,
    #"[{"__extn": {"fn": "decimal", "arg": "1"}}]"#,
    // What an escape need not have may be anything but a number that is not exact.
    #"{"__extn": {"fn": "ip", "arg": "::1", "x": 1.0}}"#, #"{"__entity": {"type": "U", "id": "a", "x": [{"y": 9223372036854775808}]}}"#,
  ])
  func refusesValue(_ text: String) {
    #expect(throws: JSONError.self) { try value(text) }
  }

  @Test func readsWhatASchemaExpects() throws {
    let user = try evaluated("User::\"a\"")
    #expect(try value(#"{"type": "User", "id": "a"}"#, .entity) == user)
    #expect(try value(#"{"__entity": {"type": "User", "id": "a"}}"#, .entity) == user)
    #expect(try value(#"{"type": "User", "id": "a"}"#) == evaluated(#"{type: "User", id: "a"}"#))
    for text in [#""1.5""#, #"{"fn": "decimal", "arg": "1.5"}"#, #"{"__extn": {"fn": "decimal", "arg": "1.5"}}"#] {
      #expect(try value(text, .decimal) == evaluated("decimal(\"1.5\")"))
    }
    let members: [Text: ExpectedType.Member] = [
      "a": .init(type: .set(.ip), isRequired: true), "b": .init(type: .entity, isRequired: false),
    ]
    #expect(try value(#"{"a": ["1.1.1.1"]}"#, .record(members, isOpen: false)) == evaluated("{a: [ip(\"1.1.1.1\")]}"))
    #expect(try value(#"{"a": [], "c": 1}"#, .record(members, isOpen: true)) == evaluated("{a: []}"))
    for text in [#"{"a": [], "c": 1}"#, #"{"b": {"type": "User", "id": "a"}}"#, "[]", #"{"a": 1}"#, #"{"a": [1]}"#] {
      #expect(throws: JSONError.self, "\(text)") { try value(text, .record(members, isOpen: false)) }
    }
    // A type that differs is validation's business.
    #expect(try value("1", .string) == .long(1))
  }

  @Test func readsEntities() throws {
    let text = """
      [{"uid": {"type": "User", "id": "a"}, "attrs": {"n": 1, "o": {"type": "User", "id": "b"}}, "tags": {"t": "1.5"},
        "parents": [{"__entity": {"type": "Group", "id": "g"}}], "unknown": 1},
       {"uid": {"__entity": {"type": "Action", "id": "view"}}, "attrs": {}, "parents": [{"type": "Action", "id": "all"}]}]
      """
    let plain = try EntityReader.entities(json(text))
    #expect(plain.count == 2)
    #expect(plain[0].uid.description == "User::\"a\"" && plain[0].parents.map(\.description) == ["Group::\"g\""])
    #expect(plain[0].attributes["n"] == .long(1) && plain[0].tags["t"] == .string("1.5") && plain[0].attributes["none"] == nil)
    let expectation = EntityExpectation(attributes: ["n": .long, "o": .entity], tags: .decimal)
    let expected = try EntityReader.entities(json(text)) { $0.text.says("User") ? expectation : nil }
    #expect(try expected[0].attributes["o"] == evaluated("User::\"b\"") && expected[0].tags["t"] == evaluated("decimal(\"1.5\")"))
    #expect(throws: JSONError.self) { try EntityReader.entities(json(text)) { _ in nil } }
    #expect(throws: JSONError.self) { try EntityReader.entities(json(text)) { _ in EntityExpectation(attributes: ["n": .long]) } }
    #expect(throws: JSONError.self) {
      try EntityReader.entities(json(text)) { _ in EntityExpectation(attributes: [:], isOpen: true) }
    }
  }

  @Test(arguments: [
    #"{"attrs": {}, "parents": []}"#, #"{"uid": {"type": "U", "id": "a"}, "parents": []}"#,
    #"{"uid": {"type": "U", "id": "a"}, "attrs": {}}"#,
    #"{"uid": "U::\"a\"", "attrs": {}, "parents": []}"#, #"{"uid": {"type": "U", "id": 1}, "attrs": {}, "parents": []}"#,
    #"{"uid": {"type": "U", "id": "a"}, "attrs": {}, "parents": [], "tags": null}"#,
    #"{"uid": {"type": "U", "id": "a"}, "attrs": {"a": null}, "parents": []}"#,
    #"{"uid": {"type": "U", "id": "a"}, "attrs": {"a": 1, "a": 1}, "parents": []}"#,
    #"{"uid": {"type": "Action", "id": "a"}, "attrs": {}, "parents": [{"type": "U", "id": "a"}]}"#,
    #"{"uid": {"__expr": "x", "__entity": {"type": "U", "id": "a"}}, "attrs": {}, "parents": []}"#,
  ])
  func refusesEntity(_ text: String) {
    #expect(throws: JSONError.self) { try EntityReader.entity(json(text)) }
  }

  @Test func readsRequests() throws {
    let text = #"{"principal": {"type": "U", "id": "a"}, "action": {"type": "Action", "id": "v"}, "resource": {"type": "R", "id": "r"}}"#
    let request = try RequestReader.request(json(text))
    #expect(request.principal.description == "U::\"a\"" && request.context == .empty)
    #expect(throws: JSONError.self) { try RequestReader.context(json("[]")) }
    #expect(throws: JSONError.self) { try RequestReader.context(json(#"{"__entity": {"type": "U", "id": "a"}}"#)) }
  }
}
