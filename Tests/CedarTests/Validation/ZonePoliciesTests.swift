import JSON
import Testing

@testable import Cedar

/// The first schema and policies for catalogs, which the real engine accepts.
@Suite struct ZonePoliciesTests {
  private static let folder = Corpus.folder.map { $0 + "/../policies" }

  private static func text(_ name: String) throws -> String {
    String(decoding: try Corpus.bytes(#require(folder) + "/" + name), as: UTF8.self)
  }

  @Test(.enabled(if: Corpus.folder != nil, Corpus.absence))
  func validate() throws {
    let document = try SchemaDocument(text: Self.text("zones.cedarschema"))
    let schema = try Schema(document)
    let policies = try PolicySet(parsing: Self.text("zones.cedar"))
    let result = Validator(schema).validate(policies)
    #expect(policies.policies.count > 5)
    #expect(result.errors == [])
    #expect(result.warnings == [])
    #expect(try Schema(json: JSONDocument(parsing: document.jsonText).root).isSame(as: schema))
    #expect(try Schema(text: document.text()).isSame(as: schema))
  }
}
