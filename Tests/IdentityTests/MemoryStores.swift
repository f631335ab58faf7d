import Synchronization

@testable import Identity

/// The state a database would hold.
final class MemoryCredentials: CredentialStore {
  struct State {
    var clients: [String: RegisteredClient] = [:]
    var tokens: [String: RegisteredPersonalAccessToken] = [:]
    var revoked: Set<String> = []
    var unwelcome: Set<String> = []
  }

  let state = Mutex(State())

  func client(id: String) async throws -> RegisteredClient? { state.withLock { $0.clients[id] } }
  func personalAccessToken(id: String) async throws -> RegisteredPersonalAccessToken? { state.withLock { $0.tokens[id] } }

  func revokePersonalAccessToken(id: String) async throws {
    state.withLock { state in
      guard let kept = state.tokens[id] else { return }
      state.tokens[id] = RegisteredPersonalAccessToken(
        hash: kept.hash, subject: kept.subject, expiresAtSeconds: kept.expiresAtSeconds, isRevoked: true)
    }
  }

  func revokeAccessToken(id: String, expiresAtSeconds: Int64) async throws { state.withLock { _ = $0.revoked.insert(id) } }

  func isWelcome(_ identity: VerifiedIdentity) async throws -> Bool {
    state.withLock { state in
      let isRevoked = identity.credentialID.flatMap { state.tokens[$0]?.isRevoked } ?? false
      return !isRevoked && !state.unwelcome.contains(identity.subject) && !(identity.tokenID.map(state.revoked.contains) ?? false)
    }
  }
}

final class MemorySigningKeys: SigningKeyStore {
  private let keys = Mutex<[SigningKey]>([])

  func signingKeys() async throws -> [SigningKey] { keys.withLock { $0 } }

  func addSigningKey(_ key: SigningKey, ifNewestIs newest: String?) async throws -> Bool {
    keys.withLock { keys in
      let found = keys.max { ($0.createdAtSeconds, $0.id) < ($1.createdAtSeconds, $1.id) }
      guard found?.id == newest else { return false }
      keys.append(key)
      return true
    }
  }

  func retireSigningKey(id: String, atSeconds: Int64) async throws {
    keys.withLock { keys in
      for (index, key) in keys.enumerated() where key.id == id && key.retiredAtSeconds == nil {
        guard
          let retired = SigningKey(
            id: id, privateBytes: key.privateBytes, createdAtSeconds: key.createdAtSeconds, retiredAtSeconds: atSeconds)
        else { continue }
        keys[index] = retired
      }
    }
  }

  func removeSigningKey(id: String) async throws { keys.withLock { $0.removeAll { $0.id == id } } }
}
