import Cedar
import JSON
import Testing

/// Every policy of the corpus as JSON and back, and laid out.
@Suite(.enabled(if: Corpus.folder != nil, Corpus.absence)) struct CorpusDocumentTests {
  @Test func keepsEveryPolicy() throws {
    let root = try Corpus.unpacked.get()
    let folder = try #require(Corpus.folder)
    var texts = try Corpus.tests(in: root + "/corpus-tests").map { path in
      root + "/" + (try Corpus.json(path).object().required("policies").string())
    }
    #expect(texts.count == 7_809)
    texts.append(folder + "/../policies/zones.cedar")
    for path in texts {
      let text = String(decoding: try Corpus.bytes(path), as: UTF8.self)
      let set = try PolicySet(parsing: text)
      let json = set.jsonText
      let read = try PolicyReader.policySet(JSONDocument(parsing: json, limits: PolicyReader.limits).root)
      let isKept = Set(read.policies) == Set(set.policies.map(\.inDocumentForm)) && read.digest == set.digest && read.jsonText == json
      #expect(isKept, "\(path)")
      let formatted = try PolicyFormatter().format(text)
      try PolicyFormatterTests.expectKept(text, formatted, "\(path)")
      #expect(try PolicyFormatter().format(formatted) == formatted, "\(path)")
    }
  }

  @Test func keepsEveryEntity() throws {
    let root = try Corpus.unpacked.get()
    for path in try Corpus.tests(in: root + "/corpus-tests") {
      let file = root + "/" + (try Corpus.json(path).object().required("entities").string())
      let entities = try EntityReader.entities(Corpus.json(file))
      for entity in entities {
        let again = try EntityReader.entity(JSONDocument(parsing: entity.jsonText, limits: ValueReader.limits).root)
        #expect(again.isSame(as: entity), "\(file)")
      }
    }
  }
}
