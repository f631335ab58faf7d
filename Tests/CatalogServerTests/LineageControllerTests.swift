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
    let run = "3b452093-782c-4ef2-9c0c-aafe2aa6f34d"
    let path = DatasetPath(warehouse: "main", identifier: try TableIdentifier(namespace: Namespace(levels: ["a", "b/c"]), name: "t+%"))
    for (text, expected) in [
      ("id:12", LineageReference.node(12)), ("dataset:main/a/b%2Fc/t+%25", .dataset(path)),
      ("job:airflow/daily.load", .job(EntityName(namespace: "airflow", name: "daily.load"))),
      ("job:/only", .job(EntityName(namespace: "", name: "only"))),
      ("external:s3:%2F%2Fb/x%2Fy", .external(EntityName(namespace: "s3://b", name: "x/y"))),
      ("dataset:main/a/b%2Fc/t+%25@9223372036854775807", .dataset(path, .id(.max))),
      ("dataset:main/a/b%2Fc/t+%25@v%401", .dataset(path, .ref("v@1"))),
      ("feature:main/a/b%2Fc/t+%25", .feature(path)), ("column:main/a/b%2Fc/t+%25/x@y", .column(path, "x@y")),
      ("model:credit-risk", .model("credit-risk")), ("model:credit-risk@7", .modelVersion("credit-risk", version: "7")),
      ("run:\(run)", .run(RunID(run)!)),
    ] {
      let reference = try LineageReference(text)
      #expect(reference == expected)
      #expect(try LineageReference(reference.description) == expected)
    }
    // Without slashes, dots stand between levels.
    for text in ["dataset:main.a.t@5", "dataset:main/a/t@5"] { #expect(try LineageReference(text).description == "dataset:main/a/t@5") }
    #expect(try LineageReference("column:main.a.t.c") == LineageReference("column:main/a/t/c"))
  }

  @Test(arguments: [
    "", "id", "id:", "id:x", "dataset:main/t", "dataset:main//t", "job:a", "job:a/b/c", "job:a/", "table:main/a/t", "job:%/x", "model:",
    "model:a@", "model:a@1@2",
    "run:x", "dataset:main/a/t@", "column:main/a/t", "feature:main/t", "dataset:main.t",
  ])
  func noNodes(text: String) { #expect(throws: CatalogError.self) { try LineageReference(text) } }

  @Test func overloadSaysWhenToComeBack() {
    let error = CatalogError.overloaded("Too much", retryAfterSeconds: 7)
    let reply = ErrorReply(error, requestID: "test", logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }).reply
    #expect(reply.status == .serviceUnavailable)
    #expect(reply.headers[.retryAfter] == "7")
  }
}
