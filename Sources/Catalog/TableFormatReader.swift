package import CatalogStore
package import Governance
package import ObjectStorage
package import TableFormats

/// What a table of another format is at one version, as its own log says.
package struct TableReading: Hashable, Sendable {
  /// What the format calls the version: Delta's number, the time at which Hudi's instant was requested; `nil` for a table that nobody has
  /// written to yet.
  package var version: String?
  package var columns: [TableColumn]
  package var table: LoggedTable
  /// The file of the log that made the version, or its checkpoint, relative to the table; `nil` where there is none.
  package var logFile: String?
}

extension TableReading {
  /// Texts with U+0000 cannot be stored, and no honest writer has them.
  fileprivate func checked() throws(TableFormatError) -> TableReading {
    var reading = self
    let texts =
      [table.formatText, table.tableID ?? ""] + table.partitionColumns + columns.flatMap { [$0.name, $0.typeText, $0.comment ?? ""] }
    guard !texts.contains(where: { $0.utf8.contains(0) }) else { throw .malformed("The table's log holds U+0000") }
    if table.operation?.utf8.contains(0) == true { reading.table.operation = nil }
    return reading
  }
}

/// Reads the logs of Delta and Hudi tables from where they are, with bounds on all that is read.
///
/// ```swift
/// let reading = try await TableFormatReader(objects, location).read(.delta, at: "7")
/// ```
package struct TableFormatReader: Sendable {
  /// What it accepts before it gives up.
  package struct Limits: Sendable {
    /// Names in a log's folder. Default 500,000.
    package var maximumNames = 500_000
    /// Names of one page of the list. Default 5,000.
    package var pageSize = 5_000
    /// Bytes of one file. Default 256 MB.
    package var maximumFileSizeBytes = 256 << 20
    /// Bytes of all files. Default 8 GB.
    package var maximumSizeBytes = 8 << 30
    /// Files that are fetched at once, and their bytes. Default 8 and 32 MB.
    package var filesAtOnce = 8
    package var sizeBytesAtOnce: Int64 = 32 << 20
    /// How long all of it may take. Default 10 minutes.
    package var patience = Duration.seconds(600)

    package init() {}
  }

  let objects: any ObjectStore
  let location: ObjectLocation
  var limits = Limits()
  /// Told after each portion how many files have been read, and how many are wanted as far as is known.
  var progress: @Sendable (_ filesRead: Int, _ wanted: Int) async throws -> Void = { _, _ in }
  /// Given the table's files, some at a time. Of Hudi these are the files that the instant wrote, not those of earlier ones.
  var visitFiles: (@Sendable (_ files: [LiveFile]) async throws -> Void)?

  package init(
    _ objects: any ObjectStore, _ location: ObjectLocation, limits: Limits = Limits(),
    progress: @escaping @Sendable (Int, Int) async throws -> Void = { _, _ in }
  ) {
    self.objects = objects
    self.location = location
    self.limits = limits
    self.progress = progress
  }

  /// - Parameters:
  ///   - version: as ``TableReading/version`` has it; `nil` for the newest.
  ///   - mark: of an earlier reading of the newest version.
  /// - Returns: `nil` when there is nothing newer than what has the mark.
  /// - Throws: `TableFormatError`; its reason is `missing` when there is no table, or no such version. `ObjectStoreError`.
  package func read(_ format: DatasetFormat, at version: String? = nil, unless mark: String? = nil) async throws -> TableReading? {
    switch format {
    case .delta: try await delta(at: version, unless: mark)?.checked()
    case .hudi: try await hudi(at: version).checked()
    case .parquet, .csv, .files, .topic, .featureView:
      throw TableFormatError.missing("A dataset of format \(format.rawValue) has no log that says what it is")
    }
  }

  // MARK: Delta

  /// Grows when more is read of a log than before: then earlier marks mean nothing.
  private static let deltaRevision = 1

  private func delta(at version: String?, unless mark: String?) async throws -> TableReading? {
    var number: Int64?
    if let version {
      guard let parsed = Int64(version), parsed >= 0, "\(parsed)" == version else {
        throw TableFormatError.missing("A Delta table has no version \"\(version.prefix(100))\"; versions are numbers, such as 12")
      }
      number = parsed
    }
    let folder = try location.appending("_delta_log")
    if number == nil, let first = try await deltaHint(folder) {
      do { return try await delta(at: nil, in: folder, from: first, unless: mark) } catch let error as TableFormatError
        where error.reason == .missing
      {
        // The hint is only that: the list tells.
      } catch ObjectStoreError.notFound {}
    }
    return try await delta(at: number, in: folder, from: nil, unless: mark)
  }

  /// Where the list may begin, by `_last_checkpoint`; `nil` when it does not say.
  private func deltaHint(_ folder: ObjectLocation) async throws -> String? {
    do {
      let bytes = try await objects.read(folder.appending("_last_checkpoint"), maximumSizeBytes: 16 << 20)
      return try DeltaLog.firstName(lastCheckpoint: bytes)
    } catch ObjectStoreError.notFound, ObjectStoreError.tooLarge {
      return nil
    } catch is TableFormatError {
      return nil
    }
  }

  private func delta(at version: Int64?, in folder: ObjectLocation, from first: String?, unless mark: String?) async throws -> TableReading?
  {
    let files = try await names(in: folder, from: first)
    let newest = files.values.max { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    let found = newest.map { "\(Self.deltaRevision) \($0.name) \($0.sizeBytes) \($0.modifiedAtMs) \($0.etag ?? "")" }
    if let mark, mark == found { return nil }
    guard !files.isEmpty else { throw TableFormatError.missing("There is no Delta log in \(folder)") }
    let log = DeltaLog(listing: files.keys)
    var reading = try DeltaReading(log, at: version, collectingFiles: visitFiles != nil)
    var (count, left) = (0, limits.maximumSizeBytes)
    let end = ContinuousClock.now + limits.patience
    while reading.next != nil {
      for bytes in try await contents(of: reading.upcoming, in: folder, files, &left) {
        try reading.read(bytes)
        count += 1
        if let visitFiles { try await visitFiles(reading.takeFiles()) }
        await Task.yield()
      }
      try await advance(count, count + reading.upcoming.count, until: end)
    }
    let table = try reading.table()
    var logged = LoggedTable(formatText: table.protocolVersion.text, partitionColumns: table.metadata.partitionColumns)
    logged.committedAtMs = table.commit?.timestampMs ?? files[Self.commitName(table.version)]?.modifiedAtMs
    logged.operation = table.commit?.operation
    logged.tableID = table.metadata.id
    (logged.fileCount, logged.sizeBytes, logged.rowCount) = (table.fileCount, table.sizeBytes, table.rowCount)
    logged.mark = version == nil ? found : nil
    return TableReading(
      version: "\(table.version)", columns: table.columns, table: logged, logFile: log.entry(of: table.version).map { "_delta_log/" + $0 })
  }

  /// As commits are called (PROTOCOL.md, "Delta Log Entries"): twenty digits.
  private static func commitName(_ version: Int64) -> String {
    String(repeating: "0", count: max(0, 20 - "\(version)".utf8.count)) + "\(version).json"
  }

  // MARK: Hudi

  /// A Hudi table's properties, and where its timeline is.
  private func hudiPlace() async throws -> (HudiProperties, ObjectLocation) {
    let folder = try location.appending(".hoodie")
    let properties: HudiProperties
    do {
      properties = try HudiProperties(await objects.read(folder.appending("hoodie.properties"), maximumSizeBytes: 16 << 20))
    } catch ObjectStoreError.notFound {
      throw TableFormatError.missing("There is no Hudi table: \(folder)/hoodie.properties does not exist")
    }
    return (properties, properties.timelineFolder.isEmpty ? folder : try folder.appending(properties.timelineFolder))
  }

  private func hudi(at version: String?) async throws -> TableReading {
    let (properties, timeline) = try await hudiPlace()
    let files = try await names(in: timeline, from: nil)
    var reading = try HudiReading(properties, HudiTimeline(listing: files.keys), at: version)
    var (count, left) = (1, limits.maximumSizeBytes)
    let end = ContinuousClock.now + limits.patience
    while let next = reading.next {
      for bytes in try await contents(of: [next], in: timeline, files, &left) { try reading.read(bytes) }
      count += 1
      try await advance(count, count + (reading.next == nil ? 0 : 1), until: end)
    }
    let table = try reading.table()
    let version = properties.tableVersion > 0 ? ", table version \(properties.tableVersion)" : ""
    var logged = LoggedTable(formatText: properties.tableType + version, partitionColumns: table.partitionFields)
    // Instants in another zone than UTC are in one that nobody says; the store's clock is in none.
    logged.committedAtMs = table.instant.flatMap { instant in
      properties.isTimelineInUTC ? instant.timestampMs : files[instant.fileName]?.modifiedAtMs
    }
    logged.operation = table.commit?.operation
    logged.tableID = properties.tableName
    if let visitFiles { try await visitFiles(table.commit?.files ?? []) }
    let folderName = properties.timelineFolder.isEmpty ? ".hoodie" : ".hoodie/" + properties.timelineFolder
    return TableReading(
      version: table.instant?.requested, columns: table.columns, table: logged,
      logFile: table.instant.map { "\(folderName)/\($0.fileName)" })
  }

  // MARK: Times

  /// The newest version that was there at a time, as far back as the log tells.
  ///
  /// Times of Delta commits are what they say themselves, else those of their files; they are taken to grow with the versions.
  ///
  /// - Parameter time: milliseconds since 1970.
  /// - Returns: `nil` when every version that can be told is younger.
  /// - Throws: as ``read(_:at:unless:)``
  package func version(of format: DatasetFormat, at time: Int64) async throws -> String? {
    switch format {
    case .delta:
      let folder = try location.appending("_delta_log")
      let files = try await names(in: folder, from: nil)
      let log = DeltaLog(listing: files.keys)
      let versions = log.versions
      // The first version that is younger; everything before it is not.
      var (low, high) = (0, versions.count)
      while low < high {
        let middle = (low + high) / 2
        if try await committedAtMs(versions[middle], log, in: folder, files) ?? .max <= time { low = middle + 1 } else { high = middle }
      }
      return low == 0 ? nil : "\(versions[low - 1])"
    case .hudi:
      let (properties, folder) = try await hudiPlace()
      let files = try await names(in: folder, from: nil)
      return HudiTimeline(listing: files.keys).instants.last { instant in
        let made = properties.isTimelineInUTC ? instant.timestampMs : files[instant.fileName]?.modifiedAtMs
        return made.map { $0 <= time } ?? false
      }?.requested
    case .parquet, .csv, .files, .topic, .featureView:
      throw TableFormatError.missing("A dataset of format \(format.rawValue) has no log that says what it is")
    }
  }

  private func committedAtMs(
    _ version: Int64, _ log: DeltaLog, in folder: ObjectLocation, _ files: [String: LogFile]
  ) async throws -> Int64? {
    guard let name = log.entry(of: version) else { return nil }
    guard name.hasSuffix(".json") else { return files[name]?.modifiedAtMs }
    let bytes = try await objects.read(folder.appending(name), maximumSizeBytes: limits.maximumFileSizeBytes)
    return DeltaLog.timestampMs(commit: bytes) ?? files[name]?.modifiedAtMs
  }

  // MARK: Files

  private func advance(_ filesRead: Int, _ wanted: Int, until end: ContinuousClock.Instant) async throws {
    try Task.checkCancellation()
    guard ContinuousClock.now < end else {
      throw TableFormatError.tooLarge(
        "After \(limits.patience.components.seconds) seconds \(filesRead) of at least \(wanted) files of the log had been read")
    }
    try await progress(filesRead, wanted)
  }

  private struct LogFile {
    let name: String
    let sizeBytes: Int64
    let modifiedAtMs: Int64
    let etag: String?
  }

  /// The files directly in a log's folder whose names begin with a digit, as those of all versions do; what else is there, such as
  /// Hudi's table of its own metadata, sorts behind them and is not walked through.
  private func names(in folder: ObjectLocation, from first: String?) async throws -> [String: LogFile] {
    var found: [String: LogFile] = [:]
    var after = folder.key + "/" + (first ?? "0")
    var seen = 0
    while true {
      let page = try await objects.page(under: folder, after: after, limit: limits.pageSize).objects
      for object in page {
        let name = String(decoding: object.location.key.utf8.dropFirst(folder.key.utf8.count + 1), as: UTF8.self)
        guard let byte = name.utf8.first, byte <= UInt8(ascii: "9") else { return found }
        if name.utf8.contains(UInt8(ascii: "/")) { continue }
        found[name] = LogFile(name: name, sizeBytes: object.sizeBytes, modifiedAtMs: object.modifiedAtMs, etag: object.etag)
      }
      seen += page.count
      guard page.count == limits.pageSize, let last = page.last else { return found }
      guard seen <= limits.maximumNames else {
        throw TableFormatError.tooLarge("\(folder) holds more than \(limits.maximumNames) files")
      }
      after = last.location.key
    }
  }

  /// The first of some files, as many as may be in memory at once; at least one.
  private func contents(
    of wanted: ArraySlice<String>, in folder: ObjectLocation, _ files: [String: LogFile], _ left: inout Int
  ) async throws -> [[UInt8]] {
    var portion: [ObjectLocation] = []
    var sizeBytes: Int64 = 0
    for name in wanted.prefix(limits.filesAtOnce) {
      // One that was not listed may be of any size, so it goes alone.
      let next = files[name]?.sizeBytes ?? limits.sizeBytesAtOnce
      guard portion.isEmpty || sizeBytes + next <= limits.sizeBytesAtOnce else { break }
      portion.append(try folder.appending(name))
      sizeBytes += next
    }
    let limit = min(limits.maximumFileSizeBytes, left)
    let contents = try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { [objects, portion] group in
      for (index, file) in portion.enumerated() {
        group.addTask { (index, try await objects.read(file, maximumSizeBytes: limit)) }
      }
      var contents = [[UInt8]](repeating: [], count: portion.count)
      for try await (index, bytes) in group { contents[index] = bytes }
      return contents
    }
    left -= contents.reduce(0) { $0 + $1.count }
    guard left > 0 else { throw TableFormatError.tooLarge("The log is larger than \(limits.maximumSizeBytes) bytes") }
    return contents
  }
}

extension DeltaProtocol {
  fileprivate var text: String {
    let features = Set(readerFeatures + writerFeatures).sorted()
    return "reader \(minimumReaderVersion), writer \(minimumWriterVersion)"
      + (features.isEmpty ? "" : ", with " + features.joined(separator: ", "))
  }
}
