import JSON

/// What there is of a table's log, by the names of the files in `_delta_log`.
package struct DeltaLog: Sendable {
  private var commits: Set<Int64> = []
  /// The files of complete checkpoints.
  private var checkpoints: [Int64: [String]] = [:]

  /// - Parameter names: of the files directly in `_delta_log`, in any order, without a path. What is no part of the log is passed over.
  package init(listing names: some Sequence<String>) {
    var parts: [Int64: [Int: [Int: String]]] = [:]
    for name in names {
      switch DeltaLogFile(name) {
      case .commit(let version): commits.insert(version)
      // One file is preferred to parts, and either to one of a name of its own, which may be any of several.
      case .checkpoint(let version): checkpoints[version] = [name]
      case .checkpointPart(let version, let part, let count): parts[version, default: [:]][count, default: [:]][part] = name
      case .uniqueCheckpoint(let version): if checkpoints[version] == nil { checkpoints[version] = [name] }
      case nil: continue
      }
    }
    for (version, groups) in parts {
      if let names = checkpoints[version], DeltaLogFile(names[0]) == .checkpoint(version) { continue }
      guard let whole = groups.first(where: { count, parts in parts.count == count })?.value else { continue }
      checkpoints[version] = whole.sorted { $0.key < $1.key }.map(\.value)
    }
  }

  /// The newest version; `nil` when there is no table.
  package var latestVersion: Int64? { commits.union(checkpoints.keys).max() }

  /// The versions whose state can be told, oldest first.
  package var versions: [Int64] {
    let all = commits.union(checkpoints.keys).sorted()
    var isTold = false
    var previous: Int64 = -1
    return all.filter { version in
      let follows = commits.contains(version) && version == previous + 1 && (isTold || version == 0)
      isTold = checkpoints[version] != nil || follows
      previous = version
      return isTold
    }
  }

  /// The file that a version is: its commit, or where that is gone the first file of its checkpoint.
  package func entry(of version: Int64) -> String? {
    commits.contains(version) ? DeltaLogFile.commitName(version) : checkpoints[version]?.first
  }

  /// When a commit was made, by what it says itself; `nil` where it does not.
  package static func timestampMs(commit bytes: [UInt8]) -> Int64? {
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      guard let root = try? JSONDocument(parsing: Array(line), limits: .lenient).root, let action = try? DeltaAction(json: root),
        case .commit(let commit) = action
      else { continue }
      return commit.timestampMs
    }
    return nil
  }

  /// The files from which the state at a version follows, newest first.
  ///
  /// - Parameter version: `nil` for the newest.
  func files(at version: Int64?) throws(TableFormatError) -> (version: Int64, names: [String]) {
    guard let latest = latestVersion else { throw .missing("There is no Delta log") }
    let version = version ?? latest
    guard version >= 0, version <= latest else { throw .missing("The Delta table has no version \(version); its newest is \(latest)") }
    let checkpoint = checkpoints.keys.filter { $0 <= version }.max()
    var names: [String] = []
    var next = version
    while next > checkpoint ?? -1 {
      guard commits.contains(next) else {
        throw .missing("Version \(version) of the Delta table cannot be told: \(DeltaLogFile.commitName(next)) is gone")
      }
      names.append(DeltaLogFile.commitName(next))
      next -= 1
    }
    if let checkpoint {
      // Its own commit says nothing new of the state, but when and how it came to be.
      if checkpoint == version, commits.contains(version) { names.append(DeltaLogFile.commitName(version)) }
      names += checkpoints[checkpoint] ?? []
    }
    return (version, names)
  }

  /// Where the names begin that matter for the newest state: listing `_delta_log` may start there.
  ///
  /// - Parameter lastCheckpoint: the content of `_last_checkpoint`.
  package static func firstName(lastCheckpoint: [UInt8]) throws(TableFormatError) -> String {
    do throws(JSONError) {
      let version = try JSONDocument(parsing: lastCheckpoint).root.object().required("version").int64()
      return DeltaLogFile.padded(max(0, version))
    } catch {
      throw TableFormatError.malformed("\(error)").inFile("_last_checkpoint")
    }
  }
}
