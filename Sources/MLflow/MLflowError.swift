/// Why a server gave no answer that can be used. Says nothing of our credentials.
package enum MLflowError: Error, Hashable, Sendable, CustomStringConvertible {
  /// It was not reached, or took too long, until we gave up.
  case unreachable(String)
  /// Busy, or failing, until we gave up.
  case failing(status: Int, message: String)
  /// We may not: 401.
  case unauthorized
  /// Another status that is no success.
  case refused(status: Int, code: String?, message: String)
  /// Longer than what we read.
  case tooLong(maximumSizeBytes: Int)
  /// Not what MLflow answers.
  case unreadable(String)
  /// More pages than there can be.
  case endless

  package var description: String {
    switch self {
    case .unreachable(let reason): "MLflow could not be reached: \(reason)"
    case .failing(let status, let message): "MLflow answers \(status): \(message)"
    case .unauthorized: "MLflow does not accept our credentials"
    case .refused(let status, let code, let message): "MLflow refused with \(status)\(code.map { " \($0)" } ?? ""): \(message)"
    case .tooLong(let maximum): "MLflow's answer is longer than \(maximum) bytes"
    case .unreadable(let reason): "MLflow's answer cannot be read: \(reason)"
    case .endless: "MLflow's list does not end"
    }
  }

  /// Whether the server, and not only one thing on it, may be unable to answer.
  var mayConcernAll: Bool {
    switch self {
    case .unreachable, .failing: true
    case .unauthorized, .refused, .tooLong, .unreadable, .endless: false
    }
  }
}
