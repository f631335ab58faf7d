#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The names of files that are not finished: `.<random>.tmp`.
enum TemporaryName {
  static func random() -> String { ".\(UInt64.random(in: .min ... .max)).tmp" }

  static func matches(_ name: [UInt8]) -> Bool { name.first == UInt8(ascii: ".") && name.suffix(4).elementsEqual(".tmp".utf8) }
}

/// Collects files below a folder in the order of their keys' bytes, as S3 lists them, and no further than needed.
///
/// Of a folder's entries, only the next ones are kept, so that a folder of a million files costs no more memory than one of a thousand.
struct FileList {
  let limit: Int
  private(set) var page = ObjectPage()

  init(limit: Int) { self.limit = limit }

  private struct Entry {
    /// With a slash at a folder's end: so sorts what is below it.
    let name: [UInt8]
    let isFolder: Bool
  }

  /// - Parameter after: a whole key; everything up to it is left out.
  mutating func walk(_ folder: ObjectLocation, after: String?) throws(ObjectStoreError) {
    let prefix = folder.components.isEmpty ? [] : Array(folder.key.utf8) + [UInt8(ascii: "/")]
    guard let after else { return try walk(folder, after: []) }
    let key = Array(after.utf8)
    if key.starts(with: prefix) { return try walk(folder, after: key.dropFirst(prefix.count)) }
    if key.lexicographicallyPrecedes(prefix) { try walk(folder, after: []) }
  }

  /// - Parameter after: what is left of the key below this folder; empty for all of the folder.
  private mutating func walk(_ folder: ObjectLocation, after: ArraySlice<UInt8>) throws(ObjectStoreError) {
    var after = after
    var done: [UInt8] = []
    while page.objects.count < limit {
      let (entries, isWhole) = try entries(of: folder, after: after, done)
      for entry in entries {
        guard page.objects.count < limit else { return }
        if entry.isFolder {
          guard let location = place(entry.name.dropLast(), in: folder) else {
            page.passedOver += 1
            continue
          }
          // All below it begins with its key.
          try walk(location, after: after.starts(with: entry.name) ? after.dropFirst(entry.name.count) : [])
        } else {
          add(entry.name, in: folder)
        }
      }
      guard !isWhole, let last = entries.last else { return }
      (after, done) = (last.name[...], last.name)
    }
  }

  private mutating func add(_ name: [UInt8], in folder: ObjectLocation) {
    guard let location = place(name[...], in: folder) else {
      page.passedOver += 1
      return
    }
    var status = stat()
    guard lstat(location.path, &status) == 0 else { return }
    switch status.st_mode & S_IFMT {
    case S_IFREG:
      page.objects.append(StoredObject(location: location, sizeBytes: Int64(status.st_size), modifiedAtMs: status.modifiedAtMs))
    default: page.passedOver += 1
    }
  }

  /// - Returns: `nil` for a name that no location can have.
  private func place(_ name: ArraySlice<UInt8>, in folder: ObjectLocation) -> ObjectLocation? {
    String(validating: name, as: UTF8.self).flatMap { try? folder.appending($0) }
  }

  /// The next entries that are not up to `after`, in order, and whether they are all.
  ///
  /// - Parameter done: a folder that was walked to its end, though `after` may lie in it.
  private func entries(
    of folder: ObjectLocation, after: ArraySlice<UInt8>, _ done: [UInt8]
  ) throws(ObjectStoreError) -> (found: [Entry], isWhole: Bool) {
    guard let handle = opendir(folder.path) else {
      if errno == ENOENT || errno == ENOTDIR { return ([], true) }
      throw failure(folder)
    }
    defer { closedir(handle) }
    var found: [Entry] = []
    var isWhole = true
    while let entry = readdir(handle) {
      guard let entry = self.entry(entry, of: handle, after: after), entry.name != done else { continue }
      found.append(entry)
      if found.count >= 4 * limit + 64 {
        isWhole = false
        keepFirst(&found)
      }
    }
    keepFirst(&found, all: isWhole)
    return (found, isWhole)
  }

  private func keepFirst(_ entries: inout [Entry], all: Bool = false) {
    entries.sort { $0.name.lexicographicallyPrecedes($1.name) }
    if !all, entries.count > limit { entries.removeLast(entries.count - limit) }
  }

  private func entry(_ entry: UnsafeMutablePointer<dirent>, of folder: OpaquePointer, after: ArraySlice<UInt8>) -> Entry? {
    let isFolder = isFolder(entry, of: folder)
    var name = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
    let dot = UInt8(ascii: ".")
    if name == [dot] || name == [dot, dot] || TemporaryName.matches(name) { return nil }
    if isFolder { name.append(UInt8(ascii: "/")) }
    if after.lexicographicallyPrecedes(name) || (isFolder && after.starts(with: name)) { return Entry(name: name, isFolder: isFolder) }
    return nil
  }

  private func isFolder(_ entry: UnsafeMutablePointer<dirent>, of folder: OpaquePointer) -> Bool {
    guard Int(entry.pointee.d_type) == Int(DT_UNKNOWN) else { return Int(entry.pointee.d_type) == Int(DT_DIR) }
    // This file system does not tell.
    var status = stat()
    let result = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { fstatat(dirfd(folder), $0, &status, AT_SYMLINK_NOFOLLOW) }
    }
    return result == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
