package import Catalog
package import CatalogStore
import Governance
import Iceberg
package import JSON
import Postgres

/// Models, their versions, and what these were trained on.
struct ModelController: Sendable {
  let catalog: Catalog

  // MARK: Models

  func listModels(_ call: Call) async throws -> Reply {
    let page = try await catalog.listModels(call.page, call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("models", page.elements)
          $0.nextPageToken(page.next)
        }
      })
  }

  func createModel(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    let change = try Self.change(object)
    let description = ModelDescription(
      purpose: try object.required("purpose").string(), tier: change.tier ?? .limited, isRegulated: change.isRegulated ?? false,
      profiles: change.profiles ?? [], keepDaysAfterRetirement: change.keepDaysAfterRetirement ?? ModelDescription.defaultKeepDays)
    return Reply(
      try await catalog.createModel(
        object.required("name").string(), description, owner: change.owner, call.context, answer: { $0.jsonText }))
  }

  func loadModel(_ call: Call) async throws -> Reply {
    Reply(try await catalog.loadModel(call.parameter("model"), call.context))
  }

  func updateModel(_ call: Call) async throws -> Reply {
    Reply(
      try await catalog.updateModel(call.parameter("model"), Self.change(call.json.object()), call.context, answer: { $0.jsonText }))
  }

  func dropModel(_ call: Call) async throws -> Reply {
    try await catalog.dropModel(call.parameter("model"), call.context)
    return .noContent
  }

  private static func change(_ object: JSONObject) throws -> ModelChange {
    var change = ModelChange()
    change.purpose = try object.optional("purpose")?.string()
    change.tier = try object.optional("risk-tier").map { try $0.word(RiskTier.self, "risk tier") }
    change.isRegulated = try object.optional("regulated")?.bool()
    change.profiles = try object.optional("profiles")?.array().map { try $0.string() }
    change.keepDaysAfterRetirement = try object.optional("keep-days-after-retirement")?.int()
    change.owner = try object.optional("owner").map { GranteeName(try $0.string()) }
    return change
  }

  // MARK: Versions

  func listModelVersions(_ call: Call) async throws -> Reply {
    let page = try await catalog.listModelVersions(of: call.parameter("model"), call.page, call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("versions", page.elements)
          $0.nextPageToken(page.next)
        }
      })
  }

  func createModelVersion(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    return Reply(
      try await catalog.createModelVersion(
        object.required("version").string(), of: call.parameter("model"), Self.versionChange(object),
        developer: object.optional("developer")?.string(), call.context, answer: { $0.jsonText }))
  }

  func loadModelVersion(_ call: Call) async throws -> Reply {
    Reply(try await catalog.loadModelVersion(call.parameter("version"), of: call.parameter("model"), call.context))
  }

  func updateModelVersion(_ call: Call) async throws -> Reply {
    Reply(
      try await catalog.updateModelVersion(
        call.parameter("version"), of: call.parameter("model"), Self.versionChange(call.json.object()), call.context,
        answer: { $0.jsonText }))
  }

  func retireModelVersion(_ call: Call) async throws -> Reply {
    Reply(
      try await catalog.retireModelVersion(
        call.parameter("version"), of: call.parameter("model"), reason: call.json.object().required("reason").string(), call.context,
        answer: { $0.jsonText }))
  }

  func approveModelVersion(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    return Reply(
      try await catalog.approveModelVersion(
        call.parameter("version"), of: call.parameter("model"),
        object.required("decision").word(ModelApproval.Decision.self, "decision"),
        comment: object.optional("comment")?.string() ?? "", call.context, answer: { $0.jsonText }))
  }

  private static func versionChange(_ object: JSONObject) throws -> ModelVersionChange {
    var change = ModelVersionChange()
    change.stage = try object.optional("stage").map { try $0.word(ModelStage.self, "stage") }
    change.codeReference = try object.optional("code-reference")?.string()
    change.containerDigest = try object.optional("container-digest")?.string()
    change.parameters = try object.optional("parameters")?.object().strings() ?? [:]
    change.metrics = try object.optional("metrics")?.object().strings() ?? [:]
    change.artifacts = try object.optional("artifacts")?.object().strings() ?? [:]
    change.source = try object.optional("source")?.string()
    change.run = try object.optional("run")?.string()
    return change
  }

  // MARK: Training inputs

  func bindTrainingInputs(_ call: Call) async throws -> Reply {
    let inputs = try call.json.object().required("inputs").array().map { try NamedTrainingInput(json: $0) }
    try await catalog.bindTrainingInputs(
      inputs, to: call.parameter("version"), of: call.parameter("model"), Evidence(source: "person", grade: .declared), call.context)
    return .noContent
  }

  func withdrawTrainingInput(_ call: Call) async throws -> Reply {
    let text = try call.parameter("input")
    guard let id = PostgresUUID(text) else { throw CatalogError.badRequest("\"\(text)\" is no id of an input") }
    try await catalog.withdrawTrainingInput(
      TrainingInputID(id), from: call.parameter("version"), of: call.parameter("model"),
      reason: call.json.object().required("reason").string(), call.context)
    return .noContent
  }

  // MARK: Pins

  func listTablePins(_ call: Call) async throws -> Reply { try await listPins(call, as: .table) }
  func listDatasetPins(_ call: Call) async throws -> Reply { try await listPins(call, as: .dataset) }

  private func listPins(_ call: Call, as kind: DatasetKind) async throws -> Reply {
    let pins = try await catalog.listPins(of: call.governed(kind.rawValue), as: kind, call.context)
    return Reply(json: JSONWriter.text { writer in writer.object { $0.field("pins", pins) } })
  }
}

extension JSONValue {
  /// One of a few words.
  func word<Word: RawRepresentable & CaseIterable>(_: Word.Type, _ what: String) throws -> Word where Word.RawValue == String {
    guard let word = Word(rawValue: try string()) else {
      let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
      throw invalid("\"\(try string())\" is no \(what); there are \(known)")
    }
    return word
  }
}

extension NamedTrainingInput {
  fileprivate init(json: JSONValue) throws {
    let object = try json.object()
    let levels = try object.required("namespace").array().map { try $0.string() }
    let identifier = try TableIdentifier(namespace: Namespace(levels: levels), name: object.required("name").string())
    let warehouse = try object.required("warehouse").string()
    self.init(
      path: try DatasetPath(checking: warehouse, identifier), choice: try Self.choice(json),
      role: try object.required("role").word(TrainingRole.self, "role"), rowFilter: try object.optional("row-filter")?.string(),
      columns: try object.optional("columns")?.array().map { try $0.string() },
      sources: try object.optional("sources")?.array().map { try Self.source($0, in: warehouse) } ?? [])
  }

  private static func choice(_ json: JSONValue) throws -> SnapshotChoice? {
    let object = try json.object()
    let choices: [SnapshotChoice] = try [
      object.optional("snapshot-id").map { .id(try $0.int64()) }, object.optional("ref").map { .ref(try $0.string()) },
      object.optional("version").map { .ref(try $0.string()) }, object.optional("at-ms").map { .time(try $0.int64()) },
    ].compactMap { $0 }
    guard choices.count <= 1 else { throw json.invalid("Give one of snapshot-id, ref, version and at-ms, or none for the present state") }
    return choices.first
  }

  /// What a feature view is computed from, in a state that is named.
  private static func source(_ json: JSONValue, in warehouse: String) throws -> NamedTrainingSource {
    let object = try json.object()
    let levels = try object.required("namespace").array().map { try $0.string() }
    let identifier = try TableIdentifier(namespace: Namespace(levels: levels), name: object.required("name").string())
    guard let choice = try choice(json) else { throw json.invalid("Say which state of the source: snapshot-id, ref, version or at-ms") }
    return NamedTrainingSource(
      path: try DatasetPath(checking: object.optional("warehouse")?.string() ?? warehouse, identifier), choice: choice)
  }
}

extension Model: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("name", name)
      if let owner { $0.field("owner", owner) }
      $0.field("purpose", description.purpose)
      $0.field("risk-tier", description.tier.rawValue)
      $0.field("regulated", description.isRegulated)
      $0.field("profiles", description.profiles)
      $0.field("keep-days-after-retirement", description.keepDaysAfterRetirement)
      $0.field("created-by", createdBy)
      $0.field("created-at-ms", createdAt.milliseconds)
      $0.field("changed-at-ms", changedAt.milliseconds)
    }
  }
}

extension ModelVersion: JSONEncodable {
  package func write(to writer: inout JSONWriter) { writer.object { writeMembers(to: &$0) } }

  fileprivate func writeMembers(to writer: inout JSONWriter) {
    writer.field("model", model)
    writer.field("version", name)
    writer.field("stage", stage.rawValue)
    writer.field("developer", developer)
    if let reference = description.codeReference { writer.field("code-reference", reference) }
    if let digest = description.containerDigest { writer.field("container-digest", digest) }
    if let source = description.source { writer.field("source", source) }
    if let run = description.run { writer.field("run", run) }
    writer.field("parameters", description.parameters)
    writer.field("metrics", description.metrics)
    writer.field("artifacts", description.artifacts)
    writer.field("created-by", createdBy)
    writer.field("created-at-ms", createdAt.milliseconds)
    writer.field("changed-at-ms", changedAt.milliseconds)
    if let retirement {
      writer.field("retired-at-ms", retirement.at.milliseconds)
      writer.field("retirement-reason", retirement.reason)
    }
  }
}

extension ModelApproval: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("decision", decision.rawValue)
      $0.field("approver", approver)
      $0.field("comment", comment)
      $0.field("decided-at-ms", decidedAt.milliseconds)
    }
  }
}

extension LoadedModelVersion: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      version.writeMembers(to: &$0)
      if let mlflow { $0.field("mlflow", mlflow) }
      $0.field("approvals", approvals)
      $0.field(
        "inputs",
        array: { array in
          for input in inputs {
            array.object {
              input.writeMembers(to: &$0)
              $0.field("evidence", evidence[input.id] ?? [])
              details[input.id]?.writeMembers(to: &$0)
            }
          }
        })
      writeEvidence(to: &$0)
    }
  }
}

extension RecordedEvidence: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("source", evidence.source)
      $0.field("grade", evidence.grade.rawValue)
      $0.field("details", evidence.details)
      $0.field("said-by", saidBy)
      $0.field("said-at-ms", saidAt.milliseconds)
    }
  }
}

extension TrainingInput: JSONEncodable {
  package func write(to writer: inout JSONWriter) { writer.object { writeMembers(to: &$0) } }

  fileprivate func writeMembers(to writer: inout JSONWriter) {
    writer.field("id", id.description)
    writer.field("role", role.rawValue)
    writer.field("dataset-id", dataset.description)
    writer.field("kind", kind.rawValue)
    if let format { writer.field("format", format.rawValue) }
    writer.field("warehouse", path.warehouse)
    writer.field("namespace", path.identifier.namespace.levels)
    writer.field("name", path.identifier.name)
    writer.field("location", bound.location)
    switch bound.state {
    case .snapshot(let id), .fileSetSnapshot(let id): writer.field("snapshot-id", id)
    case .formatVersion(let version): writer.field("version", version)
    }
    if let asked = bound.askedFor { writer.field("asked-for", asked) }
    if let id = bound.schemaID { writer.field("schema-id", Int64(id)) }
    if let filter = rowFilter { writer.field("row-filter", filter) }
    if let columns { writer.field("columns", columns) }
    if let time = bound.committedAtMs { writer.field("committed-at-ms", time) }
    if let count = bound.recordCount { writer.field("record-count", count) }
    if let count = bound.fileCount { writer.field("file-count", count) }
    if let size = bound.sizeBytes { writer.field("size-bytes", size) }
    if let location = bound.metadataLocation { writer.field("metadata-location", location) }
    if let digest = bound.metadataSHA256 { writer.field("metadata-sha256", digest.hexadecimal) }
    if let list = bound.manifestList { writer.field("manifest-list", list) }
    if let digest = bound.manifestListSHA256 { writer.field("manifest-list-sha256", digest.hexadecimal) }
    if let root = bound.root { writer.field("root", root.hexadecimal) }
    writer.field("grade", grade.rawValue)
    writer.field("pinned", isPinned)
    writer.field("bound-by", boundBy)
    writer.field("bound-at-ms", boundAt.milliseconds)
    if let withdrawal {
      writer.field("withdrawn-by", withdrawal.by)
      writer.field("withdrawn-at-ms", withdrawal.at.milliseconds)
      writer.field("withdrawal-reason", withdrawal.reason)
    }
  }
}

extension Pin: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      switch state {
      case .snapshot(let id), .fileSetSnapshot(let id): $0.field("snapshot-id", id)
      case .formatVersion(let version): $0.field("version", version)
      }
      if let modelVersion { $0.field("model-version", modelVersion) }
      if let keepUntil { $0.field("keep-until-ms", keepUntil.milliseconds) }
      $0.field("reason", reason)
      $0.field("set-by", setBy)
      $0.field("set-at-ms", setAt.milliseconds)
      if let tag { $0.field("tag", tag) }
    }
  }
}
