import CLibPQ

extension PostgresConnection {
  /// A libpq connection in pipeline mode, or `unreachable`.
  static func connect(_ configuration: PostgresConfiguration) throws -> OpaquePointer {
    let seconds = max(2, (configuration.connectTimeout.milliseconds + 999) / 1000)
    // "dbname" is expanded as a connection string; what comes after it wins over what it says.
    let options: [(String, String)] = [
      ("connect_timeout", String(seconds)),
      ("fallback_application_name", configuration.applicationName),
      // A server that vanished without a word is noticed within a minute, not after hours; a connection string may say otherwise.
      ("keepalives_idle", "20"), ("keepalives_interval", "10"), ("keepalives_count", "3"), ("tcp_user_timeout", "50000"),
      ("dbname", configuration.connectionString),
      ("client_encoding", "UTF8"),
    ]
    let handle = withCStrings(options.map(\.0)) { keys in
      withCStrings(options.map(\.1)) { values in PQconnectdbParams(keys, values, 1) }
    }
    guard let handle else { throw PostgresError.unreachable(message: "libpq has no memory") }
    guard PQstatus(handle) == CONNECTION_OK else {
      defer { PQfinish(handle) }
      throw PostgresError.unreachable(message: lastMessage(handle))
    }
    PQsetNoticeProcessor(handle, { _, _ in }, nil)
    return handle
  }

  /// Sets the session up, in one round trip, and enters pipeline mode.
  ///
  /// Our transactions never wait for anything but their statements: one that idles belongs to a client that is gone, and its locks
  /// must not outlive it for long.
  static func configure(_ handle: OpaquePointer, _ configuration: PostgresConfiguration) throws {
    var script = "SET TimeZone = 'UTC'; SET jit = off; SET idle_in_transaction_session_timeout = 60000"
    if let timeout = configuration.statementTimeout { script += "; SET statement_timeout = \(max(1, timeout.milliseconds))" }
    for (name, value) in configuration.settings { script += "; SET \(name) = \(value)" }
    guard let raw = PQexec(handle, script) else { throw PostgresError.unreachable(message: lastMessage(handle)) }
    let result = PostgresResult(taking: raw)
    guard PQresultStatus(raw) == PGRES_COMMAND_OK, PQenterPipelineMode(handle) == 1 else {
      if PQstatus(handle) == CONNECTION_BAD { throw PostgresError.unreachable(message: lastMessage(handle)) }
      throw result.serverError.map(PostgresError.server) ?? .unreachable(message: lastMessage(handle))
    }
  }

  /// Whether trying again later may help: not when the server answered and refused us for good.
  static func mayRecover(_ error: any Error) -> Bool {
    guard case .unreachable(let message)? = error as? PostgresError else { return false }
    let passing = ["the database system is", "too many clients", "connection slots", "too many connections", "terminating connection"]
    return !message.contains("FATAL:") || passing.contains { message.contains($0) }
  }
}

/// Calls with an array of C strings that ends with nil.
private func withCStrings<R>(_ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> R) -> R {
  let bytes = strings.map { Array($0.utf8CString) }
  let total = bytes.reduce(0) { $0 + $1.count }
  return withUnsafeTemporaryAllocation(of: CChar.self, capacity: total) { storage in
    var pointers: [UnsafePointer<CChar>?] = []
    var offset = 0
    for string in bytes {
      let start = storage.baseAddress! + offset
      start.initialize(from: string, count: string.count)
      pointers.append(UnsafePointer(start))
      offset += string.count
    }
    pointers.append(nil)
    return body(pointers)
  }
}
