import Catalog
import CatalogStore
import HTTPTypes
import Iceberg
import Lineage
import Logging
import Testing

@testable import CatalogServer

@Suite struct LineageControllerTests {
  @Test func nodesAreNamed() throws {
    let path = DatasetPath(warehouse: "main", identifier: try TableIdentifier(namespace: Namespace(levels: ["a", "b/c"]), name: "t+%"))
    for (text, expected) in [
      ("id:12", LineageReference.node(12)), ("dataset:main/a/b%2Fc/t+%25", .dataset(path)),
      ("job:airflow/daily.load", .job(EntityName(namespace: "airflow", name: "daily.load"))),
      ("job:/only", .job(EntityName(namespace: "", name: "only"))),
      ("external:s3:%2F%2Fb/x%2Fy", .external(EntityName(namespace: "s3://b", name: "x/y"))),
    ] { #expect(try LineageReference(text) == expected) }
  }

  @Test(arguments: [
    "", "id", "id:", "id:x", "dataset:main/t", "dataset:main//t", "job:a", "job:a/b/c", "job:a/", "table:main/a/t", "job:%/x",
  ])
  func noNodes(text: String) { #expect(throws: CatalogError.self) { try LineageReference(text) } }

  @Test func overloadSaysWhenToComeBack() {
    let error = CatalogError.overloaded("Too much", retryAfterSeconds: 7)
    let reply = ErrorReply(error, requestID: "test", logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }).reply
    #expect(reply.status == .serviceUnavailable)
    #expect(reply.headers[.retryAfter] == "7")
  }
}
