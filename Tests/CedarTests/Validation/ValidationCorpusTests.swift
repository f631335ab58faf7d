import JSON
import Testing

@testable import Cedar

/// The verdicts of the real engine on the policies of the corpus.
@Suite struct ValidationCorpusTests {
  @Test(.enabled(if: Corpus.folder != nil, Corpus.absence))
  func agreesOnHandWrittenTests() throws {
    let root = try #require(Corpus.folder)
    var paths: [String] = []
    for folder in ["decimal", "example_use_cases", "ip", "multi"] { paths += try Corpus.tests(in: "\(root)/tests/\(folder)") }
    #expect(paths.count > 10)
    for path in paths { try check(path, root: root) }
  }

  @Test(.enabled(if: Corpus.folder != nil, Corpus.absence))
  func agreesOnTheCorpus() throws {
    let root = try Corpus.unpacked.get()
    let paths = try Corpus.tests(in: root + "/corpus-tests")
    #expect(paths.count == 7_809)
    for path in paths { try check(path, root: root) }
  }

  private func check(_ path: String, root: String) throws {
    let object = try Corpus.json(path).object()
    func text(_ key: StaticString) throws -> String {
      String(decoding: try Corpus.bytes(root + "/" + object.required(key).string()), as: UTF8.self)
    }
    let document = try SchemaDocument(text: text("schema"))
    let schema = try Schema(document)
    let result = try Validator(schema).validate(PolicySet(parsing: text("policies")))
    let expected = try object.required("shouldValidate").bool()
    #expect(result.isValid == expected, "\(path): \(result.errors)")

    let json = try SchemaDocument(json: JSONDocument(parsing: document.jsonText, limits: ValueReader.limits).root)
    #expect(json == document, "\(path)")
    #expect(try Schema(text: json.text()).isSame(as: schema), "\(path)")
  }
}
