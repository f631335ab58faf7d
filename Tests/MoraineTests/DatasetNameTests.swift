import ArgumentParser
import SeededRandom
import Testing

@testable import moraine

@Suite struct DatasetNameTests {
  @Test(arguments: [
    ("a.b", ["a"], "b"), ("a.b.c", ["a", "b"], "c"), ("\"a.b\".c", ["a.b"], "c"), ("a.\"b\"\"c\".\"d.e\"", ["a", "b\"c"], "d.e"),
    ("größe.表 1", ["größe"], "表 1"),
  ])
  func reads(text: String, levels: [String], name: String) throws {
    let parsed = try DatasetName(parsing: text)
    #expect(parsed.namespace.levels == levels)
    #expect(parsed.name == name)
    #expect(try DatasetName(parsing: parsed.description) == parsed)
  }

  @Test(arguments: [
    ("t", "\"t\" names no namespace"), ("a..t", "Level 2 is empty"), (".t", "Level 1 is empty"), ("a.", "Level 2 is empty"),
    ("", "Level 1 is empty"), ("\"a.b", "double quote that opens level 1 is not closed"),
    ("\"a\"b.c", "Level 1 goes on after its closing double quote"), ("a\"b.c", "Level 1 holds a double quote but does not begin with one"),
    ("\"\".a", "Level 1 is empty"),
  ])
  func refuses(text: String, reason: String) {
    let error = #expect(throws: ValidationError.self) { try DatasetName(parsing: text) }
    #expect(error?.message.contains(reason) == true)
    #expect(error?.message.contains("level.level.name") == true)
  }

  /// Whatever the levels hold, what is written reads back as the same.
  @Test func writtenNamesReadBack() throws {
    var generator = SeededGenerator(seed: 7)
    let alphabet = Array("ab.\"\u{1F} é表")
    for _ in 0..<2_000 {
      let levels = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
        String((0..<Int.random(in: 1...5, using: &generator)).map { _ in alphabet.randomElement(using: &generator)! })
      }
      let name = NamespaceName(levels: levels)
      #expect(try NamespaceName(parsing: name.description) == name)
    }
  }
}
