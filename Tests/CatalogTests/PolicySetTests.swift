import CatalogStore
import Governance
import Iceberg
import Postgres
import PostgresTestSupport
import Testing

@testable import Catalog

@Suite struct PolicySetTests {
  private static func files(_ more: String = "") throws -> [String: String] {
    let initial = try PolicyBundle.initial().files.contents["moraine.cedar"] ?? ""
    return ["moraine.cedar": initial + more]
  }

  private static func policy(_ id: String) -> String { "@id(\"\(id)\") forbid (principal, action == Gov::Action::\"purge\", resource);\n" }

  private func apply(
    _ more: String, comment: String = "", dryRun: Bool = false, ifCurrent: Int64? = nil, _ fixture: CatalogFixture
  ) async throws -> PolicySetApplication {
    try await fixture.catalog.applyPolicySet(
      Self.files(more), comment: comment, isDryRun: dryRun, ifCurrent: ifCurrent, fixture.context(), answer: { _, _ in [] }
    ).application
  }

  private func current(_ fixture: CatalogFixture) async throws -> StoredPolicySet {
    try await fixture.catalog.loadPolicySet(.current, fixture.context()).set
  }

  private func revision(_ fixture: CatalogFixture) async throws -> Int64 {
    try await fixture.database.pool.run { connection in
      try connection.first("SELECT revision FROM access_revision") { row in try row[0] as Int64 } ?? 0
    }
  }

  @Test func tenServersBeginWithOneSet() async throws {
    try await CatalogFixture.with { fixture in
      await #expect(throws: CatalogError.noSuchPolicySet("No policy set was applied yet")) { _ = try await current(fixture) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<10 { group.addTask { try await fixture.catalog.ensureInitialPolicies() } }
        try await group.waitForAll()
      }
      let set = try await current(fixture)
      #expect((set.number, set.author) == (1, "server"))
      #expect(try await fixture.count("policy_sets") == 1)
      #expect(try await fixture.count("audit_events", where: "convert_from(canonical, 'UTF8') LIKE '%apply-policies%'") == 1)
    }
  }

  @Test func appliedSetsAreNumberedAndStay() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.catalog.ensureInitialPolicies()
      let before = try await revision(fixture)
      let applied = try await apply(Self.policy("no-purge"), comment: "Keep files.", fixture)
      #expect(applied.isNew && applied.set.number == 2 && applied.difference.added.map(\.id) == ["no-purge"])
      #expect(try await current(fixture) == applied.set)
      #expect(try await revision(fixture) == before + 1)
      // The same once more changes nothing.
      let again = try await apply(Self.policy("no-purge"), fixture)
      #expect(!again.isNew && again.set == applied.set)
      #expect(try await revision(fixture) == before + 1)
      #expect(try await fixture.count("audit_events", where: "convert_from(canonical, 'UTF8') LIKE '%apply-policies%'") == 2)
      let first = try await fixture.catalog.loadPolicySet(.number(1), fixture.context())
      #expect(first.files.isSame(as: try PolicyBundle.initial().files))
      let past = try await fixture.catalog.loadPolicySet(.at(first.set.appliedAt), fixture.context()).set
      #expect(past.number == 1)
      await #expect(throws: CatalogError.self) {
        _ = try await fixture.catalog.loadPolicySet(.at(PostgresTimestamp(microseconds: 0)), fixture.context())
      }
      let compared = try await fixture.catalog.comparePolicySets(.number(2), .number(1), fixture.context())
      #expect(compared.difference.removed.map(\.id) == ["no-purge"])
      let page = try await fixture.catalog.listPolicySets(PageRequest(size: 1), fixture.context())
      #expect(page.elements.map(\.number) == [2])
      let next = try await fixture.catalog.listPolicySets(PageRequest(after: page.next, size: 1), fixture.context())
      #expect(next.elements.map(\.number) == [1] && next.next == nil)
    }
  }

  @Test func aBadSetAndALostUpdateAreRefused() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.catalog.ensureInitialPolicies()
      let before = try await revision(fixture)
      await #expect(throws: PolicySetRefusal.self) { _ = try await apply("permit (", fixture) }
      await #expect(throws: PolicySetRefusal.self) { _ = try await apply("permit (", dryRun: true, fixture) }
      let dry = try await apply(Self.policy("x"), dryRun: true, fixture)
      #expect(dry.isNew && dry.set.number == 2)
      #expect(try await current(fixture).number == 1)
      _ = try await apply(Self.policy("x"), ifCurrent: 1, fixture)
      await #expect(throws: CatalogError.self) { _ = try await apply(Self.policy("y"), ifCurrent: 1, fixture) }
      #expect(try await current(fixture).number == 2)
      #expect(try await revision(fixture) == before + 1)
    }
  }

  @Test func nobodyLocksThemselvesOut() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.catalog.ensureInitialPolicies()
      let lock = "@id(\"lock\") forbid (principal, action == Gov::Action::\"applyPolicies\", resource);\n"
      await #expect(throws: PolicySetRefusal.self) { _ = try await apply(lock, fixture) }
      #expect(try await current(fixture).number == 1)
    }
  }

  @Test func setsAppliedAtOnceAllGetANumber() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.catalog.ensureInitialPolicies()
      let before = try await revision(fixture)
      let numbers = try await withThrowingTaskGroup(of: Int64.self) { group in
        for index in 0..<10 { group.addTask { try await apply(Self.policy("p\(index)"), fixture).set.number } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(numbers.sorted() == Array(2...11))
      #expect(try await revision(fixture) == before + 10)
      let times = try await fixture.catalog.listPolicySets(PageRequest(), fixture.context()).elements.map(\.appliedAt)
      #expect(zip(times, times.dropFirst()).allSatisfy { $0 > $1 })
      // Of ten that expect the same one, one wins.
      let won = await withTaskGroup(of: Bool.self) { group in
        for index in 0..<10 {
          group.addTask { (try? await apply(Self.policy("q\(index)"), ifCurrent: 11, fixture)) != nil }
        }
        return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(won == 1)
    }
  }
}
