import Testing

@testable import Iceberg

@Suite struct AvroProjectionTests {
  private enum Slot: Int, CaseIterable { case number, text, list }

  private static let wanted: [AvroWantedField] = [
    .value(1, "number", .long, Slot.number),
    .record(9, "inside", [.value(2, "text", .text, Slot.text), .value(3, "list", .ints, Slot.list)]),
  ]

  private func rows(schema: String, count: Int64, _ content: [UInt8]) throws -> [AvroRecord] {
    let file = AvroWriter.container(schema: schema, count: count, content)
    var reader = try AvroRowReader(file, wanted: Self.wanted, slots: Slot.allCases.count, limits: .standard)
    var result: [AvroRecord] = []
    while let record = try reader.next({ AvroRecord(row: $0.row, bytes: $0.bytes) }) { result.append(record) }
    return result
  }

  /// Everything that can be stepped over, between the fields wanted; arrays also in blocks that say their size.
  @Test func stepsOverAllElse() throws {
    let schema = """
      {"type":"record","name":"r","fields":[
      {"name":"a","type":"boolean"},{"name":"b","type":"float"},{"name":"c","type":"double"},{"name":"d","type":"bytes"},
      {"name":"e","type":{"type":"fixed","name":"F","size":3}},{"name":"f","type":{"type":"enum","name":"E","symbols":["x"]}},
      {"name":"renamed","type":["int","null"],"field-id":1},
      {"name":"g","type":{"type":"map","values":{"type":"array","items":"string"}}},
      {"name":"h","type":{"type":"array","items":{"type":"record","name":"kv","fields":[{"name":"k","type":"int"},{"name":"v","type":"long"}]}}},
      {"name":"i","type":{"type":"array","items":"null"}},
      {"name":"j","type":["null",{"type":"record","name":"in","fields":[
        {"name":"x","type":"F"},{"name":"t","type":"bytes","field-id":2},{"name":"l","type":{"type":"array","items":"long"},"field-id":3}
      ]}],"field-id":9},
      {"name":"number","type":"string","field-id":77}]}
      """
    func row(_ writer: inout AvroWriter, sized: Bool) {
      writer.bytes += [1] + [UInt8](repeating: 7, count: 12)
      writer.text("bytes")
      writer.bytes += [1, 2, 3]
      writer.long(0)
      writer.long(0)
      writer.long(-5)
      writer.long(1)
      writer.text("key")
      writer.long(2)
      writer.text("")
      writer.text("x")
      writer.long(0)
      writer.long(0)
      let pairs = AvroWriter.bytes { for value in [1, 300, 2, -300] as [Int64] { $0.long(value) } }
      writer.long(sized ? -2 : 2)
      if sized { writer.long(Int64(pairs.count)) }
      writer.bytes += pairs
      writer.long(0)
      writer.long(.max)
      writer.long(0)
      writer.long(1)
      writer.bytes += [4, 5, 6]
      writer.text("größe")
      writer.long(-1)
      writer.long(1)
      writer.long(7)
      writer.long(1)
      writer.long(Int64(Int32.min))
      writer.long(0)
      writer.text("end")
    }
    let content = AvroWriter.bytes { writer in
      row(&writer, sized: false)
      row(&writer, sized: true)
    }
    let rows = try rows(schema: schema, count: 2, content)
    #expect(rows.count == 2)
    for row in rows {
      #expect(row.long(Slot.number) == -5)
      #expect(try row.text(Slot.text) == "größe")
      #expect(row.ints(Slot.list) == [7, .min])
    }
  }

  @Test func cellsDoNotLeakIntoTheNextRow() throws {
    let schema = #"{"type":"record","name":"r","fields":[{"name":"n","type":["null","long"],"field-id":1}]}"#
    let rows = try rows(schema: schema, count: 2, [2, 8, 0])
    #expect(rows.map { $0.long(Slot.number) } == [4, nil])
  }

  @Test func fieldsWithoutIDsAreFoundByName() throws {
    let rows = try rows(schema: #"{"type":"record","name":"r","fields":[{"name":"number","type":"int"}]}"#, count: 1, [8])
    #expect(rows.first?.long(Slot.number) == 4)
  }

  @Test(
    arguments: [
      (
        #"{"type":"record","name":"r","fields":[{"name":"n","type":"string","field-id":1}]}"#, [],
        "Field \"number\" (1) has Avro type string"
      ),
      (
        #"{"type":"record","name":"r","fields":[{"name":"n","type":"int","field-id":1},{"name":"m","type":"int","field-id":1}]}"#, [],
        "Record r has field id 1 twice"
      ),
      (#""int""#, [], "The file holds int, not records"),
      (
        #"{"type":"record","name":"r","fields":[{"name":"n","type":["null","long"],"field-id":1}]}"#, [4],
        "A union of 2 types has no type 2 at byte 0 of the block at byte "
      ),
      (
        #"{"type":"record","name":"r","fields":[{"name":"n","type":["null","long"],"field-id":1}]}"#, [1],
        "A union of 2 types has no type -1 at byte 0 of the block at byte "
      ),
      (
        #"{"type":"record","name":"r","fields":[{"name":"n","type":{"type":"array","items":"int"}}]}"#, [0xFE, 0xFF, 0xFF, 0x7F, 0],
        "An array has a block of 134217727 items, more than what is left can hold at byte 0 of the block at byte "
      ),
      (
        #"{"type":"record","name":"r","fields":[{"name":"n","type":"int"}]}"#, [2, 2],
        "1 bytes are left after the last record at byte 1 of the block at byte "
      ),
    ] as [(String, [UInt8], String)])
  func refuses(schema: String, content: [UInt8], message: String) {
    let error = #expect(throws: AvroError.self) { _ = try rows(schema: schema, count: content.isEmpty ? 0 : 1, content) }
    #expect(error?.description.hasPrefix(message) == true, "\(String(describing: error))")
  }

  @Test func wantedIntsKeepTo32Bits() throws {
    enum Only: Int { case value }
    let schema = #"{"type":"record","name":"r","fields":[{"name":"n","type":"long","field-id":1}]}"#
    let file = AvroWriter.container(schema: schema, count: 1, AvroWriter.bytes { $0.long(1 << 31) })
    var reader = try AvroRowReader(file, wanted: [.value(1, "n", .int, Only.value)], slots: 1, limits: .standard)
    let error = #expect(throws: AvroError.self) { _ = try reader.next { $0.long(Only.value) } }
    #expect(error?.message == "2147483648 is not a number of 32 bits")
    #expect(try reader.next { $0.long(Only.value) } == nil)
  }
}
