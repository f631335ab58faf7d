import Cedar
import Testing

@Suite struct PolicyParserTests {
  private func failure(_ text: String) -> SyntaxError? {
    do throws(SyntaxError) {
      _ = try PolicyParser.policies(text)
      return nil
    } catch {
      return error
    }
  }

  private func condition(_ text: String) throws(SyntaxError) -> Expression { try PolicyParser.expression(text) }

  // MARK: Policies

  @Test func readsScopesAnnotationsAndConditions() throws {
    let text = """
      // a comment
      @id("first") @in @in2("é\\n")
      permit (principal is A::User in A::Group::"g", action in [Action::"a", N::Action::"b",], resource == Table::"t",)
      when { context.x > 1 } unless { false };
      forbid(principal == ?principal,action == Action::"a",resource in ?resource);
      permit(principal in (User::"u"), action in ([(Action::"a")]), resource is Table);
      """
    let policies = try PolicyParser.policies(text)
    #expect(policies.map(\.id) == ["policy0", "policy1", "policy2"])
    let first = policies[0]
    #expect(first.effect == .permit)
    #expect(first.annotations.map(\.name) == ["id", "in", "in2"])
    #expect(first.annotation("id") == "first" && first.annotation("in") == "" && first.annotation("in2") == "é\n")
    #expect(first.annotation("none") == nil)
    let group = try PolicyParser.entity("A::Group::\"g\"")
    #expect(first.principal == .isTypeIn(try #require(EntityTypeName("A::User")), .entity(group)))
    #expect(first.action == .inAny([try PolicyParser.entity("Action::\"a\""), try PolicyParser.entity("N::Action::\"b\"")]))
    #expect(first.resource == .equal(.entity(try PolicyParser.entity("Table::\"t\""))))
    #expect(first.conditions.map(\.kind) == [.when, .unless])
    #expect(!first.isTemplate)
    #expect(policies[1].slots == [.principal, .resource])
    #expect(policies[1].principal == .equal(.slot) && policies[1].resource == .in(.slot))
    #expect(policies[2].action == .inAny([try PolicyParser.entity("Action::\"a\"")]))
    #expect(try PolicyParser.policies(" // nothing\n").isEmpty)
  }

  @Test func knowsWherePartsStand() throws {
    let text = "permit(principal, action, resource) when {\n  context.abc == 1\n};"
    let policy = try PolicyParser.policy(text, id: "p")
    let source = try SourceText(text)
    #expect(source.string(policy.range) == text)
    guard case .binary(.equal, let left, let right) = policy.conditions[0].body.kind else {
      Issue.record("no comparison")
      return
    }
    #expect(source.string(left.range) == "context.abc" && source.string(right.range) == "1")
    #expect(source.position(of: left.range.start) == SourcePosition(line: 2, column: 3))
  }

  @Test(arguments: [
    ("permit(principal, action, resource)", "line 1, column 36: Expected 'when', 'unless' or ';', found the end of the text"),
    ("allow(principal, action, resource);", "line 1, column 1: Expected 'permit' or 'forbid', found 'allow'"),
    ("permit(action, principal, resource);", "line 1, column 8: Expected 'principal', found 'action'"),
    (
      "permit(principal, action);",
      "line 1, column 25: Expected ',', found ')'"
    ),
    (
      "permit(principal, action, resource, context);",
      "line 1, column 37: Expected ')': a scope has a principal, an action and a resource, found 'context'"
    ),
    ("permit(principal, action, resource) when {};", "line 1, column 43: A condition is empty; expected an expression"),
    (
      "@a(\"1\")\n@a(\"2\") permit(principal, action, resource);",
      "line 2, column 2: The annotation @a occurs twice; expected it once"
    ),
    (
      "permit(principal, action == User::\"a\", resource);",
      "line 1, column 29: User::\"a\" is not an action; expected an entity whose type is Action or ends in ::Action"
    ),
    (
      "permit(principal == ?resource, action, resource);",
      "line 1, column 21: Expected an entity or the slot ?principal, found '?resource'"
    ),
    (
      "permit(principal, action, resource) when { ?principal == User::\"a\" };",
      "line 1, column 44: Expected an expression; slots stand in the scope only, found '?principal'"
    ),
    ("permit(principal, action, resource) when { 1 = 1 };", "line 1, column 46: Expected '==', found '='"),
    (
      "permit(principal, action, resource) when { {a: 1, \"a\": 2} == 1 };",
      "line 1, column 51: The key \"a\" occurs twice in one record"
    ),
    (
      "permit(principal, action, resource) when { foo == 1 };",
      "line 1, column 44: 'foo' is no variable; expected principal, action, resource, context, an entity such as foo::\"id\" or a literal"
    ),
    (
      "permit(principal, action, resource) when { 9223372036854775808 == 1 };",
      "line 1, column 44: The number 9223372036854775808 is too large; expected at most 9223372036854775807"
    ),
  ])
  func saysWhatIsWrongAndWhere(_ text: String, _ message: String) {
    #expect(failure(text)?.description == message)
  }

  @Test(arguments: [
    "permit(principal == User::\"a\" is User, action, resource);", "permit(principal is User == User::\"a\", action, resource);",
    "permit(principal in User::\"a\" is User, action, resource);", "permit(principal: User, action, resource);",
    "permit(principal, action is Action, resource);", "permit(principal, action in ?principal, resource);",
    "permit(principal in [User::\"a\"], action, resource);", "permit(principal != User::\"a\", action, resource);",
    "permit(principal, action in [[Action::\"a\"]], resource);", "permit(principal, action, resource) when { true }",
    "permit(principal, action, resource) if { true };", "permit(principal, action, resource) when true;",
    "permit(,principal, action, resource);", "permit(principal, action, resource,,);", "@a(1) permit(principal, action, resource);",
    "permit(principal in User, action, resource);", "permit(principal in \"a\", action, resource);",
    "permit(principal, action == ?action, resource);", "permit(principal is (User), action, resource);",
  ])
  func refusesPolicy(_ text: String) {
    #expect(failure(text) != nil)
  }

  // MARK: Expressions

  @Test func bindsAsTheGrammarSays() throws {
    for (text, same) in [
      ("1 + 2 * 3 - 4", "(1 + (2 * 3)) - 4"), ("!true && false || true", "((!true) && false) || true"),
      ("1 + 1 == 2 && 2 < 3", "((1 + 1) == 2) && (2 < 3)"), ("-1 * -context.x", "(-1) * (-(context.x))"),
      ("if true then 1 else if false then 2 else 3", "if true then 1 else (if false then 2 else 3)"),
      ("context.a.b[\"c\"].d", "(((context.a).b)[\"c\"])[\"d\"]"), ("!principal.x.contains(1)", "!((principal.x).contains(1))"),
      ("principal is User in resource.owner + 1", "principal is User in ((resource.owner) + 1)"),
      ("--5", "-(-5)"), ("- 5", "-5"), ("[1,2,]", "[1, 2]"), ("{a:1,\"b c\":2,}", "{\"a\": 1, \"b c\": 2}"),
      ("ip(\"1.2.3.4\").isIpv4()", "(ip(\"1.2.3.4\")).isIpv4()"), ("context has a.b.c", "(context) has a.b.c"),
      ("context has \"a\"", "context has a"),
    ] { #expect(try condition(text) == condition(same), "\(text)") }
    #expect(try condition("-9223372036854775808").kind == .literal(.long(.min)))
    #expect(try condition("-(5)").kind != condition("-5").kind)
    #expect(try condition("- 1.x").kind == .negate(condition("1.x")))
    #expect(try condition("context.isEmpty == context.contains").depth == 3)
    #expect(try condition("principal is principal").kind == .isType(condition("principal"), EntityTypeName("principal")!, in: nil))
  }

  @Test(arguments: [
    "1 < 2 < 3", "1 == 2 == 3", "context has a has b", "context has a == true", "!!!!!true", "-----1", "!-1", "1 / 2", "1 % 2", "+1", "1 +",
    "if true then 1", "1 + if true then 1 else 2", "a::b", "a::b.c", "foo(1)", "contains(1)", "principal()", "principal.foo()",
    "principal.ip(\"1\")", "principal.contains()", "principal.contains(1, 2)", "principal.isEmpty(1)", "context.if", "context.__cedar",
    "context has if", "context has a.\"b\"", "context has \"a\".b", "context has (a)", "context[0]", "context[a]", "context like a",
    "context like \"a\" + \"b\"", "context is \"User\"", "context is (User)", "{(a): 1}", "{1: 1}", "{if: 1}", "{a: 1, a: 2}", "[,]",
    "User::{a: 1}", "if::\"a\"", "User::__cedar::\"a\"", "true.a.b()", "(1", "1)", "[1", "{a: 1", "?principal", "action = 1", "1 & 2", "",
    "18446744073709551616", "-9223372036854775809", "a.b(1)", "ip::x(\"1\")", "(ip)(\"1\")", "then",
  ])
  func refusesExpression(_ text: String) {
    #expect(throws: SyntaxError.self) { try PolicyParser.expression(text) }
  }

  @Test func capsNesting() throws {
    for (open, close) in [("(", ")"), ("[", "]"), ("{a: ", "}"), ("ip(", ")"), ("if true then 1 else ", ""), ("!(", ")")] {
      let deep = String(repeating: open, count: 10_000) + "1" + String(repeating: close, count: 10_000)
      #expect(throws: SyntaxError.self, "\(open)") { try condition(deep) }
      let allowed = String(repeating: open, count: PolicyParser.maximumNesting) + "1"
      _ = try condition(allowed + String(repeating: close, count: PolicyParser.maximumNesting))
    }
    #expect(failure("permit(principal == " + String(repeating: "(", count: 10_000) + "User::\"a\"")?.message.contains("nested") == true)
    #expect(failure("permit(principal, action in " + String(repeating: "(", count: 10_000))?.message.contains("nested") == true)
    #expect(throws: SyntaxError.self) { try condition("context" + String(repeating: ".a", count: 10_000)) }
    #expect(throws: SyntaxError.self) { try condition("1" + String(repeating: " + 1", count: 10_000)) }
    // Chains of these cost no depth.
    #expect(try condition("true" + String(repeating: " && true", count: 10_000)).depth == 2)
    #expect(try condition("true" + String(repeating: " || true", count: 10_000)).depth == 2)
  }

  // MARK: Printing

  @Test func printsWhatReadsBack() throws {
    for text in [
      "-(5)", "--5", "-(-(5))", "(1 - 2) - 3", "1 - (2 - 3)", "(1 * 2) * 3", "1 * (2 * 3)", "(-5).a", "!(1 == 2)", "!context.a",
      "(!true).a",
      "(if true then 1 else 2) + 3", "(true && false) && true", "true && (false && true)", "(true || false) && true", "(1 == 2) == true",
      "(context has a) has b", "context has \"a b\"", "context has a.b.c", "context[\"a b\"].if2[\"if\"]",
      "context like \"a\\*b*\\\"\\u{301}\"",
      "principal is N::User in (if true then Group::\"g\" else Group::\"h\")", "(principal is User).a", "[1, [2], {}].contains([2])",
      "{\"if\": 1, b: {c: \"\\n\"}}", "decimal(\"1.0\").lessThan(decimal(\"2.0\"))", "ip(\"a\", 1)", "context.t.offset()",
      "principal.hasTag(\"a\") && principal.getTag(\"a\") == User::\"e\u{301}\"", "(1 + 2).isEmpty()", "-9223372036854775808",
    ] {
      let expression = try condition(text)
      let printed = PolicyPrinter.text(of: expression)
      #expect(try condition(printed) == expression, "\(text) became \(printed)")
    }
  }

  @Test func printsPolicies() throws {
    let text = """
      @id("a\\"b")
      @flag
      permit (principal is User in ?principal, action in [Action::"a", Action::"b"], resource)
      when { context.a == 1 }
      unless { resource.b };
      """
    #expect(PolicyPrinter.text(of: try PolicyParser.policy(text, id: "p")) == text)
    #expect(throws: SyntaxError.self) { try PolicyParser.policy(text + text, id: "p") }
  }

  // MARK: Sets

  @Test func namesPoliciesByPositionOrAnnotation() throws {
    let text = "@id(\"x\") permit(principal, action, resource); forbid(principal == ?principal, action, resource);"
    #expect(try PolicySet(parsing: text).policies.map(\.id) == ["policy0", "policy1"])
    let set = try PolicySet(parsing: text, naming: .byAnnotation)
    #expect(set.policies.map(\.id) == ["x", "policy1"])
    #expect(Array(set.templates).map(\.id) == ["policy1"] && Array(set.staticPolicies).map(\.id) == ["x"])
    #expect(throws: PolicySetError.duplicate("policy1")) {
      try PolicySet(
        parsing: "@id(\"policy1\") permit(principal, action, resource); permit(principal, action, resource);", naming: .byAnnotation)
    }
  }

  @Test func linksTemplates() throws {
    var set = try PolicySet(parsing: "permit(principal == ?principal, action, resource); permit(principal, action, resource);")
    let alice = try PolicyParser.entity("User::\"alice\"")
    try set.link(TemplateLink(id: "l", template: "policy0", principal: alice))
    #expect(throws: PolicySetError.duplicate("l")) { try set.link(TemplateLink(id: "l", template: "policy0", principal: alice)) }
    #expect(throws: PolicySetError.duplicate("policy1")) {
      try set.link(TemplateLink(id: "policy1", template: "policy0", principal: alice))
    }
    #expect(throws: PolicySetError.unknownTemplate("policy1")) { try set.link(TemplateLink(id: "m", template: "policy1")) }
    #expect(throws: PolicySetError.slotMismatch(link: "m", slot: .principal, isMissing: true)) {
      try set.link(TemplateLink(id: "m", template: "policy0"))
    }
    #expect(throws: PolicySetError.slotMismatch(link: "m", slot: .resource, isMissing: false)) {
      try set.link(TemplateLink(id: "m", template: "policy0", principal: alice, resource: alice))
    }
    #expect(throws: PolicySetError.duplicate("l")) { try set.add(Policy(id: "l", effect: .permit)) }
  }
}
