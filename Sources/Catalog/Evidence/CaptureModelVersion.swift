package import CatalogStore
import Lineage
import Postgres

/// What a training platform tells of a version of a model, in one piece.
package struct ModelCapture: Sendable {
  /// A dataset by its name or by where it lies.
  package enum Place: Sendable {
    case path(DatasetPath)
    case location(String)
  }

  package struct Input: Sendable {
    package let place: Place
    package let choice: SnapshotChoice?
    package let role: TrainingRole
    package let rowFilter: String?
    package let columns: [String]?

    package init(place: Place, choice: SnapshotChoice?, role: TrainingRole, rowFilter: String?, columns: [String]?) {
      self.place = place
      self.choice = choice
      self.role = role
      self.rowFilter = rowFilter
      self.columns = columns
    }
  }

  package let model: String
  package let version: String
  package let developer: String?
  package let change: ModelVersionChange
  package let runs: [NewModelRun]
  package let inputs: [Input]
  /// SHA-256 over what it says, however it is written.
  package let digest: [UInt8]

  package init(
    model: String, version: String, developer: String?, change: ModelVersionChange, runs: [NewModelRun], inputs: [Input], digest: [UInt8]
  ) {
    self.model = model
    self.version = version
    self.developer = developer
    self.change = change
    self.runs = runs
    self.inputs = inputs
    self.digest = digest
  }

  private static let maximumRuns = 100

  fileprivate func check() throws {
    try change.check()
    guard change.stage == nil else { throw CatalogError.badRequest("A platform tells how a version was made, not which stage it is in") }
    guard (1...1_024).contains(developer?.utf8.count ?? 1) else { throw CatalogError.badRequest("The developer is 1 to 1024 bytes long") }
    guard runs.count <= Self.maximumRuns else { throw CatalogError.badRequest("There may be \(Self.maximumRuns) runs, not \(runs.count)") }
    for run in runs {
      guard (1...2_048).contains(run.name.utf8.count), (1...1_024).contains(run.principal?.utf8.count ?? 1) else {
        throw CatalogError.badRequest("A run's id is 1 to 2048 bytes long, and its principal 1 to 1024")
      }
      guard let start = run.startedAt, let end = run.endedAt else { continue }
      guard start.microseconds <= end.microseconds else { throw CatalogError.badRequest("The run \(run.name) ends before it starts") }
    }
  }
}

extension Catalog {
  /// Makes a version known, or adds to it, with its runs and all that it was trained on: all or nothing. Equal content changes nothing a
  /// second time, also where it names a branch that has moved on.
  ///
  /// - Throws: ``CatalogError/noSuchModel(_:)``, and as ``bindTrainingInputs(_:to:of:_:_:)``
  package func captureModelVersion(
    _ capture: ModelCapture, _ context: OperationContext, answer: @escaping @Sendable (ModelVersion) -> [UInt8]
  ) async throws -> ModelVersion {
    let asked = try await authorized(.captureModelVersion, [PolicyQuestion(.updateModel)], model: capture.model, context)
    try Self.checkName(capture.version, of: "version")
    try capture.check()
    if let known = try await store.capturedVersion(
      capture.version, of: asked.model, digest: capture.digest, asked.authorization)
    {
      return known
    }
    var named: [NamedTrainingInput] = []
    for input in capture.inputs {
      named.append(
        NamedTrainingInput(
          path: try await path(of: input.place, asked.authorization), choice: input.choice, role: input.role, rowFilter: input.rowFilter,
          columns: input.columns))
    }
    try Self.check(named)
    var inputs: [NewTrainingInput] = []
    for input in named { inputs += try await resolve(input, below: [], context) }
    var details: [String: String] = [:]
    details["platform"] = capture.change.source
    details["run"] = capture.runs.first?.name
    let new = NewCapture(
      version: capture.version, developer: capture.developer ?? context.principal, runs: capture.runs, inputs: inputs,
      evidence: Evidence(source: EvidenceSource.platform, grade: .declared, details: details), digest: capture.digest)
    let change = capture.change
    let version = try await store.capture(new, of: asked.model, { change.applyCaptured(to: &$0) }, asked.authorization, answer: answer)
    if asked.model.description.isRegulated, !inputs.isEmpty { await tagPins() }
    return version
  }

  /// - Throws: ``CatalogError/noSuchDataset(_:)``, the same for what the caller may not see.
  private func path(of place: ModelCapture.Place, _ authorization: Authorization) async throws -> DatasetPath {
    guard case .location(let text) = place else {
      guard case .path(let path) = place else { throw CatalogError.badRequest("An input names a dataset") }
      return path
    }
    let missing = CatalogError.noSuchDataset("There is no dataset at \(text.prefix(1_000))")
    let spellings = Set([text] + (StorageAddress(text: text)?.spellings ?? []))
    guard let path = try await store.path(at: Array(spellings), authorization), let found = try await store.find(path) else {
      throw missing
    }
    let object = try await authorizer.object(found, at: path)
    guard try authorizer.allows([PolicyQuestion(.getMetadata)], on: object, authorization.context) else { throw missing }
    return path
  }
}

extension ModelVersionChange {
  /// As ``apply(to:)``, but the run that a version names stays the first one: all are among its runs.
  fileprivate func applyCaptured(to description: inout ModelVersionDescription) {
    let run = description.run
    apply(to: &description)
    if let run { description.run = run }
  }
}
