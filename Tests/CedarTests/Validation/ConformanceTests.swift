import JSON
import Testing

@testable import Cedar

@Suite struct ConformanceTests {
  private let schema: Schema

  init() throws { schema = try Schema(text: ConformanceTable.schema) }

  private func checkEntities(_ text: String) throws {
    let json = try JSONDocument(parsing: text).root
    try schema.check(EntityStore(EntityReader.entities(json, expecting: schema.expectation)))
  }

  private func checkRequest(_ text: String) throws {
    let json = try JSONDocument(parsing: text).root
    let action = try ValueReader.entity(json.object().required("action"))
    try schema.check(RequestReader.request(json, expecting: schema.expectedContext(of: action)))
  }

  @Test(arguments: ConformanceTable.acceptedEntities)
  func acceptsEntities(text: String) { #expect(throws: Never.self) { try checkEntities(text) } }

  @Test(arguments: ConformanceTable.refusedEntities)
  func refusesEntities(text: String) { #expect(throws: (any Error).self) { try checkEntities(text) } }

  @Test(arguments: ConformanceTable.acceptedRequests)
  func acceptsRequests(text: String) { #expect(throws: Never.self) { try checkRequest(text) } }

  @Test(arguments: ConformanceTable.refusedRequests)
  func refusesRequests(text: String) { #expect(throws: (any Error).self) { try checkRequest(text) } }

  /// The same verdicts for values that no expectation has seen.
  @Test func checksValuesThemselves() throws {
    for text in ConformanceTable.refusedEntities {
      let entities = try EntityReader.entities(JSONDocument(parsing: text).root)
      #expect(throws: ConformanceError.self, "\(text)") { try schema.check(EntityStore(entities)) }
    }
    for text in ConformanceTable.refusedRequests {
      let request = try RequestReader.request(JSONDocument(parsing: text).root)
      #expect(throws: ConformanceError.self, "\(text)") { try schema.check(request) }
    }
  }

  @Test func namesThePlace() throws {
    let user = EntityUID(type: EntityTypeName(unchecked: "User"), id: "u")
    let inner = Value.record(Record([("x", .string("no"))]))
    let entity = Entity(uid: user, attributes: Record([("name", .string("n")), ("inner", inner)]))
    #expect(throws: ConformanceError.mismatch(place: "User::\"u\".inner.x", expected: "Long", found: "String")) {
      try schema.check(entity)
    }
  }

  @Test func givesActionsWithTheirGroups() throws {
    try schema.check(EntityStore(schema.actionEntities))
    #expect(schema.actionEntities.map(\.uid.id) == ["all", "read", "some"])
  }
}
