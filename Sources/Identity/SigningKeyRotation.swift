/// When signing keys come and go.
///
/// ```
/// created ── grace: known, not used ──▶ signs ── signsFor ──▶ retired ── until its last token has expired ──▶ removed
/// ```
package struct SigningKeyRotation: Hashable, Sendable {
  package enum Step: Hashable, Sendable {
    /// Make a new key, the newest known one being this.
    case create(newest: String?)
    case retire(id: String)
    case remove(id: String)
  }

  /// From a key's creation to its first signature: every server must have read it by then.
  package let graceSeconds: Int64
  /// How long a key signs.
  package let signsForSeconds: Int64
  /// The longest life of a token, and how far clocks may differ.
  package let tokenLifetimeSeconds: Int64

  package init(
    graceSeconds: Int64 = 120, signsForSeconds: Int64 = 30 * 86_400, tokenLifetimeSeconds: Int64 = 3_600 + 60
  ) throws(IdentityConfigurationError) {
    guard graceSeconds > 0, signsForSeconds > graceSeconds, tokenLifetimeSeconds > 0 else {
      throw .init("Signing keys must sign for longer (\(signsForSeconds) s) than their grace (\(graceSeconds) s), both above zero")
    }
    self.graceSeconds = graceSeconds
    self.signsForSeconds = signsForSeconds
    self.tokenLifetimeSeconds = tokenLifetimeSeconds
  }

  /// The key to sign with: the newest whose grace is over, else the oldest there is.
  package func signer(_ keys: [SigningKey], nowSeconds: Int64) -> SigningKey? {
    let living = keys.filter { $0.retiredAtSeconds == nil }.sorted(by: Self.isOlder)
    return living.last { $0.createdAtSeconds + graceSeconds <= nowSeconds } ?? living.first
  }

  /// The keys that verify.
  package func verifiers(_ keys: [SigningKey], nowSeconds: Int64) -> [SigningKey] { keys.filter { !isOver($0, nowSeconds) } }

  /// What is to be done now.
  package func steps(_ keys: [SigningKey], nowSeconds: Int64) -> [Step] {
    let living = keys.filter { $0.retiredAtSeconds == nil }.sorted(by: Self.isOlder)
    var steps: [Step] = []
    // Made so early that its grace is over when the one before it ends.
    if living.last.map({ $0.createdAtSeconds + signsForSeconds <= nowSeconds }) ?? true {
      steps.append(.create(newest: keys.max(by: Self.isOlder)?.id))
    }
    // Twice the grace: another server may still sign with the old one until it has read the new one and seen its grace end.
    if let successor = living.last, successor.createdAtSeconds + 2 * graceSeconds <= nowSeconds {
      steps += living.dropLast().map { .retire(id: $0.id) }
    }
    return steps + keys.filter { isOver($0, nowSeconds) }.map { .remove(id: $0.id) }
  }

  private func isOver(_ key: SigningKey, _ nowSeconds: Int64) -> Bool {
    key.retiredAtSeconds.map { $0 + tokenLifetimeSeconds + graceSeconds <= nowSeconds } ?? false
  }

  private static func isOlder(_ one: SigningKey, _ other: SigningKey) -> Bool {
    (one.createdAtSeconds, one.id) < (other.createdAtSeconds, other.id)
  }
}
