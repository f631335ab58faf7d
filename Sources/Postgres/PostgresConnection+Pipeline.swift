/// Statements that travel together.
///
///     let (rows, count) = try connection.pipeline { batch in
///       (batch.query("SELECT …") { try $0[0] as Int }, batch.execute("UPDATE …"))
///     }
package final class PostgresBatch {
  fileprivate(set) var statements: [SQL] = []
  fileprivate var receivers: [(PostgresResult) throws -> Void] = []

  /// All rows, decoded.
  @discardableResult
  package func query<T>(_ sql: SQL, _ decode: @escaping (PostgresRow) throws -> T) -> PostgresReply<[T]> {
    add(sql) { try $0.map(decode) }
  }

  /// The first row, decoded; nil if there is none.
  @discardableResult
  package func first<T>(_ sql: SQL, _ decode: @escaping (PostgresRow) throws -> T) -> PostgresReply<T?> {
    add(sql) { try $0.first(decode) }
  }

  /// The number of rows affected.
  @discardableResult
  package func execute(_ sql: SQL) -> PostgresReply<Int> {
    add(sql) { $0.affectedRows }
  }

  private func add<T>(_ sql: SQL, _ read: @escaping (PostgresResult) throws -> T) -> PostgresReply<T> {
    let reply = PostgresReply<T>()
    statements.append(sql)
    receivers.append { reply.value = try read($0) }
    return reply
  }
}

/// What a statement of a batch will have answered when its pipeline is through.
package final class PostgresReply<Value> {
  fileprivate(set) var value: Value?

  fileprivate func take() throws -> Value {
    guard let value else { throw PostgresError.misuse("the reply belongs to another pipeline") }
    return value
  }
}

extension PostgresConnection {
  /// Sends several statements in one round trip and returns the replies asked for. If one fails, those after it are not run;
  /// outside a transaction, none of them has happened then.
  ///
  /// With `committing`, COMMIT travels along and ends the transaction, whose closure must then send nothing more:
  /// a whole transaction in one round trip, where no statement depends on the answer to another.
  package func pipeline<each T>(
    committing: Bool = false, _ body: (PostgresBatch) throws -> (repeat PostgresReply<each T>)
  ) throws -> (repeat each T) {
    let batch = PostgresBatch()
    let replies = try body(batch)
    let results = try perform(batch.statements, committing: committing)
    for (receiver, result) in zip(batch.receivers, results) { try receiver(result) }
    return (repeat try (each replies).take())
  }

  /// The rows affected by each of several statements, run in one round trip.
  @discardableResult
  package func pipeline(_ statements: [SQL], committing: Bool = false) throws -> [Int] {
    try perform(statements, committing: committing).map(\.affectedRows)
  }

  private func perform(_ statements: [SQL], committing: Bool) throws -> [PostgresResult] {
    guard !statements.isEmpty || committing else { return [] }
    if committing {
      try requireTransaction()
      // A server that hung up earlier cannot have seen our COMMIT: that failure is known.
      noticeHangup()
    }
    try startExchange(parameterCount: statements.lazy.map(\.parameterCount).max() ?? 0)
    for sql in statements { try send(sql) }
    if committing {
      try sendCommit()
      try finishCommit(statements)
      transactionState = .committed
    } else {
      try finishExchange(statements)
      try checkTransactionStands()
    }
    return results
  }

  private func requireTransaction() throws {
    switch transactionState {
    case .beginning, .open: return
    case .none, .committed: throw PostgresError.misuse("a committing pipeline outside a transaction")
    }
  }
}
