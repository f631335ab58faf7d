import Governance
import Iceberg
import JSON
import SeededRandom
import Testing

@Suite struct RowFilterTests {
  private static func field(_ id: Int32, _ name: String, _ type: PrimitiveType) -> NestedField {
    NestedField(id: id, name: name, isRequired: false, type: .primitive(type))
  }

  static let columns = TableColumns(
    schema: Schema(
      id: 1,
      fields: [
        field(1, "a", .int), field(2, "b", .int), field(3, "s", .string), field(4, "day", .date), field(5, "at", .timestamptz),
        field(6, "price", .decimal(precision: 5, scale: 2)), field(7, "share", .double), field(8, "is new", .boolean),
        NestedField(id: 9, name: "owner", isRequired: false, type: .structure([field(10, "name", .string)])),
        NestedField(
          id: 11, name: "codes", isRequired: false,
          type: .list(ListType(elementID: 12, isElementRequired: false, element: .primitive(.string)))),
        field(13, "Case", .long), field(14, "CASE", .long), field(15, "local", .timestampNs), field(16, "uid", .uuid),
        field(17, "raw", .fixed(length: 2)), field(18, "where", .geometry(crs: nil)), field(20, "nation", .string),
      ]), earlier: [Schema(id: 0, fields: [field(20, "country", .string), field(21, "gone", .string)])])

  private static func json(_ text: String, name: String? = "ana") throws -> String {
    String(decoding: try RowFilter(parsing: text).bound(to: columns, principalName: name).predicate.jsonText, as: UTF8.self)
  }

  // MARK: Meaning

  @Test func aRowIsShownExactlyWhereSQLFindsTheConditionTrue() throws {
    var generator = SeededGenerator(seed: 11)
    var shown = 0
    for _ in 0..<2_000 {
      let condition = ModelCondition.random(depth: 3, &generator)
      let filter = try RowFilter(parsing: condition.text)
      let predicate = try filter.bound(to: Self.columns, principalName: nil).predicate
      for row in ModelRow.all {
        let isShown = try predicate.holds(of: row)
        #expect(isShown == (condition.holds(of: row) == true), "\(condition.text) of \(row)")
        shown += isShown ? 1 : 0
      }
      // What is printed says the same.
      let again = try RowFilter(parsing: filter.description)
      #expect(again == filter)
      #expect(again.description == filter.description)
      #expect(try again.bound(to: Self.columns, principalName: nil).predicate == predicate)
    }
    #expect((20_000...60_000).contains(shown))
  }

  @Test func whatIsBoundIsReadAgain() throws {
    var generator = SeededGenerator(seed: 12)
    for _ in 0..<500 {
      let predicate = try RowFilter(parsing: ModelCondition.random(depth: 3, &generator).text)
        .bound(to: Self.columns, principalName: nil).predicate
      guard predicate.jsonText.first == UInt8(ascii: "{") else { continue }
      let text = String(decoding: predicate.jsonText, as: UTF8.self)
      #expect(try RowFilter(parsing: text).bound(to: Self.columns, principalName: nil).predicate == predicate)
    }
  }

  @Test(
    arguments: [
      ("s = 'US'", #"{"type":"eq","left":{"type":"reference","id":3},"right":{"type":"literal","value":"US"}}"#),
      ("owner.name = principal.name", #"{"type":"eq","left":{"type":"reference","id":10},"right":{"type":"literal","value":"ana"}}"#),
      ("a in (1, 2, 1)", #"{"type":"in","child":{"type":"reference","id":1},"values":[1,2]}"#),
      ("codes is null", #"{"type":"is-null","child":{"type":"reference","id":11}}"#),
      ("S = 'x' and true", #"{"type":"eq","left":{"type":"reference","id":3},"right":{"type":"literal","value":"x"}}"#),
      ("\"is new\" = true", #"{"type":"eq","left":{"type":"reference","id":8},"right":{"type":"literal","value":true}}"#),
      // Renamed since, under the id it always had.
      ("country = 'DE'", #"{"type":"eq","left":{"type":"reference","id":20},"right":{"type":"literal","value":"DE"}}"#),
      ("a = 1 or true", "true"), ("a = 1 and false", "false"),
      (
        #"{"type":"not-eq","term":"s","value":"x"}"#,
        #"{"type":"not-eq","left":{"type":"reference","id":3},"right":{"type":"literal","value":"x"}}"#
      ),
      (
        #" {"type":"in","child":{"type":"reference","name":"s"},"values":{"type":"literals","values":["x"],"data-type":"string"}}"#,
        #"{"type":"in","child":{"type":"reference","id":3},"values":["x"]}"#
      ),
    ]) func filtersAreWrittenAsTheSpecificationSays(text: String, expected: String) throws
  {
    #expect(try Self.json(text) == expected)
  }

  @Test(
    arguments: [
      ("day >= '2024-02-29'", #""2024-02-29""#), ("at < '2024-01-01 01:30:00.5+02:00'", #""2023-12-31T23:30:00.500000+00:00""#),
      ("at < '2024-01-01T00:00Z'", #""2024-01-01T00:00:00.000000+00:00""#),
      ("local = '1969-12-31T23:59:59.1'", #""1969-12-31T23:59:59.100000000""#),
      ("price = 7", #""7.00""#), ("price = -0.5", #""-0.50""#), ("price <= '999.99'", #""999.99""#), ("share > 1", "1.0"),
      ("share > 1e-7", "1e-07"), ("a = -2147483648", "-2147483648"), ("s = 'it''s'", #""it's""#),
      ("uid = 'F79C3E09-677C-4BBD-A479-3F349CB785E7'", #""f79c3e09-677c-4bbd-a479-3f349cb785e7""#), ("raw = '0aFF'", #""0aff""#),
    ]) func literalsAreThoseOfTheColumnsType(text: String, expected: String) throws
  {
    #expect(try Self.json(text).hasSuffix(#""value":\#(expected)}}"#))
  }

  // MARK: Failing closed

  @Test(
    arguments: [
      "gone = 'x'", "absent = 1 or true", "not (absent = 1)", "a = 1 or absent is null",
      #"{"type":"not","child":{"type":"is-null","term":"absent"}}"#,
      #"{"type":"is-null","child":{"type":"reference","id":21}}"#,
    ]) func aFilterThatNamesAMissingColumnShowsNothing(text: String) throws
  {
    let bound = try RowFilter(parsing: text).bound(to: Self.columns, principalName: "ana")
    #expect(bound.predicate == .constant(false))
    #expect(bound.missingColumns.count == 1)
  }

  @Test(arguments: ["s = principal.name", "s != principal.name", "not (s = principal.name)", "s not in ('x', principal.name)"])
  func withoutANameNothingComparesWithIt(text: String) throws { #expect(try Self.json(text, name: nil) == "false") }

  @Test(
    arguments: [
      ("a = ", 5, "Expected a value, found the end"), ("a = null", 5, "write 'is null'"), ("= 1", 1, "Expected a column"),
      ("a = 1 b = 2", 7, "Expected 'and', 'or' or the end, found 'b'"), ("(a = 1", 7, "Expected ')'"),
      ("a ~ 1", 3, "Expected a comparison"),
      ("a = b", 5, "not with another column"), ("s like '%x'", 8, "its only %"), ("s like 'a_%'", 8, "its only %"),
      ("s = 'x", 5, "no closing '"), ("in = 1", 1, "put it in double quotes"), ("a is not 1", 10, "'null' or 'nan'"),
      ("a = 1.", 7, "a digit"),
      ("a not = 1", 7, "'in', 'like' or 'starts_with'"), ("a in ()", 7, "a value"), ("", 1, "Expected a column"),
      ("a = 12x", 7, "end of the number"),
      ("äö = 1 and ~", 12, "Expected a column, found '~'"), (#"{"type":}"#, 9, "Expected a value"),
    ]) func badTextsAreRefusedWithTheirPlace(text: String, position: Int, message: String) throws
  {
    let error = try #require(throws: AnnotationError.self) { try RowFilter(parsing: text) }
    #expect(error.position == position)
    #expect(error.message.contains(message))
  }

  @Test(
    arguments: [
      ("a = 'x'", 5, "'a' is int and compares with a whole number of 32 bits, not with 'x'"), ("a = 2147483648", 5, "32 bits"),
      ("a = 1.0", 5, "32 bits"), ("day = '2023-02-29'", 7, "a date such as"), ("at = '2024-01-01T00:00:00'", 6, "with offset"),
      ("local = '2024-01-01T00:00:00Z'", 9, "without offset"), ("price = 1000", 9, "at most 3 digits before"),
      ("price = 1.234", 9, "2 behind"),
      ("share = 1e999", 9, "a number"), ("s = 1", 5, "single quotes"), ("a = principal.name", 5, "principal.name is text"),
      ("a starts_with 'x'", 15, "32 bits"), ("day like '2024%'", 10, "a date"), ("a is nan", 1, "Only float and double"),
      ("codes.element = 'x'", 1, "lies in a list or map"), ("where = 'x'", 9, "only 'is null'"),
      ("case = 1", 1, "may mean any of CASE, Case"),
      (#"{"type":"eq","term":"a","value":"x"}"#, 33, "32 bits"), (#"{"type":"eq","left":{"type":"apply"},"right":1}"#, 21, "not supported"),
      (#"{"type":"like","term":"s","value":"x"}"#, 9, "Unknown predicate"), (#"{"type":"is-nan","term":"s"}"#, 1, "Only float"),
      (#"{"type":"is-null","term":"s","value":1}"#, 38, "Unknown member"),
    ]) func whatDoesNotSuitTheColumnIsRefused(text: String, position: Int, message: String) throws
  {
    let filter = try RowFilter(parsing: text)
    let error = try #require(throws: AnnotationError.self) { try filter.bound(to: Self.columns, principalName: "ana") }
    #expect(error.position == position)
    #expect(error.message.contains(message), "\(error)")
  }

  @Test func textsAreBounded() {
    #expect(throws: AnnotationError.self) { try RowFilter(parsing: "a = 1" + String(repeating: " ", count: 20_000)) }
    #expect(throws: AnnotationError.self) { try RowFilter(parsing: String(repeating: "(", count: 5_000)) }
    #expect(throws: AnnotationError.self) { try RowFilter(parsing: String(repeating: "not ", count: 3_000) + "true") }
    #expect(throws: AnnotationError.self) { try RowFilter(parsing: "a in (1" + String(repeating: ",1", count: 2_000) + ")") }
    #expect(throws: AnnotationError.self) { try RowFilter(parsing: String(repeating: #"{"type":"not","child":"#, count: 500)) }
  }
}
