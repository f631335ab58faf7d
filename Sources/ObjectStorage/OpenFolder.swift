import CLinux

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// An open folder, closed when it goes. What is made in it lands there, whatever becomes of its path meanwhile.
struct OpenFolder: ~Copyable {
  private let descriptor: Int32

  init(path: String) throws(ObjectStoreError) {
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path) }
  }

  private init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// The folder of that path below another; `nil` when the kernel cannot vouch that the way there stays inside, or does not know how to.
  ///
  /// - Throws: ``ObjectStoreError/notFound(_:)``, among others.
  static func find(_ path: String, beneath root: String) throws(ObjectStoreError) -> OpenFolder? {
    let folder = try OpenFolder(path: root)
    let descriptor = moraine_openat2(
      folder.descriptor, path.isEmpty ? "." : path, UInt64(O_RDONLY | O_DIRECTORY | O_CLOEXEC),
      UInt64(RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS))
    if descriptor >= 0 { return OpenFolder(descriptor) }
    if errno == ENOENT { throw .notFound(path) }
    return nil
  }

  /// The file of that path below this folder, no link on the way; `nil` when the kernel cannot vouch for that, or does not know how to.
  ///
  /// - Throws: ``ObjectStoreError/notFound(_:)``, among others.
  func file(_ path: String, for location: ObjectLocation) throws(ObjectStoreError) -> File? {
    let found = moraine_openat2(
      descriptor, path, UInt64(O_RDONLY | O_CLOEXEC | O_NONBLOCK), UInt64(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS))
    if found >= 0 { return File(found, location) }
    // A link took its place: it is no file of the list any more.
    if errno == ENOENT || errno == ENOTDIR || errno == ELOOP { throw .notFound(location.description) }
    if [EACCES, EPERM, EMFILE, ENFILE].contains(errno) { throw failure(location) }
    return nil
  }

  deinit { close(descriptor) }

  /// Makes a file that appears with all of its content or not at all, and outlives a power cut.
  ///
  /// - Parameter location: the file's whole place, for errors.
  func create(_ name: String, _ bytes: [UInt8], for location: ObjectLocation) throws(ObjectStoreError) {
    // Written under another name, made durable, then renamed.
    let temporary = TemporaryName.random()
    do {
      let file = try File(creating: temporary, in: descriptor, for: location)
      do throws(ObjectStoreError) {
        try file.writeAll(bytes)
        try file.synchronize()
        try give(temporary, theName: name, for: location)
      } catch {
        unlinkat(descriptor, temporary, 0)
        throw error
      }
    }
    try synchronize(location)
  }

  /// Makes the folder's entries durable.
  func synchronize(_ location: some CustomStringConvertible) throws(ObjectStoreError) {
    guard fsync(descriptor) == 0 else { throw failure(location) }
  }

  /// Gives a finished file its name, if nothing else has it.
  private func give(_ temporary: String, theName name: String, for location: ObjectLocation) throws(ObjectStoreError) {
    if moraine_rename_new(descriptor, temporary, name) == 0 { return }
    guard [EINVAL, ENOSYS, EPERM].contains(errno) else { throw failure(location) }
    // File systems that cannot rename without replacing have hard links.
    guard linkat(descriptor, temporary, descriptor, name, 0) == 0 else {
      guard [EPERM, ENOSYS, EOPNOTSUPP].contains(errno) else { throw failure(location) }
      throw .other("\(location): its file system has no hard links, by which files appear whole; put the warehouse on another")
    }
    unlinkat(descriptor, temporary, 0)
  }
}
