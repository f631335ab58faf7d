import Foundation
import Logging
package import Postgres

/// The PostgreSQL that tests use: one private server per test process, which dies with it,
/// or the one `MORAINE_TEST_DATABASE_URL` names, whose account must be allowed to create databases.
package actor TestPostgres {
  package static let shared = TestPostgres()

  /// A database to copy for each test, made once per process.
  package struct Template: Sendable {
    package var name: String
    package var prepare: @Sendable (PostgresPool) async throws -> Void

    package init(name: String, prepare: @escaping @Sendable (PostgresPool) async throws -> Void) {
      self.name = name
      self.prepare = prepare
    }
  }

  private enum Address {
    case embedded(EmbeddedPostgres)
    case url(String)
  }

  private var address: Task<Address, any Error>?
  private var administrator: PostgresPool?
  private var templates: [String: Task<String, any Error>] = [:]
  private var count = 0
  /// Databases that tests may have open at once: beyond it they wait, so that no machine is slow enough to run out of connections.
  private var places = 16
  private var waiting: [CheckedContinuation<Void, Never>] = []

  /// Calls with a fresh database, empty or a copy of the template; it is dropped afterwards. Calls do not nest.
  package nonisolated func withDatabase<R: Sendable>(
    template: Template? = nil, poolSize: Int = 4, _ body: (TestDatabase) async throws -> R
  ) async throws -> R {
    await takePlace()
    let result: Result<R, any Error>
    do { result = .success(try await inDatabase(template: template, poolSize: poolSize, body)) } catch { result = .failure(error) }
    await givePlaceBack()
    return try result.get()
  }

  private nonisolated func inDatabase<R: Sendable>(
    template: Template?, poolSize: Int, _ body: (TestDatabase) async throws -> R
  ) async throws -> R {
    let original = if let template { try await database(of: template) } else { "template0" }
    let name = try await create(from: original)
    let database = TestDatabase(name: name, configuration: try await configuration(database: name, poolSize: poolSize))
    let result: Result<R, any Error>
    do { result = .success(try await body(database)) } catch { result = .failure(error) }
    await database.pool.shutdown()
    try await administer("DROP DATABASE IF EXISTS \(raw: name) WITH (FORCE)")
    return try result.get()
  }

  private func takePlace() async {
    guard places == 0 else {
      places -= 1
      return
    }
    await withCheckedContinuation { waiting.append($0) }
  }

  private func givePlaceBack() {
    if waiting.isEmpty { places += 1 } else { waiting.removeFirst().resume() }
  }

  /// A configuration for a database of the test server.
  package func configuration(database: String, poolSize: Int = 4) async throws -> PostgresConfiguration {
    let connectionString =
      switch try await server() {
      case .embedded(let server): server.connectionString(database: database)
      case .url(let url): Self.replacingDatabase(of: url, by: database)
      }
    return PostgresConfiguration(connectionString: connectionString, poolSize: poolSize, applicationName: "moraine-tests")
  }

  private func create(from original: String) async throws -> String {
    count += 1
    let name = "moraine_test_\(getpid())_\(count)"
    try await administer("CREATE DATABASE \(raw: name) TEMPLATE \(raw: original)")
    return name
  }

  private func database(of template: Template) async throws -> String {
    if let known = templates[template.name] { return try await known.value }
    let task = Task {
      let name = try await create(from: "template0")
      let pool = PostgresPool(try await configuration(database: name))
      do { try await template.prepare(pool) } catch {
        await pool.shutdown()
        throw error
      }
      // A database can be copied only while nobody is connected to it.
      await pool.shutdown()
      return name
    }
    templates[template.name] = task
    return try await task.value
  }

  private func administer(_ sql: SQL) async throws {
    if administrator == nil { administrator = PostgresPool(try await configuration(database: "postgres", poolSize: 2)) }
    try await administrator?.run { try $0.executeScript(sql.text) }
  }

  private func server() async throws -> Address {
    if let address { return try await address.value }
    let task = Task<Address, any Error> {
      if let url = getenv("MORAINE_TEST_DATABASE_URL") { return .url(String(cString: url)) }
      TestFolder.removeLeftovers()
      TestFolder.removeAtExit()
      // Silent, because at exit it is killed and would say so; its own log is in the folder.
      let logger = Logger(label: "postgres", factory: { _ in SwiftLogNoOpLogHandler() })
      return .embedded(try await EmbeddedPostgres(.init(folder: TestFolder.path, testing: true, maxConnections: 300), logger: logger))
    }
    address = task
    return try await task.value
  }

  /// In a URL the database is the path; elsewhere a later key wins.
  static func replacingDatabase(of url: String, by database: String) -> String {
    guard let scheme = url.range(of: "://") else { return url + " dbname=\(database)" }
    let rest = url[scheme.upperBound...]
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    let query = rest.drop { $0 != "?" }
    return "\(url[..<scheme.upperBound])\(authority)/\(database)\(query)"
  }
}

/// A database of one test.
package struct TestDatabase: Sendable {
  package let name: String
  package let configuration: PostgresConfiguration
  package let pool: PostgresPool

  init(name: String, configuration: PostgresConfiguration) {
    self.name = name
    self.configuration = configuration
    pool = PostgresPool(configuration)
  }

  package var url: String { configuration.connectionString }
}
