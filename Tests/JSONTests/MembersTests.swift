import JSON
import Testing

@Suite struct MembersTests {
  private static let words = JSONWords("id", "name", "required", "type")
  private static let kinds = JSONWords("int", "string", "")

  private static func members<T>(_ text: String, _ body: (borrowing JSONMembers) throws(JSONError) -> T) throws -> T {
    try body(try JSONDocument(parsing: text).root.members(words))
  }

  private static func refusal(_ text: String, _ body: (borrowing JSONMembers) throws(JSONError) -> Void) -> String? {
    do {
      try members(text, body)
      return nil
    } catch {
      return "\(error)"
    }
  }

  /// What members say, read once: expectations cannot look into values that cannot be copied.
  private struct Findings: Equatable {
    var id: Int32?
    var name: String?
    var isRequired: Bool?
    var kind: Int?
    var present: [Bool]
    var unknown: String

    init(_ members: borrowing JSONMembers) throws(JSONError) {
      id = members.lacks(0...0) ? nil : try members.int32(0)
      name = members.lacks(1...1) ? nil : try members.string(1)
      isRequired = members.lacks(2...2) ? nil : try members.bool(2)
      kind = members.choice(3, among: MembersTests.kinds)
      present = [members.optional(0) != nil, members.optional(3) != nil]
      let fields = members.unknown
      unknown = String(decoding: JSONWriter.text { $0.object { $0.fields(fields) } }, as: UTF8.self)
    }

    init(id: Int32?, name: String?, isRequired: Bool?, kind: Int?, present: [Bool], unknown: String) {
      (self.id, self.name, self.isRequired, self.kind, self.present, self.unknown) = (id, name, isRequired, kind, present, unknown)
    }
  }

  @Test func membersAreFoundInAnyOrder() throws {
    let found = try Self.members(#"{"x":1,"type":"string","\u0069d":7,"y":{"id":9},"required":true,"name":"a\"b"}"#, Findings.init)
    #expect(found == Findings(id: 7, name: "a\"b", isRequired: true, kind: 1, present: [true, true], unknown: #"{"x":1,"y":{"id":9}}"#))
  }

  @Test func whatIsAbsentOrNullIsMissing() throws {
    let found = try Self.members(#"{"id":null,"type":""}"#, Findings.init)
    #expect(found == Findings(id: nil, name: nil, isRequired: nil, kind: 2, present: [false, true], unknown: "{}"))
    let other = try Self.members(#"{"type":"long","required":false}"#, Findings.init)
    #expect(other == Findings(id: nil, name: nil, isRequired: false, kind: nil, present: [false, true], unknown: "{}"))
    #expect(Self.refusal(#"{"id":null}"#) { members throws(JSONError) in _ = try members.int32(0) } == "Missing required field \"id\" at $")
    #expect(Self.refusal("{}") { members throws(JSONError) in _ = try members.bool(2) } == "Missing required field \"required\" at $")
  }

  @Test(
    arguments: [
      (#"{"id":2147483648}"#, "Expected a number of 32 bits, found 2147483648 at $.id"),
      (#"{"id":1.0}"#, "Expected a whole number, found 1.0 at $.id"),
      (#"{"id":9223372036854775808}"#, "Expected a number of 64 bits, found 9223372036854775808 at $.id"),
      (#"{"id":"1"}"#, "Expected a whole number, found \"1\" at $.id"), ("[]", "Expected an object, found [] at $"),
    ]) func errorsAreThoseOfValues(text: String, message: String)
  {
    #expect(Self.refusal(text) { members throws(JSONError) in _ = try members.int32(0) } == message)
  }

  @Test func elementsAreReadInTurn() throws {
    let array = try JSONDocument(parsing: #"[{"id":1},{"name":"x","id":-2147483648},{"id":3,"z":[{"id":4}]}]"#).root.array()
    var ids: [Int32] = []
    try array.forEachObject(Self.words) { members throws(JSONError) in ids.append(try members.int32(0)) }
    #expect(ids == [1, .min, 3])
    #expect(array.count == 3)
    let mixed = try JSONDocument(parsing: #"[{"id":1},2]"#).root.array()
    let error = #expect(throws: JSONError.self) {
      try mixed.forEachObject(Self.words) { members throws(JSONError) in _ = try members.int32(0) }
    }
    #expect(error?.description == "Expected an object, found 2 at $[1]")
  }
}
