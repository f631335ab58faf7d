import CLibPQ

package enum IsolationLevel: Sendable {
  case readCommitted
  case repeatableRead
  case serializable
}

extension IsolationLevel {
  func begin(readOnly: Bool) -> SQL {
    switch (self, readOnly) {
    case (.readCommitted, false): "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
    case (.readCommitted, true): "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY"
    case (.repeatableRead, false): "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE"
    case (.repeatableRead, true): "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    case (.serializable, false): "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE"
    case (.serializable, true): "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY"
    }
  }
}

extension PostgresConnection {
  static let commit: SQL = "COMMIT"
  static let rollback: SQL = "ROLLBACK"

  /// The closure is the transaction: committed when it returns, rolled back when it throws.
  ///
  ///     BEGIN + first statement →   … statements …   → COMMIT
  ///     └── one round trip ──┘                       └─ one ─┘
  ///
  /// A closure that sends nothing costs nothing. Transactions do not nest.
  @discardableResult
  package func transaction<T>(
    isolation: IsolationLevel = .readCommitted, readOnly: Bool = false, _ body: (PostgresConnection) throws -> T
  ) throws -> T {
    guard case .none = transactionState else { throw PostgresError.misuse("a transaction inside a transaction") }
    transactionState = .beginning(isolation.begin(readOnly: readOnly))
    let value: T
    do {
      value = try body(self)
      try commitTransaction()
    } catch {
      rollBack()
      throw error
    }
    return value
  }

  /// Ends the transaction that is open with COMMIT, in a round trip of its own.
  private func commitTransaction() throws {
    switch transactionState {
    case .beginning, .committed:
      transactionState = .none
    case .none:
      throw PostgresError.connectionLost(message: "the connection died inside the transaction", outcomeUnknown: false)
    case .open:
      // A server that hung up earlier cannot have seen our COMMIT: that failure is known.
      noticeHangup()
      try startExchange()
      try sendCommit()
      try finishCommit(EmptyCollection<SQL>())
      transactionState = .none
    }
  }

  func sendCommit() throws {
    try send(Self.commit)
    markLast(as: .commit)
  }

  /// Hears out an exchange that holds a COMMIT.
  func finishCommit(_ statements: some Collection<SQL>) throws {
    do {
      try finishExchange(statements)
    } catch PostgresError.server(let error) where error.sqlState == "25P02" {
      throw PostgresError.transactionAborted
    }
  }

  /// Leaves the transaction, whatever state it is in. A connection that cannot is dead.
  func rollBack() {
    defer { transactionState = .none }
    guard !isDead, PQtransactionStatus(handle) != PQTRANS_IDLE else { return }
    transactionState = .open
    let interruption = cancellation
    cancellation = nil
    defer { cancellation = interruption }
    do {
      try startExchange()
      try send(Self.rollback)
      try finishExchange(CollectionOfOne(Self.rollback))
    } catch {
      isDead = true
    }
  }

  /// Leaves the connection as the next user expects it: in no transaction, with no forgotten statements.
  func tidyUp() {
    guard !isDead else { return }
    if PQtransactionStatus(handle) != PQTRANS_IDLE { rollBack() }
    let names = statements.takeEvicted()
    guard !names.isEmpty, !isDead else { return }
    do {
      try executeScript(names.map { "DEALLOCATE \($0)" }.joined(separator: ";"))
    } catch {
      isDead = true
    }
  }

  /// Several statements of trusted text, without parameters or results, by the simple protocol: migrations.
  ///
  /// Outside a transaction they are one transaction of their own, unless they say otherwise.
  package func executeScript(_ text: String) throws {
    try startScript()
    guard PQexitPipelineMode(handle) == 1 else { throw sendingFailed() }
    defer { if !isDead, PQenterPipelineMode(handle) != 1 { isDead = true } }
    guard !text.utf8.contains(0) else { throw PostgresError.encoding("a script with a zero byte") }
    guard let raw = PQexec(handle, text) else { throw sendingFailed() }
    let result = PostgresResult(taking: raw)
    switch PQresultStatus(raw) {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
      return try checkTransactionStands()
    case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
      isDead = true
      throw PostgresError.misuse("COPY cannot be run as a statement")
    default: break
    }
    guard PQstatus(handle) == CONNECTION_OK, let error = result.serverError else {
      let outside = if case .none = transactionState { true } else { false }
      isDead = true
      transactionState = .none
      throw PostgresError.connectionLost(message: result.serverError?.message ?? lastMessage(handle), outcomeUnknown: outside)
    }
    throw PostgresError.server(error)
  }

  /// A BEGIN that waits goes first: scripts cannot be pipelined.
  private func startScript() throws {
    noticeHangup()
    if case .beginning = transactionState {
      try startExchange()
      try finishExchange(EmptyCollection<SQL>())
    } else {
      try startExchange()
    }
  }
}
