import CatalogStore
import Iceberg
import ObjectStorage
import Postgres
import Testing

@testable import Catalog

@Suite struct StorageAccessOptionsTests {
  private static let role = "arn:aws:iam::123456789012:role/lake"

  private func options(_ storage: [String: String], at root: String = "s3://lake/root") throws -> StorageAccessOptions {
    let warehouse = Warehouse(id: .new(), name: "lake", location: root, storage: storage, createdAt: .now())
    return try StorageAccessOptions(warehouse, root: ObjectLocation(root))
  }

  /// What is offered without a word from the operator, and with one.
  @Test(
    arguments: [
      ([:], Set([.remoteSigning])), (["s3.endpoint": "http://h:1"], []),
      (["s3.sts.role-arn": role], [.vendedCredentials, .remoteSigning]),
      (["s3.sts.role-arn": role, "s3.endpoint": "http://h:1"], [.vendedCredentials, .remoteSigning]),
      (["s3.sts.role-arn": role, "access-delegation": "vended-credentials"], [.vendedCredentials]),
      (["s3.sts.role-arn": role, "access-delegation": " remote-signing , vended-credentials"], [.vendedCredentials, .remoteSigning]),
      (["s3.sts.role-arn": role, "access-delegation": "none"], []),
      (["s3.endpoint": "http://h:1", "access-delegation": "remote-signing"], [.remoteSigning]),
      (["static-credentials": "shared"], [.vendedCredentials]), (["static-credentials": "none"], [.remoteSigning]),
    ] as [([String: String], Set<AccessDelegation>)])
  func offersWhatTheOperatorSays(storage: [String: String], offered: Set<AccessDelegation>) throws {
    let options = try options(storage)
    #expect(options.offered == offered)
    #expect(options.sharesServerKeys == (storage["static-credentials"] == "shared"))
  }

  @Test(arguments: [
    ["s3.sts.role-arn": "lake"], ["s3.sts.role-arn": "arn:aws:iam::1:user/lake"], ["s3.sts.role-arn": "arn:aws:iam::1:role/"],
    ["s3.sts.role-arn": "arn:aws:iam::1:role/a b"], ["s3.sts.endpoint": "http://h"], ["s3.sts.external-id": "x"],
    ["s3.session-duration": "900"], ["s3.sts.role-arn": role, "s3.session-duration": "899"],
    ["s3.sts.role-arn": role, "s3.session-duration": "43201"], ["s3.sts.role-arn": role, "s3.session-duration": "1h"],
    ["s3.sts.role-arn": role, "s3.session-duration": "14", "s3.endpoint": "http://h:1"], ["access-delegation": "vended-credentials"],
    ["access-delegation": ""], ["access-delegation": "vended-credentials,"], ["access-delegation": "all"], ["static-credentials": "true"],
    ["static-credentials": "Shared"],
  ])
  func refusesWhatMakesNoSense(storage: [String: String]) {
    #expect(throws: CatalogError.self) { try options(storage) }
  }

  @Test func localFilesAreNotHandedOut() throws {
    #expect(try options([:], at: "file:///data").offered.isEmpty)
    #expect(try options(["access-delegation": "none"], at: "file:///data").offered.isEmpty)
    for storage in [["access-delegation": "remote-signing"], ["static-credentials": "shared"], ["s3.sts.role-arn": Self.role]] {
      #expect(throws: CatalogError.self) { try options(storage, at: "file:///data") }
    }
  }

  @Test func keysComeFromTheSameServiceUnlessToldOtherwise() throws {
    let own = try #require(options(["s3.sts.role-arn": Self.role, "s3.endpoint": "http://h:1", "s3.session-duration": "60"]).role)
    #expect(own.endpoint == "http://h:1" && own.durationSeconds == 60)
    let other = try #require(options(["s3.sts.role-arn": Self.role, "s3.endpoint": "http://h:1", "s3.sts.endpoint": "http://sts"]).role)
    #expect(other.endpoint == "http://sts" && other.durationSeconds == 3_600)
    #expect(try options(["s3.sts.role-arn": Self.role]).role?.endpoint == nil)
  }

  @Test func delegationsAreReadLeniently() {
    #expect(AccessDelegation.list("vended-credentials,remote-signing") == [.vendedCredentials, .remoteSigning])
    #expect(AccessDelegation.list(" Remote-Signing ,, magic, \t") == [.remoteSigning])
    #expect(AccessDelegation.list("vended_credentials") == [] && AccessDelegation.list("") == [])
  }

  @Test func whatIsGrantedShowsNoSecret() {
    let granted = GrantedAccess(keys: ["s3.secret-access-key": "hidden"], at: "s3://b/t", refreshedAt: "v1/x", generation: "g")
    var dumped = ""
    dump(granted, to: &dumped)
    let table = LoadedTable(metadataLocation: nil, metadata: [], config: [:], access: granted, etag: nil)
    dump(table, to: &dumped)
    for text in ["\(granted)", "\(granted.credentials)", "\(table)", String(reflecting: table), dumped] {
      #expect(!text.contains("hidden"))
    }
    #expect(granted.credentials.first?.config["s3.secret-access-key"] == "hidden")
  }

  @Test func anETagTellsAccessApart() {
    let version = DatasetVersion(id: .new(), warehouse: .new(), kind: .table, version: 3)
    func tag(_ generation: String) -> String {
      version.etag(.all, GrantedAccess(keys: [:], at: "s3://b/t", refreshedAt: nil, generation: generation))
    }
    #expect(
      Set([tag("a"), tag("b"), version.etag(.all), version.etag(.refs), version.etag(.all, GrantedAccess(signingAt: "x"))]).count == 5)
    #expect(version.etag(.all, .none) == version.etag(.all))
  }

  /// Addresses that a client puts behind this server's own: one name is one segment.
  @Test func addressesAreEncoded() throws {
    let path = DatasetPath(
      warehouse: "lake", identifier: try TableIdentifier(namespace: Namespace(levels: ["a b", "c/d"]), name: "t?ü%2F"))
    #expect(path.route == "v1/lake/namespaces/a%20b%1Fc%2Fd/tables/t%3F%C3%BC%252F")
  }
}
