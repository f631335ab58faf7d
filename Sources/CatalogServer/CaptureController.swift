import Catalog
import CatalogStore
import Iceberg
import JSON
import Lineage
import Postgres

/// What training platforms tell of a version, in one call.
struct CaptureController: Sendable {
  let catalog: Catalog

  func captureModelVersion(_ call: Call) async throws -> Reply {
    Reply(try await catalog.captureModelVersion(ModelCapture(json: call.json), call.context, answer: { $0.jsonText }))
  }
}

extension ModelCapture {
  fileprivate init(json: JSONValue) throws {
    let object = try json.object()
    var change = ModelVersionChange()
    change.codeReference = try object.optional("code-reference")?.string()
    change.containerDigest = try object.optional("container-digest")?.string()
    change.parameters = try object.optional("parameters")?.object().plainTexts() ?? [:]
    change.metrics = try object.optional("metrics")?.object().plainTexts() ?? [:]
    change.artifacts = try object.optional("artifacts")?.object().strings() ?? [:]
    change.source = try object.optional("source")?.string()
    let run = try object.optional("run")?.string()
    change.run = run
    var runs = try object.optional("runs")?.array().map { try NewModelRun(json: $0) } ?? []
    if let run, !runs.contains(where: { $0.name == run }) {
      runs.insert(NewModelRun(name: run, principal: nil, startedAt: nil, endedAt: nil), at: 0)
    }
    self.init(
      model: try object.required("model").string(), version: try object.required("version").string(),
      developer: try object.optional("developer")?.string(), change: change, runs: runs,
      inputs: try object.optional("inputs")?.array().map { try Input(json: $0) } ?? [], digest: EventDigest.of(json))
  }
}

extension NewModelRun {
  fileprivate init(json: JSONValue) throws {
    let object = try json.object()
    func time(_ key: StaticString) throws -> PostgresTimestamp? {
      guard let value = object.optional(key) else { return nil }
      let time = try value.int64()
      // To the end of the year 9999.
      guard (0...253_402_300_799_999).contains(time) else { throw value.invalid("Expected milliseconds since 1970") }
      return PostgresTimestamp(milliseconds: time)
    }
    self.init(
      name: try object.required("id").string(), principal: try object.optional("principal")?.string(), startedAt: try time("started-at-ms"),
      endedAt: try time("ended-at-ms"))
  }
}

extension ModelCapture.Input {
  fileprivate init(json: JSONValue) throws {
    let object = try json.object()
    let choices: [SnapshotChoice] = try [
      object.optional("snapshot-id").map { .id(try $0.int64()) }, object.optional("ref").map { .ref(try $0.string()) },
      object.optional("version").map { .ref(try $0.string()) }, object.optional("at-ms").map { .time(try $0.int64()) },
    ].compactMap { $0 }
    guard choices.count <= 1 else { throw json.invalid("Give one of snapshot-id, ref, version and at-ms, or none for the present state") }
    let place: ModelCapture.Place
    if let location = object.optional("location") {
      guard object.optional("name") == nil else { throw json.invalid("Give a location or warehouse, namespace and name, not both") }
      place = .location(try location.string())
    } else {
      let levels = try object.required("namespace").array().map { try $0.string() }
      let identifier = try TableIdentifier(namespace: Namespace(levels: levels), name: object.required("name").string())
      place = .path(try DatasetPath(checking: object.required("warehouse").string(), identifier))
    }
    let role = try object.optional("role").map { value in
      guard let role = TrainingRole(rawValue: try value.string()) else {
        throw value.invalid("There are the roles \(TrainingRole.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      return role
    }
    self.init(
      place: place, choice: choices.first, role: role ?? .train, rowFilter: try object.optional("row-filter")?.string(),
      columns: try object.optional("columns")?.array().map { try $0.string() })
  }
}

extension JSONObject {
  /// A map of texts, numbers and truth values, as texts: platforms send all of them. Numbers stay as they are written.
  fileprivate func plainTexts() throws -> [String: String] {
    var texts: [String: String] = [:]
    for member in self {
      switch member.value.kind {
      case .string: texts[member.key] = try member.value.string()
      case .number, .bool: texts[member.key] = member.value.rawText
      default: throw member.value.invalid("Expected a text, a number, true or false")
      }
    }
    return texts
  }
}
