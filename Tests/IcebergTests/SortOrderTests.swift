import Iceberg
import Testing

private typealias M = ModelText

@Suite struct SortOrderTests {
  private static func order(_ fields: String, id: Int = 1) throws -> SortOrder {
    try M.read(#"{"order-id":\#(id),"fields":[\#(fields)]}"#)
  }

  @Test func golden() throws {
    let text =
      #"{"order-id":3,"fields":[{"transform":"identity","source-id":2,"direction":"asc","null-order":"nulls-last"},"#
      + #"{"transform":"x[1]","source-ids":[3,4],"direction":"desc","null-order":"nulls-first","y":1}],"z":[]}"#
    let order: SortOrder = try M.read(text)
    #expect(M.write(order) == text)
    #expect(!order.isUnsorted && order.fields[1].description == "x[1](3, 4) DESC NULLS FIRST")
    #expect(M.write(SortOrder.unsorted) == #"{"order-id":0,"fields":[]}"#)
    #expect(try M.read(#"{"order-id":0,"fields":[]}"#) == SortOrder.unsorted)
  }

  @Test func defaults() throws {
    let order = try Self.order(
      #"{"transform":"day","source-id":1,"direction":"ASC"},{"transform":"day","source-id":1,"direction":"Desc","null-order":null}"#)
    #expect(order.fields.map(\.nullOrder) == [.first, .last])
  }

  private static let malformedOrders: [(String, String)] = [
    (#"{"order-id":1,"fields":[]}"#, "Unsorted order ID must be 0 at $"),
    (
      #"{"order-id":0,"fields":[{"transform":"day","source-id":1,"direction":"asc"}]}"#,
      "Sort order ID 0 is reserved for unsorted order at $"
    ),
    (
      #"{"order-id":1,"fields":[{"transform":"day","source-id":1,"direction":"up"}]}"#,
      "Invalid sort direction: up at $.fields[0].direction"
    ),
    (
      #"{"order-id":1,"fields":[{"transform":"day","source-id":1,"direction":"asc","null-order":"none"}]}"#,
      "Unexpected null order: none at $.fields[0].null-order"
    ),
    (#"{"order-id":1}"#, "Missing required field \"fields\" at $"), (#"{"fields":[]}"#, "Missing required field \"order-id\" at $"),
  ]

  @Test(arguments: malformedOrders)
  func malformed(text: String, message: String) {
    #expect(M.refusal { _ = try M.read(text, as: SortOrder.self) } == message)
  }

  private static let checks: [(Int, String, String?)] = [
    (1, "identity", nil), (1, "bucket[3]", nil), (4, "identity", nil), (1, "future", nil),
    (9, "identity", "Cannot find source column for sort field: identity(9) ASC NULLS FIRST"),
    (2, "identity", "Cannot sort by non-primitive source field: list<struct<4: x: required int>>"),
    (1, "day", "Invalid source type string for transform: day"),
  ]

  @Test(arguments: checks)
  func validation(source: Int, transform: String, message: String?) throws {
    let schema = try M.schema(
      M.field(1, "a", "string") + "," + M.field(2, "l", M.list(3, M.structure(M.field(4, "x", "int", required: true)))))
    let order = try Self.order(#"{"transform":"\#(transform)","source-id":\#(source),"direction":"asc"}"#)
    #expect(M.refusal { try order.validate(against: schema) } == message)
  }
}
