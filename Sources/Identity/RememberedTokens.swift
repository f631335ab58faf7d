import Crypto
import FoundationEssentials
import Synchronization

/// Tokens found good, so that a second request with one costs a hash instead of a signature.
///
/// Kept by SHA-256 (a memory dump shows no token), for a bounded number of tokens, and only for a while: an issuer that takes a key
/// back must be heard before all its tokens have expired.
package final class RememberedTokens: Sendable {
  private struct Entry {
    let identity: VerifiedIdentity
    let untilSeconds: Int64
  }

  private struct Key: Hashable {
    let words: (UInt64, UInt64, UInt64, UInt64)

    init(_ digest: SHA256.Digest) {
      words = digest.withUnsafeBytes { bytes in
        (
          bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
          bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
        )
      }
    }

    static func == (one: Key, other: Key) -> Bool { one.words == other.words }
    func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
  }

  private final class Shard: Sendable {
    let entries = Mutex<[Key: Entry]>([:])
  }

  private let shards: [Shard]
  private let maximumPerShard: Int
  private let maximumAgeSeconds: Int64

  /// - Parameters:
  ///   - maximumTokens: about 500 bytes each.
  ///   - maximumAgeSeconds: after which a token is verified again.
  package init(maximumTokens: Int = 20_000, maximumAgeSeconds: Int64 = 300) {
    shards = (0..<16).map { _ in Shard() }
    maximumPerShard = max(1, maximumTokens / 16)
    self.maximumAgeSeconds = maximumAgeSeconds
  }

  package var count: Int { shards.reduce(0) { sum, shard in sum + shard.entries.withLock { $0.count } } }

  func identity(_ digest: SHA256.Digest, nowSeconds: Int64) -> VerifiedIdentity? {
    let key = Key(digest)
    return shard(key).entries.withLock { entries in
      guard let entry = entries[key] else { return nil }
      if entry.untilSeconds > nowSeconds { return entry.identity }
      entries[key] = nil
      return nil
    }
  }

  func remember(_ identity: VerifiedIdentity, _ digest: SHA256.Digest, nowSeconds: Int64) {
    let until = min(identity.expiresAtSeconds, nowSeconds + maximumAgeSeconds)
    guard until > nowSeconds else { return }
    let key = Key(digest)
    shard(key).entries.withLock { entries in
      if entries.count >= maximumPerShard && entries[key] == nil {
        entries = entries.filter { $0.value.untilSeconds > nowSeconds }
        // The hash table's order is as good as any: only good tokens are here, each worth one verification.
        if entries.count >= maximumPerShard {
          for victim in Array(entries.keys.prefix(max(1, maximumPerShard / 8))) { entries[victim] = nil }
        }
      }
      entries[key] = Entry(identity: identity, untilSeconds: until)
    }
  }

  /// Forgets everything, as when a key was taken back.
  package func forgetAll() {
    for shard in shards { shard.entries.withLock { $0 = [:] } }
  }

  private func shard(_ key: Key) -> Shard { shards[Int(key.words.3 & 15)] }
}
