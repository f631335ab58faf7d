import CatalogStore
import Governance
import Iceberg
import JSON
import Postgres
import PostgresTestSupport
import Testing

@testable import Catalog

@Suite struct ContractTests {
  private static let addColumn =
    #"{"action":"add-schema","schema":{"type":"struct","schema-id":1,"fields":[{"id":1,"name":"id","required":true,"type":"long"},{"id":2,"name":"note","required":false,"type":"string"}]}},{"action":"set-current-schema","schema-id":-1}"#

  @discardableResult
  private func apply(
    _ text: String, to name: String = "t", ifCurrent: Int64? = nil, in fixture: CatalogFixture
  ) async throws -> StoredContract {
    try await fixture.catalog.applyContract(
      Contract(jsonText: Array(text.utf8)), to: fixture.path(name), comment: "", ifCurrent: ifCurrent, fixture.context(),
      answer: { _ in [] }
    ).contract
  }

  @Test func tablesWithoutContractAskForNone() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.createTable("t")
      _ = try await fixture.catalog.updateTable(fixture.path("t"), CatalogFixture.append(1, after: nil, sequence: 1), fixture.context())
      let cached = try #require(fixture.catalog.cache.anyVersion(fixture.path("t").text))
      #expect(cached.found.facts.contract == nil)
    }
  }

  @Test func schemaIsHeld() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.createTable("t")
      try await apply(#"{"schema-changes":"none"}"#, in: fixture)
      await #expect {
        _ = try await fixture.catalog.updateTable(fixture.path("t"), CatalogFixture.change(Self.addColumn), fixture.context())
      } throws: { error in
        guard case CatalogError.contractViolation(let message) = error else { return false }
        return message.contains("version 1") && message.contains("schema-changes: promised") && message.contains("adds column note")
      }
      #expect(try await fixture.count("snapshots") == 0)
      // Appends that no clause is about are not read.
      _ = try await fixture.catalog.updateTable(fixture.path("t"), CatalogFixture.append(1, after: nil, sequence: 1), fixture.context())
      try await apply("{}", in: fixture)
      _ = try await fixture.catalog.updateTable(fixture.path("t"), CatalogFixture.change(Self.addColumn), fixture.context())
    }
  }

  /// A commit that was held against one contract is not made under another.
  @Test func contractThatComesInBetweenIsNoticed() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.createTable("t")
      let path = fixture.path("t")
      let asked = try await fixture.catalog.authorized(.updateTable, [], path, as: .table, fixture.context())
      let base = try await fixture.catalog.cached(path, at: asked.found, asked.authorization)
      try await apply(#"{"schema-changes":"none"}"#, in: fixture)
      let attempt = try await fixture.catalog.tryCommit(
        path, base, CatalogFixture.change(Self.addColumn), asked.object, fixture.context())
      guard case .overtaken = attempt else {
        Issue.record("committed under a contract that it was not held against")
        return
      }
      await #expect(throws: CatalogError.self) {
        _ = try await fixture.catalog.updateTable(path, CatalogFixture.change(Self.addColumn), fixture.context())
      }
    }
  }

  @Test func breachesAreRecordedWithTheCommitThatMakesThem() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.createTable("t")
      try await fixture.createTable("u")
      for name in ["t", "u"] { try await apply(#"{"mode":"warn","schema-changes":"none"}"#, to: name, in: fixture) }
      _ = try await fixture.catalog.updateTable(fixture.path("t"), CatalogFixture.change(Self.addColumn), fixture.context())
      try await fixture.catalog.commitTransaction(
        [(fixture.path("u"), CatalogFixture.change(Self.addColumn))], in: "main", fixture.context())
      for name in ["t", "u"] {
        let page = try await fixture.catalog.listContractBreaches(of: fixture.path(name), PageRequest(size: 1), fixture.context())
        let breach = try #require(page.elements.first)
        #expect(page.elements.count == 1 && page.next == nil)
        #expect((breach.violation.clause, breach.version, breach.contractNumber, breach.principal) == ("schema-changes", 3, 1, "anonymous"))
      }
      #expect(try await fixture.count("audit_events", where: "convert_from(canonical, 'UTF8') LIKE '%contract-breaches%'") == 2)
    }
  }

  @Test func versionsAreCountedWhoeverAppliesAtOnce() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.createTable("t")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 1...6 { group.addTask { try await apply(#"{"files":{"maximum-count":\#(number)}}"#, in: fixture) } }
        try await group.waitForAll()
      }
      let (page, current) = try await fixture.catalog.listContracts(of: fixture.path("t"), PageRequest(size: 4), fixture.context())
      #expect(page.elements.map(\.number) == [6, 5, 4, 3])
      #expect(current == 6)
      let rest = try await fixture.catalog.listContracts(
        of: fixture.path("t"), PageRequest(after: page.next, size: 4), fixture.context())
      #expect(rest.versions.elements.map(\.number) == [2, 1])
      #expect(rest.versions.next == nil)
    }
  }

  @Test func onlyWhatIsExpectedIsReplaced() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.createTable("t")
      try await apply("{}", ifCurrent: 0, in: fixture)
      await #expect(throws: CatalogError.self) { try await apply(#"{"mode":"warn"}"#, ifCurrent: 0, in: fixture) }
      #expect(try await apply("{}", ifCurrent: 1, in: fixture).number == 1, "the same again is no new version")
      try await fixture.catalog.retireContract(of: fixture.path("t"), fixture.context())
      await #expect(throws: CatalogError.noSuchContract("The table ns.t has no contract in force")) {
        try await fixture.catalog.retireContract(of: fixture.path("t"), fixture.context())
      }
      #expect(try await apply("{}", ifCurrent: 0, in: fixture).number == 2)
    }
  }

  @Test func contractsFollowTheirTable() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.createTable("t")
      try await apply(#"{"schema-changes":"none"}"#, in: fixture)
      try await fixture.catalog.renameTable(from: fixture.path("t"), to: fixture.path("u"), fixture.context())
      await #expect(throws: CatalogError.self) {
        _ = try await fixture.catalog.updateTable(fixture.path("u"), CatalogFixture.change(Self.addColumn), fixture.context())
      }
      // One of its name is another one.
      try await fixture.createTable("t")
      _ = try await fixture.catalog.updateTable(fixture.path("t"), CatalogFixture.change(Self.addColumn), fixture.context())
    }
  }

  @Test func newestResultCounts() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.createTable("t")
      let path = fixture.path("t")
      _ = try await fixture.catalog.updateTable(path, CatalogFixture.append(1, after: nil, sequence: 1), fixture.context())
      let asked = try await fixture.catalog.authorized(.readQuality, [], path, as: .table, fixture.context())
      let now = fixture.context().time.milliseconds
      func record(_ outcome: QualityResult.Outcome, ago: Int64) async throws {
        _ = try await fixture.catalog.recordQuality(
          of: path, .id(1), [QualityResult(check: "a", outcome: outcome, checkedAtMs: now - ago)], source: "test", fixture.context(),
          answer: { _ in [] })
      }
      func newest() async throws -> QualityResult.Outcome? {
        try await fixture.store.newestQuality(
          of: asked.found.version.id, snapshot: 1, checks: ["a", "b"], asked.authorization)["a"]?.outcome
      }
      #expect(try await newest() == nil)
      try await record(.passed, ago: 3_000)
      #expect(try await newest() == .passed)
      try await record(.failed, ago: 2_000)
      #expect(try await newest() == .failed)
      // What was checked before is recorded later: it changes nothing.
      try await record(.passed, ago: 2_500)
      #expect(try await newest() == .failed)
      // At one time both: the worse counts.
      try await record(.passed, ago: 2_000)
      #expect(try await newest() == .failed)
      try await record(.passed, ago: 1_000)
      #expect(try await newest() == .passed)
    }
  }
}
