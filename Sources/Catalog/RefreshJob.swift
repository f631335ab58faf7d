package import CatalogStore
import Governance
import JSON
import ObjectStorage
import TableFormats
import TransparencyLog

extension Catalog {
  /// So often a log is tried again that cannot be reached.
  private static let maximumRefreshAttempts = 8
  /// Datasets that are put on the list at once.
  private static let scheduledAtOnce = 100

  /// Has the logs of Delta and Hudi tables read again whose last reading is long ago.
  package func scheduleRefreshes(_ context: OperationContext) async throws {
    guard let interval = options.refreshInterval else { return }
    let authorization = try authorizer.authorizeServer(.runJob, on: CatalogResource(.job, ""), context)
    while try await store.scheduleRefreshes(olderThan: interval, limit: Self.scheduledAtOnce, authorization) == Self.scheduledAtOnce {}
  }

  /// Reads a table's log and takes in what it says.
  ///
  /// A log that cannot be read is how the refresh ends, not a failure of the job: the dataset stays as it was, and says why.
  func refresh(_ job: LeasedJob, _ authorization: Authorization) async throws {
    guard let work = try await store.beginRefresh(job, authorization) else { return try await store.finish(job, authorization) }
    let own = try authorizer.authorizeServer(.finishRefresh, on: CatalogResource(.dataset, work.path), authorization.context)
    // A server that dies of a log does not come back to say so.
    guard job.attempts <= Self.maximumRefreshAttempts else {
      let problem = "The log was begun to be read \(job.attempts - 1) times and never to its end; see what the server's own log says of it"
      return try await fail(work, problem, isReadable: true, job, own)
    }
    do {
      try await holding(job, authorization) { [self] in try await refresh(work, job, own) }
    } catch {
      guard let problem = Self.problem(error, of: work) else {
        guard job.attempts >= Self.maximumRefreshAttempts else {
          if !(error is CancellationError) { try await store.note(Self.text(error), of: work, authorization) }
          throw error
        }
        return try await fail(work, Self.text(error), isReadable: true, job, own)
      }
      try await fail(work, problem.text, isReadable: problem.isReadable, job, own)
    }
  }

  private static func text(_ error: any Error) -> String { (error as? CatalogError)?.message ?? "\(error)" }

  /// What is told of an error that trying again does not help against; `nil` for others.
  private static func problem(_ error: any Error, of work: RefreshWork) -> (text: String, isReadable: Bool)? {
    switch error {
    case let error as Unreadable: (error.text, error.isReadable)
    case ObjectStoreError.unavailable: nil
    case is TableFormatError, is ObjectStoreError, is ObjectLocationError:
      (try? ObjectLocation(work.location)).map { (RefreshProblem(error, work.format, $0).text, true) }
    default: nil
    }
  }

  /// A table that is not even tried.
  private struct Unreadable: Error {
    let text: String
    let isReadable: Bool
  }

  private func fail(
    _ work: RefreshWork, _ problem: String, isReadable: Bool, _ job: LeasedJob, _ authorization: Authorization
  ) async throws {
    let problem = String(problem.prefix(2_000))
    // The same again is no news.
    guard problem != work.problem else {
      return try await store.finish(work, by: job, problem: problem, isReadable: isReadable, authorization)
    }
    try await store.fail(work, problem, isReadable: isReadable, by: job, authorization)
  }

  private func refresh(_ work: RefreshWork, _ job: LeasedJob, _ authorization: Authorization) async throws {
    guard !work.isDropped, let first = try await store.base(of: work, authorization) else {
      return try await store.finish(work, by: job, problem: work.problem, authorization)
    }
    let storage = try await storages.storage(of: work.warehouse, authorization)
    guard let location = try? storage.location(work.location, of: "location") else {
      throw Unreadable(text: Self.outside(work.location, work.identifier), isReadable: false)
    }
    let reader = TableFormatReader(storage.objects, location, limits: options.tableFormatLimits) { [store] filesRead, wanted in
      try await store.note(filesRead: filesRead, of: wanted, work, authorization)
    }
    let mark = first.description.table?.mark
    guard let reading = try await reader.read(work.format, unless: mark) else {
      return try await store.finish(work, by: job, problem: nil, authorization)
    }
    var base = first
    for _ in 0..<options.commitAttempts {
      let description = base.description.saying(reading)
      let (before, after) = Self.difference(base.description.canonical, description.canonical)
      guard !before.isEmpty || !after.isEmpty else { return try await store.finish(work, by: job, problem: nil, authorization) }
      do { try description.check(longestType: DatasetDescription.longestLoggedType) } catch CatalogError.badRequest(let message) {
        throw Unreadable(text: "\(message); what is known of the table stays as it was", isReadable: true)
      }
      let change = Change(authorization, event: AuditEvent(authorization, before: before, after: after), answer: .noContent)
      if try await store.finish(work, by: job, base, becoming: description, authorization, change) { return }
      guard let next = try await store.base(of: work, authorization) else {
        return try await store.finish(work, by: job, problem: work.problem, authorization)
      }
      base = next
    }
    throw CatalogError.commitFailed("The dataset \(work.identifier) kept being changed by others")
  }

  /// The parts that differ in a byte; é in one scalar and in two do.
  private static func difference(
    _ before: [String: CanonicalValue], _ after: [String: CanonicalValue]
  ) -> (before: [String: CanonicalValue], after: [String: CanonicalValue]) {
    let differ = Set(before.keys).union(after.keys).filter { before[$0]?.canonicalBytes != after[$0]?.canonicalBytes }
    return (before.filter { differ.contains($0.key) }, after.filter { differ.contains($0.key) })
  }
}

extension DatasetDescription {
  /// The same with what a log says in it.
  ///
  /// A column keeps the comment that somebody gave it where the log has none, and its id while it keeps its name, unless the format itself
  /// gives ids.
  func saying(_ reading: TableReading) -> DatasetDescription {
    var new = self
    let earlier = Dictionary(columns.map { (Array($0.name.utf8), $0) }) { first, _ in first }
    let hasIDs = !reading.columns.isEmpty && reading.columns.allSatisfy { $0.formatID != nil }
    var last = max(table?.lastColumnID ?? 0, columns.compactMap(\.id).max() ?? 0)
    new.columns = reading.columns.map { column in
      let known = earlier[Array(column.name.utf8)]
      var id = hasIDs ? column.formatID : known?.id
      if id == nil, last < .max {
        last += 1
        id = last
      }
      return DescribedColumn(
        name: column.name, type: column.typeText, isNullable: column.isNullable, comment: column.comment ?? known?.comment, id: id)
    }
    new.currentVersion = reading.version
    var table = reading.table
    table.lastColumnID = max(last, new.columns.compactMap(\.id).max() ?? 0)
    new.table = table
    return new
  }
}

extension LoggedTable {
  var canonical: CanonicalValue {
    func number(_ value: Int64?) -> CanonicalValue { value.map { .int64($0) } ?? .null }
    return .object([
      "committed-at-ms": number(committedAtMs), "operation": operation.map { .string($0) } ?? .null,
      "table-id": tableID.map { .string($0) } ?? .null, "format": .string(formatText),
      "partition-columns": .array(partitionColumns.map { .string($0) }), "files": number(fileCount), "size-bytes": number(sizeBytes),
      "rows": number(rowCount),
    ])
  }
}
