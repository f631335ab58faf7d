import Glibc

/// Debian's PostgreSQL programs of one major version.
struct PostgresPrograms: Sendable {
  var version: Int
  var folder: String

  var postgres: String { folder + "/postgres" }
  var initdb: String { folder + "/initdb" }

  /// The version asked for, or the newest.
  static func find(version: Int?, in root: String = "/usr/lib/postgresql") throws(EmbeddedPostgresError) -> PostgresPrograms {
    let found = entries(of: root).compactMap { Int($0) }
      .filter { version == nil || $0 == version }
      .map { PostgresPrograms(version: $0, folder: "\(root)/\($0)/bin") }
      .filter { access($0.postgres, X_OK) == 0 && access($0.initdb, X_OK) == 0 }
    guard let newest = found.max(by: { $0.version < $1.version }) else { throw .programsMissing(version: version) }
    return newest
  }

  private static func entries(of folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      names.append(withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
    return names
  }
}

/// Whom PostgreSQL runs as: it refuses to be root.
struct ServerAccount: Sendable, Equatable {
  var user: uid_t
  var group: gid_t
  /// We are root and hand over to this account.
  var isOther: Bool

  static func current() throws(EmbeddedPostgresError) -> ServerAccount {
    guard geteuid() == 0 else { return ServerAccount(user: geteuid(), group: getegid(), isOther: false) }
    for name in ["postgres", "nobody"] {
      guard let account = getpwnam(name) else { continue }
      return ServerAccount(user: account.pointee.pw_uid, group: account.pointee.pw_gid, isOther: true)
    }
    throw .cannotStart("PostgreSQL refuses to run as root, and there is neither an account postgres nor nobody")
  }

  /// A command that runs as this account and gets a signal when the thread that starts it dies, however it dies.
  func command(_ arguments: [String], deathSignal: String) -> [String] {
    let identity = isOther ? ["--reuid", String(user), "--regid", String(group), "--clear-groups"] : []
    return ["setpriv", "--pdeathsig", deathSignal] + identity + ["--"] + arguments
  }
}
