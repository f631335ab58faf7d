import Testing

@testable import Identity

@Suite struct SigningKeyTests {
  let rotation: SigningKeyRotation

  init() throws { rotation = try SigningKeyRotation(graceSeconds: 100, signsForSeconds: 1_000, tokenLifetimeSeconds: 300) }

  private func ring(_ store: MemorySigningKeys, _ time: SettableTime) throws -> SigningKeyRing {
    try SigningKeyRing(store: store, rotation: rotation, clock: time.clock, rereadAfter: .zero, logger: quiet)
  }

  /// Half a year of two servers in steps of 50 seconds: each token verifies on both for its whole life, with few keys about.
  @Test func tokensLiveThroughRotations() async throws {
    let time = SettableTime(1_000_000)
    let store = MemorySigningKeys()
    let one = try ring(store, time)
    let two = try ring(store, time)
    try await one.rotate()
    let issuers = try [one, two].map {
      try TokenIssuer(issuer: "us", audience: "catalog", lifetimeSeconds: 300, keys: $0, clock: time.clock)
    }
    let verifiers = try issuers.map {
      try TokenVerifier(issuers: [$0.trusted()], remembered: RememberedTokens(maximumAgeSeconds: 0), clock: time.clock)
    }
    var living: [(text: String, until: Int64)] = []
    var signers: Set<String> = []
    for step in 0..<200 {
      let server = step % 2
      try await [one, two][server].rotate()
      living.append((try await issuers[server].issue(.init(subject: "s", kind: .user)).text, time.seconds + 300))
      signers.insert(try await one.signer().id)
      living.removeAll { $0.until <= time.seconds }
      for token in living { for verifier in verifiers { _ = try await verifier.verify(token.text) } }
      #expect(try await store.signingKeys().count <= 3)
      time.seconds += 50
    }
    #expect(signers.count >= 8)
  }

  @Test func aNewKeyWaitsUntilAllHaveSeenIt() {
    let old = SigningKey(createdAtSeconds: 0)
    let new = SigningKey(createdAtSeconds: 1_000)
    #expect(rotation.signer([new], nowSeconds: 1_000)?.id == new.id)
    #expect(rotation.signer([old, new], nowSeconds: 1_099)?.id == old.id)
    #expect(rotation.signer([new, old], nowSeconds: 1_100)?.id == new.id)
    #expect(rotation.steps([old], nowSeconds: 999) == [])
    #expect(rotation.steps([old], nowSeconds: 1_000) == [.create(newest: old.id)])
    #expect(rotation.steps([old, new], nowSeconds: 1_199) == [])
    #expect(rotation.steps([old, new], nowSeconds: 1_200) == [.retire(id: old.id)])
    #expect(rotation.steps([], nowSeconds: 5) == [.create(newest: nil)])
    #expect(throws: IdentityConfigurationError.self) { try SigningKeyRotation(graceSeconds: 10, signsForSeconds: 10) }
  }

  @Test func twoServersAtOnceMakeOneKey() async throws {
    let time = SettableTime(1_000_000)
    let store = MemorySigningKeys()
    try await withThrowingTaskGroup { group in
      for _ in 0..<8 {
        let ring = try ring(store, time)
        group.addTask { () async throws -> Void in try await ring.rotate() }
      }
      try await group.waitForAll()
    }
    #expect(try await store.signingKeys().count == 1)
  }

  @Test func ourTokensAreReadByJWTKitToo() async throws {
    let time = SettableTime(WallClock.system.nowSeconds())
    let store = MemorySigningKeys()
    let ring = try ring(store, time)
    let issuer = try TokenIssuer(issuer: "us", audience: "catalog", keys: ring, clock: time.clock)
    await #expect(throws: TokenError.self) { try await issuer.issue(.init(subject: "s", kind: .user)) }
    try await ring.rotate()
    var grant = TokenIssuer.Grant(issuer: "https://a.example", subject: "s\"", kind: .service, groups: ["a", "b"], displayName: "S")
    grant.authenticatedAtSeconds = time.seconds - 50
    let token = try await issuer.issue(grant)
    let identity = try await TokenVerifier(issuers: [issuer.trusted()], clock: time.clock).verify(token.text)
    #expect(
      identity
        == VerifiedIdentity(
          issuer: "https://a.example", subject: "s\"", kind: .service, groups: ["a", "b"], displayName: "S",
          expiresAtSeconds: time.seconds + 3_600, authenticatedAtSeconds: time.seconds - 50, tokenID: token.id))
    try await JWTKitReader.expectGood(token.text, keys: try await store.signingKeys())
    grant.groups = (0..<2_000).map { "group-\($0)" }
    await #expect(throws: TokenError.self) { try await issuer.issue(grant) }
  }
}
