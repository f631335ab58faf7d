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
  let root: ObjectLocation
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
      guard let name = location.components.last else { throw .other("\(location) is no file") }
      do throws(ObjectStoreError) {
        try folder(of: location).create(name, bytes, for: location)
      } catch .alreadyExists(let text) {
        try confine(location)
        throw .alreadyExists(text)
      }
    }
  }

  package func delete(_ locations: [ObjectLocation]) async throws(ObjectStoreError) {
    try await onThread { () throws(ObjectStoreError) in
      for location in locations {
        try confine(location)
        if unlink(location.path) != 0, ![ENOENT, ENOTDIR, EISDIR].contains(errno) { throw failure(location) }
      }
    }
  }

  package func page(under location: ObjectLocation, after: String?, limit: Int) async throws(ObjectStoreError) -> ObjectPage {
    try await onThread { () throws(ObjectStoreError) in
      try confine(location)
      var list = FileList(limit: limit)
      try list.walk(location, after: after)
      return list.page
    }
  }

  /// Reads the files, a piece at a time; a cancelled task reads no further.
  package func examine(_ objects: [StoredObject]) async throws(ObjectStoreError) -> [ExaminedObject?] {
    for object in objects where !root.contains(object.location) {
      throw .outsideRoot(object.location.description, root: root.description)
    }
    return try await reading { flag throws(ObjectStoreError) in
      let folder = try OpenFolder(path: root.path)
      var examined: [ExaminedObject?] = []
      for object in objects { examined.append(try examine(object, below: folder, until: flag)) }
      return examined
    }
  }

  package func look(_ location: ObjectLocation) async throws(ObjectStoreError) -> ObjectStatus? {
    try await onThread { () throws(ObjectStoreError) in
      try confine(location)
      var status = stat()
      if stat(location.path, &status) == 0 {
        return status.st_mode & S_IFMT == S_IFREG ? ObjectStatus(sizeBytes: Int64(status.st_size)) : nil
      }
      guard [ENOENT, ENOTDIR].contains(errno) else { throw failure(location) }
      return nil
    }
  }

  /// A cancelled task reads no further.
  package func digest(_ location: ObjectLocation) async throws(ObjectStoreError) -> ObjectDigest {
    try await reading { flag throws(ObjectStoreError) in
      try confine(location)
      return try File(opening: location, O_RDONLY).digest(until: flag)
    }
  }

  /// Runs what reads long, and tells it when the task is cancelled.
  private func reading<T: Sendable>(
    _ body: @escaping @Sendable (StopFlag) throws(ObjectStoreError) -> T
  ) async throws(ObjectStoreError) -> T {
    let flag = StopFlag()
    let result: Result<T, ObjectStoreError> = await withTaskCancellationHandler {
      do throws(ObjectStoreError) {
        return .success(try await onThread { () throws(ObjectStoreError) in try body(flag) })
      } catch {
        return .failure(error)
      }
    } onCancel: {
      flag.raise()
    }
    return try result.get()
  }

  /// - Parameter folder: the root.
  private func examine(
    _ object: StoredObject, below folder: borrowing OpenFolder, until flag: StopFlag
  ) throws(ObjectStoreError) -> ExaminedObject? {
    let location = object.location
    let path = location.components.dropFirst(root.components.count).joined(separator: "/")
    do throws(ObjectStoreError) {
      if let file = try folder.file(path, for: location) { return try file.examine(until: flag) }
      // The kernel cannot vouch for the way.
      try confine(location)
      return try File(opening: location, O_RDONLY | O_NOFOLLOW).examine(until: flag)
    } catch .notFound {
      return nil
    }
  }

  package func makeFolder(_ location: ObjectLocation) async throws(ObjectStoreError) {
    try await onThread { () throws(ObjectStoreError) in
      try confine(location)
      try makeFolders(location.path)
      try confine(location)
    }
  }

  package func exists(_ location: ObjectLocation) async throws(ObjectStoreError) -> Bool { try await isThere(location, as: S_IFREG) }

  package func isPlace(_ location: ObjectLocation) async throws(ObjectStoreError) -> Bool { try await isThere(location, as: S_IFDIR) }

  private func isThere(_ location: ObjectLocation, as type: mode_t) async throws(ObjectStoreError) -> Bool {
    try await onThread { () throws(ObjectStoreError) in
      try confine(location)
      var status = stat()
      if stat(location.path, &status) == 0 { return status.st_mode & S_IFMT == type }
      guard [ENOENT, ENOTDIR].contains(errno) else { throw failure(location) }
      return false
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

  /// The folder of a file to be, made if it is not there.
  private func folder(of location: ObjectLocation) throws(ObjectStoreError) -> OpenFolder {
    guard root.contains(location) else { throw .outsideRoot(location.description, root: root.description) }
    let components = location.components.dropLast()
    do throws(ObjectStoreError) {
      if let folder = try OpenFolder.find(components.dropFirst(root.components.count).joined(separator: "/"), beneath: root.path) {
        return folder
      }
    } catch .notFound {
    }
    let path = "/" + components.joined(separator: "/")
    try confine(location)
    try makeFolders(path)
    // Once more: the folders may have come into being as links meanwhile.
    try confine(location)
    return try OpenFolder(path: path)
  }

  /// Refuses what lies outside the root, by its name or by where links lead.
  private func confine(_ location: ObjectLocation) throws(ObjectStoreError) {
    let outside = ObjectStoreError.outsideRoot(location.description, root: root.description)
    guard root.contains(location) else { throw outside }
    guard let realRoot = resolved(root.path) else {
      guard !isThere(root.path) else { throw outside }
      return
    }
    // What does not exist yet cannot be a link: the nearest parent that does exist decides.
    var components = location.components
    while components.count > root.components.count {
      let path = "/" + components.joined(separator: "/")
      var real = resolved(path)
      if real == nil, isThere(path) {
        // Somebody has made it just now; or it is a link to nowhere, which may lead somewhere tomorrow.
        real = resolved(path)
        guard real != nil else { throw outside }
      }
      if let real {
        guard isInside(real, realRoot) else { throw outside }
        return
      }
      components.removeLast()
    }
  }

  private func isInside(_ real: String, _ realRoot: String) -> Bool {
    let prefix = realRoot == "/" ? "/" : realRoot + "/"
    return real.utf8.elementsEqual(realRoot.utf8) || real.utf8.starts(with: prefix.utf8)
  }

  private func isThere(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  private func resolved(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  /// Like `mkdir -p`. A new folder's entry is made durable in its parent.
  private func makeFolders(_ path: String) throws(ObjectStoreError) {
    guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return try makeFolder(path, in: "/") }
    let parent = String(path[..<slash])
    do throws(ObjectStoreError) {
      try makeFolder(path, in: parent)
    } catch .notFound {
      try makeFolders(parent)
      try makeFolder(path, in: parent)
    }
  }

  private func makeFolder(_ path: String, in parent: String) throws(ObjectStoreError) {
    if mkdir(path, 0o777) == 0 { return try OpenFolder(path: parent).synchronize(parent) }
    if errno == ENOTDIR { throw .other("\(parent) is a file; a folder has to be there") }
    guard errno == EEXIST else { throw failure(path) }
    var status = stat()
    guard stat(path, &status) == 0 else { throw failure(path) }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw .other("\(path) is a file; a folder has to be there") }
  }
}

/// What errno says about a place.
func failure(_ location: some CustomStringConvertible) -> ObjectStoreError {
  let text = location.description
  return switch errno {
  case ENOENT, ENOTDIR: .notFound(text)
  case EEXIST: .alreadyExists(text)
  case EACCES, EPERM, EROFS: .accessDenied(text)
  case EMFILE, ENFILE, ENOSPC, EDQUOT, EAGAIN: .unavailable("\(text): \(String(cString: strerror(errno)))")
  default: .other("\(text): \(String(cString: strerror(errno)))")
  }
}
