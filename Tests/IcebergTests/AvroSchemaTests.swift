import Testing

@testable import Iceberg

@Suite struct AvroSchemaTests {
  private func type(_ text: String, limits: AvroLimits = .standard) throws(AvroError) -> String {
    String(describing: try AvroSchema.parse(Array(text.utf8), limits: limits))
  }

  @Test func readsEveryKindOfType() throws {
    let text = """
      {"type":"record","name":"r","namespace":"a.b","fields":[
        {"name":"n","type":"null"},{"name":"u","type":["null",{"type":"array","items":"int","element-id":2}],"field-id":1},
        {"name":"m","type":{"type":"map","values":{"type":{"type":"long","logicalType":"timestamp-micros"}}}},
        {"name":"f","type":{"type":"fixed","name":"f16","size":16}},{"name":"again","type":"f16"},{"name":"full","type":"a.b.f16"},
        {"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"]}}]}
      """
    guard case .record(let name, let fields) = try AvroSchema.parse(Array(text.utf8), limits: .standard) else {
      Issue.record("not a record")
      return
    }
    #expect(name == "a.b.r")
    #expect(fields.map(\.name) == ["n", "u", "m", "f", "again", "full", "e"])
    #expect(fields.map(\.id) == [nil, 1, nil, nil, nil, nil, nil])
    #expect(
      fields.map(\.type.name) == [
        "null", "union of null, array of int", "map of long", "fixed(16)", "fixed(16)", "fixed(16)", "enum",
      ])
  }

  @Test(arguments: [
    (#"{"type":"record","name":"r","fields":[{"name":"x","type":"r"}]}"#, AvroError.Reason.unsupported, "Avro type \"r\" holds itself"),
    (#""nothing""#, .malformed, "The Avro schema names a type \"nothing\" that it does not define"),
    (#"[]"#, .malformed, "The Avro schema cannot be read: An Avro union is empty at $"),
    (#"3"#, .malformed, "The Avro schema cannot be read: Expected an Avro type at $"),
    (
      #"{"type":"fixed","name":"f","size":-1}"#, .malformed,
      "The Avro schema cannot be read: An Avro fixed type has an impossible size at $.size"
    ),
    (
      #"{"type":"record","name":"r","fields":[{"name":"x","type":"int"},{"name":"x","type":"int"}]}"#, .malformed,
      "The Avro schema cannot be read: Avro record r has two fields \"x\" at $.fields[1]"
    ),
    (
      #"{"type":"record","name":"r","fields":[{"name":"x","type":{"type":"fixed","name":"r","size":1}}]}"#, .malformed,
      "The Avro schema cannot be read: Avro type \"r\" is defined twice at $.fields[0].type"
    ),
    (#"{"type":"record","name":"r"}"#, .malformed, "The Avro schema cannot be read: Missing required field \"fields\" at $"),
  ])
  func refuses(text: String, reason: AvroError.Reason, message: String) {
    let error = #expect(throws: AvroError.self) { _ = try type(text) }
    #expect(error?.description == message)
    #expect(error?.reason == reason)
  }

  @Test func depthIsBounded() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: #"{"type":"array","items":"#, count: depth) + #""int""# + String(repeating: "}", count: depth)
    }
    _ = try type(nested(63))
    #expect(throws: AvroError.tooLarge("The Avro schema is nested deeper than 64")) { _ = try type(nested(64)) }
    #expect(throws: AvroError.self) { _ = try type(nested(100_000)) }
  }

  /// Each record names the one before twice: a schema of a few kilobytes that stands for 2^60 fields.
  @Test func namesThatMultiplyAreBounded() {
    let fields = (0..<60).map { level in
      let inside = level == 0 ? "" : #"{"name":"a","type":"r\#(level - 1)"},{"name":"b","type":"r\#(level - 1)"}"#
      return #"{"name":"f\#(level)","type":{"type":"record","name":"r\#(level)","fields":[\#(inside)]}}"#
    }
    let text = #"{"type":"record","name":"r","fields":[\#(fields.joined(separator: ","))]}"#
    #expect(throws: AvroError.tooLarge("The Avro schema has more than 100000 types")) { _ = try type(text) }
  }
}
