import CatalogStore
import Crypto
import Governance
import ObjectStorage
import TableFormats

extension Catalog {
  /// A version of a Delta or Hudi table, as its own log tells it: that it is there, its columns, its counts, and the digest of the file
  /// of the log that made it.
  ///
  /// - Throws: ``CatalogError/badRequest(_:)`` for a version that the log does not tell, or not any more
  func loggedState(of dataset: GenericDataset, _ input: NamedTrainingInput, at place: ObjectLocation, _ asked: AuthorizedDataset)
    async throws -> BoundState
  {
    let storage = try await storages.storage(of: asked.found.version.warehouse, asked.authorization)
    let version: String?
    switch input.choice {
    case .id(let id): version = String(id)
    case .ref(let name): version = name
    case .time(let time): version = try await self.version(of: dataset, at: time, place, in: storage)
    case nil: version = nil
    }
    let reading = try await reading(of: dataset, at: version, asked.authorization)
    guard let reading, let found = reading.version else {
      let what = version.map { "has no version \($0.prefix(100)) that its log still tells" } ?? "has no version yet"
      throw CatalogError.badRequest("The \(dataset.format.rawValue) table \(input.path.identifier) \(what)")
    }
    var bound = BoundState(.formatVersion(found), location: dataset.location ?? "\(place)")
    if case .time(let time)? = input.choice { bound.askedFor = "time \(time)" }
    bound.committedAtMs = reading.table.committedAtMs
    bound.recordCount = reading.table.rowCount
    bound.fileCount = reading.table.fileCount
    bound.sizeBytes = reading.table.sizeBytes
    bound.recording.columns = reading.columns.map {
      DescribedColumn(name: $0.name, type: $0.typeText, isNullable: $0.isNullable, comment: $0.comment)
    }
    if let file = reading.logFile {
      let location = try place.appending(file)
      do {
        let bytes = try await storage.objects.read(location, maximumSizeBytes: options.tableFormatLimits.maximumFileSizeBytes)
        (bound.metadataLocation, bound.metadataSHA256) = (location.description, Array(SHA256.hash(data: bytes)))
      } catch {
        throw CatalogError.unavailable("\(location) cannot be read: \(error)")
      }
    }
    return bound
  }

  private func version(
    of dataset: GenericDataset, at time: Int64, _ place: ObjectLocation, in storage: WarehouseStorage
  ) async throws -> String {
    do {
      let found = try await TableFormatReader(storage.objects, place, limits: options.tableFormatLimits).version(
        of: dataset.format, at: time)
      guard let found else {
        throw CatalogError.badRequest(
          "The \(dataset.format.rawValue) table \(dataset.path.identifier) has no version that was there at that time and that its log still tells"
        )
      }
      return found
    } catch let error as TableFormatError {
      throw CatalogError.badRequest(RefreshProblem(error, dataset.format, place).text)
    }
  }
}
