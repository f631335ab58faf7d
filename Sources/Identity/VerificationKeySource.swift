/// Where an issuer's public keys come from: an issuer elsewhere (``RemoteKeySet``) or our own signing keys (``SigningKeyRing``).
package protocol VerificationKeySource: Sendable {
  /// The keys as known now, fetched if there are none yet.
  ///
  /// - Throws: ``TokenError/keysUnavailable(_:)``.
  func keys() async throws(TokenError) -> VerificationKeySet

  /// A set newer than `set`, which did not hold the key a token was signed with.
  ///
  /// - Returns: `nil` when there is none, or when it is too soon to ask again.
  func keys(newerThan set: VerificationKeySet) async -> VerificationKeySet?
}
