import Iceberg
import Testing

private typealias M = ModelText

@Suite struct SchemaEvolutionTests {
  private static let base = [
    M.field(1, "id", "int", required: true), M.field(2, "name", "string"), M.field(3, "s", M.structure(M.field(4, "x", "date"))),
    M.field(5, "l", M.list(6, "float")), M.field(7, "u", "unknown"),
  ]

  private func problems(_ fields: [String], formatVersion: Int = 3) throws -> [String] {
    let old = try M.schema(Self.base.joined(separator: ","))
    let new = try M.schema(fields.joined(separator: ","))
    return old.incompatibilities(with: new, formatVersion: formatVersion).map(\.description)
  }

  private func replacing(_ place: Int, _ field: String) -> [String] {
    var fields = Self.base
    fields[place] = field
    return fields
  }

  @Test func harmless() throws {
    #expect(try problems(Self.base).isEmpty)
    #expect(try problems(Self.base.reversed().dropLast()).isEmpty)
    #expect(try problems(replacing(0, M.field(1, "renamed", "long"))).isEmpty)
    #expect(try problems(replacing(2, M.field(3, "s", M.structure(M.field(4, "y", "timestamp"), M.field(9, "new", "int"))))).isEmpty)
    #expect(try problems(replacing(3, M.field(5, "l", M.list(6, "double", required: false)))).isEmpty)
    #expect(try problems(replacing(4, M.field(7, "u", M.structure(M.field(9, "a", "int"))))).isEmpty)
    // A structure that is new and may be missing can have required parts.
    #expect(try problems(Self.base + [M.field(9, "n", M.structure(M.field(10, "r", "int", required: true)))]).isEmpty)
    let withDefault = #"{"id":9,"name":"d","required":true,"type":"int","initial-default":0}"#
    #expect(try problems(Self.base + [withDefault]).isEmpty)
  }

  @Test func breaking() throws {
    #expect(try problems(replacing(0, M.field(1, "id", "string", required: true))) == ["Cannot change column type: id: int -> string"])
    #expect(
      try problems(replacing(2, M.field(3, "s", M.structure(M.field(4, "x", "timestamp")))), formatVersion: 2) == [
        "Cannot change column type: s.x: date -> timestamp"
      ])
    #expect(
      try problems(replacing(2, M.field(3, "s", "string"))) == ["Cannot change column type: s: struct<4: x: optional date> -> string"])
    #expect(
      try problems(replacing(3, M.field(5, "l", M.list(9, "float")))).first == "Cannot change column type: l: list<float> -> list<float>")
    #expect(
      try problems(replacing(1, M.field(2, "name", "string", required: true))) == [
        "Cannot change column nullability: name: optional -> required"
      ])
    #expect(
      try problems(Self.base + [M.field(9, "r", "int", required: true)]) == [
        "Incompatible change: cannot add required column without a default value: r"
      ])
    #expect(
      try problems(replacing(2, M.field(4, "x", "date"))) == ["Cannot reuse field id 4: it was that of s.x, not of x"])
  }
}
