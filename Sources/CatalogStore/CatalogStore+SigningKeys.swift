package import Identity
import Postgres

extension CatalogStore: SigningKeyStore {
  package func signingKeys() async throws -> [SigningKey] {
    try await pool.run { connection in
      try connection.query("SELECT id, private_key, created_at_seconds, retired_at_seconds FROM signing_keys") { row in
        let id: String = try row[0]
        let key = SigningKey(
          id: id, privateBytes: try row[1], createdAtSeconds: try row[2], retiredAtSeconds: try row[3])
        guard let key else {
          throw CatalogError.unavailable("The signing key \(id) cannot be read; it needs a newer server, or was damaged")
        }
        return key
      }
    }
  }

  package func addSigningKey(_ key: SigningKey, ifNewestIs newest: String?) async throws -> Bool {
    try await pool.transaction { connection in
      // Two servers that start together take turns; the second sees the first one's key.
      try connection.execute("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE")
      let found = try connection.first("SELECT id FROM signing_keys ORDER BY created_at_seconds DESC, id DESC LIMIT 1") { row in
        try row[0] as String
      }
      guard found == newest else { return false }
      try connection.execute(
        """
        INSERT INTO signing_keys (id, private_key, created_at_seconds, retired_at_seconds)
        VALUES (\(key.id), \(key.privateBytes), \(key.createdAtSeconds), \(key.retiredAtSeconds))
        """)
      return true
    }
  }

  package func retireSigningKey(id: String, atSeconds: Int64) async throws {
    _ = try await pool.run { connection in
      try connection.execute("UPDATE signing_keys SET retired_at_seconds = \(atSeconds) WHERE id = \(id) AND retired_at_seconds IS NULL")
    }
  }

  package func removeSigningKey(id: String) async throws {
    _ = try await pool.run { connection in try connection.execute("DELETE FROM signing_keys WHERE id = \(id)") }
  }
}
