import JSON

/// Finds the state of a Delta table at one version from the files of its log, which whoever reads it brings.
///
/// ```swift
/// var reading = try DeltaReading(DeltaLog(listing: names), at: nil)
/// while let name = reading.next { try reading.read(bytes(of: "_delta_log/\(name)")) }
/// let table = try reading.table()
/// ```
///
/// Files are asked for newest first, commits before the checkpoint they rest on: what was said last of a file, the schema or the
/// protocol is found first and holds (PROTOCOL.md, "Action Reconciliation"). So only the paths of the commits behind the checkpoint are
/// in memory, never those of a whole table.
package struct DeltaReading {
  package let version: Int64
  private let limits: DeltaLimits
  private var wanted: [String]
  private var position = 0

  private var metadata: DeltaMetadata?
  private var protocolVersion: DeltaProtocol?
  private var commit: DeltaCommit?
  /// Keys of files of which something newer has been said.
  private var decided: Set<String> = []
  private var sidecars: Set<String> = []
  private var actionsLeft: Int
  private var fileCount: Int64 = 0
  private var sizeBytes: Int64 = 0
  private var rowCount: Int64? = 0
  private let collectsFiles: Bool
  private var live: [LiveFile] = []

  /// - Parameters:
  ///   - version: `nil` for the newest.
  ///   - collectsFiles: whether ``takeFiles()`` gives the table's files.
  /// - Throws: ``TableFormatError/Reason/missing`` when the log does not reach that far, or not back that far any more.
  package init(
    _ log: DeltaLog, at version: Int64? = nil, collectingFiles collectsFiles: Bool = false, limits: DeltaLimits = .standard
  ) throws(TableFormatError) {
    let files = try log.files(at: version)
    guard files.names.count <= limits.maximumFiles else {
      throw .tooLarge("\(files.names.count) files of the Delta log would have to be read, more than the \(limits.maximumFiles) allowed")
    }
    self.version = files.version
    self.limits = limits
    self.collectsFiles = collectsFiles
    wanted = files.names
    actionsLeft = limits.maximumActions
  }

  /// The file that ``read(_:)`` wants next, its path in `_delta_log`; `nil` when all have been read.
  package var next: String? { position < wanted.count ? wanted[position] : nil }

  /// The files to come, in order, as far as they are known: for whoever fetches ahead. A checkpoint may name more.
  package var upcoming: ArraySlice<String> { wanted[position...] }

  /// Takes the content of ``next``.
  package mutating func read(_ bytes: [UInt8]) throws(TableFormatError) {
    guard let name = next else { throw .malformed("No more files of the Delta log are wanted") }
    do throws(TableFormatError) {
      if name.hasSuffix(".parquet") {
        try readParquet(bytes)
      } else {
        try readLines(bytes, of: name)
      }
    } catch {
      throw error.inFile(name)
    }
    position += 1
  }

  /// The table's files that were found since this was asked last, in an order that the log decides.
  package mutating func takeFiles() -> [LiveFile] {
    defer { live = [] }
    return live
  }

  // MARK: Files

  /// One action a line, the last first: in a commit, too, what was said last holds.
  private mutating func readLines(_ bytes: [UInt8], of name: String) throws(TableFormatError) {
    let isCommit = if case .commit = DeltaLogFile(name) { true } else { false }
    let isNewest = name == DeltaLogFile.commitName(version)
    for line in bytes.split(separator: UInt8(ascii: "\n")).reversed() where line.contains(where: { $0 > 0x20 }) {
      let action: DeltaAction?
      do throws(JSONError) {
        action = try DeltaAction(json: JSONDocument(parsing: Array(line), limits: .lenient).root)
      } catch {
        throw .malformed("A line cannot be read: \(error)")
      }
      switch action {
      case .commit(let info)?: if isNewest { commit = info }
      case let action?: try take(action, isCommit: isCommit)
      case nil: continue
      }
    }
  }

  private mutating func readParquet(_ bytes: [UInt8]) throws(TableFormatError) {
    var rows = try ParquetReader(bytes, wanted: DeltaAction.wantedColumns, limits: limits.parquet)
    while let row = try rows.next() { if let action = try DeltaAction(row) { try take(action, isCommit: false) } }
  }

  // MARK: Actions

  /// - Parameter isCommit: whether older files may say something of the same thing.
  private mutating func take(_ action: DeltaAction, isCommit: Bool) throws(TableFormatError) {
    actionsLeft -= 1
    guard actionsLeft >= 0 else { throw .tooLarge("The Delta log has more than \(limits.maximumActions) actions") }
    switch action {
    case .add(let file):
      guard isCommit ? decided.insert(file.key).inserted : !decided.contains(file.key) else { return }
      fileCount += 1
      if collectsFiles { live.append(file.live) }
      sizeBytes = Self.sum(sizeBytes, file.sizeBytes)
      if let counted = rowCount { rowCount = file.rowCount.map { Self.sum(counted, $0) } }
    case .remove(let file): if isCommit { decided.insert(file.key) }
    case .metadata(let found): if metadata == nil { metadata = found }
    case .protocolVersion(let found): if protocolVersion == nil { protocolVersion = found }
    case .sidecar(let path): try want(sidecar: path)
    case .commit: return
    }
  }

  /// Numbers in a log are anybody's: sums end at the greatest.
  private static func sum(_ a: Int64, _ b: Int64) -> Int64 {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? .max : sum
  }

  /// Sidecars are in `_sidecars`, whatever the path before their name says (PROTOCOL.md, "Sidecar Files").
  private mutating func want(sidecar path: String) throws(TableFormatError) {
    let name = percentDecoded(path.split(separator: "/").last.map(String.init) ?? "")
    guard name.hasSuffix(".parquet"), !name.contains("/"), !name.contains("\\") else { throw .malformed("\"\(path)\" cannot be a sidecar") }
    guard sidecars.insert(name).inserted else { return }
    guard wanted.count < limits.maximumFiles else { throw .tooLarge("The Delta log has more than \(limits.maximumFiles) files") }
    wanted.append("_sidecars/" + name)
  }

  // MARK: What it comes to

  /// Features under which what is in the log may not be all there is (PROTOCOL.md, "Catalog-managed tables").
  private static let foreignCommits: Set<String> = ["catalogManaged", "catalogOwned-preview", "coordinatedCommits-preview"]

  /// The table, once every file has been read.
  package func table() throws(TableFormatError) -> DeltaTable {
    if let next { throw .missing("\(next) has not been read") }
    guard let metadata else { throw .malformed("The Delta log has no metaData") }
    guard let protocolVersion else { throw .malformed("The Delta log has no protocol") }
    // Texts with U+0000 cannot be stored, and no honest writer has them.
    let texts = [metadata.id, metadata.name ?? "", metadata.description ?? ""] + metadata.partitionColumns
    let settings = metadata.configuration.map { $0 + $1 }
    guard !(texts + settings).contains(where: { $0.utf8.contains(0) }) else { throw .malformed("The Delta table's metaData holds U+0000") }
    guard protocolVersion.minimumReaderVersion <= 3 else {
      throw .unsupported("The Delta table wants readers of version \(protocolVersion.minimumReaderVersion); 3 is the newest known here")
    }
    if let feature = (protocolVersion.readerFeatures + protocolVersion.writerFeatures).first(where: Self.foreignCommits.contains) {
      throw .unsupported("The Delta table's commits are kept by a catalog of its own (\(feature)); its log may lack the newest")
    }
    return DeltaTable(
      version: version, protocolVersion: protocolVersion, metadata: metadata, columns: try DeltaSchema.columns(metadata.schemaText),
      fileCount: fileCount, sizeBytes: sizeBytes, rowCount: rowCount, commit: commit)
  }
}

/// What a reader of Delta logs accepts before it gives up.
package struct DeltaLimits: Sendable {
  /// Files of the log that one state needs.
  package var maximumFiles: Int
  /// Actions in them.
  package var maximumActions: Int
  package var parquet: ParquetLimits

  package init(maximumFiles: Int = 20_000, maximumActions: Int = 50_000_000, parquet: ParquetLimits = .standard) {
    self.maximumFiles = maximumFiles
    self.maximumActions = maximumActions
    self.parquet = parquet
  }

  package static let standard = DeltaLimits()
}
