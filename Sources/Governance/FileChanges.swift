import Iceberg

/// The files that a snapshot adds to its parent and removes from it, and what that amounts to.
struct FileChanges {
  let addedData: [ContentFile]
  let removedData: [ContentFile]
  let addedDeletes: [ContentFile]
  let removedDeletes: [ContentFile]
  /// Removed delete files without which deleted rows come back.
  private let restoring: [ContentFile]
  private let parentHasDeletes: Bool

  /// - Parameter inertDeletes: removed delete files that are older than every data file, and so delete nothing. Writers drop them when
  ///   they append.
  init(added: [ContentFile], removed: [ContentFile], inertDeletes: Set<FilePlace>, parentHasDeletes: Bool) {
    addedData = Self.sorted(added) { $0.content == .data }
    removedData = Self.sorted(removed) { $0.content == .data }
    addedDeletes = Self.sorted(added) { $0.content != .data }
    removedDeletes = Self.sorted(removed) { $0.content != .data }
    self.parentHasDeletes = parentHasDeletes

    let gone = Set(removedData.map(\.path))
    // A file that is named otherwise is removed only in one sense.
    let stays = Set(addedData.map(\.path))
    var successors: [String: Int64] = [:]
    for file in addedDeletes {
      guard let target = file.referencedDataFile else { continue }
      successors[target] = max(successors[target] ?? 0, file.recordCount)
    }
    restoring = removedDeletes.filter { file in
      if inertDeletes.contains(FilePlace(file)) { return false }
      guard let target = file.referencedDataFile else { return true }
      if gone.contains(target), !stays.contains(target) { return false }
      // A deletion vector takes the place of the one before it, and deletes no less.
      return successors[target].map { $0 < file.recordCount } ?? true
    }
  }

  private static func sorted(_ files: [ContentFile], where isIncluded: (ContentFile) -> Bool) -> [ContentFile] {
    files.filter(isIncluded).sorted { ($0.path, $0.contentOffset ?? 0) < ($1.path, $1.contentOffset ?? 0) }
  }

  func operation(claimed: String?) -> SnapshotOperation {
    let losesRows = !removedData.isEmpty || !addedDeletes.isEmpty
    if !losesRows, restoring.isEmpty { return .append }
    if claimed == SnapshotOperation.replace.rawValue, mayBeReplacement { return .replace }
    return addedData.isEmpty && restoring.isEmpty ? .delete : .overwrite
  }

  /// Whether the same rows may stand in the files added as in those removed: never more, and fewer only where some had been deleted.
  private var mayBeReplacement: Bool {
    // Deleting files may only be written anew.
    if removedDeletes.isEmpty, removedData.isEmpty { return false }
    if removedData.isEmpty { return addedData.isEmpty }
    guard let before = Self.rows(removedData), let after = Self.rows(addedData) else { return true }
    return after == before || after < before && parentHasDeletes
  }

  /// `nil` where a file does not say.
  private static func rows(_ files: [ContentFile]) -> Int64? {
    var total: Int64 = 0
    for file in files {
      guard file.recordCount >= 0 else { return nil }
      let (sum, overflow) = total.addingReportingOverflow(file.recordCount)
      guard !overflow else { return nil }
      total = sum
    }
    return total
  }

  // MARK: Lies

  /// What was done beyond what `claimed` admits.
  func lie(claimed: String?) -> String? {
    guard let claimed, let claim = SnapshotOperation(rawValue: claimed) else { return nil }
    let done: [String?]
    switch claim {
    case .overwrite: return nil
    case .append: done = [drops, deletesFrom, restores]
    case .delete: done = [adds, restores]
    case .replace:
      guard operation(claimed: claimed) != .replace else { return nil }
      done = [drops, adds, deletesFrom, restores]
    }
    let acts = done.compactMap { $0 }
    return acts.isEmpty ? nil : "claims \(claim.rawValue), but " + acts.joined(separator: " and ")
  }

  private var drops: String? { Self.naming("drops", removedData) }
  private var adds: String? { Self.naming("adds", addedData) }
  private var deletesFrom: String? { Self.naming("deletes rows by", addedDeletes) }
  private var restores: String? { Self.naming("brings back what was deleted by", restoring) }

  private static func naming(_ verb: String, _ files: [ContentFile]) -> String? {
    files.isEmpty ? nil : "\(verb) \(FileNames.first(of: files))"
  }
}

/// Names of files in messages.
enum FileNames {
  /// Up to three, and how many more there are.
  static func first(of files: [ContentFile], limit: Int = 3) -> String {
    let names = files.prefix(limit).map { short($0.path) }.joined(separator: ", ")
    return files.count > limit ? "\(names) and \(files.count - limit) more" : names
  }

  /// The last part of a path, which may be anything a client sent.
  static func short(_ path: String, limit: Int = 200) -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return name.count > limit ? name.prefix(limit) + "…" : name
  }
}
