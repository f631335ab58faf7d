import JSON
import Testing

@testable import Cedar

@Suite struct SchemaReadingTests {
  @Test(arguments: SchemaTable.acceptedTexts)
  func acceptsText(text: String) {
    #expect(throws: Never.self) { try Schema(text: text) }
  }

  @Test(arguments: SchemaTable.refusedTexts)
  func refusesText(text: String) {
    #expect(throws: SchemaError.self) { try Schema(text: text) }
  }

  @Test(arguments: SchemaTable.acceptedDocuments)
  func acceptsDocument(text: String) {
    #expect(throws: Never.self) { try Schema(json: JSONDocument(parsing: text).root) }
  }

  @Test(arguments: SchemaTable.refusedDocuments)
  func refusesDocument(text: String) {
    #expect(throws: SchemaError.self) { try Schema(json: JSONDocument(parsing: text).root) }
  }

  /// Text to JSON to text: what the schema means stays, and the second JSON is the first.
  @Test(arguments: SchemaTable.acceptedTexts)
  func translatesTextAndBack(text: String) throws {
    let document = try SchemaDocument(text: text)
    let json = try SchemaDocument(json: JSONDocument(parsing: document.jsonText, limits: ValueReader.limits).root)
    #expect(json == document)
    #expect(try Schema(json).isSame(as: Schema(document)))
    guard let written = try? json.text() else { return #expect(text.hasPrefix("entity A; type A")) }
    #expect(try SchemaDocument(text: written).jsonText == document.jsonText)
  }

  @Test(arguments: SchemaTable.acceptedDocuments)
  func translatesDocumentAndBack(text: String) throws {
    let document = try SchemaDocument(json: JSONDocument(parsing: text).root)
    // The text has no shapes that name a record, and cannot tell an entity type from a common type of the same name.
    guard let written = try? document.text() else {
      return #expect(text.contains(#""shape": {"type": "T"}"#) || text.contains(#""commonTypes": {"A""#))
    }
    #expect(try Schema(text: written).isSame(as: Schema(document)))
  }

  @Test(arguments: [
    ("entity A {\n  a: Foo\n};", "line 2, column 6: No type Foo is declared; expected a common type, an entity type or a built-in type"),
    ("entity A;\nentity B in [A, C];", "line 2, column 17: No entity type C is declared; expected an entity type of this schema"),
    ("entity A", "line 1, column 9: Expected ';', found the end of the text"),
    ("action x in y;", "line 1, column 13: No action \"y\" is declared; expected an action of this schema"),
    ("foo", "line 1, column 1: Expected 'namespace', 'entity', 'type' or 'action', found 'foo'"),
    ("type A = Set<A>;", "line 1, column 1: The type A is made of itself; expected types without cycles"),
  ])
  func saysWhereAndWhy(text: String, message: String) {
    do throws(SchemaError) {
      _ = try Schema(text: text)
      Issue.record("Accepted")
    } catch {
      #expect(error.description == message)
    }
  }

  @Test func saysWhereInADocument() {
    let text = #"{"": {"entityTypes": {"A": {"memberOfTypes": ["B"]}}, "actions": {}}}"#
    do throws(SchemaError) {
      _ = try Schema(json: try! JSONDocument(parsing: text).root)
      Issue.record("Accepted")
    } catch {
      #expect("\(error)".hasSuffix("entityTypes.A.memberOfTypes[0]: No entity type B is declared; expected an entity type of this schema"))
    }
  }

  @Test func refusesDeepNesting() {
    for (open, close) in [("Set<", ">"), ("{a: ", "}")] {
      let type = String(repeating: open, count: 10_000) + "Long" + String(repeating: close, count: 10_000)
      #expect(throws: SchemaError.self) { try Schema(text: "type A = \(type);") }
    }
  }

  @Test func refusesTypesThatGrowWithoutBound() {
    let doubled = (1...30).map { "type T\($0) = {a: T\($0 - 1), b: T\($0 - 1)};" }.joined()
    #expect(throws: SchemaError.self) { try Schema(text: "type T0 = Long;" + doubled) }
    let chained = (1...1000).map { "type T\($0) = Set<T\($0 - 1)>;" }.joined()
    #expect(throws: SchemaError.self) { try Schema(text: "type T0 = Long;" + chained) }
    let renamed = (1...10_000).map { "type T\($0) = T\($0 - 1);" }.joined()
    #expect(throws: Never.self) { try Schema(text: "type T0 = Long;" + renamed) }
  }

  @Test func resolvesNamesAndHierarchies() throws {
    let schema = try Schema(
      text: """
        entity Global;
        namespace N {
          type Name = String;
          entity Folder in [Folder] tags Name;
          entity File in Folder { owner?: Global, folder: N::Folder, name: Name, size: __cedar::Long };
          entity Kind enum ["a", "b"];
          action all;
          action read, "write it" in [all] appliesTo { principal: Global, resource: [File, Folder], context: { at: datetime } };
          action peek in read;
        }
        """)
    let file = try #require(schema.entityTypes[EntityTypeName(unchecked: "N::File")])
    #expect(file.ancestors == [EntityTypeName(unchecked: "N::Folder")])
    #expect(file.attributes.description == "{ folder: N::Folder, name: String, owner?: Global, size: Long }")
    #expect(schema.entityTypes[EntityTypeName(unchecked: "N::Folder")]?.tags == .string)
    let action = { (id: Text) in EntityUID(type: EntityTypeName(unchecked: "N::Action"), id: id) }
    #expect(schema.actions[action("peek")]?.ancestors == [action("all"), action("read")])
    #expect(schema.actions[action("write it")]?.resources.map(\.description) == ["N::File", "N::Folder"])
    #expect(schema.actions[action("read")]?.context.description == "{ at: datetime }")
    #expect(schema.allows(EntityUID(type: EntityTypeName(unchecked: "N::Kind"), id: "a")))
    #expect(!schema.allows(EntityUID(type: EntityTypeName(unchecked: "N::Kind"), id: "c")))
  }
}

extension Schema {
  func isSame(as other: Schema) -> Bool { entityTypes == other.entityTypes && actions == other.actions }
}
