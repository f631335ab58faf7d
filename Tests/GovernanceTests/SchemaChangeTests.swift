import Governance
import Iceberg
import JSON
import SeededRandom
import Testing

@Suite struct SchemaChangeTests {
  private static func changes(_ old: String, _ new: String, identifiers: String = "", version: Int = 2) throws -> [SchemaChange] {
    try SchemaChange.changes(
      from: CommitModel.schema(old), to: CommitModel.schema(new, identifiers: identifiers), formatVersion: version)
  }

  private static func column(_ id: Int, _ name: String, _ type: String = #""int""#, required: Bool = false, _ more: String = "") -> String {
    #"{"id":\#(id),"name":"\#(name)","required":\#(required),"type":\#(type)\#(more)}"#
  }

  @Test func eachStepIsTold() throws {
    let old = Self.column(1, "a")
    let required = Self.column(1, "a", required: true)
    #expect(try Self.changes(old, old).isEmpty)
    #expect(try Self.changes(old, old + "," + Self.column(2, "b")) == [.columnAdded("b")])
    #expect(try Self.changes(old, old + "," + Self.column(2, "b", required: true)) == [.requiredColumnAdded("b")])
    #expect(
      try Self.changes(old, old + "," + Self.column(2, "b", required: true, #","initial-default":1"#), version: 3) == [.columnAdded("b")])
    #expect(try Self.changes(old, Self.column(2, "b")) == [.columnAdded("b"), .columnDropped("a")])
    #expect(try Self.changes(old, Self.column(1, "b")) == [.columnRenamed(from: "a", to: "b")])
    #expect(try Self.changes(old, required) == [.madeRequired("a")])
    #expect(try Self.changes(required, old) == [.madeOptional("a")])
    #expect(try Self.changes(old, Self.column(1, "a", #""long""#)) == [.typePromoted("a", from: "int", to: "long")])
    #expect(try Self.changes(Self.column(1, "a", #""long""#), old) == [.typeChanged("a", from: "long", to: "int")])
    #expect(try Self.changes(old, Self.column(1, "a", #""int""#, #","doc":"x""#)) == [.docChanged("a")])
    #expect(try Self.changes(old, Self.column(1, "a", #""int""#, #","write-default":1"#)) == [.writeDefaultChanged("a")])
    #expect(try Self.changes(old, Self.column(1, "a", #""int""#, #","initial-default":1"#)) == [.initialDefaultChanged("a")])
    let both = Self.column(1, "a") + "," + Self.column(2, "b")
    #expect(try Self.changes(both, Self.column(2, "b") + "," + Self.column(1, "a")) == [.columnsReordered])
    #expect(try Self.changes(required, required, identifiers: #","identifier-field-ids":[1]"#) == [.identifierFieldsChanged])
  }

  @Test func insideStructures() throws {
    func structure(_ fields: String) -> String { #"{"type":"struct","fields":[\#(fields)]}"# }
    let old = Self.column(1, "s", structure(Self.column(2, "a"))) + "," + Self.column(3, "b")
    #expect(
      try Self.changes(old, Self.column(1, "s", structure(Self.column(2, "a", required: true))) + "," + Self.column(3, "b"))
        == [.madeRequired("s.a")])
    #expect(
      try Self.changes(old, Self.column(1, "s", structure(Self.column(2, "a") + "," + Self.column(3, "b"))))
        == [.columnMoved(from: "b", to: "s.b")])
    #expect(try Self.changes(old, Self.column(3, "b")) == [.columnDropped("s")])
    // A renamed structure is one step; so is a new one, whatever is in it.
    #expect(
      try Self.changes(old, Self.column(1, "t", structure(Self.column(2, "a"))) + "," + Self.column(3, "b"))
        == [.columnRenamed(from: "s", to: "t")])
    let more = old + "," + Self.column(4, "n", structure(Self.column(5, "x", required: true)))
    #expect(try Self.changes(old, more) == [.columnAdded("n")])
    func list(_ element: Int) -> String { #"{"type":"list","element-id":\#(element),"element":"int","element-required":false}"# }
    #expect(
      try Self.changes(Self.column(1, "l", list(2)), Self.column(1, "l", list(3))).contains {
        if case .typeChanged("l", _, _) = $0 { true } else { false }
      })
  }

  // MARK: Composition

  /// A column of a schema that grows at random.
  private struct Growth {
    var fields: [NestedField]
    var lastID: Int32

    init(_ random: inout SeededGenerator) {
      fields = []
      lastID = 0
      for _ in 0..<Int.random(in: 1...4, using: &random) { addColumn(&random) }
    }

    var schema: Schema { Schema(id: 0, fields: fields) }

    mutating func addColumn(_ random: inout SeededGenerator) {
      lastID += 1
      var field = NestedField(id: lastID, name: "c\(lastID)", isRequired: false, type: .primitive(.int))
      switch Int.random(in: 0..<5, using: &random) {
      case 0: field.type = .primitive(.decimal(precision: 5, scale: 2))
      case 1: field.type = .primitive(.date)
      case 2:
        field.isRequired = true
        field.initialDefault = Array("1".utf8)
      case 3:
        lastID += 1
        field.type = .structure([NestedField(id: lastID, name: "x", isRequired: true, type: .primitive(.float))])
      default: break
      }
      fields.append(field)
    }

    mutating func step(_ random: inout SeededGenerator) {
      let index = Int.random(in: 0..<fields.count, using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: addColumn(&random)
      case 1: fields[index].isRequired = false
      case 2: fields[index].doc = "doc \(Int.random(in: 0..<9, using: &random))"
      case 3: fields.shuffle(using: &random)
      case 4: fields[index].type = Self.promoted(fields[index].type)
      default:
        guard case .structure(var inner) = fields[index].type else { return }
        lastID += 1
        inner.append(NestedField(id: lastID, name: "x\(lastID)", isRequired: false, type: .primitive(.unknown)))
        inner[0].isRequired = false
        fields[index].type = .structure(inner)
      }
    }

    private static func promoted(_ type: IcebergType) -> IcebergType {
      switch type {
      case .primitive(.int): .primitive(.long)
      case .primitive(.date): .primitive(.timestamp)
      case .primitive(.unknown): .primitive(.int)
      case .primitive(.decimal(let precision, let scale)): .primitive(.decimal(precision: min(38, precision + 3), scale: scale))
      case .structure(let fields):
        .structure(
          fields.map { field in
            var field = field
            field.type = field.type == .primitive(.float) ? .primitive(.double) : promoted(field.type)
            return field
          })
      default: type
      }
    }
  }

  /// Additive steps stay additive, however many are taken at once; backwards they are not, unless nothing changed but words.
  @Test(arguments: 0..<300) func additiveStepsCompose(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    var growth = Growth(&random)
    var schemas = [growth.schema]
    for _ in 0..<12 {
      growth.step(&random)
      schemas.append(growth.schema)
    }
    for (first, old) in schemas.enumerated() {
      for new in schemas[first...] {
        let changes = SchemaChange.changes(from: old, to: new, formatVersion: 3)
        #expect(changes.filter { !$0.isAdditive } == [])
        // The model's own check of readability agrees.
        #expect(old.incompatibilities(with: new).isEmpty)
        let back = SchemaChange.changes(from: new, to: old, formatVersion: 3)
        let isReversible = changes.allSatisfy { change in
          if case .docChanged = change { return true }
          return change == .columnsReordered
        }
        #expect(back.contains { !$0.isAdditive } != isReversible)
      }
    }
  }

  /// One breaking step among additive ones is found.
  @Test(arguments: 0..<200) func aBreakingStepIsNotHidden(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    var growth = Growth(&random)
    let old = growth.schema
    for _ in 0..<6 { growth.step(&random) }
    let known = Set(old.fields.map(\.id))
    let candidates = growth.fields.indices.filter { known.contains(growth.fields[$0].id) }
    let index = try #require(candidates.randomElement(using: &random))
    switch Int.random(in: 0..<4, using: &random) {
    case 0: growth.fields.remove(at: index)
    case 1: growth.fields[index].name = "renamed"
    case 2: growth.fields[index].type = .primitive(.boolean)
    default: growth.fields.append(NestedField(id: 900, name: "r", isRequired: true, type: .primitive(.int)))
    }
    let changes = SchemaChange.changes(from: old, to: growth.schema, formatVersion: 3)
    // What was inside of a structure that became something else is told as dropped, too.
    #expect((1...2).contains(changes.filter { !$0.isAdditive }.count))
  }
}
