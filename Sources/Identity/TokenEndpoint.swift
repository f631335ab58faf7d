import JSON
package import Logging

/// The OAuth2 token endpoint without its HTTP: client credentials (RFC 6749 section 4.4), token exchange (RFC 8693), refresh, and
/// revocation (RFC 7009).
///
/// No refresh tokens are handed out. A client renews a token by exchanging it before it expires, as Java does, or by showing its
/// credential again. Renewal ends ``maximumSessionSeconds`` after the credential was shown, or a stolen token would live for ever.
package struct TokenEndpoint: Sendable {
  private let issuer: TokenIssuer
  private let authenticator: BearerAuthenticator
  private let store: any CredentialStore
  private let maximumSessionSeconds: Int64
  private let logger: Logger

  package init(
    issuer: TokenIssuer, authenticator: BearerAuthenticator, store: any CredentialStore, maximumSessionSeconds: Int64 = 86_400,
    logger: Logger
  ) {
    self.issuer = issuer
    self.authenticator = authenticator
    self.store = store
    self.maximumSessionSeconds = maximumSessionSeconds
    self.logger = logger
  }

  /// Answers a token request.
  ///
  /// - Parameters:
  ///   - body: as `application/x-www-form-urlencoded`.
  ///   - authorization: the request's.
  /// - Throws: what the store throws; every fault of the client is an answer.
  package func answer(body: [UInt8], authorization: AuthorizationHeader) async throws -> TokenAnswer {
    do {
      let request = try TokenRequest(FormBody(parsing: body), authorization)
      if let audience = request.audience, !ExactText.isSame(audience, issuer.audience) { throw OAuthError.invalidTarget }
      let token = try await issuer.issue(try await grant(request))
      return Self.answer(token, scope: request.scope)
    } catch let error as OAuthError {
      logger.info("refused a token", metadata: ["error": "\(error.code)"])
      return error.answer
    } catch let error as TokenError {
      logger.info("refused a token", metadata: ["error": "\(error)"])
      return Self.refusal(error).answer
    }
  }

  /// Revokes the token in `body` (RFC 7009): whoever shows a token may end it. An unknown token is a success.
  package func revoke(body: [UInt8]) async throws -> TokenAnswer {
    do {
      guard let token = try FormBody(parsing: body)["token"] else { throw OAuthError.invalidRequest("The field token is missing") }
      let identity = try await authenticator.authenticate(token)
      if let id = identity.tokenID {
        if PersonalAccessToken.isOne(token) {
          try await store.revokePersonalAccessToken(id: id)
        } else {
          try await store.revokeAccessToken(id: id, expiresAtSeconds: identity.expiresAtSeconds)
        }
      }
    } catch let error as OAuthError {
      return error.answer
    } catch let error as TokenError {
      if error.isTransient { return Self.refusal(error).answer }
    }
    return TokenAnswer(status: 200, body: [])
  }

  // MARK: Grants

  private func grant(_ request: TokenRequest) async throws -> TokenIssuer.Grant {
    var client: VerifiedIdentity?
    if let credential = request.credential { client = try await authenticate(credential) }
    var grant: TokenIssuer.Grant
    switch request.grant {
    case .clientCredentials:
      guard let client else { throw OAuthError.invalidClient }
      grant = Self.grant(for: client)
    case .exchange(let subjectToken, let actorToken):
      grant = try await renewed(subjectToken, client)
      if let actorToken { grant.actor = try await welcome(try await authenticator.authenticate(actorToken)) }
    case .refresh(let token): grant = try await renewed(token, client)
    }
    grant.clientID = request.credential?.id
    grant.scope = request.scope
    return grant
  }

  private static func grant(for identity: VerifiedIdentity) -> TokenIssuer.Grant {
    var grant = TokenIssuer.Grant(
      issuer: identity.issuer, subject: identity.subject, kind: identity.kind, groups: identity.groups, displayName: identity.displayName)
    grant.authenticatedAtSeconds = identity.authenticatedAtSeconds
    grant.credentialID = identity.credentialID
    return grant
  }

  /// A new token for whom `token` speaks for.
  ///
  /// Java shows its credential beside a token that has expired. It could have a new one for the credential alone, so it gets one, if
  /// the old one was its own.
  private func renewed(_ token: String, _ client: VerifiedIdentity?) async throws -> TokenIssuer.Grant {
    let identity: VerifiedIdentity
    do {
      identity = try await authenticator.authenticate(token)
    } catch TokenError.expired(let old) {
      guard let client, Self.isSame(client, old) else { throw TokenError.expired(old) }
      return Self.grant(for: client)
    }
    if let client, Self.isSame(client, identity) { return Self.grant(for: client) }
    _ = try await welcome(identity)
    let now = issuer.clock.nowSeconds()
    let begun = identity.authenticatedAtSeconds ?? now
    guard now < begun + maximumSessionSeconds else {
      throw OAuthError.invalidGrant("The token was renewed for too long; log in again or show the client's credential")
    }
    var grant = Self.grant(for: identity)
    grant.authenticatedAtSeconds = begun
    return grant
  }

  private static func isSame(_ one: VerifiedIdentity, _ other: VerifiedIdentity) -> Bool {
    ExactText.isSame(one.issuer, other.issuer) && ExactText.isSame(one.subject, other.subject) && one.kind == other.kind
  }

  private func welcome(_ identity: VerifiedIdentity) async throws -> VerifiedIdentity {
    guard try await store.isWelcome(identity) else { throw TokenError.revoked("the principal or its token") }
    return identity
  }

  // MARK: Clients

  private func authenticate(_ credential: ClientCredential) async throws -> VerifiedIdentity {
    let now = issuer.clock.nowSeconds()
    let identity: VerifiedIdentity
    if let presented = PersonalAccessToken(parsing: credential.secret) {
      // A personal access token names itself, so that it does for a client that can only be given "a credential".
      do {
        identity = try await authenticator.authenticate(presented)
      } catch is TokenError {
        throw OAuthError.invalidClient
      }
    } else {
      guard let id = credential.id, id.utf8.count <= 255, let secret = ClientSecret(parsing: credential.secret),
        let client = try await store.client(id: id), client.isEnabled
      else { throw OAuthError.invalidClient }
      guard client.secrets.contains(where: { secret.matches($0) }) else { throw OAuthError.invalidClient }
      identity = VerifiedIdentity(
        issuer: issuer.issuer, subject: client.subject, kind: client.kind, expiresAtSeconds: now + issuer.lifetimeSeconds,
        authenticatedAtSeconds: now, credentialID: client.id)
    }
    guard try await store.isWelcome(identity) else { throw OAuthError.invalidClient }
    return identity
  }

  // MARK: Answers

  private static func answer(_ token: TokenIssuer.IssuedToken, scope: String?) -> TokenAnswer {
    let body = JSONWriter.text(reservingBytes: 1_024) {
      $0.object {
        $0.field("access_token", token.text)
        $0.field("token_type", "bearer")
        $0.field("expires_in", token.lifetimeSeconds)
        // Required on exchange, and Java stores it unguarded; harmless on the other grants.
        $0.field("issued_token_type", TokenRequest.accessTokenType)
        if let scope { $0.field("scope", scope) }
      }
    }
    return TokenAnswer(status: 200, body: body)
  }

  private static func refusal(_ error: TokenError) -> OAuthError {
    error.isTransient ? .temporarilyUnavailable(error.clientMessage) : .invalidGrant(error.clientMessage)
  }
}
