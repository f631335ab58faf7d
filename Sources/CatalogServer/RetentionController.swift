import Catalog
import CatalogStore
import Governance
import Iceberg
import JSON
import Postgres

/// How long things are kept: rules, plans, what was done, and what people decide.
struct RetentionController: Sendable {
  let catalog: Catalog

  // MARK: Rules

  func listRetentionRules(_ call: Call) async throws -> Reply {
    Self.list("rules", try await catalog.listRetentionRules(call.page, call.context))
  }

  func defineRetentionRule(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    let rule = try RetentionRule(json: object.required("rule"))
    let named = try object.optional("object").map { try AccessObject(json: $0) }
    let tag = try object.optional("tag")?.object()
    let scope: RetentionScope
    switch (named, tag) {
    case (let named?, nil): scope = .object(named)
    case (nil, let tag?): scope = .tag(key: try tag.required("key").string(), value: try tag.optional("value")?.string())
    default: throw CatalogError.badRequest("A rule is for an object or for a tag; give one of both")
    }
    return Reply(try await catalog.defineRetentionRule(rule, for: scope, call.context, answer: { $0.jsonText }))
  }

  func removeRetentionRule(_ call: Call) async throws -> Reply {
    try await catalog.removeRetentionRule(call.parameter("rule"), call.context)
    return .noContent
  }

  // MARK: Plans

  func planRetention(_ call: Call) async throws -> Reply {
    var dialect: RetentionDialect?
    if let text = try call.query("dialect"), !text.isEmpty {
      guard let known = RetentionDialect(rawValue: text) else {
        let all = RetentionDialect.allCases.map(\.rawValue).joined(separator: ", ")
        throw CatalogError.badRequest("\"\(text)\" is no dialect; there are \(all)")
      }
      dialect = known
    }
    return Self.list(
      "tables",
      try await catalog.planRetention(
        of: Self.object(call), as: dialect, engineCatalog: call.query("engine-catalog"), call.page, call.context))
  }

  func explainRetention(_ call: Call) async throws -> Reply {
    let choice: SnapshotChoice
    switch (try call.query("snapshot-id"), try call.query("ref")) {
    case (let text?, nil):
      guard let id = Int64(text) else { throw CatalogError.badRequest("snapshot-id is \"\(text)\"; it must be a whole number") }
      choice = .id(id)
    case (nil, let ref): choice = .ref(ref ?? "main")
    default: throw CatalogError.badRequest("snapshot-id and ref exclude each other")
    }
    let (retention, fate) = try await catalog.explainRetention(of: call.governed("table"), snapshot: choice, call.context)
    return Reply(json: JSONWriter.text { fate.write(to: &$0, in: retention) })
  }

  func applyRetention(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    let runs = try await catalog.applyRetention(
      to: AccessObject(json: object.required("object")), removesOrphans: object.optional("orphans")?.bool() ?? false, call.context,
      answer: { Self.runs($0) })
    return Reply(json: Self.runs(runs))
  }

  private static func runs(_ runs: [RetentionRun]) -> [UInt8] {
    JSONWriter.text { writer in writer.object { $0.field("runs", runs) } }
  }

  // MARK: History

  func listRetentionRuns(_ call: Call) async throws -> Reply {
    var path: DatasetPath?
    if let object = try AccessObject(query: call) {
      guard case .dataset(.table, let table) = object else { throw CatalogError.badRequest("Runs are those of a table") }
      path = table
    }
    return Self.list("runs", try await catalog.listRetentionRuns(of: path, call.page, call.context))
  }

  func loadRetentionRun(_ call: Call) async throws -> Reply {
    Reply(try await catalog.loadRetentionRun(RetentionRunID(Self.id(call, "run")), call.context))
  }

  func listRetentionFiles(_ call: Call) async throws -> Reply {
    Self.list("files", try await catalog.listRetentionFiles(of: RetentionRunID(Self.id(call, "run")), call.page, call.context))
  }

  // MARK: Decisions

  func listRetentionDecisions(_ call: Call) async throws -> Reply {
    Self.list("decisions", try await catalog.listRetentionDecisions(onlyOpen: call.flag("open"), call.page, call.context))
  }

  func answerRetentionDecision(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    let answerValue = try object.required("answer")
    guard let answer = RetentionDecision.Answer(rawValue: try answerValue.string()) else {
      throw answerValue.invalid("Expected one of \(RetentionDecision.Answer.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    let until = try object.optional("keep-until-ms")?.int64()
    if let until, !(0...253_402_300_799_999).contains(until) {
      throw CatalogError.badRequest("keep-until-ms is \(until); it must be milliseconds since 1970, before the year 10000")
    }
    guard until == nil || answer == .keep else { throw CatalogError.badRequest("keep-until-ms belongs to the answer keep") }
    let decision = try await catalog.answerRetentionDecision(
      RetentionDecisionID(Self.id(call, "decision")), answer, comment: object.required("comment").string(),
      keepUntil: until.map { PostgresTimestamp(milliseconds: $0) }, call.context, reply: { $0.jsonText })
    return Reply(decision)
  }

  // MARK: Parts

  private static func object(_ call: Call) throws -> AccessObject {
    guard let object = try AccessObject(query: call) else { throw CatalogError.badRequest("Say of what with object-kind and its name") }
    return object
  }

  private static func id(_ call: Call, _ name: String) throws -> PostgresUUID {
    let text = try call.parameter(name)
    guard let id = PostgresUUID(text) else { throw CatalogError.badRequest("\"\(text)\" is no id of a \(name); it must be a UUID") }
    return id
  }

  private static func list(_ key: StaticString, _ page: Page<some JSONEncodable>) -> Reply {
    Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field(key, page.elements)
          $0.nextPageToken(page.next)
        }
      })
  }
}
