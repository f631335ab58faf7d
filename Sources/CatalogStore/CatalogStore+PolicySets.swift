import Cedar
package import Governance
import Postgres
import TransparencyLog

extension CatalogStore {
  private static let policySetColumns: SQL = "s.number, s.hash, s.author, s.comment, s.applied_at"

  private static func policySet(_ row: PostgresRow) throws -> StoredPolicySet {
    StoredPolicySet(number: try row[0], hash: try row[1], author: try row[2], comment: try row[3], appliedAt: try row[4])
  }

  /// Policy sets, the newest first.
  package func policySets(_ page: PageRequest, _: Authorization) async throws -> Page<StoredPolicySet> {
    let before = try page.after.map { text in
      guard let number = Int64(text) else {
        throw PageRequest.foreignToken
      }
      return number
    }
    let rows = try await pool.run { connection in
      try connection.query(
        """
        SELECT \(Self.policySetColumns) FROM policy_sets s WHERE s.number < \(before ?? .max)
        ORDER BY s.number DESC LIMIT \(Int64(page.size + 1))
        """, Self.policySet)
    }
    return Page(rows, size: page.size, key: { String($0.number) }, element: { $0 })
  }

  /// A policy set with its files.
  ///
  /// - Throws: ``CatalogError/noSuchPolicySet(_:)``
  package func policySet(_ choice: PolicySetChoice, _: Authorization) async throws -> (set: StoredPolicySet, files: PolicyFiles) {
    try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
      let set = try Self.policySet(choice, on: connection)
      return (set, try Self.policyFiles(of: set, on: connection))
    }
  }

  /// - Throws: ``CatalogError/noSuchPolicySet(_:)``
  static func policySet(_ choice: PolicySetChoice, on connection: PostgresConnection) throws -> StoredPolicySet {
    let (condition, missing): (SQL, String) =
      switch choice {
      case .number(let number): ("s.number = \(number)", "There is no policy set \(number)")
      case .current: ("true", "No policy set was applied yet")
      case .at(let time): ("s.applied_at <= \(time)", "No policy set was in force then")
      }
    let found = try connection.first(
      "SELECT \(policySetColumns) FROM policy_sets s WHERE \(condition) ORDER BY s.number DESC LIMIT 1", policySet)
    guard let found else { throw CatalogError.noSuchPolicySet(missing) }
    return found
  }

  /// The latest that says just that; `nil` when none does.
  static func policySet(with digest: [UInt8], on connection: PostgresConnection) throws -> StoredPolicySet? {
    try connection.first(
      "SELECT \(policySetColumns) FROM policy_sets s WHERE s.hash = \(digest) ORDER BY s.number DESC LIMIT 1", policySet)
  }

  static func policyFiles(of set: StoredPolicySet, on connection: PostgresConnection) throws -> PolicyFiles {
    let files = try connection.query("SELECT name, content FROM policy_files WHERE set_number = \(set.number)") { row in
      (try row[0] as String, try row[1] as String)
    }
    return try PolicyFiles(Dictionary(uniqueKeysWithValues: files))
  }

  /// What applying a policy set would do.
  ///
  /// - Parameter expected: the number that must be in force; 0 for none.
  /// - Throws: ``CatalogError/commitFailed(_:)`` when another one is.
  package func judgePolicySet(
    _ bundle: PolicyBundle, comment: String, ifCurrent expected: Int64?, _ authorization: Authorization
  ) async throws -> PolicySetApplication {
    let base = try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection -> (StoredPolicySet, PolicyFiles)? in
      do {
        let set = try Self.policySet(.current, on: connection)
        return (set, try Self.policyFiles(of: set, on: connection))
      } catch CatalogError.noSuchPolicySet {
        return nil
      }
    }
    if let expected, expected != base?.0.number ?? 0 {
      throw CatalogError.commitFailed(
        "The policy set in force is \(base?.0.number ?? 0), not \(expected): somebody applied another one; look at it, then apply yours")
    }
    let baseFiles = try base?.1 ?? PolicyFiles([:])
    let difference = PolicyDifference(
      from: (try? baseFiles.policies) ?? PolicySet(), baseFiles, to: bundle.policies, bundle.files)
    if let base, baseFiles.isSame(as: bundle.files) { return PolicySetApplication(set: base.0, base: base.0, difference: difference) }
    let context = authorization.context
    // Later than the one before, whatever the servers' clocks say: a time has one policy set.
    let earliest = base.map { PostgresTimestamp(microseconds: $0.0.appliedAt.microseconds + 1) }
    let set = StoredPolicySet(
      number: (base?.0.number ?? 0) + 1, hash: bundle.hash, author: context.principal, comment: comment,
      appliedAt: max(context.time, earliest ?? context.time))
    return PolicySetApplication(set: set, base: base?.0, difference: difference)
  }

  /// Puts a policy set in force; nothing changes when it is in force already, file by file.
  ///
  /// - Throws: ``CatalogError/commitFailed(_:)`` when `expected` is not in force.
  package func applyPolicySet(
    _ bundle: PolicyBundle, comment: String, ifCurrent expected: Int64?, _ authorization: Authorization,
    answer: @escaping @Sendable (PolicySetApplication) -> [UInt8]
  ) async throws -> PolicySetApplication {
    try await untilUnmoved("The policy set") {
      let application = try await judgePolicySet(bundle, comment: comment, ifCurrent: expected, authorization)
      guard application.isNew else { return application }
      let (set, base) = (application.set, application.base)
      let event = AuditEvent(authorization, before: base?.auditFacts ?? [:], after: set.auditFacts)
      try await commit(Change(authorization, event: event, answer: .json(answer(application)))) { connection in
        // Whoever applies takes turns; what is read next is as the one before left it.
        try Self.changeAccess(on: connection)
        let newest = try connection.first("SELECT max(number) FROM policy_sets") { row in try row[0] as Int64? } ?? nil
        guard newest == base?.number else { throw VersionMoved() }
        try connection.execute(
          """
          INSERT INTO policy_sets (number, hash, author, comment, applied_at)
          VALUES (\(set.number), \(set.hash), \(set.author), \(set.comment), \(set.appliedAt))
          """)
        for (name, content) in bundle.files.contents.sorted(by: { $0.key < $1.key }) {
          try connection.execute(
            "INSERT INTO policy_files (set_number, name, content) VALUES (\(set.number), \(name), \(content))")
        }
      }
      return application
    }
  }

  /// Puts the policies in force that a new catalog begins with, unless there are others. Any number of servers may do so at once.
  package func ensureInitialPolicies(_ authorization: Authorization) async throws {
    let exists = try await pool.run { connection in
      try connection.first("SELECT true FROM policy_sets LIMIT 1") { row in try row[0] as Bool }
    }
    if exists != nil { return }
    do {
      _ = try await applyPolicySet(
        PolicyBundle.initial(), comment: "The policies that a new catalog begins with.", ifCurrent: 0, authorization,
        answer: { _ in [] })
    } catch CatalogError.commitFailed {
      // Another server was first.
    }
  }
}

extension StoredPolicySet {
  fileprivate var auditFacts: [String: CanonicalValue] {
    [
      "number": .int64(number), "hash": .string(hash.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()),
      "comment": .string(comment),
    ]
  }
}
