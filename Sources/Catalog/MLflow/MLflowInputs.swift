import CatalogStore
import Iceberg
import MLflow
import ObjectStorage
import Postgres

/// An input by what makes it one.
struct MLflowInputKey: Hashable {
  let dataset: DatasetID
  let role: TrainingRole
  let state: String
}

/// What is not known of a version's inputs.
struct MLflowGap {
  let text: String
  /// Whether it may be known later, though nothing changes in MLflow: a table is registered, a right is given.
  var mayClose = false
}

/// What a version was trained on, as far as that can be told.
struct MLflowInputs {
  private(set) var bound: [(input: NewTrainingInput, evidence: Evidence)] = []
  private(set) var gaps: [MLflowGap] = []
  private var known: Set<MLflowInputKey>

  init(known: Set<MLflowInputKey>) { self.known = known }

  mutating func miss(_ text: String, mayClose: Bool = false) {
    guard gaps.count < 1_000, !gaps.contains(where: { $0.text == text }) else { return }
    gaps.append(MLflowGap(text: String(text.prefix(2_000)), mayClose: mayClose))
  }

  func isKnown(_ key: MLflowInputKey) -> Bool { known.contains(key) }

  mutating func add(_ input: NewTrainingInput, _ evidence: Evidence) {
    let key = MLflowInputKey(dataset: input.dataset.version.id, role: input.role, state: input.bound.state.text)
    if known.insert(key).inserted { bound.append((input, evidence)) }
  }
}

extension Catalog {
  /// Finds what a version was trained on among our datasets.
  ///
  /// - Parameters:
  ///   - known: what needs to be said no more.
  ///   - principal: as people write it: who must be allowed to see them.
  ///   - authorization: to look datasets up; what is found is asked about one by one.
  func inputs(
    of lineage: MLflowLineage, leavingOut known: Set<MLflowInputKey>, principal: String, _ context: OperationContext,
    _ authorization: Authorization
  ) async throws -> MLflowInputs {
    var found = MLflowInputs(known: known)
    var search = MLflowInputSearch(catalog: self, principal: principal, context: context, authorization: authorization)
    for gap in lineage.gaps { found.miss(gap.text) }
    if lineage.version.runID == nil, lineage.loggedModel?.sourceRunID == nil {
      found.miss("MLflow names no run that made it, so nothing is known of what it was trained on")
    }
    if let run = lineage.run {
      for input in run.inputs { try await search.add(input, of: run, unsaid: .train, to: &found) }
      if run.inputs.isEmpty, lineage.features == nil {
        found.miss("The run \(run.id) recorded no datasets: log what it reads with moraine-mlflow, or bind it by hand: moraine model bind")
      }
    }
    for run in lineage.evaluations { for input in run.inputs { try await search.add(input, of: run, unsaid: .test, to: &found) } }
    if let features = lineage.features { try await search.add(features, of: lineage.run, to: &found) }
    return found
  }
}

extension MLflowLineage.Gap {
  fileprivate var text: String {
    let what =
      switch place {
      case .loggedModel(let id): "the logged model \(id)"
      case .run(let id): "the run \(id)"
      }
    return switch reason {
    case .missing: "MLflow has not \(what) any more"
    case .deleted: "In MLflow \(what) was deleted; what it said is on record here"
    case .unreadable(let problem): "MLflow does not show \(what): \(problem)"
    case .failing(let problem): "MLflow failed to show \(what), which is asked for again: \(problem)"
    }
  }
}

/// A search for the datasets that runs name.
private struct MLflowInputSearch {
  let catalog: Catalog
  let principal: String
  let context: OperationContext
  let authorization: Authorization
  private var warehouses: [String]?

  init(catalog: Catalog, principal: String, context: OperationContext, authorization: Authorization) {
    self.catalog = catalog
    self.principal = principal
    self.context = context
    self.authorization = authorization
  }

  /// - Parameter unsaid: the role where the run says none.
  mutating func add(_ input: MLflowInput, of run: MLflowRun, unsaid: TrainingRole, to found: inout MLflowInputs) async throws {
    let role = input.role.flatMap { TrainingRole(rawValue: $0.rawValue) } ?? unsaid
    var details = ["run": run.id, "dataset": input.name, "digest": input.digest, "source-type": input.sourceType]
    if let context = input.context { details["context"] = context }
    switch input.source {
    case .iceberg(let source): try await add(source, of: input, as: role, details, to: &found)
    case .location(let location): try await add(location, of: input, run, as: role, details, to: &found)
    case .unknown(let problem): found.miss("The dataset \(input.name) of the run \(run.id) cannot be told: \(problem)")
    }
  }

  // MARK: Iceberg, exactly

  private func add(
    _ source: MLflowIcebergSource, of input: MLflowInput, as role: TrainingRole, _ details: [String: String], to found: inout MLflowInputs
  ) async throws {
    let title = (source.namespace + [source.name]).joined(separator: ".")
    guard let table = try await table(source) else {
      return found.miss(
        "The snapshot \(source.snapshotID) of the table \(title) (\(source.tableUUID)) is not here, or \(principal) may not see it",
        mayClose: true)
    }
    let key = MLflowInputKey(dataset: table.found.version.id, role: role, state: String(source.snapshotID))
    guard !found.isKnown(key) else { return }
    var details = details
    if let limit = source.limit { details["limit"] = String(limit) }
    let named = NamedTrainingInput(
      path: table.path, choice: .id(source.snapshotID), role: role, rowFilter: source.rowFilter, columns: source.columns)
    guard let resolved = try await resolve(named, to: &found) else { return }
    var bound = resolved.bound
    // That of the snapshot may be another one.
    bound.schemaID = source.schemaID
    bound.askedFor = source.reference.map { "ref \($0)" }
    found.add(
      NewTrainingInput(
        role: role, dataset: resolved.dataset, format: resolved.format, path: resolved.path, bound: bound, rowFilter: resolved.rowFilter,
        columns: resolved.columns), Evidence(source: MLflowCapture.source, grade: .declared, details: details))
  }

  /// The table that has the snapshot, by its name or, once it was renamed, by the snapshot. A table's UUID tells it from others.
  private func table(_ source: MLflowIcebergSource) async throws -> (found: FoundDataset, path: DatasetPath)? {
    var tried: Set<String> = []
    func isIt(_ path: DatasetPath) async throws -> (found: FoundDataset, path: DatasetPath)? {
      guard tried.insert(path.text).inserted, let found = try await catalog.store.find(path), found.version.kind == .table,
        let metadata = try await metadata(of: found, at: path), metadata.uuid?.lowercased() == source.tableUUID,
        metadata.snapshot(source.snapshotID) != nil
      else { return nil }
      return (found, path)
    }
    if let warehouse = source.warehouse,
      let identifier = try? TableIdentifier(namespace: Namespace(levels: source.namespace), name: source.name),
      let path = try? DatasetPath(checking: warehouse, identifier), let table = try await isIt(path)
    {
      return table
    }
    for path in try await catalog.store.tables(with: source.snapshotID, authorization) {
      if let table = try await isIt(path) { return table }
    }
    return nil
  }

  /// `nil` for a table that the principal may not see.
  private func metadata(of found: FoundDataset, at path: DatasetPath) async throws -> TableMetadata? {
    do {
      let asked = try await catalog.authorized(.bindTrainingInput, [PolicyQuestion(.getMetadata)], path, found, as: .table, context)
      return try await catalog.cached(path, at: found, asked.authorization).metadata()
    } catch let error as CatalogError {
      switch error {
      case .noSuchTable, .forbidden: return nil
      default: throw error
      }
    }
  }

  // MARK: Places

  private mutating func add(
    _ location: MLflowLocation, of input: MLflowInput, _ run: MLflowRun, as role: TrainingRole, _ details: [String: String],
    to found: inout MLflowInputs
  ) async throws {
    let what = "The dataset \(input.name) (\(location.value.prefix(500))) of the run \(run.id)"
    guard location.kind != .query else {
      return found.miss("\(what) is the result of a query, which does not say what it read; bind that by hand: moraine model bind")
    }
    let linked = try await datasets(at: location)
    guard let dataset = linked.first else {
      return found.miss("\(what) is no dataset here, or \(principal) may not see it", mayClose: true)
    }
    guard linked.count == 1 else {
      let names = linked.map { "\($0.path.warehouse).\($0.path.identifier)" }.joined(separator: ", ")
      return found.miss("\(what) may be any of \(names); bind the right one by hand: moraine model bind")
    }
    var details = details
    details["place"] = location.value
    if dataset.found.version.kind == .dataset {
      guard let version = location.version else {
        return found.miss(
          "\(what) is \(dataset.path.identifier), and MLflow does not say which version of it; bind it by hand: moraine model bind")
      }
      let choice = Int64(version).map { SnapshotChoice.id($0) } ?? .ref(version)
      let named = NamedTrainingInput(path: dataset.path, choice: choice, role: role)
      guard let resolved = try await resolve(named, to: &found) else { return }
      return found.add(resolved, Evidence(source: MLflowCapture.source, grade: .declared, details: details))
    }
    try await addByTime(dataset, run, as: role, what, details, to: &found)
  }

  /// Visible datasets that a place may be; one, when it is clear.
  private mutating func datasets(at location: MLflowLocation) async throws -> [LinkedDataset] {
    var candidates: [LinkedDataset] = []
    if location.kind == .path {
      guard let place = try? ObjectLocation(location.value) else { return [] }
      let text = PostgresText(place.canonicalText)
      guard !text.bytes.contains(0) else { return [] }
      candidates = try await catalog.store.linked(at: [text], authorization).values.map { $0 }
    } else {
      var names: [PostgresText] = []
      for warehouse in try await allWarehouses() {
        for name in SourcePlaces(table: location.value, warehouse: warehouse).names where !names.contains(name) { names.append(name) }
      }
      let found = try await catalog.store.linked(named: names, authorization)
      candidates = names.compactMap { found[$0] }.filter { $0.found.version.kind != .view }
    }
    var visible: [LinkedDataset] = []
    for candidate in candidates where try await catalog.isVisible(candidate, context) { visible.append(candidate) }
    return visible
  }

  private mutating func allWarehouses() async throws -> [String] {
    if let warehouses { return warehouses }
    let found = try await catalog.store.warehouses(PageRequest(), authorization).elements.map(\.name)
    warehouses = found
    return found
  }

  /// Binds a table that a run named without a snapshot: to what main was, if it was the same from the run's beginning to its end.
  private func addByTime(
    _ dataset: LinkedDataset, _ run: MLflowRun?, as role: TrainingRole, _ what: String, _ details: [String: String],
    to found: inout MLflowInputs
  ) async throws {
    guard let metadata = try await metadata(of: dataset.found, at: dataset.path) else {
      return found.miss("\(what) is no dataset here, or \(principal) may not see it", mayClose: true)
    }
    func main(at time: Int64?) -> Int64? {
      time.flatMap { time in metadata.snapshotLog.last { $0.timestampMs <= time }?.snapshotID }
    }
    guard let snapshot = main(at: run?.startedAtMs), metadata.snapshot(snapshot) != nil else {
      return found.miss("\(what) is \(dataset.path.identifier), and no snapshot is known that it had when the run began")
    }
    guard main(at: run?.endedAtMs ?? context.time.milliseconds) == snapshot else {
      return found.miss(
        "\(what) is \(dataset.path.identifier), which changed while the run went on; moraine-mlflow records which snapshot is read")
    }
    guard !found.isKnown(MLflowInputKey(dataset: dataset.found.version.id, role: role, state: String(snapshot))),
      let resolved = try await resolve(NamedTrainingInput(path: dataset.path, choice: .id(snapshot), role: role), to: &found)
    else { return }
    found.add(resolved, Evidence(source: MLflowCapture.source, grade: .inferred, details: details))
  }

  // MARK: Features

  /// The tables that feature views are computed from, which Feast's tags name on the run.
  func add(_ features: MLflowFeatures, of run: MLflowRun?, to found: inout MLflowInputs) async throws {
    let named = Set(features.views + features.references.compactMap { $0.split(separator: ":").first.map(String.init) }).sorted()
    let views = try await catalog.store.featureViews(
      ofProject: features.project, views: named, service: features.service, authorization)
    let missing = named.filter { name in !views.contains { $0.name == name } }
    if !missing.isEmpty || (views.isEmpty && features.service != nil) {
      let what = missing.isEmpty ? "service \(features.service ?? "")" : "views \(missing.joined(separator: ", "))"
      found.miss("The feature \(what) are not known here: import the feature store's registry: moraine feature import", mayClose: true)
    }
    if features.isCut { found.miss("Feast's list of features on the run was cut, so some may be missing") }
    let sources = try await catalog.store.linked(views.flatMap(\.sources), authorization)
    for view in views {
      for id in view.sources {
        guard let source = sources[id] else { continue }
        let what = "The source of the feature view \(view.name)"
        guard source.found.version.kind == .table else {
          found.miss("\(what) is \(source.path.identifier), which has no snapshots; bind its version by hand: moraine model bind")
          continue
        }
        var details = ["feature-view": view.name]
        if let run { details["run"] = run.id }
        if let service = features.service { details["feature-service"] = service }
        try await addByTime(source, run, as: .train, what, details, to: &found)
      }
    }
  }

  // MARK: Parts

  /// Resolves as a person's input is; what cannot be becomes a gap.
  private func resolve(_ input: NamedTrainingInput, to found: inout MLflowInputs) async throws -> NewTrainingInput? {
    // Runs read tables and places, never feature views: there is one.
    do { return try await catalog.resolve(input, below: [], context).first } catch let error as CatalogError {
      switch error {
      case .noSuchTable(let text), .noSuchDataset(let text), .noSuchSnapshot(let text), .forbidden(let text):
        found.miss(text, mayClose: true)
      case .badRequest(let text): found.miss(text)
      default: throw error
      }
      return nil
    }
  }
}
