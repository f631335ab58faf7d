import Iceberg
import Testing

private typealias M = ModelText

@Suite struct FreshIDsTests {
  /// A structure's own fields come before what is inside them; a map's key and value before either's parts.
  @Test func order() throws {
    let schema = try M.schema(
      [
        M.field(0, "a", "int", required: true),
        M.field(50, "s", M.structure(M.field(51, "x", "int"), M.field(52, "deep", M.structure(M.field(53, "y", "int"))))),
        M.field(
          60, "m",
          M.map(61, M.structure(M.field(62, "k", "int")), 63, M.list(64, M.structure(M.field(65, "v", "int"))))),
        M.field(70, "z", "int"),
      ].joined(separator: ","), id: 5, identifiers: [0])
    let (fresh, last, newIDs) = schema.reassigningIDs(schemaID: 0)
    let byName = Dictionary(uniqueKeysWithValues: fresh.allFields.map { ($0.name, $0.field.id) })
    #expect(
      byName == [
        "a": 1, "s": 2, "m": 3, "z": 4, "s.x": 5, "s.deep": 6, "s.deep.y": 7, "m.key": 8, "m.value": 9, "m.key.k": 10,
        "m.value.element": 11, "m.value.element.v": 12,
      ])
    #expect(last == 12 && fresh.id == 0 && fresh.identifierFieldIDs == [1])
    #expect(newIDs == [0: 1, 50: 2, 60: 3, 70: 4, 51: 5, 52: 6, 53: 7, 61: 8, 63: 9, 62: 10, 64: 11, 65: 12])
  }

  @Test(arguments: 0..<200)
  func denseAndTrue(seed: Int) {
    var generator = SchemaGenerator(seed: UInt64(seed) + 5_000)
    let schema = generator.schema()
    let (fresh, last, newIDs) = schema.reassigningIDs(schemaID: 7)
    let before = schema.allFields
    let after = fresh.allFields
    #expect(after.map(\.field.id).sorted() == Array(1...Int32(after.count)))
    #expect(last == Int32(after.count) && fresh.highestFieldID == last)
    #expect(before.map(\.name) == after.map(\.name))
    #expect(before.map { newIDs[$0.field.id] } == after.map { $0.field.id })
    #expect(newIDs.count == before.count)
    // Once is enough.
    #expect(fresh.reassigningIDs(schemaID: 7).schema == fresh)
  }
}
