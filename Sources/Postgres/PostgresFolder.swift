import Glibc

/// The folder of a private PostgreSQL, ours alone while this exists: `lock`, `server.log`, and `data`, its data folder proper.
/// Its socket lies in `socket`, or in a folder under /tmp where that path would be too long or need quoting.
final class PostgresFolder: Sendable {
  let path: String
  let socketFolder: String
  let account: ServerAccount
  private let lock: Int32

  var data: String { path + "/data" }
  var logFile: String { path + "/server.log" }

  /// Makes the folder if need be, and takes its lock.
  init(_ given: String, account: ServerAccount) throws(EmbeddedPostgresError) {
    self.account = account
    try Self.makeFolders(given)
    guard let resolved = realpath(given, nil) else { throw Self.failure("resolve", given) }
    defer { free(resolved) }
    path = String(cString: resolved)
    lock = open(path + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0 else { throw Self.failure("open", path + "/lock") }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      let isHeld = errno == EWOULDBLOCK
      close(lock)
      throw isHeld ? .folderInUse(path) : Self.failure("lock", path + "/lock")
    }
    socketFolder = Self.socketFolder(for: path)
    do {
      try own()
    } catch {
      flock(lock, LOCK_UN)
      close(lock)
      throw error
    }
  }

  deinit {
    // Closing alone would leave it locked while a process just being started still shares our files.
    flock(lock, LOCK_UN)
    close(lock)
  }

  /// The major version that made the data folder; nil if there is none yet.
  func version() -> Int? {
    Self.read(data + "/PG_VERSION").flatMap { Int($0.prefix { $0.isNumber }) }
  }

  func openLog() throws(EmbeddedPostgresError) -> Int32 {
    var status = stat()
    if stat(logFile, &status) == 0, status.st_size > 16 << 20 { rename(logFile, logFile + ".old") }
    let file = open(logFile, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Self.failure("open", logFile) }
    return file
  }

  /// The end of the log, for messages.
  func logTail() -> String {
    guard let text = Self.read(logFile, last: 4096) else { return "" }
    return text.split(separator: "\n").suffix(12).joined(separator: "\n")
  }

  /// Stops a server that a crash of ours left behind, and removes what would keep the next from starting.
  func stopLeftover() throws(EmbeddedPostgresError) {
    let pidFile = data + "/postmaster.pid"
    if let line = Self.read(pidFile)?.split(separator: "\n").first, let id = pid_t(line), isOurs(id) {
      for (signal, tries) in [(SIGINT, 2000), (SIGQUIT, 500), (SIGKILL, 500)] {
        kill(id, signal)
        for _ in 0..<tries where isOurs(id) { usleep(5_000) }
        if !isOurs(id) { break }
      }
      guard !isOurs(id) else { throw .folder("process \(id), left behind by a crash, uses \(data) and does not end") }
    }
    // The number in these files may belong to anybody by now, most of all in a container, where numbers start over.
    unlink(pidFile)
    unlink(socketFolder + "/.s.PGSQL.5432.lock")
    unlink(socketFolder + "/.s.PGSQL.5432")
  }

  /// A postmaster works in its data folder.
  private func isOurs(_ id: pid_t) -> Bool {
    guard id > 0 else { return false }
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/\(id)/cwd", &buffer, buffer.count)
    guard count > 0 else { return false }
    return String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self) == data
  }
}

extension PostgresFolder {
  private func own() throws(EmbeddedPostgresError) {
    try reach()
    try claim(path)
    if mkdir(socketFolder, 0o700) != 0, errno != EEXIST { throw Self.failure("make", socketFolder) }
    // Under /tmp anybody may have made it before us.
    var status = stat()
    guard lstat(socketFolder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid() || status.st_uid == account.user
    else { throw .folder("\(socketFolder) belongs to somebody else") }
    try claim(socketFolder)
    guard account.isOther, stat(data, &status) == 0, status.st_uid != account.user else { return }
    let log = try openLog()
    defer { close(log) }
    let change = try ChildProcess.start(["chown", "-R", "\(account.user):\(account.group)", data], folder: path, log: log)
    if let problem = change.wait() { throw .folder("chown -R \(data): \(problem)") }
  }

  private func claim(_ folder: String) throws(EmbeddedPostgresError) {
    guard chmod(folder, 0o700) == 0 else { throw Self.failure("chmod", folder) }
    if account.isOther, chown(folder, account.user, account.group) != 0 { throw Self.failure("chown", folder) }
  }

  /// An account that is not ours must be able to walk down to the folder.
  private func reach() throws(EmbeddedPostgresError) {
    guard account.isOther else { return }
    var parents = path.split(separator: "/").dropLast()
    while !parents.isEmpty {
      let parent = "/" + parents.joined(separator: "/")
      var status = stat()
      guard stat(parent, &status) == 0 else { throw Self.failure("look at", parent) }
      let bit: mode_t = status.st_uid == account.user ? 0o100 : status.st_gid == account.group ? 0o010 : 0o001
      guard status.st_mode & bit != 0 else {
        throw .folder(
          "PostgreSQL does not run as root, and its account (\(account.user)) may not enter \(parent): choose another data folder")
      }
      parents.removeLast()
    }
  }

  private static func makeFolders(_ path: String) throws(EmbeddedPostgresError) {
    var made = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
      made += "/" + part
      if mkdir(made, 0o755) != 0, errno != EEXIST { throw failure("make", made) }
    }
  }

  static func failure(_ verb: String, _ path: String) -> EmbeddedPostgresError {
    .folder("cannot \(verb) \(path): \(String(cString: strerror(errno)))")
  }

  /// A socket's path has 107 bytes at most, and libpq gives some characters of a host a meaning.
  static func socketFolder(for path: String) -> String {
    let inside = path + "/socket"
    let isPlain = inside.utf8.allSatisfy { $0 > 0x2C && $0 < 0x7F && $0 != UInt8(ascii: "\\") }
    return isPlain && inside.utf8.count + "/.s.PGSQL.5432.lock".utf8.count < 107 ? inside : "/tmp/moraine-" + hash(path)
  }

  /// FNV-1a: a name, not a secret.
  private static func hash(_ text: String) -> String {
    let value = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private static func read(_ path: String, last limit: Int = 1 << 16) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    let size = lseek(file, 0, SEEK_END)
    lseek(file, max(0, size - limit), SEEK_SET)
    var bytes = [UInt8](repeating: 0, count: limit)
    let count = Glibc.read(file, &bytes, limit)
    return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
  }
}
