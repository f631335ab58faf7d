/// A condition on a table's rows whose columns are field ids (Iceberg's expressions spec, "Predicates").
package indirect enum Predicate: Hashable, Sendable {
  /// How a column's value is compared with a constant.
  package enum Comparison: String, Sendable, CaseIterable {
    case equal = "eq"
    case notEqual = "not-eq"
    case less = "lt"
    case lessOrEqual = "lt-eq"
    case greater = "gt"
    case greaterOrEqual = "gt-eq"
    case startsWith = "starts-with"
    case notStartsWith = "not-starts-with"

    /// True where this is false, for values that are not null.
    var inverse: Comparison {
      switch self {
      case .equal: .notEqual
      case .notEqual: .equal
      case .less: .greaterOrEqual
      case .lessOrEqual: .greater
      case .greater: .lessOrEqual
      case .greaterOrEqual: .less
      case .startsWith: .notStartsWith
      case .notStartsWith: .startsWith
      }
    }

    /// As row filters spell it.
    var symbol: String {
      switch self {
      case .equal: "="
      case .notEqual: "!="
      case .less: "<"
      case .lessOrEqual: "<="
      case .greater: ">"
      case .greaterOrEqual: ">="
      case .startsWith: "starts_with"
      case .notStartsWith: "not starts_with"
      }
    }
  }

  /// What is asked of one value.
  package enum Test: String, Sendable, CaseIterable {
    case isNull = "is-null"
    case notNull = "not-null"
    case isNaN = "is-nan"
    case notNaN = "not-nan"

    var inverse: Test {
      switch self {
      case .isNull: .notNull
      case .notNull: .isNull
      case .isNaN: .notNaN
      case .notNaN: .isNaN
      }
    }

    /// As row filters spell it.
    var symbol: String {
      switch self {
      case .isNull: "is null"
      case .notNull: "is not null"
      case .isNaN: "is nan"
      case .notNaN: "is not nan"
      }
    }
  }

  case constant(Bool)
  case not(Predicate)
  case and(Predicate, Predicate)
  case or(Predicate, Predicate)
  case test(Test, fieldID: Int32)
  case comparison(Comparison, fieldID: Int32, Literal)
  case membership(isIn: Bool, fieldID: Int32, [Literal])

  /// True if all are; constants fall out. Halved again and again, so that the depth stays small.
  static func all(_ predicates: [Predicate]) -> Predicate {
    if predicates.contains(.constant(false)) { return .constant(false) }
    return balanced(predicates.filter { $0 != .constant(true) }[...], Predicate.and) ?? .constant(true)
  }

  /// True if any is.
  static func any(_ predicates: [Predicate]) -> Predicate {
    if predicates.contains(.constant(true)) { return .constant(true) }
    return balanced(predicates.filter { $0 != .constant(false) }[...], Predicate.or) ?? .constant(false)
  }

  private static func balanced(_ parts: ArraySlice<Predicate>, _ join: (Predicate, Predicate) -> Predicate) -> Predicate? {
    guard parts.count > 1 else { return parts.first }
    let middle = parts.startIndex + (parts.count + 1) / 2
    guard let left = balanced(parts[..<middle], join), let right = balanced(parts[middle...], join) else { return nil }
    return join(left, right)
  }

  /// The parts of which one must be true.
  var alternatives: [Predicate] {
    if case .or(let left, let right) = self { left.alternatives + right.alternatives } else { [self] }
  }
}
