import CatalogStore
import Governance
import Iceberg
import ObjectStorage
import Postgres

/// What was allowed of a commit.
struct GovernedCommit {
  let authorization: Authorization
  /// Clauses of a contract that it breaks and that only warns: recorded with it.
  var breaches: [ContractBreach] = []
}

extension Catalog {
  /// Has a commit allowed: by the policies, for all that it really does, by the rules of its zone, and by the table's contract.
  ///
  /// - Parameters:
  ///   - base: the table before; `nil` for one that the commit makes.
  ///   - found: the same as its row has it, with the contract that the commit is held against; the swap must rest on this version.
  ///   - seen: for looking up what decides.
  /// - Throws: ``CatalogError/forbidden(_:)``, ``CatalogError/contractViolation(_:)``, ``CatalogError/badRequest(_:)`` for manifests
  ///   that cannot be read
  func govern(
    _ action: CatalogAction, _ commit: TableCommit, of base: TableMetadata?, _ found: FoundDataset?, _ object: GovernedObject,
    in storage: WarehouseStorage, seen: Authorization, missing: CatalogError
  ) async throws -> GovernedCommit {
    let context = seen.context
    guard let zone = object.zone else { throw CatalogError.unavailable("The zone of \(object.title) is unknown") }
    try ReservedRefs.check(commit, of: base, context)
    if !commit.removedSnapshotIDs.isEmpty, let found {
      try refuseHeld(
        AuthorizedDataset(found: found, object: object, authorization: seen), at: DatasetPath(storedText: object.resource.path))
    }
    let held = try await heldContract(of: found, base: base, commit, seen)
    var examined = CommitFacts.snapshotsToExamine(base: base, commit: commit)
    let known = Set(examined.map(\.id))
    examined += held?.examined.filter { !known.contains($0.id) } ?? []
    let isBelieved = try held?.examined.isEmpty ?? true && mayBelieve(examined, commit, base, object, zone, context)
    let snapshots =
      try isBelieved
      ? examined.map { SnapshotFacts(believing: $0) }
      : await examine(
        examined, among: (base?.snapshots ?? []) + commit.addedSnapshots, statisticsOf: held?.columns(in: commit.metadata) ?? [],
        in: storage)
    let facts = try CommitFacts(base: base, commit: commit, snapshots: snapshots)
    let refusals = zone.rules.check(facts, in: zone.zone, nowMs: context.time.milliseconds)
    let violations = held?.violations(of: facts, base: base, nowMs: context.time.milliseconds) ?? []
    let gate = try await held.asyncMap { try await self.gate(of: facts, $0, seen) } ?? nil
    let authorization: Authorization
    do {
      let questions = [PolicyQuestion(.getMetadata)] + facts.questions(isGated: zone.rules.isGated)
      func decide() throws -> Authorization {
        try authorizer.authorize(action, questions, on: gate.map(object.knowing) ?? object, context, missing: missing)
      }
      authorization =
        try await found.asyncMap { found in
          try await sayingWhatKeeps(found, object, at: DatasetPath(storedText: object.resource.path), questions, context, decide)
        } ?? decide()
    } catch CatalogError.forbidden(let message) {
      let broken = (violations + (gate?.problems ?? [])).map(\.description)
      throw CatalogError.forbidden(([message] + refusals.map(\.description) + broken).joined(separator: "\n"))
    }
    try refuse(refusals, context)
    let team = commit.metadata.properties[GovernedProperty.ownerTeam]
    if team != base?.properties[GovernedProperty.ownerTeam] { try object.state.requireTeam(team) }
    guard let held else { return GovernedCommit(authorization: authorization) }
    return GovernedCommit(
      authorization: authorization, breaches: try held.settle(violations, gate: gate?.problems ?? [], of: object, context))
  }

  /// - Throws: ``CatalogError/forbidden(_:)`` with all of them, unless there are none or the server asks.
  func refuse(_ refusals: [Refusal], _ context: OperationContext) throws {
    guard !refusals.isEmpty, context.caller.authority != .server else { return }
    throw CatalogError.forbidden(refusals.map(\.description).joined(separator: "\n"))
  }

  /// - Throws: ``CatalogError/forbidden(_:)`` when the zone of a table keeps it.
  func refuseDrop(of object: GovernedObject, _ kind: DatasetKind = .table, purging: Bool, _ context: OperationContext) throws {
    guard let zone = object.zone else { return }
    try refuse([zone.rules.refusalOfDrop(of: kind.rawValue, purging: purging, in: zone.zone)].compactMap { $0 }, context)
  }

  /// Whether both the zone and the policies allow whatever the snapshots did, so that their manifests need not be read.
  private func mayBelieve(
    _ snapshots: [Snapshot], _ commit: TableCommit, _ base: TableMetadata?, _ object: GovernedObject, _ zone: ZoneFacts,
    _ context: OperationContext
  ) throws -> Bool {
    guard !snapshots.isEmpty else { return true }
    let refs = CommitFacts.refsMoved(base: base, commit: commit)
    guard zone.rules.areIndifferent(toSnapshotsOn: refs), !zone.rules.isGated else { return false }
    let questions = (refs + [""]).flatMap { ref in
      snapshots.flatMap { snapshot in
        SnapshotOperation.allCases.map {
          PolicyQuestion.rows(
            PolicyAction($0), branch: ref, snapshot: snapshot.id, formatVersion: commit.metadata.formatVersion, isGated: false)
        }
      }
    }
    return try authorizer.allows(questions, on: object, context)
  }

  // MARK: Manifests

  /// What snapshots really did, by their manifests and those of their parents.
  ///
  /// - Parameters:
  ///   - table: snapshots that may be their parents.
  ///   - columns: field ids of columns whose statistics are wanted.
  func examine(
    _ snapshots: [Snapshot], among table: [Snapshot], statisticsOf columns: Set<Int32> = [], in storage: WarehouseStorage
  ) async throws -> [SnapshotFacts] {
    let known = Dictionary(table.map { ($0.id, $0) }) { $1 }
    var facts: [SnapshotFacts] = []
    for snapshot in snapshots {
      let parent = snapshot.parentID.flatMap { known[$0] }
      var gathering = SnapshotFactsGathering(
        snapshotID: snapshot.id, claimedOperation: snapshot.operation,
        comparison: ManifestComparison(
          parent: try await parent.asyncMap { try await manifests(of: $0, in: storage) } ?? [],
          child: try await manifests(of: snapshot, in: storage)))
      for (side, manifest) in gathering.comparison.manifestsToRead {
        let bytes = try await read(manifest.path, "manifest", of: snapshot, in: storage)
        try Self.sayingWhich(manifest.path, snapshot) {
          // Of files that the parent has, nobody asks.
          var reader = try ManifestReader(bytes, inheriting: manifest.line, statisticsOf: side == .child ? columns : [])
          while let entry = try reader.next() { try gathering.add(entry, of: manifest, on: side) }
        }
      }
      facts.append(gathering.facts())
    }
    return facts
  }

  private func manifests(of snapshot: Snapshot, in storage: WarehouseStorage) async throws -> [ListedManifest] {
    guard let list = snapshot.manifestList else { return try snapshot.manifests.map { ListedManifest(embedded: $0) } }
    let bytes = try await read(list, "manifest list", of: snapshot, in: storage)
    return try Self.sayingWhich(list, snapshot) { try ManifestListReader.manifests(in: bytes).map { ListedManifest($0) } }
  }

  /// A client's files that make no sense are its mistake, and no failure of ours.
  private static func sayingWhich<T>(_ path: String, _ snapshot: Snapshot, _ body: () throws -> T) throws -> T {
    do { return try body() } catch {
      throw CatalogError.badRequest("What snapshot \(snapshot.id) does cannot be read from \(path): \(error)")
    }
  }

  private func read(_ path: String, _ what: String, of snapshot: Snapshot, in storage: WarehouseStorage) async throws -> [UInt8] {
    let location = try storage.location(path, of: "\(what) of snapshot \(snapshot.id)")
    do {
      return try await storage.objects.read(location, maximumSizeBytes: options.maximumMetadataSizeBytes)
    } catch .notFound {
      throw CatalogError.badRequest(
        "The \(what) \(path) of snapshot \(snapshot.id) is not there; write it before the commit: what the snapshot does is read from it")
    }
  }
}
