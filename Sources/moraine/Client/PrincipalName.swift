import ArgumentParser

/// A principal on the command line: `user:alice`, `service:etl`, `role:analyst`, `team:okta/finance`.
struct PrincipalName: Hashable, Sendable, ExpressibleByArgument, CustomStringConvertible {
  static let kinds = ["user", "service", "role", "team"]

  let kind: String
  let name: String

  init(kind: String, name: String) {
    self.kind = kind
    self.name = name
  }

  init?(argument: String) {
    let parts = argument.split(separator: ":", maxSplits: 1).map(String.init)
    guard parts.count == 2, Self.kinds.contains(parts[0]) else { return nil }
    self.init(kind: parts[0], name: parts[1])
  }

  var description: String { "\(kind):\(name)" }

  /// Where the server has it.
  func path(_ more: String...) -> [String] { ["management", "v1", "principals", kind, name] + more }
}
