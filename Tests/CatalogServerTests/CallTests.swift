import CatalogStore
import HTTPTypes
import Iceberg
import Logging
import Postgres
import Testing

@testable import CatalogServer

@Suite struct CallTests {
  @Test(arguments: [("a%1Fb", "a\u{1F}b"), ("a+b", "a b"), ("a%2Bb", "a+b"), ("%F0%9F%98%80", "😀"), ("plain", "plain"), ("100%25", "100%")])
  func pathComponentsAreDecoded(_ raw: String, _ decoded: String) throws {
    #expect(try decodePathComponent(raw) == decoded)
  }

  @Test(arguments: ["%", "%1", "%zz", "%FF", "%C3", "a%-1"])
  func brokenEncodingIsRefused(_ raw: String) {
    #expect(throws: CatalogError.self) { try decodePathComponent(raw) }
  }

  @Test(arguments: ["t", "ünï", "😀", "a/b", "%", "with space"])
  func pageTokensRoundTrip(_ key: String) throws {
    #expect(try PageToken.decode(PageToken.encode(key)) == key)
  }

  @Test(arguments: ["x", "0", "ff", "00", "+1"])
  func foreignPageTokensAreRefused(_ token: String) {
    #expect(throws: CatalogError.self) { try PageToken.decode(token) }
  }

  @Test func gzipIsAcceptedWhereTheClientSaysSo() {
    #expect(Reply.acceptsGzip("gzip, deflate, br"))
    #expect(Reply.acceptsGzip("*"))
    #expect(Reply.acceptsGzip("deflate, gzip;q=0.5"))
    #expect(!Reply.acceptsGzip("gzip;q=0"))
    #expect(!Reply.acceptsGzip("identity"))
  }

  @Test func warehousesAreReadFromTheCommandLine() throws {
    let local = try WarehouseDefinition(parsing: "main=file:///data/x=y")
    #expect(local.name == "main")
    #expect(local.location == "file:///data/x=y")
    let remote = try WarehouseDefinition(parsing: "lake=s3://b/p?endpoint=http://h:9000&region=eu-west-1&path-style-access=true")
    #expect(remote.location == "s3://b/p")
    #expect(remote.storage == ["s3.endpoint": "http://h:9000", "s3.region": "eu-west-1", "s3.path-style-access": "true"])
    let vending = try WarehouseDefinition(
      parsing:
        "lake=s3://b/p?sts-role-arn=arn:aws:iam::1:role/lake&sts-external-id=a%26b&session-duration=900&access-delegation=remote-signing")
    #expect(
      vending.storage == [
        "s3.sts.role-arn": "arn:aws:iam::1:role/lake", "s3.sts.external-id": "a&b", "s3.session-duration": "900",
        "access-delegation": "remote-signing",
      ])
    #expect(throws: WarehouseDefinitionError.self) { try WarehouseDefinition(parsing: "main") }
    #expect(throws: WarehouseDefinitionError.self) { try WarehouseDefinition(parsing: "m=s3://b?secret=1") }
  }
}

@Suite struct ErrorReplyTests {
  private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  private static func reply(_ error: any Error) -> ErrorReply { ErrorReply(error, requestID: "r-1", logger: logger) }

  /// Java reads 500, 502, 503 and 504 on a commit as "state unknown", and retries only 409.
  @Test func statusesAndTypesAreThoseThatClientsKnow() {
    let cases: [(any Error, Int, String)] = [
      (CatalogError.noSuchTable("x"), 404, "NoSuchTableException"),
      (CatalogError.noSuchNamespace("x"), 404, "NoSuchNamespaceException"),
      (CatalogError.noSuchView("x"), 404, "NoSuchViewException"),
      (CatalogError.alreadyExists("x"), 409, "AlreadyExistsException"),
      (CatalogError.namespaceNotEmpty("x"), 409, "NamespaceNotEmptyException"),
      (CatalogError.commitFailed("x"), 409, "CommitFailedException"),
      (CatalogError.forbidden("x"), 403, "ForbiddenException"),
      (CatalogError.fileNotFound("x"), 404, "NotFoundException"),
      (CatalogError.stateUnknown("x"), 500, "CommitStateUnknownException"),
      (CatalogError.unavailable("x"), 503, "ServiceUnavailableException"),
      (ModelError.requirementFailed("x"), 409, "CommitFailedException"),
      (ModelError.conflict("x"), 409, "CommitFailedException"),
      (ModelError.invalid("x"), 400, "BadRequestException"),
      (PostgresError.connectionLost(message: "x", outcomeUnknown: true), 500, "CommitStateUnknownException"),
      (PostgresError.connectionLost(message: "x", outcomeUnknown: false), 503, "ServiceUnavailableException"),
    ]
    for (error, status, type) in cases {
      let reply = Self.reply(error)
      #expect(reply.status.code == status)
      #expect(reply.type == type)
    }
  }

  @Test func internalErrorsTellNothing() {
    struct Secret: Error { let password = "hunter2" }
    let reply = Self.reply(Secret())
    #expect(reply.status.code == 500)
    #expect(!reply.message.contains("hunter2"))
    #expect(reply.message.contains("r-1"))
  }
}
