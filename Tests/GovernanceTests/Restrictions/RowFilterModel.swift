import Governance
import JSON
import SeededRandom

/// A row of the columns a (int, field 1), b (int, field 2) and s (string, field 3), all optional.
struct ModelRow {
  let a: Int?
  let b: Int?
  let s: String?

  static let all: [ModelRow] = [nil, 0, 1, 2].flatMap { a in
    [nil, 1].flatMap { b in [nil, "", "x", "xy", "y"].map { ModelRow(a: a, b: b, s: $0) } }
  }
}

/// A condition whose meaning is SQL's: true, false, or unknown.
indirect enum ModelCondition {
  case constant(Bool)
  case not(ModelCondition)
  case all([ModelCondition])
  case any([ModelCondition])
  case compare(isA: Bool, String, Int)
  case text(String, String)
  case among(isIn: Bool, [Int])
  case prefix(isNegated: Bool, String)
  case isNull(isNegated: Bool)

  static func random(depth: Int, _ generator: inout SeededGenerator) -> ModelCondition {
    let children = { (generator: inout SeededGenerator) in
      (0..<Int.random(in: 2...3, using: &generator)).map { _ in random(depth: depth - 1, &generator) }
    }
    let comparisons = ["=", "!=", "<>", "<", "<=", ">", ">="]
    switch Int.random(in: depth > 0 ? 0...8 : 3...8, using: &generator) {
    case 0: return .not(random(depth: depth - 1, &generator))
    case 1: return .all(children(&generator))
    case 2: return .any(children(&generator))
    case 3: return .constant(.random(using: &generator))
    case 4:
      return .compare(
        isA: .random(using: &generator), comparisons.randomElement(using: &generator)!, Int.random(in: -1...3, using: &generator))
    case 5: return .text(comparisons.randomElement(using: &generator)!, ["x", "y", ""].randomElement(using: &generator)!)
    case 6: return .among(isIn: .random(using: &generator), [Int.random(in: 0...2, using: &generator), 1])
    case 7: return .prefix(isNegated: .random(using: &generator), ["x", "", "xy"].randomElement(using: &generator)!)
    default: return .isNull(isNegated: .random(using: &generator))
    }
  }

  /// As a data owner might write it.
  var text: String {
    switch self {
    case .constant(let value): "\(value)"
    case .not(let child): "NOT (\(child.text))"
    case .all(let children): children.map { "(\($0.text))" }.joined(separator: " and ")
    case .any(let children): children.map { "(\($0.text))" }.joined(separator: "\n OR ")
    case .compare(let isA, let symbol, let number): "\(isA ? "a" : "\"b\"")\(symbol)\(number)"
    case .text(let symbol, let text): "s \(symbol) '\(text)'"
    case .among(let isIn, let numbers): "a \(isIn ? "in" : "Not In")(\(numbers.map(String.init).joined(separator: ", ")))"
    case .prefix(let isNegated, let text): isNegated ? "s not like '\(text)%'" : "s starts with '\(text)'"
    case .isNull(let isNegated): "s is \(isNegated ? "not " : "")null"
    }
  }

  /// `nil`: unknown.
  func holds(of row: ModelRow) -> Bool? {
    switch self {
    case .constant(let value): return value
    case .not(let child): return child.holds(of: row).map { !$0 }
    case .all(let children):
      let values = children.map { $0.holds(of: row) }
      return values.contains(false) ? false : values.contains(nil) ? nil : true
    case .any(let children):
      let values = children.map { $0.holds(of: row) }
      return values.contains(true) ? true : values.contains(nil) ? nil : false
    case .compare(let isA, let symbol, let number): return (isA ? row.a : row.b).map { Self.compare($0, symbol, number) }
    case .text(let symbol, let text): return row.s.map { Self.compare($0, symbol, text) }
    case .among(let isIn, let numbers): return row.a.map { numbers.contains($0) == isIn }
    case .prefix(let isNegated, let text): return row.s.map { $0.hasPrefix(text) != isNegated }
    case .isNull(let isNegated): return (row.s == nil) != isNegated
    }
  }

  private static func compare<Value: Comparable>(_ left: Value, _ symbol: String, _ right: Value) -> Bool {
    switch symbol {
    case "=": left == right
    case "<": left < right
    case "<=": left <= right
    case ">": left > right
    case ">=": left >= right
    default: left != right
    }
  }
}

extension Predicate {
  /// By the expressions spec: true or false, and `!=`, `not-in` and `not-starts-with` are true of null.
  func holds(of row: ModelRow) throws -> Bool {
    switch self {
    case .constant(let value): return value
    case .not(let child): return try !child.holds(of: row)
    case .and(let left, let right): return try left.holds(of: row) && right.holds(of: row)
    case .or(let left, let right): return try left.holds(of: row) || right.holds(of: row)
    case .test(let test, let fieldID):
      let isNull = [row.a == nil, row.b == nil, row.s == nil][Int(fieldID) - 1]
      return test == .isNull ? isNull : !isNull
    case .comparison(let comparison, 3, let literal): return Self.compare(row.s, comparison, try Self.value(literal).string())
    case .comparison(let comparison, let fieldID, let literal):
      let value = try Self.value(literal).int()
      guard let column = fieldID == 1 ? row.a : row.b else { return comparison == .notEqual }
      return Self.ordered(column, comparison, value)
    case .membership(let isIn, _, let literals):
      let values = try literals.map { try Self.value($0).int() }
      return row.a.map { values.contains($0) == isIn } ?? !isIn
    }
  }

  private static func compare(_ column: String?, _ comparison: Comparison, _ value: String) -> Bool {
    guard let column else { return comparison == .notEqual || comparison == .notStartsWith }
    switch comparison {
    case .startsWith: return column.hasPrefix(value)
    case .notStartsWith: return !column.hasPrefix(value)
    default: return ordered(column, comparison, value)
    }
  }

  private static func ordered<Value: Comparable>(_ column: Value, _ comparison: Comparison, _ value: Value) -> Bool {
    switch comparison {
    case .equal: column == value
    case .notEqual: column != value
    case .less: column < value
    case .lessOrEqual: column <= value
    case .greater: column > value
    case .greaterOrEqual: column >= value
    case .startsWith, .notStartsWith: false
    }
  }

  private static func value(_ literal: Literal) throws -> JSONValue { try JSONDocument(parsing: literal.jsonText).root }
}
