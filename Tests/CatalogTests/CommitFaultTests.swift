import CatalogStore
import Iceberg
import JSON
import ObjectStorage
import Postgres
import PostgresTestSupport
import Testing

@testable import Catalog

/// A change whose connection breaks is done once and acknowledged, or refused with nothing changed and no file left behind.
@Suite(.serialized, .enabled(if: FaultProxy.isUsable)) struct CommitFaultTests {
  enum Operation: String, CaseIterable {
    case updateTable, createTable, commitTransaction, createNamespace, dropTable, renameTable

    /// The statement that makes it durable.
    var isDecisive: @Sendable (String) -> Bool {
      switch self {
      case .updateTable: { $0.contains("UPDATE datasets") && $0.contains("INTO audit_events") }
      default: { $0 == "COMMIT" }
      }
    }

    func run(_ fixture: FaultFixture) async throws {
      let context = fixture.direct.context()
      switch self {
      case .updateTable:
        _ = try await fixture.catalog.updateTable(fixture.direct.path("t"), CatalogFixture.append(1, after: nil, sequence: 1), context)
      case .createTable:
        _ = try await fixture.catalog.createTable(CatalogFixture.createRequest("new"), in: fixture.direct.namespace, context)
      case .commitTransaction:
        let change = try CatalogFixture.change("{\"action\":\"set-properties\",\"updates\":{\"k\":\"v\"}}")
        try await fixture.catalog.commitTransaction(
          [(fixture.direct.path("t"), change), (fixture.direct.path("u"), change)], in: "main", context)
      case .createNamespace:
        let path = NamespacePath(warehouse: "main", namespace: Namespace(levels: ["other"]))
        try await fixture.catalog.createNamespace(path, properties: [:], context, answer: [])
      case .dropTable: try await fixture.catalog.dropTable(fixture.direct.path("t"), purge: true, context)
      case .renameTable: try await fixture.catalog.renameTable(from: fixture.direct.path("t"), to: fixture.direct.path("v"), context)
      }
    }

    /// Rows and files that one success adds.
    var effect: FaultFixture.State {
      switch self {
      case .updateTable: .init(versions: 1, files: 1, events: 1)
      case .createTable: .init(versions: 1, tables: 1, files: 1, events: 1)
      case .commitTransaction: .init(versions: 2, files: 2, events: 1)
      case .createNamespace: .init(namespaces: 1, events: 1)
      case .dropTable: .init(versions: -1, tables: -1, jobs: 1, events: 1)
      case .renameTable: .init(versions: 1, events: 1)
      }
    }
  }

  @Test(arguments: Operation.allCases, FaultProxy.Fault.allCases)
  func changeIsDoneOnceThoughTheConnectionBreaks(_ operation: Operation, _ fault: FaultProxy.Fault) async throws {
    try await FaultFixture.with { fixture in
      let before = try await fixture.state()
      fixture.proxy.arm(fault, where: operation.isDecisive)
      try await operation.run(fixture)
      #expect(fixture.proxy.faults == 1)
      #expect(try await fixture.state() == before + operation.effect)
      try await fixture.expectFilesOfHeads()
    }
  }

  /// Before COMMIT a lost connection is a failure that is known.
  @Test(arguments: [Operation.createTable, .commitTransaction, .createNamespace, .dropTable, .renameTable])
  func changeThatNeverReachedItsCommitLeavesNothing(_ operation: Operation) async throws {
    try await FaultFixture.with { fixture in
      let before = try await fixture.state()
      fixture.proxy.arm(.cutAfter) { $0.contains("INTO audit_events") }
      let error = await #expect(throws: PostgresError.self) { try await operation.run(fixture) }
      #expect(error?.isUnavailable == true)
      #expect(error?.outcomeUnknown == false)
      #expect(fixture.proxy.faults == 1)
      #expect(try await fixture.state() == before)
    }
  }

  /// Postgres stays away: the caller is told that nobody knows, and the file stays, for the head may name it.
  @Test(arguments: [Operation.updateTable, .createTable, .commitTransaction], [FaultProxy.Fault.cutBefore, .cutAfter])
  func unknownOutcomeKeepsItsFiles(_ operation: Operation, _ fault: FaultProxy.Fault) async throws {
    try await FaultFixture.with { fixture in
      let before = try await fixture.state()
      let proxy = fixture.proxy
      proxy.arm(fault, meanwhile: { proxy.isAway = true }, where: operation.isDecisive)
      let error = await #expect(throws: CatalogError.self) { try await operation.run(fixture) }
      guard case .stateUnknown? = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      let after = try await fixture.state()
      var expected = before
      if fault == .cutAfter { expected = before + operation.effect } else { expected.files += operation.effect.files }
      #expect(after == expected)
      try await fixture.expectFilesOfHeads()
    }
  }

  /// The second try meets a database that takes no writes, as after a failover: its refusal says nothing of the first.
  @Test(arguments: [Operation.updateTable, .createTable, .commitTransaction])
  func refusalOfALaterTryIsNotTakenForTheFirst(_ operation: Operation) async throws {
    try await FaultFixture.with { fixture in
      let before = try await fixture.state()
      let database = fixture.direct.database
      fixture.proxy.arm(
        .cutAfter,
        meanwhile: {
          let script = "ALTER DATABASE \(database.name) SET default_transaction_read_only = on"
          // Only new connections are read-only: those of the pool are closed.
          try? PostgresConnection(database.configuration).executeScript(
            script
              + "; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        }, where: operation.isDecisive)
      do {
        try await operation.run(fixture)
      } catch CatalogError.stateUnknown {
      }
      #expect(fixture.proxy.faults == 1)
      #expect(try await fixture.state() == before + operation.effect)
      try await fixture.expectFilesOfHeads()
    }
  }

  /// A task that is cancelled while it does not know must not delete what may be in use.
  @Test func cancellationWhileTheOutcomeIsUnknownKeepsTheFile() async throws {
    try await FaultFixture.with { fixture in
      let proxy = fixture.proxy
      proxy.arm(.cutAfter, meanwhile: { proxy.isAway = true }, where: Operation.updateTable.isDecisive)
      let task = Task { try await Operation.updateTable.run(fixture) }
      while proxy.faults == 0 { try await Task.sleep(for: .milliseconds(5)) }
      task.cancel()
      let error = await #expect(throws: CatalogError.self) { try await task.value }
      guard case .stateUnknown? = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      try await fixture.expectFilesOfHeads()
    }
  }
}
