import Foundation
package import Postgres
import Synchronization

/// Stands between a pool and the private test server, and breaks connections at chosen moments.
///
/// It reads the frontend's messages (PostgreSQL protocol, section 55.7), so that it can act on the execution of one statement.
package final class FaultProxy: Sendable {
  package enum Fault: Sendable, CaseIterable {
    /// The statement never reaches the server.
    case cutBefore
    /// The server has done it; its answer is thrown away.
    case cutAfter
    /// The server has done it; the client hears the beginning of its answer.
    case cutInAnswer
    /// It reaches the server late.
    case stall
  }

  private struct Plan {
    var fault: Fault
    var matches: @Sendable (String) -> Bool
    /// Called when the fault has happened and before the client notices.
    var meanwhile: @Sendable () -> Void
  }

  private struct State {
    var plan: Plan?
    var isAway = false
    var faults = 0
  }

  private let state = Mutex(State())
  private let listener: Int32
  private let folder: String
  private let target: String
  /// Like the original, with this proxy as its host.
  package let configuration: PostgresConfiguration

  /// Whether the test server is the private one, which alone can be stood in front of.
  package static var isUsable: Bool { getenv("MORAINE_TEST_DATABASE_URL") == nil }

  /// - Parameter original: names a folder of sockets as its `host`.
  package init(_ original: PostgresConfiguration) throws {
    guard let host = original.connectionString.split(separator: " ").first(where: { $0.hasPrefix("host=/") })?.dropFirst(5) else {
      throw PostgresError.misuse("the proxy needs a server with a Unix socket, not \(original.connectionString)")
    }
    target = "\(host)/.s.PGSQL.5432"
    folder = "/tmp/moraine-proxy-\(UUID().uuidString)"
    var configuration = original
    configuration.connectionString += " host=\(folder)"
    configuration.patience = .milliseconds(300)
    configuration.poolSize = 2
    self.configuration = configuration
    mkdir(folder, 0o755)
    listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    guard withAddress("\(folder)/.s.PGSQL.5432", { bind(listener, $0, $1) }) == 0, listen(listener, 64) == 0 else {
      throw PostgresError.misuse("the proxy cannot listen in \(folder)")
    }
    Thread.detachNewThread { [self] in accept() }
  }

  /// Lets the fault happen once, to the next statement whose text fits.
  package func arm(_ fault: Fault, meanwhile: @escaping @Sendable () -> Void = {}, where matches: @escaping @Sendable (String) -> Bool) {
    state.withLock { $0.plan = Plan(fault: fault, matches: matches, meanwhile: meanwhile) }
  }

  /// While it is away, connections are closed as soon as they are made or used.
  package var isAway: Bool {
    get { state.withLock { $0.isAway } }
    set { state.withLock { $0.isAway = newValue } }
  }

  /// How many faults have happened.
  package var faults: Int { state.withLock { $0.faults } }

  package func stop() {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
    try? FileManager.default.removeItem(atPath: folder)
  }

  private func accept() {
    while true {
      let client = Glibc.accept(listener, nil, nil)
      guard client >= 0 else { return }
      let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      guard !isAway, withAddress(target, { connect(server, $0, $1) }) == 0 else {
        close(client)
        close(server)
        continue
      }
      Thread.detachNewThread { [self] in
        var relay = Relay(client: client, server: server, proxy: self)
        relay.run()
        close(client)
        close(server)
      }
    }
  }

  /// The fault that is due at this statement, which is then done with.
  fileprivate func takeFault(at statement: String) -> (Fault, meanwhile: @Sendable () -> Void)? {
    state.withLock { state in
      guard let plan = state.plan, plan.matches(statement) else { return nil }
      state.plan = nil
      state.faults += 1
      return (plan.fault, plan.meanwhile)
    }
  }
}

/// One connection.
private struct Relay {
  let client: Int32
  let server: Int32
  let proxy: FaultProxy
  private var isStarted = false
  private var pending: [UInt8] = []
  /// Texts of prepared statements, by name.
  private var statements: [String: String] = [:]

  init(client: Int32, server: Int32, proxy: FaultProxy) {
    self.client = client
    self.server = server
    self.proxy = proxy
  }

  mutating func run() {
    while true {
      var events = [pollfd(fd: client, events: Int16(POLLIN), revents: 0), pollfd(fd: server, events: Int16(POLLIN), revents: 0)]
      guard poll(&events, 2, -1) > 0 else { return }
      if events[1].revents != 0 {
        guard let bytes = receive(server), deliver(bytes, to: client) else { return }
      }
      if events[0].revents != 0 {
        guard let bytes = receive(client) else { return }
        pending += bytes
        guard forwardMessages() else { return }
      }
    }
  }

  /// - Returns: false when the connection is to be closed.
  private mutating func forwardMessages() -> Bool {
    while let message = nextMessage() {
      if proxy.isAway { return false }
      if let statement = executed(by: message), let (fault, meanwhile) = proxy.takeFault(at: statement) {
        switch fault {
        case .stall: usleep(300_000)
        case .cutBefore:
          meanwhile()
          return false
        case .cutAfter, .cutInAnswer:
          guard deliver(message + pending, to: server) else { return false }
          let answer = wholeAnswer()
          meanwhile()
          if fault == .cutInAnswer { _ = deliver(Array(answer.prefix(answer.count / 2)), to: client) }
          return false
        }
      }
      guard deliver(message, to: server) else { return false }
    }
    return true
  }

  /// Type, length, content; the first message of a connection has no type.
  private mutating func nextMessage() -> [UInt8]? {
    let begin = isStarted ? 1 : 0
    guard pending.count >= begin + 4 else { return nil }
    let size = begin + pending[begin..<begin + 4].reduce(0) { $0 << 8 | Int($1) }
    guard pending.count >= size else { return nil }
    isStarted = true
    defer { pending.removeFirst(size) }
    return Array(pending.prefix(size))
  }

  /// The text of the statement that a Bind prepares to run.
  private mutating func executed(by message: [UInt8]) -> String? {
    guard message.count > 5 else { return nil }
    let texts = message.dropFirst(5).split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
    guard texts.count > 1 else { return nil }
    let (first, second) = (String(decoding: texts[0], as: UTF8.self), String(decoding: texts[1], as: UTF8.self))
    switch message[0] {
    case UInt8(ascii: "P"):
      statements[first] = second
      return nil
    case UInt8(ascii: "B"): return statements[second]
    default: return nil
    }
  }

  /// What the server says up to ReadyForQuery, or until it hangs up.
  private func wholeAnswer() -> [UInt8] {
    var answer: [UInt8] = []
    while !answer.suffix(6).starts(with: [UInt8(ascii: "Z"), 0, 0, 0, 5]), let bytes = receive(server) { answer += bytes }
    return answer
  }

  private func receive(_ socket: Int32) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = read(socket, &buffer, buffer.count)
    return count > 0 ? Array(buffer.prefix(count)) : nil
  }

  private func deliver(_ bytes: [UInt8], to socket: Int32) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }
}

private func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
  return withUnsafePointer(to: address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
  }
}
