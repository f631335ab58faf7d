/// A statement prepared, or about to be, on one connection.
final class PreparedStatement {
  let name: String
  let literals: [String]
  let parameterTypes: [UInt32]
  var lastUse: UInt64

  init(name: String, literals: [String], parameterTypes: [UInt32], lastUse: UInt64) {
    self.name = name
    self.literals = literals
    self.parameterTypes = parameterTypes
    self.lastUse = lastUse
  }

  func takes(_ parameters: [any PostgresEncodable]) -> Bool {
    guard parameters.count == parameterTypes.count else { return false }
    for index in parameters.indices where type(of: parameters[index]).postgresType.oid != parameterTypes[index] { return false }
    return true
  }
}

/// The prepared statements of one connection by their text and parameter types; forgets the one unused for longest.
struct StatementCache {
  private let limit: Int
  private var byText: [[String]: [PreparedStatement]] = [:]
  private var count = 0
  private var clock: UInt64 = 0
  /// Names the server still holds, to be deallocated when the connection is next idle.
  private(set) var evicted: [String] = []

  init(limit: Int) {
    self.limit = max(limit, 8)
  }

  mutating func find(_ sql: SQL) -> PreparedStatement? {
    guard let candidates = byText[sql.literals] else { return nil }
    clock += 1
    for candidate in candidates where candidate.takes(sql.parameters) {
      candidate.lastUse = clock
      return candidate
    }
    return nil
  }

  mutating func insert(_ sql: SQL) -> PreparedStatement {
    if count >= limit { evictOldest() }
    clock += 1
    let types = sql.parameters.map { type(of: $0).postgresType.oid }
    let statement = PreparedStatement(name: "s\(clock)", literals: sql.literals, parameterTypes: types, lastUse: clock)
    byText[sql.literals, default: []].append(statement)
    count += 1
    return statement
  }

  /// Forgets a statement that the server does not hold.
  mutating func remove(_ statement: PreparedStatement) {
    guard var candidates = byText[statement.literals], let index = candidates.firstIndex(where: { $0 === statement }) else { return }
    candidates.remove(at: index)
    byText[statement.literals] = candidates.isEmpty ? nil : candidates
    count -= 1
  }

  /// Forgets a statement that the server still holds.
  mutating func evict(_ statement: PreparedStatement) {
    remove(statement)
    evicted.append(statement.name)
  }

  mutating func takeEvicted() -> [String] {
    defer { evicted = [] }
    return evicted
  }

  private mutating func evictOldest() {
    guard let oldest = byText.values.joined().min(by: { $0.lastUse < $1.lastUse }) else { return }
    evict(oldest)
  }
}
