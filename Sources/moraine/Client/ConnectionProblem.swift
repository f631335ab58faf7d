import AsyncHTTPClient
import NIOCore
import NIOPosix

/// Why no answer came.
enum ConnectionProblem: Equatable {
  /// No connection was made: the server has seen nothing.
  case refused(String)
  /// The connection ended early: the server may have done what it was asked.
  case broken
  case slow
  case other(String)

  init(_ error: any Error) {
    switch error {
    case let error as HTTPClientError:
      switch error {
      case .remoteConnectionClosed: self = .broken
      case .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout: self = .refused("no connection within its time")
      case .readTimeout, .writeTimeout, .deadlineExceeded: self = .slow
      default: self = .other("\(error)")
      }
    case let error as NIOConnectionError:
      let reasons = error.connectionErrors.map { Self.reason($0.error) }
      if let first = reasons.first {
        self = .refused(first)
      } else {
        self = .refused("the name \(error.host) has no address")
      }
    case let error as IOError:
      switch error.errnoCode {
      case ECONNRESET, EPIPE, ENOTCONN: self = .broken
      case ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT: self = .refused(Self.reason(error))
      default: self = .other(Self.reason(error))
      }
    case is ChannelError: self = .broken
    default: self = .other("\(error)")
    }
  }

  private static func reason(_ error: any Error) -> String {
    guard let error = error as? IOError else { return "\(error)" }
    return String(cString: strerror(error.errnoCode)).lowercased()
  }
}
