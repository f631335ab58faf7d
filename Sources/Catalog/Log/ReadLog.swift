package import CatalogStore
package import TransparencyLog

// The log as it lies in the database, for auditors who recompute it. Nothing here is checked by the server: whoever asks does.
extension Catalog {
  /// Events that one request gets at most.
  package static let maximumLogEntries = 8_192
  /// Events without a place that are told at most.
  package static let maximumUnplaced = 1_000

  func mayReadLog(_ context: OperationContext) async throws -> Authorization {
    try await authorized(.readLog, [PolicyQuestion(.readAudit)], catalog: CatalogResource(.server, ""), context)
  }

  /// Some hashes of the tree.
  ///
  /// - Parameter width: how many; `nil` for all there are.
  /// - Throws: ``CatalogError/noSuchLogEntry(_:)``
  package func tile(_ tile: Tile, width: Int?, _ context: OperationContext) async throws -> [UInt8] {
    let authorization = try await mayReadLog(context)
    let needed = (width ?? 1) * NodeHash.sizeBytes
    guard let hashes = try await store.tiles([tile], authorization)[tile], hashes.count >= needed else {
      throw CatalogError.noSuchLogEntry("The log has no \(tile.path(width: width ?? Tile.width))")
    }
    return width == nil ? hashes : Array(hashes.prefix(needed))
  }

  /// What there is from a place on, in order; a place that neither an event has nor the tree is left out.
  ///
  /// - Parameter limit: looks at so many places.
  package func logEntries(from place: Int64, limit: Int, _ context: OperationContext) async throws -> [LogEntry] {
    try await store.logEntries(from: place, limit: min(max(limit, 1), Self.maximumLogEntries), mayReadLog(context))
  }

  /// Events that should have a place and have none.
  package func eventsWithoutPlace(_ context: OperationContext) async throws -> [AuditEventID] {
    try await store.eventsWithoutPlace(limit: Self.maximumUnplaced, mayReadLog(context))
  }
}
