/// An expression of the policy language, and where it stands in its source (Cedar documentation, "Grammar": Expr).
///
/// Two expressions are equal if they say the same; where they stand does not count.
package struct Expression: Sendable {
  package indirect enum Kind: Hashable, Sendable {
    case literal(Literal)
    case variable(Variable)
    /// Only in the scope; a condition holds none.
    case slot(Slot)
    case not(Expression)
    case negate(Expression)
    case binary(BinaryOperator, Expression, Expression)
    /// Two or more, taken from the left until one is false.
    case and([Expression])
    /// Two or more, taken from the left until one is true.
    case or([Expression])
    case conditional(if: Expression, then: Expression, else: Expression)
    case attribute(Expression, Text)
    /// `has` with one attribute, or with a path of them (extended has).
    case has(Expression, path: [Text])
    case like(Expression, Pattern)
    case isType(Expression, EntityTypeName, in: Expression?)
    case isEmpty(Expression)
    case set([Expression])
    /// In the order written; no key twice.
    case record([RecordEntry])
    /// A function, or a method with its receiver as first argument. How many arguments there are is checked when evaluating.
    case call(ExtensionFunction, [Expression])
  }

  package let kind: Kind
  package let range: SourceRange
  /// One more than the deepest part.
  package let depth: Int

  package init(_ kind: Kind, range: SourceRange = .none) {
    self.kind = kind
    self.range = range
    depth = 1 + (kind.children.lazy.map(\.depth).max() ?? 0)
  }
}

extension Expression: Hashable {
  package static func == (left: Expression, right: Expression) -> Bool { left.depth == right.depth && left.kind == right.kind }
  package func hash(into hasher: inout Hasher) { hasher.combine(kind) }
}

package struct RecordEntry: Hashable, Sendable {
  package var key: Text
  package var value: Expression

  package init(key: Text, value: Expression) {
    self.key = key
    self.value = value
  }
}

package enum Literal: Hashable, Sendable {
  case bool(Bool)
  case long(Int64)
  case string(Text)
  case entity(EntityUID)
}

package enum Variable: UInt8, Hashable, Sendable, CaseIterable {
  case principal, action, resource, context

  package var name: String {
    switch self {
    case .principal: "principal"
    case .action: "action"
    case .resource: "resource"
    case .context: "context"
    }
  }
}

/// A hole in a template's scope, filled when the template is linked.
package enum Slot: UInt8, Hashable, Sendable, CaseIterable {
  case principal, resource

  package var name: String { self == .principal ? "?principal" : "?resource" }
}

/// Operators and methods of two operands.
package enum BinaryOperator: UInt8, Hashable, Sendable, CaseIterable {
  case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual, `in`
  case add, subtract, multiply
  case contains, containsAll, containsAny, getTag, hasTag

  /// The operator's symbol, or the method's name.
  package var symbol: String {
    switch self {
    case .equal: "=="
    case .notEqual: "!="
    case .less: "<"
    case .lessOrEqual: "<="
    case .greater: ">"
    case .greaterOrEqual: ">="
    case .in: "in"
    case .add: "+"
    case .subtract: "-"
    case .multiply: "*"
    case .contains: "contains"
    case .containsAll: "containsAll"
    case .containsAny: "containsAny"
    case .getTag: "getTag"
    case .hasTag: "hasTag"
    }
  }

  package var isMethod: Bool { rawValue >= BinaryOperator.contains.rawValue }
}

/// Functions and methods of the extension types (Cedar documentation, "Operators": decimal, ipaddr, datetime, duration).
package enum ExtensionFunction: String, Hashable, Sendable, CaseIterable {
  case decimal, ip, datetime, duration
  case lessThan, lessThanOrEqual, greaterThan, greaterThanOrEqual
  case isIpv4, isIpv6, isLoopback, isMulticast, isInRange
  case offset, durationSince, toDate, toTime
  case toMilliseconds, toSeconds, toMinutes, toHours, toDays

  /// Written before its argument; others are written after their first one, with a dot.
  package var isConstructor: Bool {
    switch self {
    case .decimal, .ip, .datetime, .duration: true
    default: false
    }
  }

  /// Arguments, the receiver of a method counted.
  package var argumentCount: Int {
    switch self {
    case .lessThan, .lessThanOrEqual, .greaterThan, .greaterThanOrEqual, .isInRange, .offset, .durationSince: 2
    default: 1
    }
  }
}

extension Expression.Kind {
  /// The parts, in the order they are written.
  package var children: [Expression] {
    switch self {
    case .literal, .variable, .slot: []
    case .not(let operand), .negate(let operand), .attribute(let operand, _), .has(let operand, _), .like(let operand, _),
      .isEmpty(let operand):
      [operand]
    case .binary(_, let left, let right): [left, right]
    case .and(let operands), .or(let operands), .set(let operands), .call(_, let operands): operands
    case .conditional(let test, let then, let otherwise): [test, then, otherwise]
    case .isType(let operand, _, let ancestor): ancestor.map { [operand, $0] } ?? [operand]
    case .record(let entries): entries.map(\.value)
    }
  }
}
