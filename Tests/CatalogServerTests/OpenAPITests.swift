import AsyncHTTPClient
import Catalog
import CatalogStore
import Foundation
import HTTPTypes
import Logging
import ObjectStorage
import Postgres
import Testing
import Yams

@testable import CatalogServer

/// The document describes what is served, and nothing else is served.
@Suite struct OpenAPITests {
  private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  static func served() -> [Route] {
    // Nothing is asked of the database: it is never connected.
    let database = PostgresConfiguration(connectionString: "host=/nonexistent")
    let store = CatalogStore(pool: PostgresPool(database), gathering: database, logger: logger)
    let catalog = Catalog(
      store: store, objects: ObjectStoreFactory(client: .shared, credentials: nil, logger: logger),
      authorizer: Authorizer(store, allowsAnonymous: true),
      options: CatalogOptions(), logger: logger)
    let identity = try! IdentityServices(IdentityOptions(), store: store, client: .shared, logger: logger)
    return Server.routes(catalog, identity, metrics: { "" }, isReady: { true })
  }

  private static func described() throws -> [String: String] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../openapi/moraine.yaml")
    let document = try #require(try Yams.load(yaml: String(contentsOf: file, encoding: .utf8)) as? [String: Any])
    let paths = try #require(document["paths"] as? [String: [String: Any]])
    var operations: [String: String] = [:]
    for (path, item) in paths {
      for method in ["get", "head", "post", "put", "patch", "delete"] {
        guard let operation = item[method] as? [String: Any] else { continue }
        operations["\(method.uppercased()) \(path)"] = operation["operationId"] as? String ?? "none"
      }
    }
    return operations
  }

  @Test func everyRouteIsDescribedAndEveryDescriptionIsServed() throws {
    let described = try Self.described()
    let served = Dictionary(uniqueKeysWithValues: Self.served().map { ($0.endpoint, $0.operationID) })
    #expect(described == served)
  }

  @Test func configListsTheCatalogRoutes() throws {
    let endpoints = Self.served().map(\.endpoint).filter { $0.contains("/v1/{prefix}/") }
    #expect(endpoints.contains("HEAD /v1/{prefix}/namespaces/{namespace}/tables/{table}"))
    #expect(endpoints.count == 27)
  }
}
