import Cedar
import SeededRandom

/// Random policies and expressions, every form of the language among them.
struct PolicyGenerator {
  var random: SeededGenerator

  private static let names: [Text] = ["a", "b", "owner", "principal", "is_", "_x", "permit"]
  private static let strings: [Text] = [
    "", "a", "if", "b c", "é", "e\u{301}", "\0", "\"\\\n\r\t", "// no comment", "__entity", "*", "\u{1F600}",
  ]
  private static let types: [EntityTypeName] = ["User", "A::B", "Action", "N::Action"].map { EntityTypeName(unchecked: $0) }

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  mutating func pick<T>(_ choices: [T]) -> T { choices[Int.random(in: 0..<choices.count, using: &random)] }
  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

  private mutating func some<T>(_ range: ClosedRange<Int>, _ make: (inout PolicyGenerator) -> T) -> [T] {
    let count = Int.random(in: range, using: &random)
    return (0..<count).map { _ in make(&self) }
  }

  // MARK: Policies

  mutating func policy(id: Text, isTemplate: Bool = false) -> Policy {
    let annotations = ["id", "if", "note"].filter { _ in chance(30) }.map {
      Annotation(name: $0, value: chance(70) ? pick(Self.strings) : nil)
    }
    return Policy(
      id: id, annotations: annotations, effect: pick([.permit, .forbid]), principal: scope(isTemplate), action: action(),
      resource: scope(isTemplate && chance(50)),
      conditions: some(0...2) { Condition(kind: $0.pick([.when, .unless]), body: $0.expression(4)) })
  }

  private mutating func scope(_ hasSlot: Bool) -> ScopeConstraint {
    let reference = hasSlot ? EntityReference.slot : .entity(entity())
    if hasSlot { return pick([.equal(reference), .in(reference), .isTypeIn(pick(Self.types), reference)]) }
    return pick([.any, .equal(reference), .in(reference), .isType(pick(Self.types)), .isTypeIn(pick(Self.types), reference)])
  }

  private mutating func action() -> ActionConstraint {
    func one(_ generator: inout PolicyGenerator) -> EntityUID {
      EntityUID(type: generator.pick(Array(Self.types[2...])), id: generator.pick(Self.strings))
    }
    return pick([.any, .equal(one(&self)), .in(one(&self)), .inAny(some(0...3, one))])
  }

  mutating func entity() -> EntityUID { EntityUID(type: pick(Self.types), id: pick(Self.strings)) }

  // MARK: Expressions

  mutating func expression(_ depth: Int) -> Expression {
    guard depth > 0 else { return leaf() }
    func sub(_ generator: inout PolicyGenerator) -> Expression { generator.expression(depth - 1) }
    switch Int.random(in: 0..<17, using: &random) {
    case 0: return leaf()
    case 1: return Expression(.not(sub(&self)))
    case 2: return Expression(.negate(sub(&self)))
    case 3, 4: return Expression(.binary(pick(BinaryOperator.allCases), sub(&self), sub(&self)))
    case 5: return Expression(.and(some(2...4, sub)))
    case 6: return Expression(.or(some(2...4, sub)))
    case 7: return Expression(.conditional(if: sub(&self), then: sub(&self), else: sub(&self)))
    case 8: return Expression(.attribute(sub(&self), pick(Self.names + Self.strings)))
    case 9: return Expression(.has(sub(&self), path: chance(50) ? [pick(Self.strings)] : some(1...4) { $0.pick(Self.names) }))
    case 10:
      let elements: [Pattern.Element] = [.wildcard, .scalar("*"), .scalar("a"), .scalar("\\"), .scalar("\u{301}")]
      return Expression(.like(sub(&self), Pattern(some(0...5) { $0.pick(elements) })))
    case 11: return Expression(.isType(sub(&self), pick(Self.types), in: chance(50) ? sub(&self) : nil))
    case 12: return Expression(.isEmpty(sub(&self)))
    case 13: return Expression(.set(some(0...3, sub)))
    case 14: return record(depth)
    case 15: return Expression(.call(pick([.decimal, .ip, .datetime, .duration]), some(0...2, sub)))
    default:
      return Expression(.call(pick(ExtensionFunction.allCases.filter { !$0.isConstructor }), some(1...3, sub)))
    }
  }

  private mutating func record(_ depth: Int) -> Expression {
    let keys = Set(Self.names + Self.strings).sorted().filter { _ in chance(15) }
    var entries: [RecordEntry] = []
    for key in keys { entries.append(RecordEntry(key: key, value: expression(depth - 1))) }
    return Expression(.record(entries))
  }

  private mutating func leaf() -> Expression {
    switch Int.random(in: 0..<5, using: &random) {
    case 0: Expression(.variable(pick(Variable.allCases)))
    case 1: Expression(.literal(.bool(chance(50))))
    case 2: Expression(.literal(.long(pick([0, 1, -1, 42, .max, .min]))))
    case 3: Expression(.literal(.string(pick(Self.strings))))
    default: Expression(.literal(.entity(entity())))
    }
  }
}

extension Expression {
  /// The one of several forms of the same meaning that the JSON format keeps: chains without parentheses on their left, paths of `has`
  /// written out, records by their keys.
  var inDocumentForm: Expression {
    switch kind {
    case .literal, .variable, .slot: return self
    case .not(let operand): return Expression(.not(operand.inDocumentForm))
    case .negate(let operand): return Expression(.negate(operand.inDocumentForm))
    case .isEmpty(let operand): return Expression(.isEmpty(operand.inDocumentForm))
    case .binary(let symbol, let left, let right): return Expression(.binary(symbol, left.inDocumentForm, right.inDocumentForm))
    case .and(let operands):
      let operands = operands.map(\.inDocumentForm)
      guard case .and(let first) = operands[0].kind else { return Expression(.and(operands)) }
      return Expression(.and(first + operands.dropFirst()))
    case .or(let operands):
      let operands = operands.map(\.inDocumentForm)
      guard case .or(let first) = operands[0].kind else { return Expression(.or(operands)) }
      return Expression(.or(first + operands.dropFirst()))
    case .conditional(let test, let then, let otherwise):
      return Expression(.conditional(if: test.inDocumentForm, then: then.inDocumentForm, else: otherwise.inDocumentForm))
    case .attribute(let target, let name): return Expression(.attribute(target.inDocumentForm, name))
    case .has(let target, let path):
      var target = target.inDocumentForm
      let parts = path.map { name in
        defer { target = Expression(.attribute(target, name)) }
        return Expression(.has(target, path: [name]))
      }
      return parts.count == 1 ? parts[0] : Expression(.and(parts))
    case .like(let target, let pattern): return Expression(.like(target.inDocumentForm, pattern))
    case .isType(let target, let type, let ancestor):
      return Expression(.isType(target.inDocumentForm, type, in: ancestor?.inDocumentForm))
    case .set(let elements): return Expression(.set(elements.map(\.inDocumentForm)))
    case .record(let entries):
      return Expression(
        .record(entries.map { RecordEntry(key: $0.key, value: $0.value.inDocumentForm) }.sorted { $0.key < $1.key }))
    case .call(let function, let arguments): return Expression(.call(function, arguments.map(\.inDocumentForm)))
    }
  }
}

extension Policy {
  /// Without positions, annotations by their names, a list of one action as that action, and conditions in the form JSON keeps.
  var inDocumentForm: Policy {
    var policy = self
    policy.range = .none
    policy.annotations.sort { $0.name < $1.name }
    if case .inAny(let actions) = action, actions.count == 1 { policy.action = .in(actions[0]) }
    policy.conditions = conditions.map { Condition(kind: $0.kind, body: $0.body.inDocumentForm) }
    return policy
  }
}
