import JSON
import Testing

@testable import moraine

@Suite struct PolicyWordsTests {
  @Test(arguments: [
    ["catalog"], ["warehouse"], ["warehouse", "lake"], ["zone", "raw"], ["namespace", "a.\"b.c\""], ["table", "a.b.t"], ["view", "a.v"],
  ])
  func objectsReadBackAsTheyAreWritten(words: [String]) throws {
    let name = try ObjectName(words)
    #expect("\(name)" == words.joined(separator: " "))
    let document = try JSONDocument(parsing: JSONWriter.text { name.write(to: &$0, in: "lake") })
    let read = try ObjectName(json: document.root)
    #expect((read.kind, read.levels, read.name) == (name.kind, name.levels, name.name))
    #expect(read.warehouse == (name.kind == .catalog ? nil : "lake"))
  }

  @Test(arguments: [[], ["shelf"], ["catalog", "x"], ["table"], ["table", "t"], ["table", "a.t", "b"], ["zone"], ["namespace", "a..b"]])
  func otherWordsAreRefused(words: [String]) {
    #expect(throws: (any Error).self) { try ObjectName(words) }
  }

  @Test func namesThatAreAlsoWordsAreNames() throws {
    var phrase = Phrase(["read", "on", "namespace", "to", "to", "user:to"])
    #expect(try phrase.word("privilege") == "read")
    try phrase.skip("on", before: "object")
    #expect(try phrase.object(until: "to") == ObjectName(["namespace", "to"]))
    try phrase.skip("to", before: "principal")
    #expect(try phrase.word("principal") == "user:to")
    try phrase.finish()
  }

  @Test func aDayMeansItsEnd() throws {
    #expect(try PastOptions.milliseconds("1970-01-01") == 86_399_999)
    #expect(try PastOptions.milliseconds("1970-01-01T00:00:01Z") == 1_000)
    #expect(throws: (any Error).self) { try PastOptions.milliseconds("yesterday") }
    #expect(throws: (any Error).self) { try PastOptions.milliseconds("1970-13-01") }
  }

  @Test func differencesAreToldLineByLine() {
    #expect(PolicyDifferenceText.lines(from: "a\nb\nc\n", to: "a\nB\nc\nd\n") == ["  a", "- b", "+ B", "  c", "+ d"])
    #expect(PolicyDifferenceText.lines(from: "", to: "a\n") == ["+ a"])
    #expect(PolicyDifferenceText.lines(from: "a\n", to: "") == ["- a"])
  }
}
