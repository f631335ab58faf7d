import Iceberg
import JSON
import Testing

private typealias M = ModelText

@Suite struct NamespaceTests {
  @Test func paths() throws {
    let namespace = try Namespace(path: "a\u{1F}b c\u{1F}ü.d")
    #expect(namespace.levels == ["a", "b c", "ü.d"])
    #expect(namespace.description == "a.b c.ü.d")
    #expect(try Namespace(path: "a.b").levels == ["a.b"])
    #expect(try Namespace(checking: (1...32).map { "\($0)" }).levels.count == 32)
    let longest = String(repeating: "ü", count: 127) + "x"
    #expect(try Namespace(path: longest).levels == [longest])
  }

  private static let refusedPaths: [(String, String)] = [
    ("", "Invalid namespace level: it is empty"), ("a\u{1F}", "Invalid namespace level: it is empty"),
    ("\u{1F}a", "Invalid namespace level: it is empty"), ("a\u{1F}\u{1F}b", "Invalid namespace level: it is empty"),
    ("a\u{0}b", "Invalid namespace level: it holds control characters"), ("a\n", "Invalid namespace level: it holds control characters"),
    ("a\u{7F}", "Invalid namespace level: it holds control characters"),
    ("a\u{85}", "Invalid namespace level: it holds control characters"),
    (String(repeating: "ü", count: 128), "Invalid namespace level: it has 256 bytes, more than the 255 allowed"),
    ((1...33).map(String.init).joined(separator: "\u{1F}"), "A namespace has at most 32 levels, not 33"),
  ]

  @Test(arguments: refusedPaths)
  func refused(path: String, message: String) {
    #expect(M.refusal { _ = try Namespace(path: path) } == message)
    #expect(
      M.refusal { _ = try Namespace(checking: path.split(separator: "\u{1F}", omittingEmptySubsequences: false).map(String.init)) }
        == message)
  }

  @Test func noLevels() { #expect(M.refusal { _ = try Namespace(checking: []) } == "A namespace needs at least one level") }

  @Test func identifiers() throws {
    let identifier: TableIdentifier = try M.read(#"{"namespace":["a","b"],"name":"t.x"}"#)
    #expect(identifier.description == "a.b.t.x")
    #expect(identifier == (try TableIdentifier(namespace: Namespace(levels: ["a", "b"]), name: "t.x")))
    #expect(try TableIdentifier(namespace: Namespace(levels: []), name: "t").description == "t")
    #expect(
      M.refusal { _ = try TableIdentifier(namespace: Namespace(levels: ["a"]), name: "") } == "Invalid table or view name: it is empty")
  }

  private static let malformedIdentifiers: [(String, String)] = [
    (#"{"name":"t"}"#, "Missing required field \"namespace\" at $"), (#"{"namespace":["a"]}"#, "Missing required field \"name\" at $"),
    (#"{"namespace":[],"name":"t"}"#, "A namespace needs at least one level at $.namespace"),
    (#"{"namespace":"a","name":"t"}"#, "Expected an array, found \"a\" at $.namespace"),
    (#"{"namespace":["a",1],"name":"t"}"#, "Expected a string, found 1 at $.namespace[1]"),
    (#"{"namespace":["a\u001fb"],"name":"t"}"#, "Invalid namespace level: it holds control characters at $.namespace"),
    (#"{"namespace":["a"],"name":"\t"}"#, "Invalid table or view name: it holds control characters at $.name"),
  ]

  @Test(arguments: malformedIdentifiers)
  func malformed(text: String, message: String) {
    #expect(M.refusal { _ = try M.read(text, as: TableIdentifier.self) } == message)
  }
}
