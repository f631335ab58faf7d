#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The names of files that are not finished: `.<random>.tmp`.
enum TemporaryName {
  static func random() -> String { ".\(UInt64.random(in: .min ... .max)).tmp" }

  static func matches(_ name: String) -> Bool { name.hasPrefix(".") && name.hasSuffix(".tmp") }
}

/// Collects files below a folder in the order of their keys' bytes, as S3 lists them, and no further than needed.
struct FileList {
  let after: [UInt8]?
  let limit: Int
  private(set) var found: [StoredObject] = []

  init(after: [UInt8]?, limit: Int) {
    self.after = after
    self.limit = limit
  }

  private struct Entry {
    let location: ObjectLocation
    /// The key, with a slash at a folder's end: so sorts what is below it.
    let key: [UInt8]
    let isFolder: Bool
    let status: stat
  }

  mutating func walk(_ folder: ObjectLocation) throws(ObjectStoreError) {
    for entry in try entries(of: folder).sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      guard found.count < limit else { return }
      if entry.isFolder {
        // All below it begins with its key.
        if let after, entry.key.lexicographicallyPrecedes(after), !after.starts(with: entry.key) { continue }
        try walk(entry.location)
      } else if after.map({ $0.lexicographicallyPrecedes(entry.key) }) ?? true {
        let modified = Int64(entry.status.st_mtim.tv_sec) * 1_000 + Int64(entry.status.st_mtim.tv_nsec) / 1_000_000
        found.append(StoredObject(location: entry.location, sizeBytes: Int64(entry.status.st_size), modifiedAtMs: modified))
      }
    }
  }

  /// Files and folders; links are neither.
  private func entries(of folder: ObjectLocation) throws(ObjectStoreError) -> [Entry] {
    guard let handle = opendir(folder.path) else {
      if errno == ENOENT || errno == ENOTDIR { return [] }
      throw failure(folder)
    }
    defer { closedir(handle) }
    var entries: [Entry] = []
    while let entry = readdir(handle) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      guard !TemporaryName.matches(name), let location = try? folder.appending(name) else { continue }
      var status = stat()
      guard lstat(location.path, &status) == 0 else { continue }
      let key = Array(location.key.utf8)
      switch status.st_mode & S_IFMT {
      case S_IFDIR: entries.append(Entry(location: location, key: key + [UInt8(ascii: "/")], isFolder: true, status: status))
      case S_IFREG: entries.append(Entry(location: location, key: key, isFolder: false, status: status))
      default: continue
      }
    }
    return entries
  }
}
