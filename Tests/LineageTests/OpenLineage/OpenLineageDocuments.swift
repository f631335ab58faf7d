import Foundation
import JSON

/// OpenLineage's own examples: copies of the corpus that `MORAINE_CONFORMANCE` may name.
enum OpenLineageDocuments {
  private static let copies = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/openlineage")

  private static var corpus: URL? {
    ProcessInfo.processInfo.environment["MORAINE_CONFORMANCE"].map { URL(filePath: $0).appending(path: "openlineage") }
  }

  static func json(_ url: URL) throws -> JSONValue { try JSONDocument(parsing: Array(Data(contentsOf: url))).root }

  /// Whole events, by their files' names.
  static func events() throws -> [(name: String, json: JSONValue)] {
    let folder = corpus ?? copies
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }.sorted()
    let facets = corpus.map { $0.appending(path: "spec/tests") } ?? copies.appending(path: "facets")
    return try names.map { ($0, try json(folder.appending(path: $0))) }
      + [("tests/example_full_event.json", try json(facets.appending(path: "example_full_event.json")))]
  }

  /// Facets as they stand among an entity's, by the names of their schemas.
  static func facets() throws -> [(schema: String, json: JSONValue)] {
    let folder = corpus.map { $0.appending(path: "spec/tests") } ?? copies.appending(path: "facets")
    let schemas = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.contains("Facet") }.sorted()
    return try schemas.flatMap { schema in
      try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: schema).path).sorted().map {
        (schema, try json(folder.appending(path: "\(schema)/\($0)")))
      }
    }
  }
}
