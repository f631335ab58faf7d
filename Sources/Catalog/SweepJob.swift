package import CatalogStore
import Iceberg
import JSON
import Logging
import ObjectStorage
import Postgres

extension Catalog {
  /// How old a metadata file must be before it counts as left behind: longer than any commit takes.
  private static let orphanAgeMs: Int64 = 15 * 60 * 1_000

  /// Removes metadata files that a server wrote and then died before it could commit them.
  ///
  /// A file is one of those when its version lies within the reach of the metadata log, yet neither the log nor the table names it.
  /// A table that left the catalog is let alone: whoever has registered it elsewhere writes files that we know nothing of.
  func sweep(_ job: LeasedJob, _ authorization: Authorization) async throws {
    if let id = job.dataset, let dataset = try await store.livingDataset(id, authorization), dataset.version.kind == .table {
      let storage = try await storages.storage(of: dataset.version.warehouse, authorization)
      let metadata = try TableMetadata(jsonText: dataset.document)
      let names = metadata.metadataLog.map(\.metadataFile) + [dataset.metadataLocation]
      // By what they mean, not how they are spelled: a table may say `/data/t` where its log says `file:///data/t`.
      let known = Set(try names.map { name throws(ObjectLocationError) in try ObjectLocation(name) })
      let oldest = names.compactMap(MetadataFile.version).min() ?? 0
      let location = try ObjectLocation(metadata.location)
      guard try await store.datasetsSharing(location.spellings, except: id, authorization).isEmpty else {
        return try await store.finish(job, authorization)
      }
      let folder = try location.appending("metadata")
      let cutoff = authorization.context.time.milliseconds - Self.orphanAgeMs
      var after: String?
      repeat {
        let page = try await storage.objects.list(under: folder, after: after, limit: 1_000)
        after = page.count == 1_000 ? page.last?.location.key : nil
        let orphans = page.filter { file in
          let name = file.location.description
          guard name.hasSuffix(".metadata.json"), let version = MetadataFile.version(of: name) else { return false }
          return version >= oldest && file.modifiedAtMs < cutoff && !known.contains(file.location)
        }
        if !orphans.isEmpty {
          logger.info("removing metadata files that no commit used", metadata: ["dataset": "\(id)", "files": "\(orphans.count)"])
          try await storage.objects.delete(orphans.map(\.location))
        }
      } while after != nil
    }
    try await store.finish(job, authorization)
  }

  /// Has the tables looked at that changed lately: a server may have died while it changed them.
  package func scheduleSweeps(_ context: OperationContext) async throws {
    let authorization = try authorizer.authorizeServer(.runJob, on: CatalogResource(.job, ""), context)
    try await store.scheduleSweeps(after: .seconds(20 * 60), authorization)
  }
}
