import CatalogStore
import Governance
import Iceberg
import Identity
import JSON
import ObjectStorage
import Postgres
import PostgresTestSupport
import Testing

@testable import Catalog

/// What keys and signatures may open, by role and kind of zone, under the policies that a catalog begins with.
@Suite struct DataAccessTests {
  private static let roles = ["data_engineer", "data_scientist", "auditor", "admin", "nobody"]

  /// A user of each role, and a zone and namespace of each kind with a table.
  private func prepare(_ fixture: CatalogFixture) async throws {
    try await fixture.makeTeam("payments")
    for kind in Zone.Kind.allCases {
      _ = try await fixture.catalog.createZone(
        Zone(name: kind.rawValue, kind: kind), in: "main", description: "", isDefault: false, fixture.context(), answer: { _ in [] })
      let namespace = NamespacePath(warehouse: "main", namespace: Namespace(levels: [kind.rawValue]))
      try await fixture.catalog.createNamespace(namespace, properties: [:], fixture.context(), answer: [])
      _ = try await fixture.catalog.createTable(
        CatalogFixture.createRequest("t", extra: #","properties":{"owner-team":"payments","comment":"One."}"#), in: namespace,
        fixture.context())
    }
    _ = try await fixture.database.pool.transaction { connection in
      try connection.execute("INSERT INTO principals (id, kind, name) VALUES (\(PostgresUUID.random()), 'user', 'nobody_user')")
      for role in Self.roles where role != "nobody" {
        let (user, group) = (PostgresUUID.random(), PostgresUUID.random())
        try connection.execute(
          """
          INSERT INTO principals (id, kind, name) VALUES (\(user), 'user', \(role + "_user")), (\(group), 'role', \(role))
          ON CONFLICT DO NOTHING
          """)
        try connection.execute(
          """
          INSERT INTO memberships (id, member_id, group_id)
          SELECT \(PostgresUUID.random()), \(user), id FROM principals WHERE kind = 'role' AND name = \(role)
          """)
      }
      try connection.execute("UPDATE access_revision SET revision = revision + 1")
    }
  }

  private func access(_ role: String, _ kind: Zone.Kind, _ fixture: CatalogFixture) async throws -> DataAccess {
    let path = DatasetPath(
      warehouse: "main", identifier: try TableIdentifier(namespace: Namespace(levels: [kind.rawValue]), name: "t"))
    let found = try #require(try await fixture.store.find(path))
    // The state of now: the change of principals above came without a lookup.
    _ = try await fixture.catalog.authorizer.state()
    let object = try await fixture.catalog.authorizer.object(found, at: path)
    let context = OperationContext(Caller(.user, name: role + "_user"), requestID: "r")
    return try fixture.catalog.dataAccess(to: AccessSubject(found, object), context)
  }

  @Test func followsPoliciesAndZones() async throws {
    try await CatalogFixture.with { fixture in
      try await prepare(fixture)
      let expected: [String: [Zone.Kind: DataAccess]] = [
        "data_engineer": [
          .landing: .readWrite(deletes: true), .raw: .readWrite(deletes: false), .curated: .readWrite(deletes: true),
          .unstructured: .readWrite(deletes: true),
        ],
        "data_scientist": [
          .curated: .read, .unstructured: .read, .sandbox: .readWrite(deletes: true), .feature: .readWrite(deletes: true),
        ],
        "admin": [
          .landing: .readWrite(deletes: true), .curated: .readWrite(deletes: true), .sandbox: .readWrite(deletes: true),
          .feature: .readWrite(deletes: true), .unstructured: .readWrite(deletes: true),
          // "Only data engineers write to raw."
          .raw: .read,
        ],
        "auditor": [:], "nobody": [:],
      ]
      for role in Self.roles {
        for kind in Zone.Kind.allCases {
          #expect(try await access(role, kind, fixture) == expected[role]?[kind] ?? .none, "\(role) in \(kind)")
        }
      }
    }
  }

  /// Policies may be looser than a zone: both must agree before files may go.
  @Test func deletesAreAlsoTheZonesToAllow() async throws {
    try await CatalogFixture.with { fixture in
      try await prepare(fixture)
      #expect(try await access("data_engineer", .landing, fixture).deletes)
      var rules = ZoneRules.standard(for: .landing)
      rules.refs = [RefRule("*", [.append, .create])]
      let text = PostgresText(rules.jsonText)
      _ = try await fixture.database.pool.transaction { connection in
        try connection.execute("UPDATE zones SET rules = \(text) WHERE name = 'landing'")
        try connection.execute("UPDATE access_revision SET revision = revision + 1")
      }
      #expect(try await access("data_engineer", .landing, fixture) == .readWrite(deletes: false))
    }
  }

  @Test func isNeverWidened() {
    #expect(DataAccess.none.storageAccess == nil)
    #expect(DataAccess.read.storageAccess == .read)
    #expect(DataAccess.readWrite(deletes: false).storageAccess == .write)
    #expect(DataAccess.readWrite(deletes: true).storageAccess == .delete)
    #expect(!DataAccess.read.deletes && !DataAccess.readWrite(deletes: false).deletes && DataAccess.readWrite(deletes: true).deletes)
  }
}
