package import CatalogStore
import Logging

extension Catalog {
  /// So many tables are looked at at once.
  private static let maximumTables = 1_000

  /// Has the tables in an object looked at now, instead of when their turn comes. A job does it; the runs say how far it is.
  ///
  /// - Parameter removesOrphans: whether files that nothing ever named are looked for, too.
  /// - Throws: ``CatalogError/badRequest(_:)`` for too many, and what says that the object is not there
  package func applyRetention(
    to object: AccessObject, removesOrphans: Bool, _ context: OperationContext, answer: @escaping @Sendable ([RetentionRun]) -> [UInt8]
  ) async throws -> [RetentionRun] {
    let authorization = try await authorized(.applyRetention, [PolicyQuestion(.setRetention)], on: object, context)
    let tables = try await store.tables(in: object, PageRequest(size: Self.maximumTables), authorization)
    guard tables.next == nil else {
      throw CatalogError.badRequest(
        "There are more than \(Self.maximumTables) tables in the \(object.kindName) \(object.title); choose a smaller part")
    }
    return try await store.startRetention(of: tables.elements, removesOrphans: removesOrphans, authorization, answer: answer)
  }

  /// Puts tables on the list whose turn has come.
  package func scheduleRetention(_ context: OperationContext) async throws {
    let authorization = try authorizer.authorizeServer(.runJob, on: CatalogResource(.job, ""), context)
    let count = try await store.scheduleRetention(
      every: options.retention.interval, orphansEvery: options.retention.orphanInterval, authorization)
    if count > 0 { logger.info("retention looks after tables", metadata: ["tables": "\(count)"]) }
  }
}
