import Crypto
import Synchronization

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

  /// - Parameter descriptor: open, and this file's from now on.
  init(_ descriptor: Int32, _ location: ObjectLocation) {
    self.descriptor = descriptor
    self.location = location
  }

  deinit { close(descriptor) }

  /// Reads all of it, a piece at a time, for its SHA-256.
  ///
  /// Size and time are from before the reading: whoever writes meanwhile makes the next time another.
  func examine(until flag: StopFlag) throws(ObjectStoreError) -> ExaminedObject {
    let status = try regular()
    let digest = try digest(ofFileOf: Int64(status.st_size), until: flag)
    return ExaminedObject(
      object: StoredObject(location: location, sizeBytes: digest.sizeBytes, modifiedAtMs: status.modifiedAtMs),
      checksum: "sha256:" + digest.sha256.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
  }

  /// The same without its time.
  func digest(until flag: StopFlag) throws(ObjectStoreError) -> ObjectDigest {
    try digest(ofFileOf: Int64(regular().st_size), until: flag)
  }

  /// - Throws: ``ObjectStoreError/notFound(_:)`` for what is no plain file.
  func regular() throws(ObjectStoreError) -> stat {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure(location) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notFound(location.description) }
    return status
  }

  private func digest(ofFileOf expected: Int64, until flag: StopFlag) throws(ObjectStoreError) -> ObjectDigest {
    var hash = SHA256()
    var size: Int64 = 0
    var error: ObjectStoreError?
    withUnsafeTemporaryAllocation(byteCount: Self.pieceSizeBytes(ofFileOf: expected), alignment: 16) { piece in
      while true {
        if flag.isRaised {
          error = .unavailable("\(location): cancelled")
          return
        }
        let got = Glibc.read(descriptor, piece.baseAddress!, piece.count)
        if got < 0, errno == EINTR { continue }
        if got < 0 { error = failure(location) }
        if got <= 0 { return }
        hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: piece[..<got]))
        size += Int64(got)
      }
    }
    if let error { throw error }
    return ObjectDigest(sizeBytes: size, sha256: Array(hash.finalize()))
  }

  /// A small file at once, a large one by the mebibyte.
  private static func pieceSizeBytes(ofFileOf size: Int64) -> Int { Int(min(max(size + 1, 512), 1 << 20)) }

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

extension stat {
  /// Milliseconds since 1970.
  var modifiedAtMs: Int64 { Int64(st_mtim.tv_sec) * 1_000 + Int64(st_mtim.tv_nsec) / 1_000_000 }
}

/// Tells a thread that reads to stop.
final class StopFlag: Sendable {
  private let flag = Atomic(false)

  var isRaised: Bool { flag.load(ordering: .relaxed) }

  func raise() { flag.store(true, ordering: .relaxed) }
}
