import Cedar
import Testing

@Suite struct LexerTests {
  private func kinds(_ text: String) throws -> [TokenKind] { try Lexer.tokens(of: SourceText(text)).map(\.kind) }

  private func failure(_ text: String) -> SyntaxError? {
    do throws(SyntaxError) {
      _ = try PolicyParser.expression(text)
      return nil
    } catch {
      return error
    }
  }

  private func text(_ literal: String) throws -> String {
    guard case .literal(.string(let text)) = try PolicyParser.expression(literal).kind else { return "" }
    return text.string
  }

  @Test func splitsWordsNumbersAndSymbols() throws {
    #expect(
      try kinds("a==b!=1<=2<3 >= 4>5&&!c||d::\"e\"") == [
        .identifier, .equal, .identifier, .notEqual, .number, .lessOrEqual, .number, .less, .number, .greaterOrEqual, .number, .greater,
        .number, .and, .not, .identifier, .or, .identifier, .pathSeparator, .string, .end,
      ])
    #expect(
      try kinds("@x(){}[],;:.?y ? = + - * / %") == [
        .at, .identifier, .leftParenthesis, .rightParenthesis, .leftBrace, .rightBrace, .leftBracket, .rightBracket, .comma, .semicolon,
        .colon, .dot, .slot, .question, .assign, .plus, .minus, .times, .divide, .remainder, .end,
      ])
    #expect(try kinds("12ab") == [.number, .identifier, .end])
  }

  @Test func dropsSpaceAndComments() throws {
    #expect(try kinds("") == [.end])
    #expect(try kinds("// a\n1 // b\r2 //") == [.number, .number, .end])
    #expect(try kinds("1\u{A0}\u{85}\u{1680}\u{2003}\u{2028}\u{2029}\u{202F}\u{205F}\u{3000}2\u{B}\u{C}\r\n") == [.number, .number, .end])
    #expect(try kinds("\"// not a comment\"") == [.string, .end])
    let kept = try Lexer.tokens(of: SourceText("1 // b\n2"), keepingComments: true)
    #expect(kept.map(\.kind) == [.number, .comment, .number, .end])
    #expect(try SourceText("1 // b\n2").string(kept[1].range) == "// b")
  }

  @Test func saysWhereAnErrorIs() {
    #expect(failure("1 +\n  #")?.description == "line 2, column 3: Unexpected character '#'")
    #expect(failure("\"é\" & 1")?.description == "line 1, column 5: Unexpected character '&'")
    #expect(failure("1 +\n\"abc")?.description == "line 2, column 1: A string is not closed; expected '\"'")
    #expect(failure("\"\\\"")?.message == "A string is not closed; expected '\"'")
    #expect(failure("1 \u{200B}")?.position == SourcePosition(line: 1, column: 3))
  }

  @Test func resolvesEscapes() throws {
    #expect(try text(#""\n\r\t\0\\\'\"""#) == "\n\r\t\0\\'\"")
    #expect(try text(#""\x41\x7f\u{e9}\u{1_F600}\u{10ffff}""#) == "A\u{7F}é\u{1F600}\u{10FFFF}")
    #expect(try text("\"a\nb\"") == "a\nb")
  }

  @Test(arguments: [
    #""\a""#, #""\*""#, #""\x4""#, #""\x4g""#, #""\x80""#, #""\u41""#, #""\u{}""#, #""\u{_1}""#, #""\u{1234567}""#, #""\u{d800}""#,
    #""\u{110000}""#, #""\u{41""#, "\"\\\n\"", "\"\r\"",
  ])
  func refusesEscape(_ literal: String) {
    #expect(failure(literal) != nil)
  }

  @Test(arguments: ["", "a\"b\\", "\n\r\t\0\u{7F}\u{202E}", "e\u{301}é", "\u{10FFFF}*"])
  func quotesWhatReadsBack(_ string: String) throws {
    #expect(Array(try text(StringLiteral.quoted(string)).utf8) == Array(string.utf8))
  }

  @Test func tellsTextsApartByBytes() {
    #expect("é" == "e\u{301}")
    #expect(Text("é") != Text("e\u{301}"))
    #expect(Set([Text("é"), Text("e\u{301}"), Text("é")]).count == 2)
    #expect(Text("a") < Text("b") && Text("Z") < Text("a") && Text("a") < Text("aa"))
  }

  @Test func knowsNames() {
    for name in ["A", "_", "a::b::C", "principal", "__cedar2", "A1::Action"] { #expect(EntityTypeName(name) != nil, "\(name)") }
    for name in ["", "1a", "A::", "::A", "A:B", "A :: B", "in", "A::if", "__cedar", "__cedar::A", "é", "A b"] {
      #expect(EntityTypeName(name) == nil, "\(name)")
    }
    #expect(EntityTypeName("A::B::C")?.basename == "C")
    #expect(EntityTypeName("A::B::C")?.namespace == "A::B")
    #expect(EntityTypeName("Action")?.isAction == true)
    #expect(EntityTypeName("N::Action")?.isAction == true)
    #expect(EntityTypeName("NAction")?.isAction == false)
  }
}
