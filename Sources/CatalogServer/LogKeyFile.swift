import Catalog
import CatalogStore
import Logging
import TransparencyLog

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Where the log's private key is: outside the database, so that whoever administers that cannot sign (docs/decisions/0014).
package struct LogKeyFile: Hashable, Sendable {
  package let path: String
  /// Whether one is made when there is none and the log has never had a key.
  package let mayMake: Bool

  package init(path: String, mayMake: Bool) {
    self.path = path
    self.mayMake = mayMake
  }
}

package struct LogKeyProblem: Error, CustomStringConvertible {
  package let description: String
}

enum LogKeys {
  private static let maximumFileSizeBytes = 64 << 10

  /// The keys to sign with: none when nobody said where they are, or when another server has the key.
  static func load(_ file: LogKeyFile?, for store: CatalogStore, logger: Logger) async throws -> [LogKey] {
    guard let file else {
      logger.warning("this server has no key of the log and signs no checkpoints; name one with MORAINE_LOG_KEY_FILE")
      return []
    }
    if let keys = try readKeys(file.path, logger) { return keys }
    guard file.mayMake else { throw LogKeyProblem(description: "The log's key file \(file.path) is not there") }
    guard try await !store.hasLogKey() else {
      logger.warning(
        "the log was signed with a key that is not here; this server signs no checkpoints until MORAINE_LOG_KEY_FILE names it",
        metadata: ["expected": "\(file.path)"])
      return []
    }
    do {
      try make(file.path)
    } catch {
      logger.warning("no key could be made for the log, so nothing is signed", metadata: ["error": "\(error)"])
      return []
    }
    logger.notice("made a key for the log; whoever can read it can sign", metadata: ["file": "\(file.path)"])
    // Perhaps another server's, which was faster.
    guard let keys = try readKeys(file.path, logger) else {
      throw LogKeyProblem(description: "The log's key file \(file.path) is gone again")
    }
    return keys
  }

  /// - Returns: `nil` when there is no such file.
  private static func readKeys(_ path: String, _ logger: Logger) throws -> [LogKey]? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      if errno == ENOENT { return nil }
      throw problem("read", path)
    }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw problem("read", path) }
    if status.st_mode & 0o077 != 0 {
      logger.warning("others than the server's own account can read the log's key; chmod 600 it", metadata: ["file": "\(path)"])
    }
    var bytes = [UInt8](repeating: 0, count: maximumFileSizeBytes)
    var count = 0
    while count < bytes.count {
      let part = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress! + count, $0.count - count) }
      guard part >= 0 else { throw problem("read", path) }
      if part == 0 { break }
      count += part
    }
    do {
      return try LogKey.list(parsing: String(decoding: bytes.prefix(count), as: UTF8.self))
    } catch {
      throw LogKeyProblem(
        description: "\(path) holds no key for the log: it needs an Ed25519 key in PEM, as `openssl genpkey -algorithm ed25519` makes one")
    }
  }

  /// Makes the file whole or not at all, for its owner alone; leaves one that is there.
  private static func make(_ path: String) throws {
    for slash in path.indices.dropFirst() where path[slash] == "/" { mkdir(String(path[..<slash]), 0o755) }
    let draft = "\(path).\(getpid())"
    let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw problem("write", draft) }
    defer { unlink(draft) }
    let text = Array(LogKey.random().pem.utf8)
    let isWritten = write(file, text, text.count) == text.count && fsync(file) == 0
    close(file)
    guard isWritten else { throw problem("write", draft) }
    guard link(draft, path) == 0 || errno == EEXIST else { throw problem("write", path) }
  }

  private static func problem(_ what: String, _ path: String) -> LogKeyProblem {
    LogKeyProblem(description: "Cannot \(what) the log's key file \(path): \(String(cString: strerror(errno)))")
  }
}
