import Foundation
import Logging
import PostgresTestSupport
import Testing

@testable import Postgres

@Suite struct EmbeddedPostgresTests {
  private let logger = Logger(label: "postgres", factory: { _ in SwiftLogNoOpLogHandler() })

  private func withFolder(_ body: (TestServerFolder) async throws -> Void) async throws {
    let folder = TestServerFolder()
    defer { folder.remove() }
    try await body(folder)
  }

  @Test func startsStopsAndKeepsData() async throws {
    try await withFolder { folder in
      var server = try await EmbeddedPostgres(.init(folder: folder.path, testing: true), logger: logger)
      var pool = PostgresPool(PostgresConfiguration(connectionString: server.connectionString, poolSize: 1))
      try await pool.run { try $0.executeScript("CREATE TABLE t (id int); INSERT INTO t VALUES (7)") }
      let process = try #require(server.processID)
      await server.stop()
      #expect(kill(process, 0) != 0)

      let start = ContinuousClock.now
      server = try await EmbeddedPostgres(.init(folder: folder.path), logger: logger)
      #expect(ContinuousClock.now - start < .seconds(5))
      pool = PostgresPool(PostgresConfiguration(connectionString: server.connectionString, poolSize: 1))
      #expect(try await pool.integer("SELECT id FROM t") == 7)
      #expect(try await pool.string("SHOW listen_addresses") == "")
      #expect(try await pool.string("SHOW fsync") == "on")
      await server.stop()
    }
  }

  @Test func twoCannotShareAFolder() async throws {
    try await withFolder { folder in
      let server = try await EmbeddedPostgres(.init(folder: folder.path, testing: true), logger: logger)
      await #expect(throws: EmbeddedPostgresError.folderInUse(folder.path)) {
        _ = try await EmbeddedPostgres(.init(folder: folder.path, testing: true), logger: logger)
      }
      await server.stop()
    }
  }

  @Test func startsAgainAfterItsServerDies() async throws {
    try await withFolder { folder in
      let server = try await EmbeddedPostgres(.init(folder: folder.path, testing: true), logger: logger)
      let pool = PostgresPool(PostgresConfiguration(connectionString: server.connectionString, poolSize: 2))
      #expect(try await pool.integer("SELECT 1") == 1)
      for signal in [SIGINT, SIGKILL] {
        let process = try #require(server.processID)
        kill(process, signal)
        while server.processID == process { try await Task.sleep(for: .milliseconds(5)) }
        // Callers wait while it is away.
        #expect(try await pool.integer("SELECT 1") == 1)
      }
      await server.stop()
    }
  }

  @Test func readersDoNotNoticeARestart() async throws {
    try await withFolder { folder in
      let server = try await EmbeddedPostgres(.init(folder: folder.path, testing: true), logger: logger)
      let configuration = PostgresConfiguration(connectionString: server.connectionString, poolSize: 4)
      let pool = PostgresPool(configuration)
      let gatherer = PostgresGatherer<Int, Int>(configuration) { connection, keys in
        Dictionary(uniqueKeysWithValues: try connection.query("SELECT unnest(\(keys))") { (try $0[0] as Int, 1) })
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        let deadline = ContinuousClock.now + .seconds(1.5)
        for key in 0..<16 {
          group.addTask {
            while ContinuousClock.now < deadline {
              let read = try await pool.integer("SELECT \(key)")
              #expect(read == key)
              let loaded = try await gatherer.load(key)
              #expect(loaded == 1)
            }
          }
        }
        for _ in 0..<3 {
          try await Task.sleep(for: .milliseconds(300))
          if let process = server.processID { kill(process, SIGINT) }
        }
        try await group.waitForAll()
      }
      await server.stop()
    }
  }

  @Test(.enabled(if: geteuid() == 0)) func refusesAFolderItsAccountCannotReach() async throws {
    let folder = TestServerFolder()
    defer { folder.remove() }
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let error = await #expect(throws: EmbeddedPostgresError.self) {
      _ = try await EmbeddedPostgres(.init(folder: folder.path + "/inside", testing: true), logger: logger)
    }
    #expect(error?.description.contains("may not enter \(folder.path)") == true)
  }

  /// The server ends with a process of ours that is killed, and the folder can be used again, also at once.
  @Test(arguments: [false, true]) func endsWithItsOwner(isWaitedFor: Bool) async throws {
    try await withFolder { folder in
      let path = folder.path
      await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
        let server = try await EmbeddedPostgres(
          .init(folder: path, testing: true), logger: Logger(label: "postgres", factory: { _ in SwiftLogNoOpLogHandler() }))
        let pool = PostgresPool(PostgresConfiguration(connectionString: server.connectionString, poolSize: 1))
        try await pool.run { connection in
          try connection.executeScript("CREATE TABLE t (id int)")
          try connection.execute("INSERT INTO t VALUES (\(server.processID))")
        }
        kill(getpid(), SIGKILL)
      }
      if isWaitedFor {
        // Its file is removed at the end of an orderly shutdown, which nobody but the kernel has asked for here.
        for _ in 0..<1000 where access(path + "/data/postmaster.pid", F_OK) == 0 { try await Task.sleep(for: .milliseconds(10)) }
        #expect(access(path + "/data/postmaster.pid", F_OK) != 0)
      }
      let server = try await EmbeddedPostgres(.init(folder: path, testing: true), logger: logger)
      let pool = PostgresPool(PostgresConfiguration(connectionString: server.connectionString, poolSize: 1))
      let orphan = try #require(try await pool.integer("SELECT id FROM t"))
      // It may be left as a zombie where nobody reaps orphans, but it runs no more.
      #expect((try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(orphan)/cwd")) != path + "/data")
      #expect(server.processID != pid_t(orphan))
      await server.stop()
    }
  }

  @Test func saysWhatIsWrong() async throws {
    #expect(throws: EmbeddedPostgresError.programsMissing(version: 7)) { try PostgresPrograms.find(version: 7) }
    let error = await #expect(throws: EmbeddedPostgresError.self) {
      _ = try await EmbeddedPostgres(.init(folder: "/proc/nowhere", testing: true), logger: logger)
    }
    #expect(error?.description.contains("/proc/nowhere") == true)
  }

  @Test func socketPathsStayShort() {
    #expect(PostgresFolder.socketFolder(for: "/var/lib/moraine") == "/var/lib/moraine/socket")
    let long = "/" + String(repeating: "x", count: 90)
    #expect(PostgresFolder.socketFolder(for: long).utf8.count < 80)
    #expect(PostgresFolder.socketFolder(for: long) != PostgresFolder.socketFolder(for: long + "y"))
    #expect(PostgresFolder.socketFolder(for: "/var/my data,here").hasPrefix("/tmp/moraine-"))
  }
}
