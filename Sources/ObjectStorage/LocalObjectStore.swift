package import NIOPosix

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Files below one folder.
///
/// File calls block, so they run on threads of their own. Symbolic links that lead outside the folder are refused.
package struct LocalObjectStore: ObjectStore {
  private let root: ObjectLocation
  private let threads: NIOThreadPool

  package init(root: ObjectLocation, threads: NIOThreadPool = .singleton) {
    self.root = root
    self.threads = threads
  }

  package func read(_ location: ObjectLocation, maximumSizeBytes: Int) async throws(ObjectStoreError) -> [UInt8] {
    try await onThread { () throws(ObjectStoreError) in
      try confine(location)
      let file = try File(opening: location, O_RDONLY)
      return try file.readAll(maximumSizeBytes: maximumSizeBytes)
    }
  }

  package func create(_ location: ObjectLocation, _ bytes: [UInt8]) async throws(ObjectStoreError) {
    try await onThread { () throws(ObjectStoreError) in
      let folder = try Folder(of: location)
      try makeFolders(folder.path)
      try confine(location)
      // Written under another name, made durable, then linked: the name appears with all of its content or not at all.
      let temporary = "\(folder.path)/.\(UInt64.random(in: .min ... .max)).tmp"
      defer { unlink(temporary) }
      let file = try File(creating: temporary, for: location)
      try file.writeAll(bytes)
      try file.synchronize()
      guard link(temporary, location.path) == 0 else { throw failure(location) }
      try folder.synchronize()
    }
  }

  package func delete(_ locations: [ObjectLocation]) async throws(ObjectStoreError) {
    try await onThread { () throws(ObjectStoreError) in
      for location in locations {
        try confine(location)
        if unlink(location.path) != 0, errno != ENOENT, errno != ENOTDIR { throw failure(location) }
      }
    }
  }

  package func list(under location: ObjectLocation, after: String?, limit: Int) async throws(ObjectStoreError) -> [StoredObject] {
    try await onThread { () throws(ObjectStoreError) in
      try confine(location)
      var found: [StoredObject] = []
      try walk(location, into: &found)
      let sorted = found.sorted { $0.location.key < $1.location.key }
      return Array(sorted.lazy.filter { object in after.map { object.location.key > $0 } ?? true }.prefix(limit))
    }
  }

  package func makeFolder(_ location: ObjectLocation) async throws(ObjectStoreError) {
    try await onThread { () throws(ObjectStoreError) in
      guard root.contains(location) else { throw .outsideRoot(location.description, root: root.description) }
      try makeFolders(location.path)
      try confine(location)
    }
  }

  package func exists(_ location: ObjectLocation) async throws(ObjectStoreError) -> Bool {
    try await onThread { () throws(ObjectStoreError) in
      try confine(location)
      return access(location.path, F_OK) == 0
    }
  }

  // MARK: Parts

  private func onThread<T: Sendable>(_ body: @escaping @Sendable () throws(ObjectStoreError) -> T) async throws(ObjectStoreError) -> T {
    do {
      return try await threads.runIfActive {
        do throws(ObjectStoreError) {
          return Result<T, ObjectStoreError>.success(try body())
        } catch {
          return .failure(error)
        }
      }.get()
    } catch let error as ObjectStoreError {
      throw error
    } catch {
      throw .unavailable("the server is stopping: \(error)")
    }
  }

  /// Refuses what lies outside the root, by its name or by where links lead.
  private func confine(_ location: ObjectLocation) throws(ObjectStoreError) {
    let outside = ObjectStoreError.outsideRoot(location.description, root: root.description)
    guard root.contains(location) else { throw outside }
    guard let realRoot = resolved(root.path) else { return }
    // What does not exist yet cannot be a link: the nearest parent that does exist decides.
    var components = location.components
    while components.count >= root.components.count {
      if let real = resolved("/" + components.joined(separator: "/")) {
        guard real == realRoot || real.hasPrefix(realRoot == "/" ? "/" : realRoot + "/") else { throw outside }
        return
      }
      guard !components.isEmpty else { return }
      components.removeLast()
    }
  }

  private func resolved(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  /// Like `mkdir -p`. A new folder's entry is made durable in its parent.
  private func makeFolders(_ path: String) throws(ObjectStoreError) {
    if mkdir(path, 0o777) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else { throw failure(path) }
    let parent = String(path[..<slash])
    try makeFolders(parent)
    if mkdir(path, 0o777) != 0, errno != EEXIST { throw failure(path) }
    try Folder(path: parent).synchronize()
  }

  private func walk(_ folder: ObjectLocation, into found: inout [StoredObject]) throws(ObjectStoreError) {
    guard let handle = opendir(folder.path) else {
      if errno == ENOENT { return }
      throw failure(folder)
    }
    defer { closedir(handle) }
    while let entry = readdir(handle) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      // Dot files are our own unfinished ones.
      if name.hasPrefix(".") { continue }
      guard let location = try? folder.appending(name) else { continue }
      var status = stat()
      guard lstat(location.path, &status) == 0 else { continue }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: try walk(location, into: &found)
      case S_IFREG:
        let modified = Int64(status.st_mtim.tv_sec) * 1_000 + Int64(status.st_mtim.tv_nsec) / 1_000_000
        found.append(StoredObject(location: location, sizeBytes: Int64(status.st_size), modifiedAtMs: modified))
      default: continue
      }
    }
  }
}

/// What errno says about a place.
private func failure(_ location: some CustomStringConvertible) -> ObjectStoreError {
  let text = location.description
  return switch errno {
  case ENOENT, ENOTDIR: .notFound(text)
  case EEXIST: .alreadyExists(text)
  case EACCES, EPERM, EROFS: .accessDenied(text)
  case EMFILE, ENFILE, ENOSPC, EDQUOT, EAGAIN: .unavailable("\(text): \(String(cString: strerror(errno)))")
  default: .other("\(text): \(String(cString: strerror(errno)))")
  }
}

/// The folder that a file is in.
private struct Folder {
  let path: String

  init(path: String) { self.path = path }

  init(of location: ObjectLocation) throws(ObjectStoreError) {
    guard !location.components.isEmpty else { throw .other("\(location) is no file") }
    path = "/" + location.components.dropLast().joined(separator: "/")
  }

  func synchronize() throws(ObjectStoreError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure(path) }
  }
}

/// An open file, closed when it goes.
private struct File: ~Copyable {
  private let descriptor: Int32
  private let location: ObjectLocation

  init(opening location: ObjectLocation, _ flags: Int32) throws(ObjectStoreError) {
    self.location = location
    descriptor = open(location.path, flags | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(location) }
  }

  init(creating path: String, for location: ObjectLocation) throws(ObjectStoreError) {
    self.location = location
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failure(location) }
  }

  deinit { close(descriptor) }

  func readAll(maximumSizeBytes: Int) throws(ObjectStoreError) -> [UInt8] {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure(location) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notFound(location.description) }
    guard status.st_size <= maximumSizeBytes else { throw .tooLarge(location.description, maximumSizeBytes: maximumSizeBytes) }
    let size = Int(status.st_size)
    var error: ObjectStoreError?
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let got = Glibc.read(descriptor, buffer.baseAddress! + count, size - count)
        if got < 0, errno == EINTR { continue }
        if got < 0 { error = failure(location) }
        if got <= 0 { return }
        count += got
      }
    }
    if let error { throw error }
    return bytes
  }

  func writeAll(_ bytes: [UInt8]) throws(ObjectStoreError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure(location) }
      written += count
    }
  }

  func synchronize() throws(ObjectStoreError) {
    guard fsync(descriptor) == 0 else { throw failure(location) }
  }
}
