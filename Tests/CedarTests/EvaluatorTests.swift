import Cedar
import Testing

/// Corners of the evaluator, as the language's specification and the real engine have them.
@Suite struct EvaluatorTests {
  private static let alice = entity("User::\"alice\"")
  private static let ghost = entity("User::\"ghost\"")
  private static let staff = entity("Group::\"staff\"")

  private static func entity(_ text: String) -> EntityUID {
    guard let uid = try? PolicyParser.entity(text) else { preconditionFailure("\(text) is no entity") }
    return uid
  }

  private let entities: EntityStore
  private let request: Request

  init() throws {
    let alice = Entity(
      uid: Self.alice, attributes: Record([("age", .long(7)), ("manager", .entity(Self.ghost))]), tags: Record([("t", .string("x"))]),
      parents: [Self.staff])
    let staff = Entity(uid: Self.staff, parents: [Self.entity("Group::\"all\"")])
    entities = try EntityStore([alice, staff])
    request = Request(
      principal: Self.alice, action: Self.entity("Action::\"view\""), resource: Self.ghost,
      context: Record([("s", .string("e\u{301}")), ("n", .long(1)), ("r", .record(Record([("x", .record(Record([("y", .long(2))])))])))]))
  }

  private func value(_ text: String) throws -> Value { try Evaluator.evaluate(PolicyParser.expression(text), request, entities: entities) }

  private func errorKind(_ text: String) throws -> EvaluationError.Kind? {
    let expression = try PolicyParser.expression(text)
    do throws(EvaluationError) {
      _ = try Evaluator.evaluate(expression, request, entities: entities)
      return nil
    } catch {
      return error.kind
    }
  }

  @Test(arguments: [
    // Equality is of any types, and by scalars.
    "1 != \"1\"", "[] != {}", "[1, 2, 2] == [2, 1]", "{a: 1, b: [2]} == {b: [2, 2], a: 1}", "context.s == \"e\\u{301}\"",
    "context.s != \"\\u{e9}\"", "User::\"a\" != Group::\"a\"", "decimal(\"1.0\") == decimal(\"1.0000\")", "{} == {}", "[[]] != []",
    // Short circuits.
    "true || 1", "!(false && 1)", "true || context.missing", "!(false && context.missing)", "if true then true else 1",
    // Hierarchy.
    "principal in principal", "principal in Group::\"staff\"", "principal in Group::\"all\"", "!(Group::\"all\" in principal)",
    "User::\"nobody\" in User::\"nobody\"", "!(User::\"nobody\" in Group::\"all\")", "principal in [Group::\"x\", Group::\"all\"]",
    "!(principal in [])", "principal is User in Group::\"all\"", "!(principal is Group in 1)", "User::\"nobody\" is User",
    // Attributes and tags.
    "principal has age", "!(principal has missing)", "!(resource has age)", "!(principal.manager has age)", "context has r.x.y",
    "!(context has r.z.y)", "!(context has z.x.y)", "!(principal has manager.age)", "principal.hasTag(\"t\")", "!principal.hasTag(\"u\")",
    "!resource.hasTag(\"t\")", "principal.getTag(\"t\") == \"x\"", "principal[\"age\"] == 7", "{\"a b\": 1}[\"a b\"] == 1",
    // Sets.
    "[1, \"a\", [2]].contains([2])", "![].contains(1)", "[1, 2].containsAll([2])", "[].containsAll([])", "![1].containsAny([2])",
    "![].containsAny([])", "[1, 2].containsAny([2, 3])", "[].isEmpty()", "![1].isEmpty()",
    "[1,2,3,4,5,6,7,8,9,10].containsAll([10,9,1,1])", "[1,2,3,4,5,6,7,8,9,10] == [10,9,8,7,6,5,4,3,2,1,1]",
    "![1,2,3,4,5,6,7,8,9,10].contains(11)", "[[1,2,3,4,5,6,7,8,9],[1]].contains([9,8,7,6,5,4,3,2,1])",
    // Numbers.
    "-9223372036854775808 < 9223372036854775807", "3 - 5 == -2", "-(-5) == 5", "2 * -3 == -6", "1 <= 1 && 1 >= 1 && !(1 > 1)",
    // Patterns.
    "\"\" like \"\"", "\"\" like \"*\"", "!(\"\" like \"?\")", "\"a*c\" like \"a\\*c\"", "!(\"abc\" like \"a\\*c\")",
    "\"abcbc\" like \"a*bc\"",
    "\"aaa\" like \"*a*a*\"", "!(\"aa\" like \"*a*a*a*\")", "\"e\\u{301}\" like \"e*\"", "!(\"\\u{e9}\" like \"e*\")",
    "\"a\\0b\" like \"a\\0*\"",
    "!(\"abc\" like \"ab\")", "!(\"abc\" like \"bc\")", "\"**\" like \"\\**\"",
    // Extension types.
    "ip(\"10.0.0.1\").isInRange(ip(\"10.0.0.0/8\"))", "decimal(\"1.5\").greaterThan(decimal(\"1.4999\"))",
    "datetime(\"2024-01-01\") < datetime(\"2024-01-02\")", "duration(\"1h\") >= duration(\"60m\")",
    "datetime(\"2024-01-02\").durationSince(datetime(\"2024-01-01\")) == duration(\"1d\")",
    "datetime(\"2024-01-01\").offset(duration(\"1d\")).toDate() == datetime(\"2024-01-02\")", "duration(\"90s\").toMinutes() == 1",
  ])
  func holds(_ text: String) throws {
    #expect(try value(text) == .bool(true))
  }

  @Test(arguments: [
    "1 && true", "true && 1", "false || 1", "!1", "if 1 then true else false", "1 + \"a\"", "-true", "1 < \"a\"", "\"a\" < \"b\"",
    "decimal(\"1.0\") < decimal(\"2.0\")", "datetime(\"2024-01-01\") < duration(\"1h\")", "1 in principal", "principal in 1",
    "principal in [principal, 1]", "principal in [1, principal]", "principal is User in 1", "1 is User", "1 has a", "1.a",
    "context.missing",
    "principal.missing", "resource.age", "principal.manager.age", "principal.getTag(\"u\")", "resource.getTag(\"t\")", "1.hasTag(\"t\")",
    "principal.hasTag(1)", "1.contains(1)", "1.isEmpty()", "[].containsAll(1)", "1.containsAny([])", "1 like \"*\"", "context has n.x",
    "9223372036854775807 + 1", "-9223372036854775808 - 1", "9223372036854775807 * 2", "-(-9223372036854775808)", "ip(\"x\")", "ip(1)",
    "ip(\"1.1.1.1\", \"2.2.2.2\")", "ip()", "decimal(\"1\")", "ip(\"1.1.1.1\").isInRange()", "1.isIpv4()",
    "ip(\"1.1.1.1\").lessThan(decimal(\"1.0\"))", "[ip(\"x\")].isEmpty()", "{a: ip(\"x\")} == 1", "[1, context.missing].contains(1)",
  ])
  func fails(_ text: String) throws {
    #expect(try errorKind(text) != nil)
  }

  @Test func saysWhatFailed() throws {
    #expect(try errorKind("1 + \"a\"") == .typeMismatch(expected: "Long", found: "String"))
    #expect(try errorKind("\"a\" + context.missing") == .missingAttribute("missing", of: nil))
    #expect(try errorKind("principal.x") == .missingAttribute("x", of: Self.alice))
    #expect(try errorKind("resource.x") == .missingEntity(Self.ghost))
    #expect(try errorKind("9223372036854775807 + 1") == .overflow(.add, .max, 1))
    #expect(try errorKind("ip()") == .argumentCount(.ip, found: 0))
    #expect(try errorKind("1 < \"a\"") == .incomparable(left: "Long", right: "String"))
    #expect(try errorKind("principal.getTag(\"u\")") == .missingTag("u", of: Self.alice))
    let text = "true &&\n (1 == context.missing)"
    let error = #expect(throws: EvaluationError.self) { try value(text) }
    #expect(try SourceText(text).string(try #require(error).range) == "context.missing")
  }

  @Test func evaluatesDeepExpressionsWithoutCrashing() throws {
    let deep =
      String(repeating: "(1 + ", count: PolicyParser.maximumNesting) + "1" + String(repeating: ")", count: PolicyParser.maximumNesting)
    #expect(try value(deep) == .long(Int64(PolicyParser.maximumNesting) + 1))
    #expect(try value("1" + String(repeating: " + 1", count: PolicyParser.maximumDepth - 1)) == .long(Int64(PolicyParser.maximumDepth)))
  }

  @Test func matchesPatternsInBoundedTime() throws {
    let text = String(repeating: "a", count: 20_000)
    let pattern = try StringLiteral.pattern(
      of: SourceRange(start: 0, end: 23), in: SourceText("\"" + String(repeating: "a*", count: 10) + "b\""))
    #expect(!pattern.matches(text))
  }

  // MARK: Entities

  @Test func refusesCyclesAndContradictions() throws {
    func group(_ name: String, _ parents: String...) -> Entity {
      Entity(uid: Self.entity("Group::\"\(name)\""), parents: parents.map { Self.entity("Group::\"\($0)\"") })
    }
    #expect(throws: EntityStoreError.self) { try EntityStore([group("a", "a")]) }
    #expect(throws: EntityStoreError.self) { try EntityStore([group("a", "b"), group("b", "c"), group("c", "a")]) }
    #expect(throws: EntityStoreError.duplicate(Self.entity("Group::\"a\""))) { try EntityStore([group("a", "b"), group("a", "c")]) }
    let store = try EntityStore([
      group("a", "b", "c"), group("b", "d"), group("c", "d"), group("d", "e"), group("a", "c", "b"), group("x", "a"),
    ])
    #expect(store.count == 5)
    let names = store[Self.entity("Group::\"x\"")]?.ancestors.map(\.id.string).sorted()
    #expect(names == ["a", "b", "c", "d", "e"])
  }

  @Test func closesALongChainWithoutRecursion() throws {
    let count = 2_000
    let chain = (0..<count).map { Entity(uid: Self.entity("Group::\"\($0)\""), parents: [Self.entity("Group::\"\($0 + 1)\"")]) }
    #expect(try EntityStore(chain)[Self.entity("Group::\"0\"")]?.ancestors.count == count)
  }
}
