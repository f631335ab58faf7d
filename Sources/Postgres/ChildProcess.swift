import Glibc

/// A process we started, and must wait for.
struct ChildProcess {
  let id: pid_t

  /// Starts a program found on the path, in a session of its own so that a terminal's Ctrl-C does not reach it,
  /// with no file of ours open but the log for its output.
  static func start(_ arguments: [String], folder: String, log: Int32) throws(EmbeddedPostgresError) -> ChildProcess {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, log, 1)
    posix_spawn_file_actions_adddup2(&actions, log, 2)
    for file in openFiles() where file > 2 { posix_spawn_file_actions_addclose(&actions, file) }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    let newSession: Int32 = 0x80  // POSIX_SPAWN_SETSID
    posix_spawnattr_setflags(&attributes, Int16(Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF) | newSession))

    let arguments = ["env", "--chdir=\(folder)"] + arguments
    let environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "TZ=UTC"]
    var argv = arguments.map { strdup($0) } + [nil]
    var envp = environment.map { strdup($0) } + [nil]
    defer { for string in argv + envp { free(string) } }
    var id = pid_t()
    let status = posix_spawnp(&id, arguments[0], &actions, &attributes, &argv, &envp)
    guard status == 0 else { throw .cannotStart("\(arguments[2]): \(String(cString: strerror(status)))") }
    return ChildProcess(id: id)
  }

  private static func openFiles() -> [Int32] {
    guard let directory = opendir("/proc/self/fd") else { return [] }
    defer { closedir(directory) }
    var files: [Int32] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if let file = Int32(name) { files.append(file) }
    }
    return files
  }

  /// Blocks until it has ended; how it did, in words, nil if well.
  func wait() -> String? {
    var status: Int32 = 0
    while waitpid(id, &status, 0) < 0 {
      guard errno == EINTR else { return "it is no child of ours" }
    }
    return Self.describe(status)
  }

  /// The same without blocking; nil if it still runs.
  func poll() -> (ending: String?, Void)? {
    var status: Int32 = 0
    let result = waitpid(id, &status, WNOHANG)
    if result == 0 || (result < 0 && errno == EINTR) { return nil }
    return (result < 0 ? "it is no child of ours" : Self.describe(status), ())
  }

  func send(_ signal: Int32) {
    kill(id, signal)
  }

  private static func describe(_ status: Int32) -> String? {
    let signal = status & 0x7F
    let code = (status >> 8) & 0xFF
    if signal != 0 { return "killed by signal \(signal)" }
    return code == 0 ? nil : "exit code \(code)"
  }
}
