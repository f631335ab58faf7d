import Testing

@testable import Cedar

@Suite struct ValidatorTests {
  private let schema: Schema

  init() throws { schema = try Schema(text: ValidationTable.schema) }

  @Test(arguments: ValidationTable.valid)
  func accepts(text: String) throws {
    #expect(try Validator(schema).validate(PolicySet(parsing: text)).errors == [])
  }

  @Test(arguments: ValidationTable.invalid)
  func refuses(text: String) throws {
    #expect(try !Validator(schema).validate(PolicySet(parsing: text)).isValid)
  }

  @Test func checksLinks() throws {
    func result(_ type: String, _ template: String = "permit(principal == ?principal, action, resource);") throws -> ValidationResult {
      var set = try PolicySet(parsing: template)
      let principal = EntityUID(type: EntityTypeName(unchecked: Text(type)), id: "x")
      try set.link(TemplateLink(id: "link", template: "policy0", principal: principal))
      return Validator(schema).validate(set)
    }
    #expect(try result("User").isValid)
    #expect(try result("Nope").errors.map(\.kind) == [.unknownEntityType, .inapplicableAction])
    #expect(try result("Doc").errors.map(\.kind) == [.inapplicableAction])
    #expect(try result("Doc").errors.map(\.policy) == ["link"])
    #expect(try result("Root", "permit(principal in ?principal, action, resource);").errors.map(\.kind) == [.inapplicableAction])
    #expect(try result("Team", "permit(principal in ?principal, action, resource);").isValid)
  }

  @Test func warnsOfPoliciesThatNeverApply() throws {
    let result = try Validator(schema).validate(PolicySet(parsing: "permit(principal, action, resource) when { false };"))
    #expect(result.isValid)
    #expect(result.warnings.map(\.kind) == [.impossible])
  }

  @Test func saysWhatAndWhere() throws {
    let text = "permit(principal is User, action == Action::\"write\", resource)\nwhen { principal.age > 1 };"
    let result = try Validator(schema).validate(PolicySet(parsing: text))
    let error = try #require(result.errors.first)
    #expect(result.errors.count == 1)
    #expect(error.description == "Policy policy0: The attribute \"age\" of User may be missing; expected a test with 'has' before")
    #expect(try SourceText(text).position(of: error.range.start) == SourcePosition(line: 2, column: 8))
  }

  /// The least level each condition validates at.
  @Test(arguments: [
    ("true", 0), ("principal == User::\"a\"", 0), ("context.c == 1", 0), ("principal.ok", 1), ("principal has age", 1),
    ("principal in Team::\"t\"", 1), ("principal.inner.x == 1", 1), ("principal.hasTag(\"a\")", 1), ("action in Action::\"all\"", 1),
    ("principal.inner.deep.t in Team::\"t\"", 2), ("principal has boss && principal.boss.ok", 2),
    ("principal has boss && principal.boss has boss && principal.boss.boss.ok", 3), ("{a: principal}.a.ok", 1),
    ("{a: principal, b: principal.ok}.a.ok", 1), ("(if principal.ok then principal else User::\"b\") == principal", 1),
    ("(if principal.ok then principal else principal).ok", 1), ("principal.hasTag(\"a\") && principal.getTag(\"a\") == \"x\"", 1),
    ("context has d && context.d.f.ok", 1), ("[principal.ok].contains(true)", 1), ("false && principal.ok", 0), ("true || principal.ok", 0),
    ("if true then true else principal.ok", 0),
  ])
  func findsLevels(condition: String, least: Int) throws {
    let set = try PolicySet(parsing: "permit(principal, action == Action::\"read\", resource) when { \(condition) };")
    let validator = Validator(schema)
    for level in 0...4 {
      #expect(validator.validate(set, level: level).errors.map(\.kind) == (level < least ? [.level] : []), "level \(level)")
    }
  }

  @Test(arguments: ["User::\"a\".ok", "(if principal.ok then principal else User::\"b\").ok"])
  func refusesLiteralsAtEveryLevel(condition: String) throws {
    let set = try PolicySet(parsing: "permit(principal, action == Action::\"read\", resource) when { \(condition) };")
    #expect(Validator(schema).validate(set).isValid)
    #expect(Validator(schema).validate(set, level: 10).errors.map(\.kind) == [.level])
  }

  /// Each level holds the one before once or twice; time that doubled with every level would never end.
  @Test(
    .timeLimit(.minutes(10)),
    arguments: [
      ("(if (", " has boss.boss.boss) then principal else principal)", " has age"),
      ("(if true then ", " else principal)", " has age"),
      ("(if (", " is User in Team::\"t\") then principal else principal)", " is User"),
    ])
  func takesLittleTimeForNesting(open: String, close: String, end: String) throws {
    let count = 60
    let nested = String(repeating: open, count: count) + "principal" + String(repeating: close, count: count) + end
    let set = try PolicySet(parsing: "permit(principal, action == Action::\"read\", resource) when { \(nested) };")
    #expect(Validator(schema).validate(set).isValid)
    _ = Validator(schema).validate(set, level: 3)
  }

  @Test(.timeLimit(.minutes(10)))
  func takesLittleTimeForLongPaths() throws {
    let schema = try Schema(text: "entity U = { b?: U, c: U, t: Bool }; action a appliesTo { principal: U, resource: U };")
    for condition in [
      "principal has " + Array(repeating: "b", count: 900).joined(separator: "."), "principal" + String(repeating: ".c", count: 900) + ".t",
    ] {
      #expect(try Validator(schema).validate(PolicySet(parsing: "permit(principal, action, resource) when { \(condition) };")).isValid)
    }
  }
}
