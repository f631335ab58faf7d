package import CatalogStore
import Iceberg
import Logging

extension Catalog {
  /// What must be kept of a dataset, and why.
  ///
  /// - Throws: ``CatalogError/noSuchTable(_:)``
  package func listPins(of path: DatasetPath, as kind: DatasetKind, _ context: OperationContext) async throws -> [Pin] {
    let asked = try await authorized(.listPins, [PolicyQuestion(.getMetadata)], path, as: kind, context)
    return try await store.allPins(of: asked.found.version.id, asked.authorization)
  }

  /// Gives each pinned snapshot that has none yet a tag of its table, `moraine.model.NAME.VERSION`, so that engines which expire snapshots
  /// themselves keep it too. What fails is tried again later: the pin keeps the snapshot whether or not the tag is there.
  package func tagPins() async {
    let context = OperationContext(.server, requestID: "pins")
    do {
      let authorization = try authorizer.authorizeServer(.tagPin, on: CatalogResource(.server, ""), context)
      for (path, pin) in try await store.untaggedPins(limit: 1_000, authorization) {
        do { try await tag(pin, of: path, context, authorization) } catch {
          logger.warning("a pinned snapshot could not be tagged", metadata: ["table": "\(path.identifier)", "error": "\(error)"])
        }
      }
    } catch {
      logger.warning("pinned snapshots could not be tagged", metadata: ["error": "\(error)"])
    }
  }

  /// Takes pins away whose duty has ended, and the tags that told other engines of them. First the tag goes, then the row: whatever stops in
  /// between is done by the next round, and as long as the row is there the snapshot stays.
  package func endPins() async {
    let context = OperationContext(.server, requestID: "pins")
    do {
      let authorization = try authorizer.authorizeServer(.endPin, on: CatalogResource(.server, ""), context)
      for (path, kind, pin) in try await store.endedPins(limit: 1_000, authorization) {
        do {
          if let tag = pin.tag { try await remove(tag, of: pin, path, context, authorization) }
          let resource = CatalogResource(kind.resourceKind, path.text)
          try await store.end(pin, of: path, authorizer.authorizeServer(.endPin, on: resource, context))
        } catch {
          logger.warning("a pin could not be ended", metadata: ["dataset": "\(path.identifier)", "error": "\(error)"])
        }
      }
    } catch {
      logger.warning("pins could not be ended", metadata: ["error": "\(error)"])
    }
  }

  private func remove(
    _ tag: String, of pin: Pin, _ path: DatasetPath, _ context: OperationContext, _ authorization: Authorization
  ) async throws {
    guard case .snapshot(let id) = pin.state, let found = try await store.find(path),
      try await cached(path, at: found, authorization).metadata().refs[tag]?.snapshotID == id
    else { return }
    _ = try await updateTable(
      path,
      TableChangeRequest(
        requirements: [.assertRefSnapshotID(ref: tag, snapshotID: id)], updates: [.removeSnapshotRef(name: tag)]), context)
  }

  private func tag(_ pin: Pin, of path: DatasetPath, _ context: OperationContext, _ authorization: Authorization) async throws {
    guard case .snapshot(let id) = pin.state, let found = try await store.find(path) else { return }
    let refs = try await cached(path, at: found, authorization).metadata().refs
    let wanted = ReservedRefs.name(for: pin)
    let names = [wanted, "\(wanted).\(id)"]
    // Two inputs of one version may be two snapshots of one table.
    let name = names.first { refs[$0].map { $0.snapshotID == id } ?? true } ?? names[1]
    if refs[name] == nil {
      let reference = SnapshotReference(snapshotID: id, kind: .tag, maxRefAgeMs: ReservedRefs.maximumAgeMs)
      _ = try await updateTable(
        path, TableChangeRequest(requirements: [], updates: [.setSnapshotRef(name: name, reference)]), context)
    }
    try await store.setTag(name, of: pin.id, authorization)
  }
}

/// Names of refs that only the catalog makes, moves and removes.
enum ReservedRefs {
  private static let prefix = "moraine."
  /// A thousand years: longer than any duty, and within what every client can add to a time.
  static let maximumAgeMs: Int64 = 31_556_952_000_000

  /// `moraine.model.credit-risk.7`; for one that somebody set by hand `moraine.pin.ID`.
  static func name(for pin: Pin) -> String {
    pin.modelVersion.map { "\(prefix)model.\($0.replacing("@", with: "."))" } ?? "\(prefix)pin.\(pin.id)"
  }

  /// - Throws: ``CatalogError/forbidden(_:)`` when a change by somebody else touches one. A snapshot that goes takes its refs with it:
  ///   whether it may is for its pins to say.
  static func check(_ commit: TableCommit, of base: TableMetadata?, _ context: OperationContext) throws {
    guard context.caller.authority != .server, let base else { return }
    let removed = Set(commit.removedSnapshotIDs)
    for name in Set(base.refs.keys).union(commit.metadata.refs.keys) where name.hasPrefix(prefix) {
      let old = base.refs[name]
      guard old != commit.metadata.refs[name], old.map({ !removed.contains($0.snapshotID) }) ?? true else { continue }
      throw CatalogError.forbidden(
        "The ref \(name) is the catalog's: it keeps a snapshot that a model was trained on as long as that model's duty lasts")
    }
  }
}
