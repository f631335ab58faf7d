/// What is wrong with a policy set, and where.
package struct PolicyProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// Within the folder; empty for what no one file is to blame for.
  package let file: String
  /// Counted from 1; `nil` for the whole file. A column counts Unicode scalars.
  package let line: Int?
  package let column: Int?
  package let policy: String?
  package let message: String

  package init(file: String, line: Int? = nil, column: Int? = nil, policy: String? = nil, _ message: String) {
    self.file = file
    self.line = line
    self.column = column
    self.policy = policy
    self.message = message
  }

  /// `moraine.cedar:12:3`
  package var place: String { ([file] + [line, column].compactMap { $0.map(String.init) }).joined(separator: ":") }

  package var description: String { (file.isEmpty ? "" : place + ": ") + (policy.map { "policy \($0): " } ?? "") + message }
}

/// Everything that was found wrong with a policy set.
package struct PolicySetRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  package let problems: [PolicyProblem]

  package init(problems: [PolicyProblem]) { self.problems = problems }

  /// How many problems are told in one message.
  private static let shown = 10

  package var description: String {
    let more = problems.count > Self.shown ? "\n… and \(problems.count - Self.shown) more" : ""
    return problems.prefix(Self.shown).map(\.description).joined(separator: "\n") + more
  }
}
