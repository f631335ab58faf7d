package import CatalogStore
import Postgres
package import TransparencyLog

extension Catalog {
  /// Shows that an event is in the log.
  ///
  /// Who has a receipt, the event's id and leaf hash, is shown that without the event; else one must be allowed to read the trail.
  ///
  /// - Parameters:
  ///   - leafHash: of the receipt, 32 bytes.
  ///   - size: of the checkpoint to be proven against; `nil` for the latest.
  /// - Throws: ``CatalogError/noSuchLogEntry(_:)``, also for an event that no checkpoint covers yet.
  package func proveInclusion(
    of event: AuditEventID, leafHash: [UInt8]?, size: Int64?, _ context: OperationContext
  ) async throws -> LogProof {
    let authorization = leafHash == nil ? try await mayReadLog(context) : try await mayReadCheckpoints(context)
    let checkpoint = try await checkpoint(size: size, authorization)
    let logged = try await store.logged(event, authorization)
    guard let logged, leafHash.map({ $0 == LeafHash.of(logged.canonical) }) ?? true else {
      throw CatalogError.noSuchLogEntry("The log has no event \(event)\(leafHash == nil ? "" : " with that hash")")
    }
    guard logged.place < checkpoint.size else {
      throw CatalogError.noSuchLogEntry(
        "The event \(event) has the place \(logged.place); the checkpoint covers \(checkpoint.size) events. Ask again in a moment")
    }
    let (index, total) = (UInt64(logged.place), UInt64(checkpoint.size))
    let hashes = try await hashes(of: InclusionProof.ranges(index: index, size: total), size: total, authorization)
    return LogProof(entry: leafHash == nil ? logged.canonical : nil, index: index, hashes: hashes, checkpoint: Array(checkpoint.note.utf8))
  }

  /// Shows that the log has only grown between two sizes.
  ///
  /// - Parameter newSize: `nil` for that of the latest checkpoint.
  package func proveConsistency(
    from oldSize: Int64, to newSize: Int64?, _ context: OperationContext
  ) async throws -> ConsistencyProof {
    let authorization = try await mayReadCheckpoints(context)
    let latest = try await checkpoint(size: nil, authorization).size
    let newSize = newSize ?? latest
    guard oldSize > 0, oldSize <= newSize, newSize <= latest else {
      throw CatalogError.badRequest("The log has \(latest) events; from \(oldSize) to \(newSize) there is nothing to be proven")
    }
    let ranges = try ConsistencyProof.ranges(oldSize: UInt64(oldSize), newSize: UInt64(newSize))
    return ConsistencyProof(
      oldSize: UInt64(oldSize), newSize: UInt64(newSize),
      hashes: try await hashes(of: ranges, size: UInt64(newSize), authorization))
  }

  private func hashes(of ranges: [Range<UInt64>], size: UInt64, _ authorization: Authorization) async throws -> [[UInt8]] {
    let tiles = try await store.tiles(TiledTree.tiles(for: ranges), authorization)
    do {
      return try TiledTree(size: size, tiles: tiles).hashes(of: ranges)
    } catch {
      throw CatalogError.noSuchLogEntry("The log's tile \(error.tile.path()) is missing or too short; `moraine audit verify` says more")
    }
  }
}
