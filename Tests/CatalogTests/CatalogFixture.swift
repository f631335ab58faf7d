import AsyncHTTPClient
import CatalogStore
import Iceberg
import Identity
import JSON
import Logging
import Migrations
import ObjectStorage
import Postgres
import PostgresTestSupport
import Testing

@testable import Catalog

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A catalog on a database and a folder of its own, with a warehouse `main` and a namespace `ns`.
struct CatalogFixture {
  let catalog: Catalog
  let store: CatalogStore
  let database: TestDatabase
  /// Root of the warehouse's files.
  let folder: String
  let namespace = NamespacePath(warehouse: "main", namespace: Namespace(levels: ["ns"]))

  static let template = TestPostgres.Template(name: "catalog") { pool in _ = try await Migrator(migrations).migrate(pool) }

  @discardableResult
  static func with<T: Sendable>(_ body: (CatalogFixture) async throws -> T) async throws -> T {
    try await TestPostgres.shared.withDatabase(template: template) { database in
      let folder = "/tmp/moraine-catalog-\(PostgresUUID.random())"
      let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
      let store = CatalogStore(pool: database.pool, gathering: database.configuration, logger: logger)
      let objects = ObjectStoreFactory(client: .shared, credentials: nil, logger: logger)
      let catalog = Catalog(
        store: store, objects: objects, authorizer: Authorizer(store, allowsAnonymous: true), options: CatalogOptions(), logger: logger)
      let fixture = CatalogFixture(catalog: catalog, store: store, database: database, folder: folder)
      _ = try await catalog.createWarehouse("main", location: "file://\(folder)", storage: [:], fixture.context(), answer: { _ in [] })
      try await catalog.createNamespace(fixture.namespace, properties: [:], fixture.context(), answer: [])
      let result: Result<T, any Error>
      do { result = .success(try await body(fixture)) } catch { result = .failure(error) }
      await store.shutdown()
      for file in fixture.files() { unlink(file) }
      return try result.get()
    }
  }

  func context(key: IdempotencyKey? = nil) -> OperationContext {
    OperationContext(.anonymous, requestID: "test", idempotency: key)
  }

  /// For the server's own work.
  let serverContext = OperationContext(.server, requestID: "test")

  func path(_ name: String) -> DatasetPath {
    DatasetPath(warehouse: "main", identifier: try! TableIdentifier(namespace: namespace.namespace, name: name))
  }

  static func createRequest(_ name: String, extra: String = "") throws -> CreateTableRequest {
    try CreateTableRequest(
      jsonText: Array(
        """
        {"name":"\(name)","schema":{"type":"struct","fields":[{"id":1,"name":"id","required":true,"type":"long"}]}\(extra)}
        """.utf8))
  }

  @discardableResult
  func createTable(_ name: String) async throws -> LoadedTable {
    try await catalog.createTable(Self.createRequest(name), in: namespace, context())
  }

  static func change(_ updates: String, requirements: String = "") throws -> TableChangeRequest {
    let request = try CommitTableRequest(jsonText: Array("{\"requirements\":[\(requirements)],\"updates\":[\(updates)]}".utf8))
    return TableChangeRequest(requirements: request.requirements, updates: request.updates)
  }

  /// An append to main.
  static func append(_ id: Int64, after parent: Int64?, sequence: Int64, requiring: Bool = true) throws -> TableChangeRequest {
    let parentText = parent.map { "\"parent-snapshot-id\":\($0)," } ?? ""
    return try change(
      """
      {"action":"add-snapshot","snapshot":{"snapshot-id":\(id),\(parentText)"sequence-number":\(sequence),"timestamp-ms":\(1_800_000_000_000 + sequence),
      "manifest-list":"file:///x/\(id).avro","summary":{"operation":"append"},"schema-id":0}},
      {"action":"set-snapshot-ref","ref-name":"main","type":"branch","snapshot-id":\(id)}
      """,
      requirements: requiring
        ? "{\"type\":\"assert-ref-snapshot-id\",\"ref\":\"main\",\"snapshot-id\":\(parent.map(String.init) ?? "null")}" : "")
  }

  /// Every file of the warehouse.
  func files(suffix: String = "") -> [String] {
    var found: [String] = []
    func walk(_ folder: String) {
      guard let handle = opendir(folder) else { return }
      defer { closedir(handle) }
      while let entry = readdir(handle) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if name == "." || name == ".." { continue }
        let path = "\(folder)/\(name)"
        if entry.pointee.d_type == UInt8(DT_DIR) { walk(path) } else if name.hasSuffix(suffix) { found.append(path) }
      }
    }
    walk(folder)
    return found.sorted()
  }

  /// A team, for what is to belong to one.
  func makeTeam(_ name: String) async throws {
    _ = try await catalog.createPrincipal(
      PrincipalReference(.team, name), description: "", cleared: [], context(), answer: { _ in [] })
  }

  func count(_ table: String, where condition: String = "true") async throws -> Int64 {
    try await database.pool.run { connection in
      try connection.first("SELECT count(*) FROM \(raw: table) WHERE \(raw: condition)") { row in try row[0] as Int64 } ?? 0
    }
  }
}
