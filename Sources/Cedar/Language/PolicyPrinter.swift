/// Writes policies and expressions as Cedar text that reads back as the same.
///
/// The form is canonical: it depends on the syntax tree alone, not on how the source was laid out. Comments are not in the tree.
package struct PolicyPrinter {
  private var text = ""

  /// One policy or template, without its id, on lines of its own and ended by `;`.
  package static func text(of policy: Policy) -> String {
    var printer = PolicyPrinter()
    printer.write(policy)
    return printer.text
  }

  package static func text(of expression: Expression) -> String {
    var printer = PolicyPrinter()
    printer.write(expression, atLeast: .conditional)
    return printer.text
  }

  private init() {}

  // MARK: Policies

  private mutating func write(_ policy: Policy) {
    for annotation in policy.annotations {
      text += "@\(annotation.name)"
      if let value = annotation.value { text += "(\(StringLiteral.quoted(value.string)))" }
      text += "\n"
    }
    text += policy.effect.name + " ("
    write("principal", policy.principal, .principal)
    text += ", action"
    switch policy.action {
    case .any: break
    case .equal(let uid): text += " == \(uid)"
    case .in(let uid): text += " in \(uid)"
    case .inAny(let uids): text += " in [" + uids.map(\.description).joined(separator: ", ") + "]"
    }
    text += ", "
    write("resource", policy.resource, .resource)
    text += ")"
    for condition in policy.conditions {
      text += "\n\(condition.kind.name) { "
      write(condition.body, atLeast: .conditional)
      text += " }"
    }
    text += ";"
  }

  private mutating func write(_ name: String, _ constraint: ScopeConstraint, _ slot: Slot) {
    func described(_ reference: EntityReference) -> String {
      switch reference {
      case .entity(let uid): uid.description
      case .slot: slot.name
      }
    }
    text += name
    switch constraint {
    case .any: break
    case .equal(let reference): text += " == " + described(reference)
    case .in(let reference): text += " in " + described(reference)
    case .isType(let type): text += " is \(type)"
    case .isTypeIn(let type, let reference): text += " is \(type) in " + described(reference)
    }
  }

  // MARK: Expressions

  /// How tightly a form binds, from the loosest to the tightest.
  private enum Precedence: Int {
    case conditional, or, and, relation, sum, product, unary, member
  }

  /// Writes `expression`, in parentheses if it binds more loosely than its place asks for.
  private mutating func write(_ expression: Expression, atLeast wanted: Precedence) {
    let own = Self.precedence(expression.kind)
    if own.rawValue < wanted.rawValue {
      text += "("
      write(expression.kind, own)
      text += ")"
    } else {
      write(expression.kind, own)
    }
  }

  private static func precedence(_ kind: Expression.Kind) -> Precedence {
    switch kind {
    case .conditional: .conditional
    case .or: .or
    case .and: .and
    case .has, .like, .isType: .relation
    case .binary(let symbol, _, _):
      switch symbol {
      case .add, .subtract: .sum
      case .multiply: .product
      default: symbol.isMethod ? .member : .relation
      }
    case .not, .negate: .unary
    case .literal(.long(let value)): value < 0 ? .unary : .member
    case .literal, .variable, .slot, .attribute, .isEmpty, .set, .record, .call: .member
    }
  }

  private mutating func write(_ kind: Expression.Kind, _ own: Precedence) {
    switch kind {
    case .literal(let literal): write(literal)
    case .variable(let variable): text += variable.name
    case .slot(let slot): text += slot.name
    case .not(let operand):
      text += "!"
      write(operand, atLeast: .member)
    case .negate(let operand):
      text += "-"
      // Next to a number the sign would become part of it.
      if case .literal(.long) = operand.kind { writeInParentheses(operand) } else { write(operand, atLeast: .member) }
    case .binary(let symbol, let left, let right): write(symbol, left, right, own)
    case .and(let operands): write(operands, " && ", atLeast: .relation)
    case .or(let operands): write(operands, " || ", atLeast: .and)
    case .conditional(let test, let then, let otherwise):
      text += "if "
      write(test, atLeast: .conditional)
      text += " then "
      write(then, atLeast: .conditional)
      text += " else "
      write(otherwise, atLeast: .conditional)
    case .attribute(let target, let name):
      write(target, atLeast: .member)
      text += Identifier.isNamePart(name.string) ? ".\(name)" : "[\(StringLiteral.quoted(name.string))]"
    case .has(let target, let path):
      write(target, atLeast: .sum)
      let isPlain = path.allSatisfy { Identifier.isNamePart($0.string) }
      text += " has " + (isPlain ? path.map(\.string).joined(separator: ".") : StringLiteral.quoted(path[0].string))
    case .like(let target, let pattern):
      write(target, atLeast: .sum)
      text += " like \(pattern)"
    case .isType(let target, let type, let ancestor):
      write(target, atLeast: .sum)
      text += " is \(type)"
      guard let ancestor else { return }
      text += " in "
      write(ancestor, atLeast: .sum)
    case .isEmpty(let target):
      write(target, atLeast: .member)
      text += ".isEmpty()"
    case .set(let elements):
      text += "["
      write(elements, ", ", atLeast: .conditional)
      text += "]"
    case .record(let entries): write(entries)
    case .call(let function, let arguments): write(function, arguments)
    }
  }

  private mutating func write(_ literal: Literal) {
    switch literal {
    case .bool(let value): text += value ? "true" : "false"
    case .long(let value): text += "\(value)"
    case .string(let value): text += StringLiteral.quoted(value.string)
    case .entity(let uid): text += uid.description
    }
  }

  private mutating func write(_ symbol: BinaryOperator, _ left: Expression, _ right: Expression, _ own: Precedence) {
    switch own {
    case .sum:
      write(left, atLeast: .sum)
      text += " \(symbol.symbol) "
      write(right, atLeast: .product)
    case .product:
      write(left, atLeast: .product)
      text += " \(symbol.symbol) "
      write(right, atLeast: .unary)
    case .relation:
      write(left, atLeast: .sum)
      text += " \(symbol.symbol) "
      write(right, atLeast: .sum)
    default:
      write(left, atLeast: .member)
      text += ".\(symbol.symbol)("
      write(right, atLeast: .conditional)
      text += ")"
    }
  }

  private mutating func write(_ entries: [RecordEntry]) {
    text += "{"
    for (position, entry) in entries.enumerated() {
      if position > 0 { text += ", " }
      text += Identifier.isNamePart(entry.key.string) ? entry.key.string : StringLiteral.quoted(entry.key.string)
      text += ": "
      write(entry.value, atLeast: .conditional)
    }
    text += "}"
  }

  private mutating func write(_ function: ExtensionFunction, _ arguments: [Expression]) {
    if function.isConstructor {
      text += function.rawValue + "("
      write(arguments, ", ", atLeast: .conditional)
    } else {
      write(arguments[0], atLeast: .member)
      text += ".\(function.rawValue)("
      write(Array(arguments.dropFirst()), ", ", atLeast: .conditional)
    }
    text += ")"
  }

  private mutating func write(_ expressions: [Expression], _ separator: String, atLeast wanted: Precedence) {
    for (position, expression) in expressions.enumerated() {
      if position > 0 { text += separator }
      write(expression, atLeast: wanted)
    }
  }

  private mutating func writeInParentheses(_ expression: Expression) {
    text += "("
    write(expression, atLeast: .conditional)
    text += ")"
  }
}
