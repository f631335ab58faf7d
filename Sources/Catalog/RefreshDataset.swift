package import CatalogStore
import Governance
import ObjectStorage
import TableFormats

// The operations on what the logs of Delta and Hudi tables say of them.

extension DatasetFormat {
  /// Whether its tables have a log that says what they are.
  var hasLog: Bool { self == .delta || self == .hudi }
}

extension Catalog {
  /// Has the log of a Delta or Hudi table read by a job: its columns and its version become what the log says.
  ///
  /// - Returns: the refresh that was begun or waits to be begun, and whether it is a new one.
  /// - Throws: ``CatalogError/noSuchDataset(_:)``; ``CatalogError/badRequest(_:)`` for what has no log, or one that the server does not open
  package func refreshDataset(
    _ path: DatasetPath, _ context: OperationContext, answer: (DatasetRefresh) -> [UInt8]
  ) async throws -> (refresh: DatasetRefresh, isNew: Bool) {
    let asked = try await authorized(.refreshDataset, [PolicyQuestion(.setProperties)], path, as: .dataset, context)
    let dataset = try await logged(asked, path)
    let first = try await firstRefresh(of: dataset.format, at: dataset.location, path, asked.authorization)
    if case .impossible(let problem)? = first { throw CatalogError.badRequest(problem) }
    return try await store.startRefresh(of: asked.found.version.id, asked.authorization, answer: answer)
  }

  /// When a table's log was read last, and how that ended.
  ///
  /// - Throws: ``CatalogError/noSuchDataset(_:)``; ``CatalogError/badRequest(_:)`` for what has no log, or was never read
  package func loadRefresh(of path: DatasetPath, _ context: OperationContext) async throws -> DatasetRefresh {
    let asked = try await authorized(.loadRefresh, [PolicyQuestion(.getMetadata)], path, as: .dataset, context)
    _ = try await logged(asked, path)
    guard let refresh = try await store.refresh(of: asked.found.version.id, asked.authorization) else {
      throw CatalogError.badRequest(
        "The log of \(path.identifier) was not read yet; start with: moraine dataset refresh \(path.identifier)")
    }
    return refresh
  }

  /// What a Delta or Hudi table was at a version, straight from its log.
  ///
  /// - Parameters:
  ///   - version: as the format calls it: a Delta version, the time of a Hudi instant; `nil` for the newest.
  ///   - authorization: for whatever it is asked on account of.
  /// - Returns: `nil` when there is no such version, or it cannot be told any more.
  /// - Throws: ``CatalogError/badRequest(_:)`` for what has no log that the server opens, and for a log that it cannot read
  package func reading(
    of dataset: GenericDataset, at version: String?, _ authorization: Authorization
  ) async throws -> TableReading? {
    guard dataset.format.hasLog, let location = dataset.location else { throw Self.hasNoLog(dataset) }
    let storage = try await storages.storage(of: dataset.found.version.warehouse, authorization)
    guard let place = try? storage.location(location, of: "location") else {
      throw CatalogError.badRequest(Self.outside(location, "\(dataset.path.identifier)"))
    }
    // Somebody waits for the answer.
    var limits = options.tableFormatLimits
    limits.patience = min(limits.patience, .seconds(60))
    do {
      return try await TableFormatReader(storage.objects, place, limits: limits).read(dataset.format, at: version)
    } catch let error as TableFormatError where error.reason == .missing {
      return nil
    } catch let error as TableFormatError {
      throw CatalogError.badRequest(RefreshProblem(error, dataset.format, place).text)
    }
  }

  // MARK: Parts

  /// What a new dataset's refreshes begin with; `nil` for what has no log.
  func firstRefresh(
    of format: DatasetFormat, at location: String?, _ path: DatasetPath, _ authorization: Authorization
  ) async throws -> FirstRefresh? {
    guard format.hasLog, let location else { return nil }
    let storage = try await storages.storage(named: path.warehouse, authorization)
    return (try? storage.location(location, of: "location")) == nil ? .impossible(Self.outside(location, "\(path.identifier)")) : .due
  }

  static func outside(_ location: String, _ identifier: String) -> String {
    "The location \(location) is outside the warehouse, where the server opens nothing; say what the table is with: "
      + "moraine dataset update \(identifier) --column … --current-version …"
  }

  private func logged(_ asked: AuthorizedDataset, _ path: DatasetPath) async throws -> GenericDataset {
    let dataset = try await generic(asked, path)
    guard dataset.format.hasLog else { throw Self.hasNoLog(dataset) }
    return dataset
  }

  private static func hasNoLog(_ dataset: GenericDataset) -> CatalogError {
    .badRequest(
      "The dataset \(dataset.path.identifier) is of format \(dataset.format.rawValue), which has no log that says what it is; "
        + "delta and hudi have")
  }
}
