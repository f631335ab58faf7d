/// What a token is; words are all identifiers, and their meaning is the parser's to tell.
package enum TokenKind: UInt8, Sendable {
  case identifier, number, string
  /// `?` and a word, as in `?principal`.
  case slot
  /// `//` to the end of the line; only where the lexer was asked to keep comments.
  case comment
  case at, dot, comma, semicolon, colon, pathSeparator, question
  case leftParenthesis, rightParenthesis, leftBrace, rightBrace, leftBracket, rightBracket
  case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual, assign
  case or, and, not, plus, minus, times, divide, remainder
  case end

  /// How an error message names it.
  package var name: String {
    switch self {
    case .identifier: "an identifier"
    case .number: "a number"
    case .string: "a string"
    case .slot: "a slot"
    case .comment: "a comment"
    case .end: "the end of the text"
    default: "'\(symbol)'"
    }
  }

  /// The characters of an operator or punctuation mark; empty for other kinds.
  package var symbol: String {
    switch self {
    case .identifier, .number, .string, .slot, .comment, .end: ""
    case .at: "@"
    case .dot: "."
    case .comma: ","
    case .semicolon: ";"
    case .colon: ":"
    case .pathSeparator: "::"
    case .question: "?"
    case .leftParenthesis: "("
    case .rightParenthesis: ")"
    case .leftBrace: "{"
    case .rightBrace: "}"
    case .leftBracket: "["
    case .rightBracket: "]"
    case .equal: "=="
    case .notEqual: "!="
    case .less: "<"
    case .lessOrEqual: "<="
    case .greater: ">"
    case .greaterOrEqual: ">="
    case .assign: "="
    case .or: "||"
    case .and: "&&"
    case .not: "!"
    case .plus: "+"
    case .minus: "-"
    case .times: "*"
    case .divide: "/"
    case .remainder: "%"
    }
  }
}

package struct Token: Hashable, Sendable {
  package var kind: TokenKind
  package var range: SourceRange
}
