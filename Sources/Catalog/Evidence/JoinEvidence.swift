package import CatalogStore
import Logging
package import Postgres

extension Catalog {
  private static let batch = 500
  private static let maximumJoinedInputs = 1_000

  /// Looks at reports, runs and versions of which something is new, and joins what belongs together, in whatever order it came. All of it
  /// may be done again: what is known already is not said twice.
  ///
  /// - Parameter lease: this server's.
  /// - Returns: `false` when there was nothing to do, or another server does it.
  package func joinEvidence(_ lease: PostgresUUID, _ context: OperationContext) async throws -> Bool {
    let authorization = try authorizer.authorizeServer(.runJob, on: CatalogResource(.job, ""), context)
    guard try await store.leaseEvidence(lease, authorization),
      let waiting = try await store.waitingEvidence(limit: Self.batch, authorization)
    else { return false }
    for version in waiting.versions {
      guard try await store.leaseEvidence(lease, authorization) else { return false }
      do {
        try await joinEvidence(of: version, context, authorization)
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        logger.warning(
          "evidence of a model version could not be joined and will be tried again",
          metadata: ["version": "\(version)", "error": "\(error)"])
        try await store.postponeEvidence(of: version, by: .seconds(60), authorization)
      }
    }
    try await store.finish(waiting, authorization)
    return true
  }

  private func joinEvidence(of id: ModelVersionID, _ context: OperationContext, _ authorization: Authorization) async throws {
    guard let named = try await store.versionToJoin(id, authorization), let found = try await store.foundModel(named.model) else { return }
    let object = try await authorizer.object(found.model, atLeast: found.revision)
    let version = try await store.version(named.version, of: found.model, authorization)
    let runs = try await store.runs(of: version, authorization)
    let statements = try await store.statements(of: id, runs: named.names, authorization)
    guard !statements.isEmpty else { return }
    var join = EvidenceJoin(
      model: found.model, version: version, inputs: try await store.inputs(of: version, authorization),
      evidence: try await store.evidence(of: version, authorization),
      witnesses: Witnesses(version, runs, model: object, authorizer, at: context.time))
    // Those without a state last: they tell something only where no other does.
    for statement in statements where statement.state != nil { try await take(statement, into: &join, context) }
    for statement in statements where statement.state == nil { try await take(statement, into: &join, context) }
    try await store.note(
      join.gaps, bound: join.bound, of: version,
      authorizer.authorizeServer(.recordTrainingGap, on: CatalogResource(.model, found.model.name), context))
    if join.hasNewPins { await tagPins() }
  }

  /// Makes one word evidence of an input, an input, or a gap.
  private func take(_ statement: RunStatement, into join: inout EvidenceJoin, _ context: OperationContext) async throws {
    let maySpeak = join.witnesses.includes(statement.saidBy)
    guard try await isHeard(statement, maySpeak: maySpeak, context) else { return }
    guard maySpeak else {
      join.gaps.append(TrainingGap(statement, .unconfirmed, join.unconfirmed(statement)))
      return
    }
    guard let state = statement.state else {
      if join.knows(statement.dataset) { return join.bound.append(statement) }
      join.gaps.append(TrainingGap(statement, .noState, "It was told that it was read, and not in which state."))
      return
    }
    let authorization = try authorizer.authorizeServer(
      .bindTrainingInput, on: CatalogResource(.model, join.model.name), context)
    let same = join.inputs.filter { $0.dataset == statement.dataset && $0.bound.state.text == state }
    let inputs = same.filter { $0.withdrawal == nil }
    if !inputs.isEmpty {
      join.bound.append(statement)
      let new = inputs.filter { !join.knows(statement, of: $0) }
      if !new.isEmpty { try await store.corroborate(new.map(\.id), of: join.version, with: statement.evidence, authorization) }
      return
    }
    if let withdrawn = same.compactMap(\.withdrawal).last {
      join.gaps.append(TrainingGap(statement, .withdrawn, "\(withdrawn.by) withdrew that input: \(withdrawn.reason)"))
      return
    }
    guard join.version.retirement == nil else {
      join.gaps.append(TrainingGap(statement, .retired, "The version was retired before this was told, and is bound to nothing more."))
      return
    }
    guard join.inputs.count + join.added < Self.maximumJoinedInputs else {
      logger.warning("a model version has too many inputs to be bound to more", metadata: ["version": "\(join.version.title)"])
      return
    }
    do {
      let named = try await NamedTrainingInput(statement, state: state, store: store)
      let new = try await resolve(named, below: [], context)
      guard new.first?.dataset.version.id == statement.dataset else {
        throw CatalogError.noSuchTable("The dataset \(statement.path.identifier) is another one by now")
      }
      try await store.bind(new, to: join.version, of: join.model, statement.evidence, authorization)
      join.bound.append(statement)
      join.added += 1
      join.hasNewPins = join.model.description.isRegulated
    } catch let error as CatalogError {
      guard let reason = error.goneReason else { throw error }
      join.gaps.append(TrainingGap(statement, .gone, reason))
    }
  }

  /// Whether who says so may know of the dataset: nobody learns of one, or pins one, by telling of it. Senders of reports were asked when
  /// they sent them, for the right to read. A dropped dataset is nobody's to see any more: of that only those are heard who may speak.
  private func isHeard(_ statement: RunStatement, maySpeak: Bool, _ context: OperationContext) async throws -> Bool {
    guard statement.source != EvidenceSource.metricsReport else { return true }
    guard statement.lives else { return maySpeak }
    guard let found = try await store.find(statement.path) else { return false }
    let object = try await authorizer.object(found, at: statement.path)
    return authorizer.allows([PolicyQuestion(.getMetadata)], on: object, toOneNamed: statement.saidBy, at: context.time)
  }
}

/// How far the joining of one version is.
private struct EvidenceJoin {
  let model: Model
  let version: ModelVersion
  let inputs: [TrainingInput]
  let evidence: [TrainingInputID: [RecordedEvidence]]
  var witnesses: Witnesses
  var gaps: [TrainingGap] = []
  var bound: [RunStatement] = []
  var added = 0
  var hasNewPins = false

  /// Whether that source's word on the input is there, as strong as this one.
  func knows(_ statement: RunStatement, of input: TrainingInput) -> Bool {
    (evidence[input.id] ?? []).contains {
      $0.evidence.source == statement.source && $0.evidence.grade.strength >= statement.grade.strength
    }
  }

  /// Whether the version is bound to any state of the dataset.
  func knows(_ dataset: DatasetID) -> Bool {
    inputs.contains { $0.dataset == dataset && $0.withdrawal == nil } || bound.contains { $0.dataset == dataset && $0.state != nil }
  }

  func unconfirmed(_ statement: RunStatement) -> String {
    let state = statement.state.map { "@\($0)" } ?? ""
    return "\(statement.saidBy) may not change the model \(model.name) and is not named as who ran it, so this counts for nothing. "
      + "If it is right, say so: moraine model bind \(version.title) --input \(statement.path.identifier)\(state) --role train"
  }
}

extension NamedTrainingInput {
  fileprivate init(_ statement: RunStatement, state: String, store: CatalogStore) async throws {
    let choice: SnapshotChoice
    if let id = Int64(state) {
      choice = .id(id)
    } else {
      guard try await store.find(statement.path)?.version.kind != .table else {
        throw CatalogError.noSuchSnapshot("\"\(state)\" is no id of a snapshot")
      }
      choice = .ref(state)
    }
    self.init(path: statement.path, choice: choice, role: .train, rowFilter: statement.rowFilter, columns: statement.columns)
  }
}

extension CatalogError {
  /// What it says of data that is not there any more; `nil` for what may be otherwise in a moment.
  fileprivate var goneReason: String? {
    switch self {
    case .badRequest(let text), .noSuchTable(let text), .noSuchDataset(let text), .noSuchSnapshot(let text), .noSuchView(let text): text
    default: nil
    }
  }
}
