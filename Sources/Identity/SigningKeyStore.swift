/// Where the signing keys of all servers are kept.
package protocol SigningKeyStore: Sendable {
  /// All keys, retired ones too, in any order.
  func signingKeys() async throws -> [SigningKey]

  /// Adds a key, unless another was added meanwhile.
  ///
  /// - Parameter newest: the id of the newest key the caller knew, `nil` for none.
  /// - Returns: whether it was added; `false` when the newest key is no longer that one, since another server was faster.
  func addSigningKey(_ key: SigningKey, ifNewestIs newest: String?) async throws -> Bool

  /// Sets when a key signed last, unless that is set already.
  func retireSigningKey(id: String, atSeconds: Int64) async throws

  /// Removes a key whose last token has expired.
  func removeSigningKey(id: String) async throws
}
