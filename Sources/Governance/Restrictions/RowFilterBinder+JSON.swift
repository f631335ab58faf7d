import Iceberg
import JSON

// The JSON of a predicate as data owners write it: references by name or by id, the present form (`left`, `right`, `child`) or the older
// one (`term`, `value`). What comes out is the present form with ids, and says what was written: Iceberg's logic, not SQL's.

extension RowFilterBinder {
  mutating func bind(document bytes: [UInt8]) throws(AnnotationError) -> Predicate {
    do throws(JSONError) {
      let document = try JSONDocument(parsing: bytes, limits: RowFilter.limits)
      return try predicate(document.root)
    } catch {
      let text = String(decoding: bytes, as: UTF8.self)
      throw AnnotationError(
        message: "\(error.message) at \(error.path ?? "$")", position: RowFilter.position(ofByte: error.offset, in: text))
    }
  }

  private mutating func predicate(_ json: JSONValue) throws(JSONError) -> Predicate {
    if json.kind == .bool { return .constant(try json.bool()) }
    let object = try json.object()
    let typeValue = try object.required("type")
    let type = try typeValue.string()
    switch type {
    case "true", "false": return .constant(type == "true")
    case "not":
      try Self.refuseUnknown(in: object, ["type", "child"])
      return .not(try predicate(object.required("child")))
    case "and", "or":
      try Self.refuseUnknown(in: object, ["type", "left", "right"])
      let left = try predicate(object.required("left"))
      let right = try predicate(object.required("right"))
      return type == "and" ? .and(left, right) : .or(left, right)
    case "in", "not-in": return try membership(object, isIn: type == "in")
    default:
      if let test = Predicate.Test(rawValue: type) {
        try Self.refuseUnknown(in: object, ["type", "child", "term"])
        guard let column = try reference(Self.either(object, "child", "term")) else { return .constant(false) }
        return try json.about { () throws(AnnotationError) in try self.test(test, column, at: 0) }
      }
      guard let comparison = Predicate.Comparison(rawValue: type) else {
        let known = (Predicate.Comparison.allCases.map(\.rawValue) + Predicate.Test.allCases.map(\.rawValue)).joined(separator: ", ")
        throw typeValue.invalid("Unknown predicate \"\(type)\"; there are and, or, not, in, not-in, \(known)")
      }
      try Self.refuseUnknown(in: object, ["type", "left", "right", "term", "value"])
      guard let column = try reference(Self.either(object, "left", "term")) else { return .constant(false) }
      let value = try Self.either(object, "right", "value")
      let literal = try literal(value, column)
      // Checked as the language of row filters checks it, without what that adds for null.
      _ = try json.about { () throws(AnnotationError) in try self.comparison(comparison, column, literal, at: 0) }
      return .comparison(comparison, fieldID: column.field.id, literal)
    }
  }

  private mutating func membership(_ object: JSONObject, isIn: Bool) throws(JSONError) -> Predicate {
    try Self.refuseUnknown(in: object, ["type", "child", "term", "values"])
    guard let column = try reference(Self.either(object, "child", "term")) else { return .constant(false) }
    var values = try object.required("values")
    if values.kind == .object {
      try Self.refuseUnknown(in: values.object(), ["type", "values", "data-type"])
      values = try values.object().required("values")
    }
    var literals: [Literal] = []
    for value in try values.array() { literals.append(try literal(value, column)) }
    guard !literals.isEmpty else { throw values.invalid("Expected at least one value") }
    guard literals.count <= RowFilter.maximumTerms else { throw values.invalid("There may be \(RowFilter.maximumTerms) values at most") }
    return .membership(isIn: isIn, fieldID: column.field.id, literals)
  }

  /// `nil` when the table lacks the column, which is noted.
  private mutating func reference(_ json: JSONValue) throws(JSONError) -> TableColumns.Column? {
    if json.kind == .string { return try named(json) }
    let object = try json.object()
    guard try object.required("type").isString("reference") else {
      throw json.invalid("Expected a reference to a column; functions and transforms are not supported in row filters")
    }
    try Self.refuseUnknown(in: object, ["type", "id", "name", "term"])
    guard let idValue = object.optional("id") else { return try named(Self.either(object, "name", "term")) }
    let id = try idValue.int32()
    guard let column = columns.column(id), column.isCurrent else {
      return try find("field \(id)", json)
    }
    return try find(column.name, json)
  }

  private mutating func named(_ json: JSONValue) throws(JSONError) -> TableColumns.Column? {
    try find(json.string(), json)
  }

  private mutating func find(_ name: String, _ json: JSONValue) throws(JSONError) -> TableColumns.Column? {
    do throws(AnnotationError) {
      return try column(ColumnName(parts: [name], position: 0))
    } catch {
      throw json.invalid(error.message)
    }
  }

  private func literal(_ json: JSONValue, _ column: TableColumns.Column) throws(JSONError) -> Literal {
    var json = json
    if json.kind == .object {
      let object = try json.object()
      guard try object.required("type").isString("literal") else {
        throw json.invalid("Expected a literal; a column compares with a value, not with another column or a function")
      }
      try Self.refuseUnknown(in: object, ["type", "value", "data-type"])
      json = try object.required("value")
    }
    let value: RowFilter.Operand.Value
    switch json.kind {
    case .string: value = .text(try json.string())
    case .number: value = .number(json.rawText)
    case .bool: value = .boolean(try json.bool())
    default: throw json.invalid("Expected a value")
    }
    let literal = try json.about { () throws(AnnotationError) in try self.literal(RowFilter.Operand(value: value, position: 0), column) }
    guard let literal else { throw json.invalid("Expected a value") }
    return literal
  }

  private static func either(_ object: JSONObject, _ name: StaticString, _ older: StaticString) throws(JSONError) -> JSONValue {
    if let found = object.optional(name) ?? object.optional(older) { return found }
    return try object.required(name)
  }

  private static func refuseUnknown(in object: JSONObject, _ known: [StaticString]) throws(JSONError) {
    for member in object where !known.contains(where: { member.isNamed($0) }) {
      throw member.value.invalid("Unknown member; there are \(known.map(\.description).joined(separator: ", "))")
    }
  }
}

extension JSONValue {
  /// What `body` finds wrong, said of this value.
  fileprivate func about<T>(_ body: () throws(AnnotationError) -> T) throws(JSONError) -> T {
    do throws(AnnotationError) { return try body() } catch { throw invalid(error.message) }
  }
}
