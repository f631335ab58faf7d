import Foundation

/// Where the private server of this process keeps its data, and what is left of those of dead ones.
enum TestFolder {
  private static let prefix = "moraine-test-"

  static var path: String { "/tmp/\(prefix)\(getpid())" }

  /// A test process may end in any way, so each cleans up after those before it.
  static func removeLeftovers() {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: "/tmp")) ?? [] where name.hasPrefix(prefix) {
      guard let id = pid_t(name.dropFirst(prefix.count)), kill(id, 0) != 0, errno == ESRCH else { continue }
      try? FileManager.default.removeItem(atPath: "/tmp/" + name)
    }
  }
}
