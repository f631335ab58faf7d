import JSON
import TransparencyLog

/// Asks a server for its log, and believes nothing that is not signed or proven.
struct LogClient: Sendable {
  let client: CatalogClient
  let origin: String
  let keys: [NoteVerifier]
  /// Whether the keys are the caller's own, not the server's word.
  let hasOwnKeys: Bool

  static let path = ["governance", "v1", "log"]

  init(_ client: CatalogClient, _ trust: LogTrust) async throws {
    self.client = client
    let own = try trust.verifiers()
    hasOwnKeys = !own.isEmpty
    let answer = try await client.get(Self.path + ["keys"]).json().object()
    if let name = own.first(where: { $0.kind == .ed25519 })?.name {
      origin = name
      keys = own
    } else {
      origin = try answer.required("origin").string()
      keys =
        try answer.required("keys").array().map { element in
          let text = try element.object().required("verifier").string()
          do { return try NoteVerifier(parsing: text) } catch { throw Self.failure("The server's key \"\(text)\" is none") }
        } + own
    }
  }

  static func failure(_ message: String, hint: String? = nil) -> CommandFailure { CommandFailure(.failure, message, hint: hint) }

  /// A checkpoint, signed by a key that counts.
  ///
  /// - Parameter size: `nil` for the latest.
  func checkpoint(size: UInt64?) async throws -> VerifiedCheckpoint {
    let answer = try await client.get(Self.path + (size.map { ["checkpoints", String($0)] } ?? ["checkpoint"]))
    let found = try verified(answer.body, "The server's checkpoint")
    guard size == nil || found.checkpoint.size == size else { throw Self.failure("The server sent another checkpoint than was asked for") }
    return found
  }

  func verified(_ note: [UInt8], _ what: String) throws(CommandFailure) -> VerifiedCheckpoint {
    do {
      return try VerifiedCheckpoint(parsing: note, origin: origin, keys: keys)
    } catch {
      switch error {
      case .badSignature(let name): throw Self.failure("\(what) bears a false signature of \(name)")
      case .unsigned:
        throw Self.failure(
          "\(what) is signed by no key of the log \(origin) that counts here", hint: "Give the key that signed it with --key.")
      case .malformed, .tooLarge: throw Self.failure("\(what) is no checkpoint")
      }
    }
  }

  func proof(of event: String, leafHash: String?, size: UInt64?) async throws -> LogProof {
    var query = [("event", event)]
    if let leafHash { query.append(("leaf", leafHash)) }
    if let size { query.append(("size", String(size))) }
    let answer = try await client.get(Self.path + ["proofs", "inclusion"], query: query)
    do {
      let proof = try LogProof(parsing: answer.body)
      try proof.verify(leafHash: leafHash.flatMap(Self.hash), origin: origin, keys: keys)
      // A proof, but of the event that was asked for?
      if let entry = proof.entry, leafHash == nil {
        let id = try JSONDocument(parsing: entry).root.object().required("id").string()
        guard id == event.lowercased() else { throw Self.failure("The server proved another event, \(id)") }
      }
      return proof
    } catch is ProofError {
      throw Self.failure("The server's proof does not show that the event is in the log")
    } catch is NoteError {
      throw Self.failure("The server's proof is none, or not signed by a key that counts here")
    }
  }

  func consistency(from: Checkpoint, to: Checkpoint) async throws -> ConsistencyProof {
    let answer = try await client.get(
      Self.path + ["proofs", "consistency"], query: [("from", String(from.size)), ("to", String(to.size))]
    ).json().object()
    let proof = ConsistencyProof(
      oldSize: from.size, newSize: to.size,
      hashes: try answer.required("hashes").array().map { Base64.decode(Array(try $0.string().utf8)) ?? [] })
    do { try proof.verify(oldRoot: from.root, newRoot: to.root) } catch {
      throw Self.failure("The log at \(to.size) events is none that the log at \(from.size) events can have grown into")
    }
    return proof
  }

  private static func hash(_ text: String) -> [UInt8]? {
    let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count == 64, text.utf8.count == 64 else { return nil }
    return stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }
}
