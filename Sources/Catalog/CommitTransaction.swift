package import CatalogStore
import Iceberg
import Postgres
import TransparencyLog

extension Catalog {
  /// All of a transaction's tables are locked, written and kept in memory at once.
  package static let maximumTableChanges = 1_000

  /// Commits changes of several tables of a warehouse, staged ones among them, together or not at all.
  ///
  /// - Throws: ``CatalogError/noSuchTable(_:)``, ``CatalogError/commitFailed(_:)``, ``CatalogError/badRequest(_:)``,
  ///   ``CatalogError/stateUnknown(_:)``
  package func commitTransaction(
    _ changes: [(path: DatasetPath, request: TableChangeRequest)], in warehouse: String, _ context: OperationContext
  ) async throws {
    guard changes.count <= Self.maximumTableChanges else {
      throw CatalogError.badRequest("A transaction changes at most \(Self.maximumTableChanges) tables, not \(changes.count)")
    }
    guard Set(changes.map { PostgresText($0.path.text) }).count == changes.count else {
      throw CatalogError.badRequest("A transaction names a table twice; put all changes of one table into one entry")
    }
    let authorization = try await authorized(.updateTable, [PolicyQuestion(.list)], warehouse: warehouse, context)
    // Locks are taken in one order, so that two transactions never wait for each other.
    try await withCommitLocks(Set(changes.map(\.path.text)).sorted()[...]) {
      for _ in 0..<options.commitAttempts {
        if try await tryCommit(changes, in: warehouse, authorization) { return }
      }
      throw CatalogError.commitFailed("Commit failed: tables of the transaction kept being changed by others; refresh and try again")
    }
  }

  private func withCommitLocks(_ keys: ArraySlice<String>, _ body: () async throws -> Void) async throws {
    guard let first = keys.first else { return try await body() }
    try await commitLocks.withLock(first) { try await withCommitLocks(keys.dropFirst(), body) }
  }

  /// - Returns: `false`, with nothing changed, when another commit came first.
  private func tryCommit(
    _ changes: [(path: DatasetPath, request: TableChangeRequest)], in warehouse: String, _ authorization: Authorization
  ) async throws -> Bool {
    let context = authorization.context
    let storage = try await storages.storage(named: warehouse, authorization)
    var commits: [PreparedCommit] = []
    var creations: [PreparedCreation] = []
    for (path, request) in changes {
      if request.isCreate {
        let staged = try await prepareStaged(path, request, context)
        creations.append(
          try PreparedCreation(
            path, staged.commit.metadata, HistoryRows(staged.commit), in: storage, staged.namespace, by: context.caller))
        continue
      }
      let asked = try await authorized(.updateTable, [PolicyQuestion(.getMetadata)], path, as: .table, context)
      let base = try await cached(path, at: asked.found, asked.authorization)
      let metadata = try base.metadata()
      guard let commit = try request.commit(to: metadata, at: base.metadataLocation, context.time) else { continue }
      let governed = try await govern(
        .updateTable, commit, of: metadata, base.found, asked.object, in: storage, seen: asked.authorization,
        missing: .missing(.table, path.identifier))
      try await requireOwnPlace(of: path, asked.found, commit.metadata, replacing: metadata, in: storage, governed.authorization)
      commits.append(try PreparedCommit(path, base, metadata, commit, breaches: governed.breaches, in: storage))
    }
    guard !commits.isEmpty || !creations.isEmpty else { return true }

    let event = AuditEvent(
      authorization, before: ["tables": .array(commits.map { .table($0.swap.path, $0.before) })],
      after: ["tables": .array(commits.map { .table($0.swap.path, $0.after) } + creations.map { .table($0.dataset.path, $0.after) })])
    let files = commits.map { $0.pendingFile(in: storage) } + creations.map(\.pendingFile)
    let isDone = try await withMetadataFiles(files) {
      try await store.commit(
        swaps: commits.map(\.swap), creations: creations.map(\.dataset), authorization,
        Change(authorization, event: event, answer: .noContent))
    }
    for commit in commits {
      if isDone { cache.insert(commit.result, at: commit.swap.path.text) } else { cache.remove(commit.swap.path.text) }
    }
    return isDone
  }
}

extension CanonicalValue {
  /// One table among several of an event. Its name is a list, because `a.b.c` may be a table of `a.b` or one of `a`, `b`.
  fileprivate static func table(_ path: DatasetPath, _ state: [String: CanonicalValue]) -> CanonicalValue {
    let name = path.identifier.namespace.levels + [path.identifier.name]
    return .object(state.merging(["name": .array(name.map { .string($0) })]) { $1 })
  }
}
