import CatalogStore
import MLflow

/// What is to be taken over from a server at a time.
struct MLflowPlan {
  let server: MLflowServer
  /// In the name of the server's principal.
  let context: OperationContext
  /// Models that this makes, by name.
  fileprivate var newModels: [String: Model] = [:]
  fileprivate var versions: [CapturedVersion] = []
  fileprivate var refused: [(name: RegisteredVersion, reason: String)] = []
  fileprivate var settled: [RegisteredVersion] = []

  init(server: MLflowServer, context: OperationContext) {
    self.server = server
    self.context = context
  }

  func capture(watermark: [UInt8]) -> MLflowCapture {
    var capture = MLflowCapture(watermark: watermark)
    capture.versions = versions
    capture.refused = refused
    capture.settled = settled
    return capture
  }
}

extension Catalog {
  /// Adds to a plan what a version becomes here.
  ///
  /// What the principal may not do makes the version wait, and says so; it stops no other.
  ///
  /// - Throws: what keeps everything from being taken over: the database or the files are away, the principal is not welcome.
  func add(_ lineage: MLflowLineage, to plan: inout MLflowPlan) async throws {
    let key = lineage.version.key
    let name = RegisteredVersion(model: key.model, version: key.version)
    do {
      try await add(lineage, name, to: &plan)
    } catch let error as CatalogError {
      switch error {
      case .forbidden(let text), .noSuchModel(let text), .badRequest(let text), .unprocessable(let text):
        plan.refused.append((name, text))
      default: throw error
      }
    }
  }

  private func add(_ lineage: MLflowLineage, _ name: RegisteredVersion, to plan: inout MLflowPlan) async throws {
    let context = plan.context
    let here = Self.name(of: name.model)
    try Self.checkName(here, of: "model")
    try Self.checkName(name.version, of: "version")
    var makesModel: Authorization?
    let model: Model
    let object: GovernedObject
    if let new = plan.newModels[here] {
      model = new
      object = GovernedObject(of: new, try await authorizer.state())
    } else if try await store.foundModel(here) != nil {
      let asked = try await authorized(.updateModelVersion, [PolicyQuestion(.updateModel)], model: here, context)
      (model, object) = (asked.model, asked.object)
    } else {
      makesModel = try await authorized(.createModel, [PolicyQuestion(.createModel)], catalog: CatalogResource(.model, here), context)
      model = plan.server.model(here, registered: name.model, context)
      object = GovernedObject(of: model, try await authorizer.state())
    }
    func allowed(_ action: CatalogAction) throws -> Authorization {
      try authorizer.authorize(
        action, [PolicyQuestion(.updateModel)], on: object, context,
        missing: .forbidden("\(context.principal) may not change the model \(here)"))
    }
    let authorization = try allowed(.updateModelVersion)
    let base = makesModel == nil ? try await store.foundVersion(name.version, of: model, authorization) : nil
    guard base?.retirement == nil else { return plan.settled.append(name) }
    let change = Self.change(lineage, from: plan.server)
    if let source = base?.description.source, source != change.source {
      throw CatalogError.unprocessable(
        "\(here)@\(name.version) is here already, from another source (\(source)); call one of the two differently")
    }
    var description = base?.description ?? ModelVersionDescription()
    change.apply(to: &description)
    let version: ModelVersion
    let part: CapturedVersion.Part
    if let base {
      version = ModelVersion(
        id: base.id, model: base.model, name: base.name, stage: base.stage, developer: base.developer, description: description,
        version: base.version + 1, createdBy: base.createdBy, createdAt: base.createdAt, changedAt: context.time, retirement: nil)
      part = description == base.description ? .unchanged : .changed(base: base, authorization)
    } else {
      version = ModelVersion(
        id: .new(), model: here, name: name.version, stage: .development,
        developer: String((lineage.user ?? context.principal).prefix(250)), description: description, version: 1,
        createdBy: context.principal, createdAt: context.time, changedAt: context.time, retirement: nil)
      part = .new(try allowed(.createModelVersion))
    }
    let known = try await base.asyncMap { try await knownInputs(of: $0, authorization) } ?? []
    let found = try await inputs(of: lineage, leavingOut: known, principal: plan.server.principal, context, authorization)
    if makesModel != nil { plan.newModels[here] = model }
    plan.versions.append(
      CapturedVersion(
        name: name, model: model, makesModel: makesModel, version: version, part: part, inputs: found.bound,
        binds: found.bound.isEmpty ? nil : try allowed(.bindTrainingInput),
        facts: Self.facts(lineage, from: plan.server, gaps: found.gaps.map(\.text)),
        waitsFor: found.gaps.first(where: \.mayClose)?.text))
  }

  /// Inputs that MLflow was heard on already, and those that somebody said were a mistake.
  private func knownInputs(of version: ModelVersion, _ authorization: Authorization) async throws -> Set<MLflowInputKey> {
    let evidence = try await store.evidence(of: version, authorization)
    let known = try await store.inputs(of: version, authorization).filter { input in
      input.withdrawal != nil || evidence[input.id]?.contains { $0.evidence.source == MLflowCapture.source } == true
    }
    return Set(known.map { MLflowInputKey(dataset: $0.dataset, role: $0.role, state: $0.bound.state.text) })
  }

  // MARK: What MLflow says, in our words

  /// A name for a registered model: what names may not have here becomes a dash.
  static func name(of registered: String) -> String {
    String(decoding: registered.utf8.map { isNameByte($0) ? $0 : UInt8(ascii: "-") }, as: UTF8.self)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "+"):
      true
    default: false
    }
  }

  private static let maximumEntries = 5_000

  private static func change(_ lineage: MLflowLineage, from server: MLflowServer) -> ModelVersionChange {
    var change = ModelVersionChange()
    let key = lineage.version.key
    change.source = "mlflow:\(server.name)/\(key.model)/\(key.version)"
    change.run = lineage.run?.id ?? lineage.version.runID
    change.codeReference = lineage.gitCommit.map { commit in
      let repository = lineage.run?.tags["mlflow.source.git.repoURL"].map(withoutCredentials)
      return String((repository.map { "\($0)@\(commit)" } ?? "git:\(commit)").prefix(2_000))
    }
    change.containerDigest = lineage.imageDigest.map { String($0.prefix(2_000)) }
    for (name, value) in lineage.parameters.sorted(by: { $0.key < $1.key }).prefix(maximumEntries) where name.utf8.count <= 1_024 {
      change.parameters[name] = shortened(value)
    }
    // The first of a name is the training run's own; others' of the same name say what they were measured on.
    for metric in lineage.metrics.prefix(maximumEntries) {
      let names = [metric.name, metric.datasetName.map { "\(metric.name) on \($0)" }, metric.runID.map { "\(metric.name) by \($0)" }]
      guard let name = names.lazy.compactMap({ $0 }).first(where: { change.metrics[$0] == nil }), name.utf8.count <= 1_024 else { continue }
      change.metrics[name] = "\(metric.value)"
    }
    return change
  }

  /// At most 8192 bytes.
  private static func shortened(_ text: String) -> String {
    guard text.utf8.count > 8_192 else { return text }
    var result = ""
    for character in text {
      guard result.utf8.count + character.utf8.count <= 8_180 else { break }
      result.append(character)
    }
    return result + " …"
  }

  /// A repository's address without user and password.
  private static func withoutCredentials(_ url: String) -> String {
    guard let scheme = url.firstRange(of: "://") else { return url }
    let rest = url[scheme.upperBound...]
    let authority = rest.prefix { $0 != "/" }
    guard let at = authority.lastIndex(of: "@") else { return url }
    return String(url[..<scheme.upperBound] + rest[authority.index(after: at)...])
  }

  private static func facts(_ lineage: MLflowLineage, from server: MLflowServer, gaps: [String]) -> MLflowFacts {
    let version = lineage.version
    return MLflowFacts(
      server: server.name, name: RegisteredVersion(model: version.key.model, version: version.key.version),
      stage: version.stage == "None" ? nil : version.stage, aliases: version.aliases, status: version.status,
      experiment: lineage.run?.experimentID ?? lineage.loggedModel?.experimentID,
      features: lineage.features.map {
        MLflowFacts.Features(project: $0.project, service: $0.service, views: $0.views, references: $0.references)
      },
      gaps: gaps)
  }
}
