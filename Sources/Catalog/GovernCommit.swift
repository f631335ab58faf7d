import CatalogStore
import Governance
import Iceberg
import ObjectStorage
import Postgres

extension Catalog {
  /// Has a commit allowed: by the policies, for all that it really does, and by the rules of its zone.
  ///
  /// - Parameter base: the table before; `nil` for one that the commit makes.
  /// - Throws: ``CatalogError/forbidden(_:)``, ``CatalogError/badRequest(_:)`` for manifests that cannot be read
  func govern(
    _ action: CatalogAction, _ commit: TableCommit, of base: TableMetadata?, _ object: GovernedObject, in storage: WarehouseStorage,
    _ context: OperationContext, missing: CatalogError
  ) async throws -> Authorization {
    guard let zone = object.zone else { throw CatalogError.unavailable("The zone of \(object.title) is unknown") }
    let examined = CommitFacts.snapshotsToExamine(base: base, commit: commit)
    let facts = try CommitFacts(
      base: base, commit: commit,
      snapshots: try mayBelieve(examined, commit, base, object, zone, context)
        ? examined.map { SnapshotFacts(believing: $0) } : try await examine(examined, commit, base, in: storage))
    let refusals = zone.rules.check(facts, in: zone.zone, nowMs: context.time.milliseconds)
    let authorization: Authorization
    do {
      authorization = try authorizer.authorize(
        action, [PolicyQuestion(.getMetadata)] + facts.questions(isGated: zone.rules.isGated), on: object, context, missing: missing)
    } catch CatalogError.forbidden(let message) {
      throw CatalogError.forbidden(([message] + refusals.map(\.description)).joined(separator: "\n"))
    }
    try refuse(refusals, context)
    return authorization
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
  private func examine(
    _ snapshots: [Snapshot], _ commit: TableCommit, _ base: TableMetadata?, in storage: WarehouseStorage
  ) async throws -> [SnapshotFacts] {
    let known = Dictionary(((base?.snapshots ?? []) + commit.addedSnapshots).map { ($0.id, $0) }) { $1 }
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
          var reader = try ManifestReader(bytes, inheriting: manifest.line)
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

extension Optional where Wrapped: Sendable {
  fileprivate func asyncMap<T>(_ transform: (Wrapped) async throws -> T) async rethrows -> T? {
    guard let self else { return nil }
    return try await transform(self)
  }
}
