#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// An open file, closed when it goes.
struct File: ~Copyable {
  private let descriptor: Int32
  private let location: ObjectLocation

  init(opening location: ObjectLocation, _ flags: Int32) throws(ObjectStoreError) {
    self.location = location
    // Nonblocking, or opening a pipe would wait for its writer.
    descriptor = open(location.path, flags | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure(location) }
  }

  init(creating name: String, in folder: Int32, for location: ObjectLocation) throws(ObjectStoreError) {
    self.location = location
    descriptor = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
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
