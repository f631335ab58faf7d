import Foundation

/// Where the private server of this process keeps its data, and what is left of those of dead ones.
enum TestFolder {
  private static let prefix = "moraine-test-"
  private static let memory = "/dev/shm"
  private static let disk = "/tmp"

  /// In memory if there is room: copying a database is making hundreds of files, which some disks do slowly.
  static var path: String { "\(hasRoom(memory) ? memory : disk)/\(prefix)\(getpid())" }

  private static func hasRoom(_ folder: String) -> Bool {
    var status = statvfs()
    return statvfs(folder, &status) == 0 && UInt64(status.f_bavail) * UInt64(status.f_frsize) > 4 << 30
  }

  /// Leaves nothing of the server if this process ends in an orderly way.
  static func removeAtExit() {
    atexit {
      let file = try? String(contentsOfFile: TestFolder.path + "/data/postmaster.pid", encoding: .utf8)
      if let server = file?.split(separator: "\n").first.flatMap({ pid_t($0) }) { kill(server, SIGQUIT) }
      try? FileManager.default.removeItem(atPath: TestFolder.path)
    }
  }

  /// A test process may end in any way, so each cleans up after those before it.
  static func removeLeftovers() {
    for folder in [memory, disk] {
      for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where name.hasPrefix(prefix) {
        guard let id = pid_t(name.dropFirst(prefix.count)), kill(id, 0) != 0, errno == ESRCH else { continue }
        try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
      }
    }
  }
}
