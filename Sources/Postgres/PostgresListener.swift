import CLibPQ
import Glibc

/// Hears NOTIFY on some channels, on a connection and a thread of its own, for as long as it exists.
package final class PostgresListener: Sendable {
  package enum Event: Sendable, Equatable {
    /// Listening has begun, also anew after the connection was lost: whatever was notified before went unheard.
    case listening
    case notification(channel: String, payload: String)
  }

  /// To be consumed by one task. The oldest events are dropped when more than `bufferLimit` wait.
  package let events: AsyncStream<Event>
  private let core: ListenerCore

  package init(_ configuration: PostgresConfiguration, channels: [String], bufferLimit: Int = 1024) {
    let (events, continuation) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(bufferLimit))
    self.events = events
    let core = ListenerCore(configuration, channels: channels, continuation)
    self.core = core
    continuation.onTermination = { _ in core.close() }
    BlockingThread.start(named: "postgres-listen") { core.run() }
  }

  deinit {
    core.close()
  }

  /// Ends the stream and closes the connection, within moments.
  package func shutdown() {
    core.close()
  }
}

private final class ListenerCore: @unchecked Sendable {
  private let configuration: PostgresConfiguration
  private let channels: [String]
  private let continuation: AsyncStream<PostgresListener.Event>.Continuation
  /// A pipe: its reading end is readable once the listener is to close.
  private let wakeup: Int32
  private let waker: Int32
  private var isClosing: Bool {
    var event = pollfd(fd: wakeup, events: Int16(POLLIN), revents: 0)
    return poll(&event, 1, 0) > 0
  }

  init(
    _ configuration: PostgresConfiguration, channels: [String], _ continuation: AsyncStream<PostgresListener.Event>.Continuation
  ) {
    self.configuration = configuration
    self.channels = channels
    self.continuation = continuation
    var ends: [Int32] = [-1, -1]
    let status = pipe(&ends)
    precondition(status == 0, "no pipe can be made (error \(errno)); raise the limit on open files")
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    (wakeup, waker) = (ends[0], ends[1])
  }

  deinit {
    Glibc.close(wakeup)
    Glibc.close(waker)
  }

  func close() {
    _ = write(waker, "x", 1)
  }

  func run() {
    var pause: Int32 = 20
    while !isClosing {
      if let connection = try? PostgresConnection(configuration) {
        if listen(connection) { pause = 20 }
        connection.close()
      }
      var event = pollfd(fd: wakeup, events: Int16(POLLIN), revents: 0)
      poll(&event, 1, pause)
      pause = min(pause * 2, 2000)
    }
    continuation.finish()
  }

  /// Hears until the connection is lost or the listener closes; false if listening did not even begin.
  private func listen(_ connection: PostgresConnection) -> Bool {
    let script = channels.map { "LISTEN " + quoted($0) }.joined(separator: ";")
    guard (try? connection.executeScript(script)) != nil else { return false }
    continuation.yield(.listening)
    while true {
      deliver(connection)
      var events = [
        pollfd(fd: PQsocket(connection.handle), events: Int16(POLLIN), revents: 0),
        pollfd(fd: wakeup, events: Int16(POLLIN), revents: 0),
      ]
      guard poll(&events, 2, -1) >= 0 || errno == EINTR else { return true }
      if events[1].revents != 0 { return true }
      if events[0].revents != 0, PQconsumeInput(connection.handle) == 0 {
        deliver(connection)
        return true
      }
    }
  }

  private func deliver(_ connection: PostgresConnection) {
    while let notification = PQnotifies(connection.handle) {
      continuation.yield(
        .notification(channel: String(cString: notification.pointee.relname), payload: String(cString: notification.pointee.extra)))
      PQfreemem(notification)
    }
  }

  /// An identifier, whatever characters it has.
  private func quoted(_ name: String) -> String {
    var quoted = "\""
    for character in name.unicodeScalars where character != "\0" {
      quoted.unicodeScalars.append(character)
      if character == "\"" { quoted.unicodeScalars.append(character) }
    }
    return quoted + "\""
  }
}
