import Cedar
import SeededRandom
import Testing

/// What is expected is what the `cedar format` command prints, but for the spaces it leaves at the start or end of a broken line.
@Suite struct PolicyFormatterTests {
  private func format(_ text: String, width: Int = 80, indent: Int = 2) throws -> String {
    try PolicyFormatter(lineWidth: width, indentWidth: indent).format(text)
  }

  private static let cases: [(String, String)] = [
    ("", "\n"), ("// only\n  // comments  \n\n", "\n// only\n// comments\n"),
    ("permit(principal,action,resource);", "permit (principal, action, resource);\n"),
    (
      "@a @b(\"\")permit(principal,action,resource,)\n\n\nwhen{true}unless{[]==[1,]};forbid(principal,action,resource);// end\n//more",
      """
      @a
      @b("")
      permit (principal, action, resource)
      when { true }
      unless { [] == [1] };

      forbid (principal, action, resource); // end
      //more

      """
    ),
    (
      #"permit(principal==User::"alice",action in [Action::"view",Action::"edit"],resource is Doc in Folder::"f");"#,
      """
      permit (
        principal == User::"alice",
        action in [Action::"view", Action::"edit"],
        resource is Doc in Folder::"f"
      );

      """
    ),
    (
      """
      // about the policy

      // more about it
      permit(principal // who
      == ?principal, // comma
      action // any
      ,
      // what
      resource) // end of scope
      when // condition
      { // open
      // first
      context.a // a
      && // and
      // second
      context.b == "// no comment" // b
      } // close
      ; // end
      """,
      """
      // about the policy
      // more about it
      permit (
        principal // who
        ==
          ?principal, // comma
        action // any
        ,
        // what
        resource
      ) // end of scope
      when // condition
      { // open
        // first
        context.a // a
        && // and
        // second
        context.b == "// no comment" // b
      } // close
      ; // end

      """
    ),
    (
      """
      permit(principal,action,resource) when { if principal.department == "engineering" then context.requested.environment == "production" else \
      ["a long string", "another long string", "a third long string", "one more"].contains(context.x) };
      """,
      """
      permit (principal, action, resource)
      when
      {
        if
          principal.department == "engineering"
        then
          context.requested.environment == "production"
        else
          ["a long string",
           "another long string",
           "a third long string",
           "one more"].contains
            (
              context.x
            )
      };

      """
    ),
    (
      """
      permit(principal,action,resource) when { {first: "a long string", second: {third: "another long string"}, fourth: "yet one more"} == context.r };
      """,
      """
      permit (principal, action, resource)
      when
      {
        {
          first: "a long string",
          second: { third: "another long string" },
          fourth: "yet one more"
        } == context.r
      };

      """
    ),
  ]

  @Test(arguments: cases)
  func laysOut(_ text: String, _ expected: String) throws {
    #expect(try format(text) == expected)
    #expect(try format(expected) == expected)
  }

  @Test func keepsStringsOfSeveralLines() throws {
    let text = "permit (principal, action, resource)\nwhen { \"a  \n\n  // b  \n\" == \"\" };\n"
    #expect(try format(text) == text)
  }

  @Test func writesNumbersWithoutLeadingZeros() throws {
    let text = "permit(principal, action, resource) when { 007 + 0 == -00 };"
    #expect(try format(text) == "permit (principal, action, resource)\nwhen { 7 + 0 == -0 };\n")
  }

  @Test func heedsWidthAndIndent() throws {
    let text = "permit(principal,action,resource) when { context.first && context.second };"
    #expect(try format(text, width: 100) == "permit (principal, action, resource)\nwhen { context.first && context.second };\n")
    let narrow = "permit\n(principal, action, resource)\nwhen\n{\n    context.first &&\n    context.second\n};\n"
    #expect(try format(text, width: 30, indent: 4) == narrow)
    // Two columns each.
    let wide = "permit (principal, action, resource)\nwhen { \"\u{4E00}\u{4E00}\u{4E00}\u{4E00}\" == \"aaaaaaaaaaaaaaaaaaaa\" };\n"
    #expect(try format(wide, width: 46) == wide)
    #expect(try format(wide, width: 45) != wide)
  }

  @Test func keepsCommentsOfTrailingCommas() throws {
    let text = "permit(principal,action,resource // a\n, // b\n) when { [1 // c\n // d\n, // e\n] == {a: 1, // f\n} };"
    let formatted = try format(text)
    #expect(try Self.comments(formatted) == ["// a", "// b", "// c", "// d", "// e", "// f"])
    #expect(try format(formatted) == formatted)
  }

  @Test(arguments: ["permit", "permit(principal, action, resource)", "permit(principal, action, resource) when { 1 +  };", "\"", "a //"])
  func refusesWhatDoesNotParse(_ text: String) {
    #expect(throws: SyntaxError.self) { try format(text) }
  }

  @Test func laysOutWhatIsDeepAndLong() throws {
    let deep = "permit(principal, action, resource) when { \(String(repeating: "(", count: 190))1\(String(repeating: ")", count: 190)) };"
    #expect(try PolicyParser.policies(format(deep)).count == 1)
    let long = "permit(principal, action, resource) when { [\(Array(repeating: "1", count: 20_000).joined(separator: ","))] == [] };"
    #expect(try PolicyParser.policies(format(long)).count == 1)
  }

  @Test func keepsMeaningAndComments() throws {
    var generator = PolicyGenerator(seed: 5)
    for round in 0..<1_000 {
      let policies = (0..<Int.random(in: 1...3, using: &generator.random)).map {
        generator.policy(id: Text("policy\($0)"), isTemplate: round % 5 == 0)
      }
      let text = try Self.scattered(policies.map { PolicyPrinter.text(of: $0) }.joined(separator: "\n"), &generator)
      let width = generator.pick([1, 20, 80, 200])
      let formatted = try format(text, width: width)
      try Self.expectKept(text, formatted)
      #expect(try format(formatted, width: width) == formatted)
    }
  }

  /// The same policies and comments, in the same order.
  static func expectKept(_ before: String, _ after: String, _ path: Comment? = nil) throws {
    #expect(
      try PolicyParser.policies(before).map(\.withoutRange) == PolicyParser.policies(after).map(\.withoutRange), path)
    #expect(try comments(before) == comments(after), path)
  }

  static func comments(_ text: String) throws -> [String] {
    let source = try SourceText(text)
    return try Lexer.tokens(of: source, keepingComments: true).filter { $0.kind == .comment }.map { token in
      var comment = source.string(token.range)
      while comment.unicodeScalars.last?.properties.isWhitespace == true { comment.unicodeScalars.removeLast() }
      return comment
    }
  }

  /// The same tokens with other spaces and comments between them, and commas before closing brackets.
  private static func scattered(_ text: String, _ generator: inout PolicyGenerator) throws -> String {
    let source = try SourceText(text)
    var result = ""
    let tokens = try Lexer.tokens(of: source)
    for (position, token) in tokens.enumerated() {
      if position > 0 { result += generator.chance(12) ? generator.pick([" // x\n", "// y  \r\n", "\n// z\n//\n", "//a\r// b\n\n"]) : " " }
      let isClosing = token.kind == .rightBracket || token.kind == .rightBrace
      let isElement = position > 1 && tokens[position - 2].kind == .comma && [.number, .string].contains(tokens[position - 1].kind)
      if isClosing, isElement, generator.chance(50) { result += "," }
      result += source.string(token.range)
    }
    return result
  }
}

extension Policy {
  /// Equal for all places in a text.
  var withoutRange: Policy {
    var policy = self
    policy.range = .none
    return policy
  }
}
