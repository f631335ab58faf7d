import Iceberg

/// Makes a predicate of a row filter.
///
/// SQL's conditions are true, false or unknown, Iceberg's are true or false. Negations are therefore driven down to the comparisons, and
/// one that Iceberg would find true of null is joined with `not-null`: the predicate is true exactly where SQL's condition is.
struct RowFilterBinder {
  let columns: TableColumns
  let principalName: String?
  private(set) var missing: [String] = []

  init(columns: TableColumns, principalName: String?) {
    self.columns = columns
    self.principalName = principalName
  }

  mutating func bind(_ condition: RowFilter.Condition, isNegated: Bool) throws(AnnotationError) -> Predicate {
    switch condition {
    case .constant(let value): return .constant(value != isNegated)
    case .not(let child): return try bind(child, isNegated: !isNegated)
    case .all(let children), .any(let children):
      var parts: [Predicate] = []
      for child in children { parts.append(try bind(child, isNegated: isNegated)) }
      let isAll = if case .all = condition { true } else { false }
      return isAll != isNegated ? .all(parts) : .any(parts)
    case .test(let name, let test):
      guard let column = try column(name) else { return .constant(false) }
      return try self.test(isNegated ? test.inverse : test, column, at: name.position)
    case .comparison(let name, let comparison, let operand):
      guard let column = try column(name) else { return .constant(false) }
      guard let literal = try literal(operand, column) else { return .constant(false) }
      return try self.comparison(isNegated ? comparison.inverse : comparison, column, literal, at: name.position)
    case .membership(let name, let isIn, let operands):
      guard let column = try column(name) else { return .constant(false) }
      var literals: [Literal] = []
      for operand in operands {
        if let literal = try literal(operand, column) {
          if !literals.contains(literal) { literals.append(literal) }
        } else if isIn == isNegated {
          // Not among values of which one is unknown: unknown.
          return .constant(false)
        }
      }
      guard !literals.isEmpty else { return .constant(false) }
      let membership = Predicate.membership(isIn: isIn != isNegated, fieldID: column.field.id, literals)
      return isIn != isNegated ? membership : .and(.test(.notNull, fieldID: column.field.id), membership)
    }
  }

  // MARK: Terms

  /// `nil` when the table lacks it, which is noted.
  mutating func column(_ name: ColumnName) throws(AnnotationError) -> TableColumns.Column? {
    guard let column = try columns.meant(by: name) else {
      if !missing.contains(name.joined) { missing.append(name.joined) }
      return nil
    }
    guard column.isSingle, !column.isInKey else {
      throw AnnotationError(
        message: "The column '\(column.name)' lies in a list or map, of which a row has many elements; a row filter cannot name it",
        position: name.position)
    }
    return column
  }

  func test(_ test: Predicate.Test, _ column: TableColumns.Column, at position: Int) throws(AnnotationError) -> Predicate {
    if test == .isNaN || test == .notNaN, column.field.type != .primitive(.float), column.field.type != .primitive(.double) {
      throw AnnotationError(
        message: "Only float and double columns may be nan; '\(column.name)' is \(column.field.type)", position: position)
    }
    return .test(test, fieldID: column.field.id)
  }

  func comparison(
    _ comparison: Predicate.Comparison, _ column: TableColumns.Column, _ literal: Literal, at position: Int
  ) throws(AnnotationError) -> Predicate {
    let predicate = Predicate.comparison(comparison, fieldID: column.field.id, literal)
    switch comparison {
    case .startsWith, .notStartsWith:
      guard column.field.type == .primitive(.string) else {
        throw AnnotationError(
          message: "Only string columns have prefixes; '\(column.name)' is \(column.field.type)", position: position)
      }
    default: break
    }
    switch comparison {
    case .notEqual, .notStartsWith: return .and(.test(.notNull, fieldID: column.field.id), predicate)
    default: return predicate
    }
  }

  /// `nil` for the name of a reader without one.
  func literal(_ operand: RowFilter.Operand, _ column: TableColumns.Column) throws(AnnotationError) -> Literal? {
    guard let type = column.field.type.primitive, let expectation = Literal.expectation(of: type) else {
      throw AnnotationError(
        message: "Nothing compares with '\(column.name)', which is \(column.field.type); only 'is null' and 'is not null' suit it",
        position: operand.position)
    }
    if operand.value == .principalName {
      guard type == .string else {
        throw AnnotationError(
          message: "principal.name is text; it does not compare with '\(column.name)', which is \(type)", position: operand.position)
      }
      return principalName.flatMap { Literal(.text($0), type: .string) }
    }
    guard let literal = Literal(operand.value, type: type) else {
      throw AnnotationError(
        message: "'\(column.name)' is \(type) and compares with \(expectation), not with \(operand)", position: operand.position)
    }
    return literal
  }
}
