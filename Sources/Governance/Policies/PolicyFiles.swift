/// The files of a policy set by name: policies beside each other, their tests in `tests/`, and the schema they are written in.
package struct PolicyFiles: Hashable, Sendable {
  package enum Kind: Sendable {
    case policies, schema, tests
  }

  package static let maximumCount = 200
  package static let maximumSizeBytes = 8 << 20

  package let contents: [String: String]

  /// - Throws: ``PolicySetRefusal`` for names that a policy set does not have, and for too much of it.
  package init(_ contents: [String: String]) throws(PolicySetRefusal) {
    var problems: [PolicyProblem] = []
    for name in contents.keys.sorted() where Self.kind(of: name) == nil {
      problems.append(
        PolicyProblem(
          file: name,
          "A policy set has files NAME.cedar, NAME.cedarschema and tests/NAME.json; names hold letters, digits, '.', '-' and '_'"
        ))
    }
    if contents.count > Self.maximumCount {
      problems.append(PolicyProblem(file: "", "There are \(contents.count) files; a policy set has \(Self.maximumCount) at most"))
    }
    let size = contents.values.reduce(0) { $0 + $1.utf8.count }
    if size > Self.maximumSizeBytes {
      problems.append(PolicyProblem(file: "", "The files have \(size) bytes; a policy set has \(Self.maximumSizeBytes) at most"))
    }
    for (name, content) in contents.sorted(by: { $0.key < $1.key }) where content.utf8.contains(0) {
      problems.append(PolicyProblem(file: name, "The file holds a NUL character; it cannot be stored"))
    }
    guard problems.isEmpty else { throw PolicySetRefusal(problems: problems) }
    self.contents = contents
  }

  /// Names of the files of a kind, in order.
  package func names(of kind: Kind) -> [String] { contents.keys.filter { Self.kind(of: $0) == kind }.sorted() }

  /// What a file is by its name; `nil` for what is none of a policy set's.
  package static func kind(of name: String) -> Kind? {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.allSatisfy(isName), name.utf8.count <= 200 else { return nil }
    if parts.count == 1, name.hasSuffix(".cedar") { return .policies }
    if parts.count == 1, name.hasSuffix(".cedarschema") { return .schema }
    return parts.count == 2 && parts[0] == "tests" && name.hasSuffix(".json") ? .tests : nil
  }

  private static func isName(_ part: Substring) -> Bool {
    part.first != "." && !part.isEmpty
      && part.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
          UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }
}
