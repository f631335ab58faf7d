import CLibPQ
import Glibc

/// One connection, confined to one thread: its calls block. Every statement is prepared once, in the round trip of its first use.
///
/// The connection stays in libpq's pipeline mode, so that what belongs together travels together:
/// a BEGIN waits for the first statement of its transaction, a Parse for its first Bind.
package final class PostgresConnection {
  /// What an exchange still has to hear, in order.
  enum Expected {
    case begin
    case prepare(PreparedStatement)
    case statement(PreparedStatement)
    case commit
  }

  enum TransactionState {
    case none
    /// BEGIN travels with the first statement.
    case beginning(SQL)
    case open
    /// Committed by a pipeline; no statement may follow inside the transaction's closure.
    case committed
  }

  let configuration: PostgresConfiguration
  let handle: OpaquePointer
  let canceller: StatementCanceller
  var statements: StatementCache
  var transactionState = TransactionState.none
  var isDead = false
  /// The exchange it died in only read.
  var diedReading = false
  /// Set by the pool while a task's closure runs.
  var cancellation: CancellationFlag?
  /// Exchanges since the pool last reset it.
  var exchangeCount = 0
  var expected: [Expected] = []
  var results: [PostgresResult] = []
  private var parameters = ParameterBuffer()

  /// Connects, or throws `unreachable`. Blocks for the connect timeout at most.
  package init(_ configuration: PostgresConfiguration) throws {
    self.configuration = configuration
    handle = try Self.connect(configuration)
    statements = StatementCache(limit: configuration.preparedStatementLimit)
    canceller = StatementCanceller(handle)
    do {
      try Self.configure(handle, configuration)
    } catch {
      close()
      throw error
    }
  }

  private var isClosed = false

  deinit {
    close()
  }

  /// Closes the connection; it must not be used afterwards.
  package func close() {
    canceller.invalidate()
    isDead = true
    guard !isClosed else { return }
    isClosed = true
    PQfinish(handle)
  }

  /// All rows, decoded.
  package func query<T>(_ sql: SQL, _ decode: (PostgresRow) throws -> T) throws -> [T] {
    try perform(sql).map(decode)
  }

  /// The first row, decoded; nil if there is none.
  package func first<T>(_ sql: SQL, _ decode: (PostgresRow) throws -> T) throws -> T? {
    try perform(sql).first(decode)
  }

  /// The number of rows affected.
  @discardableResult
  package func execute(_ sql: SQL) throws -> Int {
    try perform(sql).affectedRows
  }

  /// One statement in one round trip.
  func perform(_ sql: SQL) throws -> PostgresResult {
    do {
      return try performOnce(sql)
    } catch let error as PostgresError where error.isStalePlan && isIdle {
      // The tables changed under a prepared statement: nothing was executed, and outside a transaction nothing else is lost.
      return try performOnce(sql)
    }
  }

  private func performOnce(_ sql: SQL) throws -> PostgresResult {
    try startExchange(parameterCount: sql.parameterCount)
    try send(sql)
    try finishExchange(CollectionOfOne(sql))
    try checkTransactionStands()
    return results.removeLast()
  }

  private var isIdle: Bool {
    if case .none = transactionState { !isDead } else { false }
  }
}

extension PostgresConnection {
  /// Puts a statement on its way; nothing is awaited.
  func send(_ sql: SQL) throws {
    let statement: PreparedStatement
    if let known = statements.find(sql) {
      statement = known
    } else {
      statement = statements.insert(sql)
      expected.append(.prepare(statement))
      let sent = statement.parameterTypes.withUnsafeBufferPointer { types in
        PQsendPrepare(handle, statement.name, sql.text, Int32(types.count), types.baseAddress)
      }
      if sent == 0 { throw sendingFailed() }
    }
    expected.append(.statement(statement))
    let sent = parameters.withEncoded(sql.parameters) { values, lengths, formats in
      PQsendQueryPrepared(handle, statement.name, Int32(sql.parameters.count), values, lengths, formats, 1)
    }
    if sent == 0 { throw sendingFailed() }
  }
}

extension PostgresError {
  /// A prepared statement whose tables changed, or that somebody deallocated.
  var isStalePlan: Bool {
    guard let error = serverError else { return false }
    return error.sqlState == "26000" || (error.sqlState == "0A000" && error.message.hasPrefix("cached plan must not change"))
  }
}
