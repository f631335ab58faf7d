package import CatalogStore
package import Governance
import Iceberg
import Postgres

/// What retention comes to for a table now.
package struct PlannedTable: Sendable {
  package let path: DatasetPath
  package let retention: TableRetention
  /// Data and delete files in the snapshots that would go, and their bytes, as the snapshots' summaries add them up. Files that kept
  /// snapshots have too are among them: which those are is found out when it is done.
  package let filesAdded: Int64
  package let bytesAdded: Int64
  /// Statements for an engine, where they were asked for.
  package let script: String?
}

extension Catalog {
  /// A plan tells of every snapshot, so a page of them is short.
  private static let maximumPlans = 50

  /// What would go of the tables in an object, and why; nothing changes. Tables that the caller may not see are left out.
  ///
  /// - Throws: what says that the object is not there
  package func planRetention(
    of object: AccessObject, as dialect: RetentionDialect?, engineCatalog: String?, _ page: PageRequest, _ context: OperationContext
  ) async throws -> Page<PlannedTable> {
    let authorization = try await authorized(.planRetention, [PolicyQuestion(.getMetadata)], on: object, context)
    let tables = try await store.tables(
      in: object, PageRequest(after: page.after, size: min(page.size, Self.maximumPlans)), authorization)
    var planned: [PlannedTable] = []
    for path in tables.elements {
      guard let table = try await retention(of: path, context), let found = table.asked else { continue }
      let plan = table.retention
      let expired = Set(plan.expiredSnapshotIDs)
      let summaries = try found.metadata.snapshots.filter { expired.contains($0.id) }.map { try $0.summary }
      func total(_ keys: String...) -> Int64 {
        summaries.reduce(0) { sum, summary in keys.reduce(sum) { $0 &+ (summary[$1].flatMap { Int64($0) } ?? 0) } }
      }
      let name = path.identifier.namespace.levels + [path.identifier.name]
      planned.append(
        PlannedTable(
          path: path, retention: plan, filesAdded: total("added-data-files", "added-delete-files"), bytesAdded: total("added-files-size"),
          script: dialect.map {
            plan.script(
              $0, catalog: engineCatalog ?? path.warehouse, table: name, refs: found.metadata.refs,
              orphanAgeMs: options.retention.orphanAge.components.seconds * 1_000)
          }))
    }
    return Page(elements: planned, next: tables.next)
  }

  /// Why a snapshot of a table is kept, until when, and by which rule.
  ///
  /// - Parameter snapshot: `nil` for main's.
  /// - Throws: ``CatalogError/noSuchTable(_:)``, ``CatalogError/noSuchSnapshot(_:)``
  package func explainRetention(
    of path: DatasetPath, snapshot: SnapshotChoice, _ context: OperationContext
  ) async throws -> (retention: TableRetention, fate: SnapshotFate) {
    _ = try await authorized(.planRetention, [PolicyQuestion(.getMetadata)], path, as: .table, context)
    guard let table = try await retention(of: path, context), let found = table.asked else {
      throw CatalogError.missing(.table, path.identifier)
    }
    let id: Int64? =
      switch snapshot {
      case .id(let id): id
      case .ref(let name): found.metadata.refs[name]?.snapshotID
      case .time: try snapshot.snapshot(of: found.metadata, path).id
      }
    guard let id, let fate = table.retention.snapshots.first(where: { $0.snapshotID == id }) else {
      throw CatalogError.noSuchSnapshot("The table \(path.identifier) has no such snapshot")
    }
    return (table.retention, fate)
  }

  /// The table, as the caller may see it, and its retention; `nil` for what is not there or not to be seen.
  func retention(
    of path: DatasetPath, _ context: OperationContext
  ) async throws -> (retention: TableRetention, facts: RetentionFacts, asked: TableToRetain?)? {
    guard let found = try await store.find(path), found.version.kind == .table else { return nil }
    let object = try await authorizer.object(found, at: path)
    guard try authorizer.allows([PolicyQuestion(.getMetadata)], on: object, context) else { return nil }
    let authorization = try authorizer.authorize(
      .planRetention, [PolicyQuestion(.getMetadata)], on: object, context, missing: .missing(.table, path.identifier))
    let base = try await cached(path, at: found, authorization)
    guard
      var facts = try await store.retentionFacts(of: base.version.id, nowMs: context.time.milliseconds, authorization)
    else { return nil }
    facts.zone = object.zone.map { ($0.zone.name, $0.rules.retention) }
    let metadata = try base.metadata()
    return (
      TableRetention(metadata, facts), facts, TableToRetain(base: base, metadata: metadata, object: object, authorization: authorization)
    )
  }
}

/// A table whose retention was looked at.
struct TableToRetain: Sendable {
  let base: CachedDataset
  let metadata: TableMetadata
  let object: GovernedObject
  let authorization: Authorization
}
