package import CatalogStore

/// A version of a model, with what was said of it.
package struct LoadedModelVersion: Sendable {
  package let version: ModelVersion
  package let approvals: [ModelApproval]
  /// The first bound first; what was withdrawn, too.
  package let inputs: [TrainingInput]
  package let evidence: [TrainingInputID: [RecordedEvidence]]
  /// `nil` for one that is not from there.
  package let mlflow: RecordedMLflowFacts?
  package let details: [TrainingInputID: TrainingInputDetails]
  /// The runs that made it.
  package let runs: [ModelRun]
  /// What was said of it and is no input.
  package let gaps: [TrainingGap]

  /// Where sources disagree about what it was trained on.
  package var contradictions: [TrainingContradiction] { TrainingClaim.all(inputs, evidence, gaps).contradictions }
}

/// What is to become different about a version; `nil` stays as it is, maps are added to.
package struct ModelVersionChange: Sendable {
  package var stage: ModelStage?
  package var codeReference: String?
  package var containerDigest: String?
  package var parameters: [String: String] = [:]
  package var metrics: [String: String] = [:]
  package var artifacts: [String: String] = [:]
  package var source: String?
  package var run: String?

  package init() {}

  func apply(to description: inout ModelVersionDescription) {
    if let codeReference { description.codeReference = codeReference }
    if let containerDigest { description.containerDigest = containerDigest }
    if let source { description.source = source }
    if let run { description.run = run }
    description.parameters.merge(parameters) { $1 }
    description.metrics.merge(metrics) { $1 }
    description.artifacts.merge(artifacts) { $1 }
  }

  func check() throws {
    guard stage != .retired else {
      throw CatalogError.badRequest("A version is retired by itself, with a reason: moraine model retire NAME@VERSION --reason …")
    }
    for (what, text) in [("code-reference", codeReference), ("container-digest", containerDigest), ("source", source), ("run", run)] {
      guard text?.utf8.count ?? 0 <= 2_048 else { throw CatalogError.badRequest("The \(what) is longer than 2048 bytes") }
    }
    for (what, map) in [("parameters", parameters), ("metrics", metrics), ("artifacts", artifacts)] {
      guard map.count <= 10_000, map.allSatisfy({ $0.key.utf8.count <= 1_024 && $0.value.utf8.count <= 8_192 }) else {
        throw CatalogError.badRequest("There may be 10000 \(what), with names of up to 1024 bytes and values of up to 8192")
      }
    }
  }
}

extension Catalog {
  /// Versions of a model, the newest first.
  ///
  /// - Throws: ``CatalogError/noSuchModel(_:)``
  package func listModelVersions(
    of model: String, _ page: PageRequest, _ context: OperationContext
  ) async throws -> Page<ModelVersion> {
    let asked = try await authorized(.loadModel, [PolicyQuestion(.getMetadata)], model: model, context)
    return try await store.versions(of: asked.model, page, asked.authorization)
  }

  /// - Throws: ``CatalogError/noSuchModel(_:)``
  package func loadModelVersion(
    _ name: String, of model: String, _ context: OperationContext
  ) async throws -> LoadedModelVersion {
    let asked = try await authorized(.loadModel, [PolicyQuestion(.getMetadata)], model: model, context)
    let version = try await store.version(name, of: asked.model, asked.authorization)
    return LoadedModelVersion(
      version: version, approvals: try await store.approvals(of: version, asked.authorization),
      inputs: try await store.inputs(of: version, asked.authorization),
      evidence: try await store.evidence(of: version, asked.authorization),
      mlflow: try await store.mlflowFacts(of: version, asked.authorization),
      details: try await store.details(of: version, asked.authorization),
      runs: try await store.runs(of: version, asked.authorization), gaps: try await store.gaps(of: version.id, asked.authorization))
  }

  /// - Parameter developer: who made it; the caller unless somebody else is named.
  /// - Throws: ``CatalogError/noSuchModel(_:)``, ``CatalogError/alreadyExists(_:)``, ``CatalogError/badRequest(_:)``
  package func createModelVersion(
    _ name: String, of model: String, _ change: ModelVersionChange, developer: String?, _ context: OperationContext,
    answer: @escaping @Sendable (ModelVersion) -> [UInt8]
  ) async throws -> ModelVersion {
    let asked = try await authorized(.createModelVersion, [PolicyQuestion(.updateModel)], model: model, context)
    try Self.checkName(name, of: "version")
    try change.check()
    guard (1...1_024).contains(developer?.utf8.count ?? 1) else { throw CatalogError.badRequest("The developer is 1 to 1024 bytes long") }
    var description = ModelVersionDescription()
    change.apply(to: &description)
    return try await store.createVersion(
      name, of: asked.model, description, stage: change.stage ?? .development, developer: developer ?? context.principal,
      asked.authorization, answer: answer)
  }

  /// - Throws: ``CatalogError/noSuchModel(_:)``, ``CatalogError/badRequest(_:)``, ``CatalogError/unprocessable(_:)`` for a retired one, and
  ///   for one that goes to production without the approval that its model's tier asks for.
  package func updateModelVersion(
    _ name: String, of model: String, _ change: ModelVersionChange, _ context: OperationContext,
    answer: @escaping @Sendable (ModelVersion) -> [UInt8]
  ) async throws -> ModelVersion {
    let asked = try await authorized(.updateModelVersion, [PolicyQuestion(.updateModel)], model: model, context)
    try change.check()
    if change.stage == .production, asked.model.description.tier.needsAnotherApprover {
      let version = try await store.version(name, of: asked.model, asked.authorization)
      guard try await store.approvals(of: version, asked.authorization).last?.decision == .approved else {
        throw CatalogError.unprocessable(
          "\(version.title) is of a high risk tier and not approved: somebody other than \(version.developer) must: moraine model approve \(version.title)"
        )
      }
    }
    return try await store.updateVersion(
      name, of: asked.model, stage: change.stage, { change.apply(to: &$0) }, asked.authorization, answer: answer)
  }

  /// Takes a version out of use for ever.
  ///
  /// - Throws: ``CatalogError/noSuchModel(_:)``, ``CatalogError/badRequest(_:)``, ``CatalogError/unprocessable(_:)`` for a retired one.
  package func retireModelVersion(
    _ name: String, of model: String, reason: String, _ context: OperationContext, answer: @escaping @Sendable (ModelVersion) -> [UInt8]
  ) async throws -> ModelVersion {
    let asked = try await authorized(.retireModelVersion, [PolicyQuestion(.updateModel)], model: model, context)
    guard (1...10_000).contains(reason.utf8.count) else { throw CatalogError.badRequest("Say why it is retired, in 1 to 10000 bytes") }
    return try await store.retireVersion(name, of: asked.model, reason: reason, asked.authorization, answer: answer)
  }

  /// Says whether a version may be used.
  ///
  /// - Throws: ``CatalogError/noSuchModel(_:)``, ``CatalogError/unprocessable(_:)`` for the developer of a model of a high risk tier, and for
  ///   a retired version
  package func approveModelVersion(
    _ name: String, of model: String, _ decision: ModelApproval.Decision, comment: String, _ context: OperationContext,
    answer: (ModelApproval) -> [UInt8]
  ) async throws -> ModelApproval {
    let asked = try await authorized(.approveModelVersion, [PolicyQuestion(.approveModel)], model: model, context)
    guard comment.utf8.count <= 10_000 else { throw CatalogError.badRequest("The comment is longer than 10000 bytes") }
    let version = try await store.version(name, of: asked.model, asked.authorization)
    try version.requireUse()
    if asked.model.description.tier.needsAnotherApprover, version.developer == context.principal {
      throw CatalogError.unprocessable(
        "\(context.principal) made \(version.title) and may not approve it: its risk tier is high, so somebody else must")
    }
    let approval = ModelApproval(decision: decision, approver: context.principal, comment: comment, decidedAt: context.time)
    try await store.approve(version, approval, asked.authorization, answer: answer(approval))
    return approval
  }
}
