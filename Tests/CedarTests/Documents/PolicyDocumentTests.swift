import Cedar
import JSON
import Testing

/// Policies as JSON; what is expected are the real engine's texts and verdicts, members in the order of their names.
@Suite struct PolicyDocumentTests {
  private func json(_ text: String) throws(JSONError) -> JSONValue { try JSONDocument(parsing: text, limits: PolicyReader.limits).root }

  private func text(_ value: some JSONEncodable) -> String { String(decoding: value.jsonText, as: UTF8.self) }

  @Test(arguments: [
    ("-1", #"{"Value":-1}"#), ("--1", #"{"neg":{"arg":{"Value":-1}}}"#), ("-(1)", #"{"neg":{"arg":{"Value":1}}}"#),
    ("-5.a", #"{"neg":{"arg":{".":{"attr":"a","left":{"Value":5}}}}}"#), ("-9223372036854775808", #"{"Value":-9223372036854775808}"#),
    ("!!true", #"{"!":{"arg":{"!":{"arg":{"Value":true}}}}}"#), (#""\0\u{1}é""#, #"{"Value":"\u0000\u0001é"}"#),
    ("1 - 2 * 3", #"{"-":{"left":{"Value":1},"right":{"*":{"left":{"Value":2},"right":{"Value":3}}}}}"#),
    ("1 != 2", #"{"!=":{"left":{"Value":1},"right":{"Value":2}}}"#),
    (
      "true && false && (true && false)",
      #"{"&&":{"left":{"&&":{"left":{"Value":true},"right":{"Value":false}}},"right":{"&&":{"left":{"Value":true},"right":{"Value":false}}}}}"#
    ),
    ("(true || false) || true", #"{"||":{"left":{"||":{"left":{"Value":true},"right":{"Value":false}}},"right":{"Value":true}}}"#),
    (#"context.a["b c"]"#, #"{".":{"attr":"b c","left":{".":{"attr":"a","left":{"Var":"context"}}}}}"#),
    (#"context has "x y""#, #"{"has":{"attr":"x y","left":{"Var":"context"}}}"#),
    (
      "context has a.b",
      #"{"&&":{"left":{"has":{"attr":"a","left":{"Var":"context"}}},"right":{"has":{"attr":"b","left":{".":{"attr":"a","left":{"Var":"context"}}}}}}}"#
    ),
    (
      #""x" like "a*\**é""#,
      #"{"like":{"left":{"Value":"x"},"pattern":[{"Literal":"a"},"Wildcard",{"Literal":"*"},"Wildcard",{"Literal":"é"}]}}"#
    ),
    ("principal is A::U", #"{"is":{"entity_type":"A::U","left":{"Var":"principal"}}}"#),
    (
      #"principal is U in R::"x""#,
      #"{"is":{"entity_type":"U","in":{"Value":{"__entity":{"id":"x","type":"R"}}},"left":{"Var":"principal"}}}"#
    ),
    ("if true then 1 else 2", #"{"if-then-else":{"else":{"Value":2},"if":{"Value":true},"then":{"Value":1}}}"#),
    (#"[1, "s", []]"#, #"{"Set":[{"Value":1},{"Value":"s"},{"Set":[]}]}"#),
    (#"{b: 1, "a c": {}}"#, #"{"Record":{"a c":{"Record":{}},"b":{"Value":1}}}"#),
    (#"{"__entity": {"type": "a", "id": "b"}}"#, #"{"Record":{"__entity":{"Record":{"id":{"Value":"b"},"type":{"Value":"a"}}}}}"#),
    (#"ip("1").isInRange(ip("2"))"#, #"{"isInRange":[{"ip":[{"Value":"1"}]},{"ip":[{"Value":"2"}]}]}"#), ("ip()", #"{"ip":[]}"#),
    (#"datetime("x").offset(1, 2)"#, #"{"offset":[{"datetime":[{"Value":"x"}]},{"Value":1},{"Value":2}]}"#),
    ("[].isEmpty()", #"{"isEmpty":{"arg":{"Set":[]}}}"#),
    (
      #"principal.hasTag("a") == action.getTag("b").containsAll([])"#,
      #"{"==":{"left":{"hasTag":{"left":{"Var":"principal"},"right":{"Value":"a"}}},"right":{"containsAll":{"left":{"getTag":{"left":{"Var":"action"},"right":{"Value":"b"}}},"right":{"Set":[]}}}}}"#
    ),
  ])
  func writesAndReadsExpression(_ cedar: String, _ expected: String) throws {
    let expression = try PolicyParser.expression(cedar)
    #expect(text(expression) == expected)
    #expect(try ExpressionReader.expression(json(expected)) == expression.inDocumentForm)
  }

  @Test func writesAPolicySet() throws {
    let source = """
      @b("") @a @c("x") permit(principal == ?principal, action in [Action::"a"], resource is T in ?resource) unless {true};
      forbid(principal is A::B in C::"d", action == Action::"x", resource in R::"e");
      permit(principal, action in Action::"q", resource is R); permit(principal, action in [], resource);
      """
    var set = try PolicySet(parsing: source)
    try set.link(
      TemplateLink(id: "l", template: "policy0", principal: PolicyParser.entity("U::\"u\""), resource: PolicyParser.entity("R::\"r\"")))
    let any = #"{"op":"All"}"#
    let second =
      #"{"action":{"entity":{"id":"x","type":"Action"},"op":"=="},"conditions":[],"effect":"forbid","#
      + #""principal":{"entity_type":"A::B","in":{"entity":{"id":"d","type":"C"}},"op":"is"},"#
      + #""resource":{"entity":{"id":"e","type":"R"},"op":"in"}}"#
    let third =
      #"{"action":{"entity":{"id":"q","type":"Action"},"op":"in"},"conditions":[],"effect":"permit","#
      + #""principal":\#(any),"resource":{"entity_type":"R","op":"is"}}"#
    let fourth =
      #"{"action":{"entities":[],"op":"in"},"conditions":[],"effect":"permit","principal":\#(any),"resource":\#(any)}"#
    let link = #"{"newId":"l","templateId":"policy0","values":{"?principal":{"id":"u","type":"U"},"?resource":{"id":"r","type":"R"}}}"#
    let template =
      #"{"action":{"entity":{"id":"a","type":"Action"},"op":"in"},"annotations":{"a":null,"b":"","c":"x"},"#
      + #""conditions":[{"body":{"Value":true},"kind":"unless"}],"effect":"permit","principal":{"op":"==","slot":"?principal"},"#
      + #""resource":{"entity_type":"T","in":{"slot":"?resource"},"op":"is"}}"#
    let expected =
      #"{"staticPolicies":{"policy1":\#(second),"policy2":\#(third),"policy3":\#(fourth)},"templateLinks":[\#(link)],"#
      + #""templates":{"policy0":\#(template)}}"#
    #expect(text(set) == expected)
    let again = try PolicyReader.policySet(json(expected))
    #expect(Set(again.policies) == Set(set.policies.map(\.inDocumentForm)))
    #expect(again.links == set.links)
  }

  private func policy(
    _ members: String = "", conditions: String = "[]", principal: String = #"{"op":"All"}"#, action: String = #"{"op":"All"}"#
  )
    -> String
  {
    #"{"effect":"permit","principal":\#(principal),"action":\#(action),"resource":{"op":"All"},"conditions":\#(conditions)\#(members)}"#
  }

  @Test(arguments: [
    #"{"Value":1.0}"#, #"{"Value":1e3}"#, #"{"Value":-0}"#, #"{"Value":null}"#, #"{"Value":[null]}"#, #"{"Value":9223372036854775808}"#,
    #"{"Value":-9223372036854775809}"#, #"{"Value":{"a":1,"a":2}}"#, #"{"Value":{"__expr":"1"}}"#, #"{"Var":"x"}"#, #"{"Unknown":"x"}"#,
    "{}", #"{"Value":1,"Var":"principal"}"#, "1", #"{"!":{"arg":{"Value":true},"x":1}}"#, #"{"==":{"left":{"Value":1}}}"#,
    #"{"==":{"left":{"Value":1},"right":{"Value":1},"x":1}}"#, #"{"==":{"left":{"Value":1},"left":{"Value":1},"right":{"Value":1}}}"#,
    #"{"==":[{"Value":1},{"Value":2}]}"#, #"{"has":{"left":{"Var":"context"},"attr":[]}}"#,
    #"{".":{"left":{"Var":"context"},"attr":["a"]}}"#, #"{"like":{"left":{"Value":"a"},"pattern":"a*b"}}"#,
    #"{"like":{"left":{"Value":"a"},"pattern":["x"]}}"#, #"{"is":{"left":{"Var":"principal"},"entity_type":"a b"}}"#,
    #"{"if-then-else":{"if":{"Value":1},"then":{"Value":1}}}"#, #"{"Set":{}}"#, #"{"Record":{"a":{"Value":1},"a":{"Value":2}}}"#,
    #"{"ip":{"Value":"x"}}"#, #"{"nope":[]}"#, #"{"isEmpty":{"left":{"Set":[]}}}"#, #"{"/":{"left":{"Value":1},"right":{"Value":1}}}"#,
    #"{"Slot":"?principal"}"#,
    // These the real engine lets pass.
    #"{"isInRange":[]}"#, #"{"Value":{"__extn":{"fn":"nope","arg":"x"}}}"#, #"{"unknown":[{"Value":"x"}]}"#,
  ])
  func refusesExpression(_ text: String) {
    #expect(throws: JSONError.self) { try ExpressionReader.expression(json(text)) }
  }

  @Test(arguments: [
    (#"{"Value":[1,{"a":-2}]}"#, "[1, {a: -2}]"), (#"{"Value":{"__entity":{"type":"U","id":"a"}}}"#, #"U::"a""#),
    (#"{"Value":{"__extn":{"fn":"ip","arg":"x"}}}"#, #"ip("x")"#), (#"{"Value":{"__extn":{"fn":"ip","args":["x"]}}}"#, #"ip("x")"#),
    (#"{"Value":{"__entity":1}}"#, #"{"__entity": 1}"#), (#"{"Value":{"type":"U","id":"a"}}"#, #"{type: "U", id: "a"}"#),
    (#"{"has":{"left":{"Var":"context"},"attr":["a","b"]}}"#, "context has a.b"),
    (#"{"has":{"left":{"Var":"context"},"attr":["a b","if"]}}"#, #"context has "a b" && context["a b"] has "if""#),
    (#"{"like":{"left":{"Value":"a"},"pattern":["Wildcard",{"Literal":"ab*"},{"Literal":""}]}}"#, #""a" like "*ab\*""#),
    (#"{"is":{"left":{"Var":"principal"},"entity_type":"U","in":null}}"#, "principal is U"),
    (#"{"isInRange":[{"Value":1},{"Value":2},{"Value":3}]}"#, "1.isInRange(2, 3)"),
  ])
  func readsExpression(_ text: String, _ cedar: String) throws {
    #expect(try ExpressionReader.expression(json(text)) == PolicyParser.expression(cedar))
  }

  @Test func readsPoliciesInOtherForms() throws {
    let entity = #"{"op":"==","entity":{"__entity":{"type":"U","id":"a"}},"x":1}"#
    let read = try PolicyReader.policy(
      json(policy(#","annotations":{"if":null}"#, principal: entity, action: #"{"op":"all","x":1}"#)), id: "p")
    #expect(try read == PolicyParser.policy("@if permit(principal == U::\"a\", action, resource);", id: "p").inDocumentForm)
  }

  @Test func refusesPolicies() {
    let actions = [
      #"{"op":"==","slot":"?principal"}"#, #"{"op":"==","entity":{"type":"U","id":"a"}}"#,
      #"{"op":"in","entities":[{"type":"U","id":"a"}]}"#,
      #"{"op":"is","entity_type":"Action"}"#, #"{"op":"ALL"}"#,
    ]
    let principals = [
      #"{"op":"==","entity":"U::\"a\""}"#, #"{"op":"==","slot":"?resource"}"#, #"{"op":"is","entity_type":"A :: B"}"#,
      #"{"op":"is","entity_type":"A","x":1}"#, #"{"op":"in"}"#, "{}",
    ]
    let members = [
      #","x":1"#, #","annotations":null"#, #","annotations":{"a":1}"#, #","annotations":{"a b":"x"}"#, #","annotations":{"":"x"}"#,
      #","annotations":{"a":"1","a":"2"}"#, #","effect":"permit""#,
    ]
    let conditions = [
      "null", #"[{"kind":"While","body":{"Value":true}}]"#, #"[{"kind":"when","body":{"Value":true},"x":1}]"#, #"[{"kind":"when"}]"#,
    ]
    let texts =
      actions.map { policy(action: $0) } + principals.map { policy(principal: $0) } + members.map { policy($0) }
      + conditions.map { policy(conditions: $0) } + [#"{"effect":"permit"}"#, "[]", policy().replacing("permit", with: "Permit")]
    for text in texts { #expect(throws: JSONError.self, "\(text)") { try PolicyReader.policy(json(text), id: "p") } }
    #expect(throws: Never.self) { try PolicyReader.policy(json(policy()), id: "p") }
  }

  @Test func refusesSets() {
    let slotted = policy(principal: #"{"op":"==","slot":"?principal"}"#)
    let link = #"{"templateId":"t","newId":"q","values":{"?principal":{"type":"U","id":"a"}}}"#
    func set(_ policies: String = "", templates: String? = nil, links: String = "", more: String = "") -> String {
      #"{"staticPolicies":{\#(policies)},"templates":{\#(templates ?? "\"t\":" + slotted)},"templateLinks":[\#(links)]\#(more)}"#
    }
    let texts = [
      set(more: ",\"x\":1"), set("\"p\":" + slotted), set(templates: "\"p\":" + policy()), set("\"t\":" + policy()),
      set(links: link + "," + link),
      set(#""p":\#(policy()),"p":\#(policy())"#), set(links: link.replacing("\"q\"", with: "\"t\"")),
      set(links: link.replacing("\"t\"", with: "\"x\"")), set(links: #"{"templateId":"t","newId":"q","values":{}}"#),
      set(links: link.replacing("}}}", with: #"},"?resource":{"type":"U","id":"a"}}}"#)),
      set(links: link.replacing("}}}", with: "}},\"x\":1}")),
      set(links: link.replacing("?principal", with: "?x")), #"{"staticPolicies":{},"templates":{}}"#, policy(),
    ]
    for text in texts { #expect(throws: JSONError.self, "\(text)") { try PolicyReader.policySet(json(text)) } }
    #expect(throws: Never.self) { try PolicyReader.policySet(json(set("\"p\":" + policy(), links: link))) }
  }

  @Test func capsDepthAndReadsLongChains() throws {
    func nested(_ count: Int) -> String {
      String(repeating: #"{"!":{"arg":"#, count: count) + #"{"Value":true}"# + String(repeating: "}}", count: count)
    }
    let deepest = try ExpressionReader.expression(json(nested(999)))
    #expect(deepest.depth == 1_000)
    #expect(text(deepest) == nested(999))
    #expect(throws: JSONError.self) { try ExpressionReader.expression(json(nested(1_000))) }
    #expect(throws: JSONError.self) { try ExpressionReader.expression(json(nested(30_000))) }
    #expect(throws: JSONError.self) { try json(nested(100_000)) }
    let chain = try PolicyParser.expression(Array(repeating: "true", count: 20_000).joined(separator: " && "))
    #expect(try ExpressionReader.expression(json(text(chain))) == chain)
    let path = try PolicyParser.expression("context has " + Array(repeating: "a", count: 33).joined(separator: "."))
    #expect(try ExpressionReader.expression(json(text(path))) == path)
    let values = String(repeating: "[", count: 1_001) + String(repeating: "]", count: 1_001)
    #expect(throws: JSONError.self) { try ExpressionReader.expression(json("{\"Value\":\(values)}")) }
  }

  @Test func turnsDocumentsIntoText() throws {
    let text = "@a\npermit (principal, action, resource);\n\nforbid (principal == ?principal, action, resource)\nwhen { 1 == -(-1) };"
    var set = try PolicyReader.policySet(json(self.text(PolicySet(parsing: text))))
    #expect(set.text == text)
    #expect(PolicySet().text?.isEmpty == true)
    try set.link(TemplateLink(id: "l", template: "policy1", principal: PolicyParser.entity("U::\"u\"")))
    #expect(set.text == nil)
  }

  @Test func keepsRandomPolicies() throws {
    var generator = PolicyGenerator(seed: 11)
    for round in 0..<2_000 {
      let policy = generator.policy(id: "p", isTemplate: round % 4 == 0)
      let parsed = try PolicyParser.policy(PolicyPrinter.text(of: policy), id: "p")
      let written = parsed.jsonText
      let read = try PolicyReader.policy(JSONDocument(parsing: written, limits: PolicyReader.limits).root, id: "p")
      #expect(read == parsed.inDocumentForm)
      #expect(read.jsonText == written)
      // The same again without the parser between.
      #expect(policy.jsonText == written)
    }
  }
}
