package import Cedar
import Policies

/// A policy set that may be applied: read, valid for the server's schema, and decided as its tests say.
package struct PolicyBundle: Sendable {
  /// With the schema they were checked against.
  package let files: PolicyFiles
  package let policies: PolicySet
  /// What does no harm but is hardly meant.
  package let warnings: [PolicyProblem]
  package let tests: [PolicyTestResult]

  /// What grants are links of; a set without them would take back every grant.
  package static let grantTemplates = [
    "grant-path", "grant-see", "grant-read", "grant-write", "grant-define", "grant-manage",
  ]
  /// Ids that the server makes.
  private static let reservedPrefixes = ["grant:", "path:"]

  /// The schema that the server's facts are shaped by.
  package static let schemaText = String(decoding: policySchema, as: UTF8.self)
  package static let schemaName = "moraine.cedarschema"

  /// 32 bytes, over what the policies say; not over comments, layout, order, or tests.
  package var hash: [UInt8] { policies.digest }

  /// The set that a new catalog begins with.
  package static func initial() throws(PolicySetRefusal) -> PolicyBundle {
    try PolicyBundle(checking: PolicyFiles(["moraine.cedar": String(decoding: initialPolicies, as: UTF8.self)]))
  }

  /// - Throws: ``PolicySetRefusal`` with all that is wrong: of what cannot be read, else of what is not valid, else of tests.
  package init(checking files: PolicyFiles) throws(PolicySetRefusal) {
    var contents = files.contents
    for name in files.names(of: .schema) {
      guard contents[name].map({ Self.isSame($0, Self.schemaText) }) ?? true else {
        throw PolicySetRefusal(problems: [
          PolicyProblem(
            file: name,
            "This is not the schema of the server, and policies are written in its words; `moraine policy schema` shows it. Leave the file out, or put that text in it"
          )
        ])
      }
      contents[name] = nil
    }
    contents[Self.schemaName] = Self.schemaText
    let sources = try PolicySources(files)
    let schema: Schema
    do { schema = try Schema(text: Self.schemaText) } catch {
      throw PolicySetRefusal(problems: [PolicyProblem(file: Self.schemaName, error.message)])
    }
    policies = sources.policies
    warnings = try sources.validate(with: schema)
    tests = try PolicyTests(files).run(sources.policies, schema)
    let failed = tests.compactMap(\.problem)
    guard failed.isEmpty else { throw PolicySetRefusal(problems: failed) }
    self.files = try PolicyFiles(contents)
  }

  /// Texts of files compare by their bytes.
  private static func isSame(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }

  static func isReserved(_ id: String) -> Bool { reservedPrefixes.contains { id.hasPrefix($0) } }
}

extension PolicyFiles {
  /// The policies alone, unchecked: of a set that was checked when it was applied.
  package var policies: PolicySet {
    get throws(PolicySetRefusal) { try PolicySources(self).policies }
  }

  /// Byte by byte.
  package func isSame(as other: PolicyFiles) -> Bool {
    contents.count == other.contents.count
      && contents.allSatisfy { name, content in other.contents[name].map { $0.utf8.elementsEqual(content.utf8) } ?? false }
  }
}
