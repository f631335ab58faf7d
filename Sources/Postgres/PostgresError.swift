/// What can go wrong between us and PostgreSQL. A cancelled task sees `CancellationError` instead.
package enum PostgresError: Error, Sendable, Equatable {
  /// The server refused a statement. The connection lives on, and nothing the statement (or its transaction) did remains.
  case server(PostgresServerError)
  /// The connection died. `outcomeUnknown` is true when a COMMIT, or an autocommit statement that may write, was on its way.
  case connectionLost(message: String, outcomeUnknown: Bool)
  /// No connection could be made, within the configured patience or at all.
  case unreachable(message: String)
  /// The pool's queue is full: too many callers wait already.
  case poolExhausted(limit: Int)
  /// The pool, gatherer or listener was shut down before this call.
  case shutDown
  /// COMMIT was answered by ROLLBACK: a statement had failed earlier in the transaction and its error was swallowed.
  case transactionAborted
  /// The connection was used in a way its transaction does not allow, such as a statement after a committing pipeline.
  case misuse(String)
  /// A parameter cannot be sent as it is.
  case encoding(String)
  /// A column is not what the caller asked for.
  case decoding(String)
}

/// An ErrorResponse of the server, PostgreSQL protocol section 55.8.
package struct PostgresServerError: Error, Sendable, Equatable {
  package var sqlState: String
  package var message: String
  package var detail: String?
  package var hint: String?
  package var constraint: String?
  package var table: String?
  package var column: String?
  /// Where in the statement, in characters from 1.
  package var position: Int?
  /// The statement's text, without its parameters.
  package var statement: String?

  package init(sqlState: String, message: String) {
    self.sqlState = sqlState
    self.message = message
  }
}

extension PostgresError {
  /// True when nobody knows whether the change happened: look before you retry or clean up.
  package var outcomeUnknown: Bool {
    if case .connectionLost(_, let outcomeUnknown) = self { outcomeUnknown } else { false }
  }

  package var serverError: PostgresServerError? {
    if case .server(let error) = self { error } else { nil }
  }

  package var sqlState: String? { serverError?.sqlState }
  package var constraint: String? { serverError?.constraint }
  package var isUniqueViolation: Bool { sqlState == "23505" }
  package var isForeignKeyViolation: Bool { sqlState == "23503" }
  package var isCheckViolation: Bool { sqlState == "23514" }
  /// Serialization failure or deadlock: the transaction was rolled back and may be run again.
  package var isSerializationFailure: Bool { sqlState == "40001" || sqlState == "40P01" }
  /// The statement was cancelled, by its timeout unless the caller's task was cancelled.
  package var isTimeout: Bool { sqlState == "57014" }
  /// The server cannot be asked at the moment.
  package var isUnavailable: Bool {
    switch self {
    case .connectionLost, .unreachable, .poolExhausted, .shutDown: true
    default: false
    }
  }
}

extension PostgresError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .server(let error): error.description
    case .connectionLost(let message, let unknown):
      "connection to PostgreSQL lost\(unknown ? " (nobody knows whether the change was committed)" : ""): \(message)"
    case .unreachable(let message): "PostgreSQL cannot be reached: \(message)"
    case .poolExhausted(let limit): "\(limit) callers already wait for PostgreSQL"
    case .shutDown: "the connection to PostgreSQL was shut down"
    case .transactionAborted: "the transaction was rolled back at COMMIT because one of its statements had failed"
    case .misuse(let message), .encoding(let message), .decoding(let message): message
    }
  }
}

extension PostgresServerError: CustomStringConvertible {
  package var description: String {
    var text = "\(message) (SQLSTATE \(sqlState))"
    if let detail { text += "; \(detail)" }
    if let hint { text += "; hint: \(hint)" }
    if let statement { text += "; in: \(statement)" }
    return text
  }
}
