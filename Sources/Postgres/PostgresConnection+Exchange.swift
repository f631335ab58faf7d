import CLibPQ
import Glibc

/// What an answer of the server says went wrong.
private struct Failure {
  var error: PostgresServerError?
  /// FATAL or PANIC: the server hung up after it.
  var isFatal: Bool
  var message: String
}

extension PostgresConnection {
  /// Prepares to send; with a BEGIN first, if one waits.
  func startExchange(parameterCount: Int = 0) throws {
    if isDead { throw PostgresError.connectionLost(message: "the connection was closed before", outcomeUnknown: false) }
    if parameterCount > 65535 { throw PostgresError.encoding("a statement takes 65535 parameters at most, not \(parameterCount)") }
    if cancellation?.isCancelled == true { throw CancellationError() }
    expected.removeAll(keepingCapacity: true)
    results.removeAll(keepingCapacity: true)
    exchangeCount += 1
    switch transactionState {
    case .none, .open: break
    case .committed: throw PostgresError.misuse("a statement follows the pipeline that committed its transaction")
    case .beginning(let begin):
      transactionState = .open
      try send(begin)
      markLast(as: .begin)
    }
  }

  /// Turns the last statement sent into a step of ours whose result nobody waits for.
  func markLast(as step: Expected) {
    expected[expected.count - 1] = step
  }

  /// Sends what is on its way, then hears everything out. `results` then holds one result per statement, in order.
  func finishExchange(_ statements: some Collection<SQL>) throws {
    guard PQpipelineSync(handle) == 1 else { throw connectionLost(statements, failure: nil) }
    var failure: (PostgresServerError, SQL?)?
    var position = statements.startIndex
    for step in expected {
      var sql: SQL?
      if case .statement = step {
        sql = statements[position]
        statements.formIndex(after: &position)
      }
      switch try receive(step, statements, failed: failure != nil) {
      case .none: break
      case .some(let error): if failure == nil { failure = (error, sql) }
      }
    }
    if let error = try receiveSync(statements, failed: failure != nil), failure == nil { failure = (error, nil) }
    guard case (var error, let sql)? = failure else { return }
    results.removeAll()
    error.statement = sql?.text
    throw PostgresError.server(error)
  }

  /// The answer to one step; the server's complaint if it failed, nil also if it was skipped after an earlier failure.
  private func receive(_ step: Expected, _ statements: some Collection<SQL>, failed: Bool) throws -> PostgresServerError? {
    guard let raw = PQgetResult(handle) else { throw connectionLost(statements, failure: nil, known: failed) }
    let result = PostgresResult(taking: raw)
    let status = PQresultStatus(raw)
    var complaint: PostgresServerError?
    switch status {
    case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
      if case .statement = step { results.append(result) }
      if case .commit = step, result.command != "COMMIT" {
        results.removeAll()
        complaint = PostgresServerError(sqlState: "25P02", message: "the transaction was rolled back at COMMIT")
      }
    case PGRES_PIPELINE_ABORTED:
      forget(step)
    case PGRES_FATAL_ERROR:
      let failure = Failure(result)
      forget(step, after: failure.error)
      // An answer in the statement's own place, before that of COMMIT, means that COMMIT was never reached.
      let beforeCommit = if case .commit = step { false } else { true }
      guard !failure.isFatal, let error = failure.error else {
        throw connectionLost(statements, failure: failure, known: failed || (failure.isFatal && beforeCommit))
      }
      complaint = error
    default:
      // COPY and replication have no place here, and no way back from them in a pipeline.
      isDead = true
      throw PostgresError.misuse("COPY cannot be run as a statement")
    }
    while let extra = PQgetResult(handle) {
      PQclear(extra)
      if PQstatus(handle) == CONNECTION_BAD { throw connectionLost(statements, failure: nil, known: failed || complaint != nil) }
    }
    return complaint
  }

  /// The end of the exchange, which is also where statements outside a transaction are committed.
  private func receiveSync(_ statements: some Collection<SQL>, failed: Bool) throws -> PostgresServerError? {
    var complaint: PostgresServerError?
    var silences = 0
    while true {
      guard let raw = PQgetResult(handle) else {
        silences += 1
        if PQstatus(handle) == CONNECTION_BAD || silences > 8 {
          throw connectionLost(statements, failure: nil, known: failed || complaint != nil)
        }
        continue
      }
      let result = PostgresResult(taking: raw)
      if PQresultStatus(raw) == PGRES_PIPELINE_SYNC { return complaint }
      guard PQresultStatus(raw) == PGRES_FATAL_ERROR else { continue }
      let failure = Failure(result)
      guard !failure.isFatal, let error = failure.error, PQstatus(handle) != CONNECTION_BAD else {
        throw connectionLost(statements, failure: failure, known: failed || complaint != nil)
      }
      complaint = complaint ?? error
    }
  }

  /// A statement that could not be prepared, or whose plan went stale, is prepared anew at its next use.
  private func forget(_ step: Expected, after error: PostgresServerError? = nil) {
    switch step {
    case .prepare(let statement):
      statements.remove(statement)
    case .statement(let statement):
      if let error, PostgresError.server(error).isStalePlan { statements.evict(statement) }
    case .begin, .commit: break
    }
  }

  /// Declares the connection dead. Unless it is `known` that no COMMIT was reached, says whether one can have been:
  /// ours, or that of statements outside a transaction which may write.
  private func connectionLost(_ statements: some Collection<SQL>, failure: Failure?, known: Bool = false) -> PostgresError {
    isDead = true
    let commitSent = expected.contains { if case .commit = $0 { true } else { false } }
    let isOutside = if case .none = transactionState { true } else { false }
    diedReading = !commitSent && statements.allSatisfy(\.isRead)
    let mayHaveCommitted = commitSent || (isOutside && !diedReading)
    // A statement such as CALL may have committed before its own end.
    let isKnown = known && (!isOutside || statements.allSatisfy(\.commitsAtItsEnd))
    transactionState = .none
    results.removeAll()
    return .connectionLost(message: failure?.message ?? lastMessage(handle), outcomeUnknown: mayHaveCommitted && !isKnown)
  }

  /// Refuses a closure that ended its transaction by hand: it would go on outside it.
  func checkTransactionStands() throws {
    guard case .open = transactionState, PQtransactionStatus(handle) == PQTRANS_IDLE else { return }
    transactionState = .committed
    throw PostgresError.misuse("a statement ended the transaction it ran in")
  }

  /// A statement could not be handed to libpq: what went before it in the exchange is all there is.
  func sendingFailed() -> PostgresError {
    isDead = true
    transactionState = .none
    return .connectionLost(message: lastMessage(handle), outcomeUnknown: false)
  }

  /// Notices without waiting that the server has hung up meanwhile, so that what is sent next is known not to have arrived.
  func noticeHangup() {
    guard !isDead else { return }
    var event = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
    for _ in 0..<4 where poll(&event, 1, 0) > 0 {
      if PQconsumeInput(handle) == 0 || PQstatus(handle) == CONNECTION_BAD {
        isDead = true
        return
      }
    }
  }
}

extension Failure {
  init(_ result: PostgresResult) {
    message = result.field("M") ?? trimmed(String(cString: PQresultErrorMessage(result.handle)))
    let severity = result.field("V")
    isFatal = severity == "FATAL" || severity == "PANIC"
    guard let sqlState = result.field("C") else { return }
    var error = PostgresServerError(sqlState: sqlState, message: message)
    error.detail = result.field("D")
    error.hint = result.field("H")
    error.constraint = result.field("n")
    error.table = result.field("t")
    error.column = result.field("c")
    error.position = result.field("P").flatMap { Int($0) }
    self.error = error
  }
}

extension PostgresResult {
  /// A field of an error by its letter in the protocol (`PG_DIAG_…`).
  func field(_ letter: Unicode.Scalar) -> String? {
    PQresultErrorField(handle, Int32(letter.value)).map { String(cString: $0) }
  }

  /// The server's complaint, nil if this is none or did not come from the server.
  var serverError: PostgresServerError? { Failure(self).error }
}

func lastMessage(_ connection: OpaquePointer) -> String {
  trimmed(String(cString: PQerrorMessage(connection)))
}

private func trimmed(_ message: String) -> String {
  String(message.reversed().drop { $0.isNewline || $0 == " " }.reversed())
}
