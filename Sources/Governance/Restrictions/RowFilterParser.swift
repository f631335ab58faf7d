/// Reads the language of row filters.
struct RowFilterParser {
  private var scanner: AnnotationScanner
  private var termCount = 0

  static func parse(_ text: String) throws(AnnotationError) -> RowFilter.Condition {
    var parser = RowFilterParser(scanner: try AnnotationScanner(text))
    let condition = try parser.disjunction(depth: 0)
    guard parser.scanner.isAtEnd else { throw parser.scanner.expected("'and', 'or' or the end") }
    return condition
  }

  private init(scanner: AnnotationScanner) { self.scanner = scanner }

  private mutating func count() throws(AnnotationError) {
    termCount += 1
    guard termCount <= RowFilter.maximumTerms else { throw scanner.error("A row filter may hold \(RowFilter.maximumTerms) terms at most") }
  }

  // MARK: Conditions

  private mutating func disjunction(depth: Int) throws(AnnotationError) -> RowFilter.Condition {
    guard depth <= RowFilter.maximumDepth else {
      throw scanner.error("Conditions are nested more than \(RowFilter.maximumDepth) deep")
    }
    var parts = [try conjunction(depth: depth)]
    while scanner.take(word: "or") { parts.append(try conjunction(depth: depth)) }
    return parts.count == 1 ? parts[0] : .any(parts)
  }

  private mutating func conjunction(depth: Int) throws(AnnotationError) -> RowFilter.Condition {
    var parts = [try negation(depth: depth)]
    while scanner.take(word: "and") { parts.append(try negation(depth: depth)) }
    return parts.count == 1 ? parts[0] : .all(parts)
  }

  private mutating func negation(depth: Int) throws(AnnotationError) -> RowFilter.Condition {
    guard depth <= RowFilter.maximumDepth else {
      throw scanner.error("Conditions are nested more than \(RowFilter.maximumDepth) deep")
    }
    if scanner.take(word: "not") { return .not(try negation(depth: depth + 1)) }
    if scanner.take("(") {
      let condition = try disjunction(depth: depth + 1)
      guard scanner.take(")") else { throw scanner.expected("')'") }
      return condition
    }
    try count()
    if scanner.take(word: "true") { return .constant(true) }
    if scanner.take(word: "false") { return .constant(false) }
    return try term(scanner.name("a column"))
  }

  /// What is said of a column.
  private mutating func term(_ name: ColumnName) throws(AnnotationError) -> RowFilter.Condition {
    if scanner.take(word: "is") {
      let isNegated = scanner.take(word: "not")
      if scanner.take(word: "null") { return .test(name, isNegated ? .notNull : .isNull) }
      if scanner.take(word: "nan") { return .test(name, isNegated ? .notNaN : .isNaN) }
      throw scanner.expected("'null' or 'nan'")
    }
    let isNegated = scanner.take(word: "not")
    if scanner.take(word: "in") { return .membership(name, isIn: !isNegated, try operands()) }
    if scanner.take(word: "like") { return .comparison(name, isNegated ? .notStartsWith : .startsWith, try pattern()) }
    if try startsWith() { return .comparison(name, isNegated ? .notStartsWith : .startsWith, try operand()) }
    guard !isNegated else { throw scanner.expected("'in', 'like' or 'starts_with'") }
    return .comparison(name, try comparison(), try operand())
  }

  private mutating func startsWith() throws(AnnotationError) -> Bool {
    if scanner.take(word: "starts_with") { return true }
    guard scanner.take(word: "starts") else { return false }
    guard scanner.take(word: "with") else { throw scanner.expected("'with'") }
    return true
  }

  private mutating func comparison() throws(AnnotationError) -> Predicate.Comparison {
    // The longer ones first.
    if scanner.take("<=") { return .lessOrEqual }
    if scanner.take(">=") { return .greaterOrEqual }
    if scanner.take("<>") || scanner.take("!=") { return .notEqual }
    if scanner.take("<") { return .less }
    if scanner.take(">") { return .greater }
    if scanner.take("==") || scanner.take("=") { return .equal }
    throw scanner.expected("a comparison (= != < <= > >=), 'in', 'is', 'like' or 'starts_with'")
  }

  // MARK: Values

  private mutating func operands() throws(AnnotationError) -> [RowFilter.Operand] {
    guard scanner.take("(") else { throw scanner.expected("'(' and values") }
    var operands = [try operand()]
    while scanner.take(",") {
      try count()
      operands.append(try operand())
    }
    guard scanner.take(")") else { throw scanner.expected("',' or ')'") }
    return operands
  }

  private mutating func operand() throws(AnnotationError) -> RowFilter.Operand {
    let position = scanner.position
    if scanner.next == "'" { return RowFilter.Operand(value: .text(try scanner.string()), position: position) }
    if scanner.take(word: "true") { return RowFilter.Operand(value: .boolean(true), position: position) }
    if scanner.take(word: "false") { return RowFilter.Operand(value: .boolean(false), position: position) }
    if scanner.take(word: "null") { throw scanner.error("Nothing compares with null; write 'is null' or 'is not null'", at: position) }
    if let next = scanner.next, next == "-" || AnnotationScanner.isDigit(next) {
      return RowFilter.Operand(value: .number(try scanner.number()), position: position)
    }
    guard let next = scanner.next, next == "\"" || AnnotationScanner.isNameStart(next) else { throw scanner.expected("a value") }
    guard try scanner.name("a value").parts == ["principal", "name"] else {
      throw scanner.error(
        "A column compares with a value or principal.name, not with another column; text stands in 'single quotes'", at: position)
    }
    return RowFilter.Operand(value: .principalName, position: position)
  }

  /// `'x%'`, which is a prefix; other patterns have no like among Iceberg's predicates.
  private mutating func pattern() throws(AnnotationError) -> RowFilter.Operand {
    let position = scanner.position
    guard scanner.next == "'" else { throw scanner.expected("a pattern such as 'x%'") }
    let text = try scanner.string()
    let scalars = text.unicodeScalars
    guard scalars.last == "%", !scalars.dropLast().contains(where: { $0 == "%" || $0 == "_" || $0 == "\\" }) else {
      throw scanner.error("A pattern is text that ends in its only %, without _ and \\; use starts_with for such text", at: position)
    }
    return RowFilter.Operand(value: .text(String(scalars.dropLast())), position: position)
  }
}
