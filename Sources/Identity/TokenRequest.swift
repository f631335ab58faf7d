/// A request to the token endpoint, read but not yet believed. Holds secrets and prints none.
struct TokenRequest: Sendable, CustomStringConvertible, CustomReflectable {
  enum Grant: Sendable {
    case clientCredentials
    case exchange(subjectToken: String, actorToken: String?)
    case refresh(token: String)
  }

  static let exchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange"
  static let accessTokenType = "urn:ietf:params:oauth:token-type:access_token"
  private static let jwtType = "urn:ietf:params:oauth:token-type:jwt"
  /// SAML assertions are not read; what is called a refresh token here is an access token that has not expired.
  private static let readableTypes = [
    accessTokenType, jwtType, "urn:ietf:params:oauth:token-type:id_token", "urn:ietf:params:oauth:token-type:refresh_token",
  ]

  let grant: Grant
  let credential: ClientCredential?
  let scope: String?
  let audience: String?

  init(_ form: FormBody, _ authorization: AuthorizationHeader) throws(OAuthError) {
    guard let name = form["grant_type"] else { throw .invalidRequest("The field grant_type is missing") }
    switch name {
    case "client_credentials": grant = .clientCredentials
    case Self.exchangeGrant: grant = try Self.exchange(form)
    case "refresh_token":
      guard let token = form["refresh_token"] else { throw .invalidRequest("The field refresh_token is missing") }
      grant = .refresh(token: token)
    default: throw .unsupportedGrantType
    }
    credential = try ClientCredential(form, authorization)
    scope = form["scope"]
    // RFC 6749 section 3.3.
    if let scope {
      let isGood = scope.utf8.count <= 1_024 && scope.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }
      guard isGood else { throw .invalidScope }
    }
    audience = form["audience"]
  }

  private static func exchange(_ form: FormBody) throws(OAuthError) -> Grant {
    guard let subject = form["subject_token"] else { throw .invalidRequest("The field subject_token is missing") }
    guard let type = form["subject_token_type"] else { throw .invalidRequest("The field subject_token_type is missing") }
    guard readableTypes.contains(type) else { throw .invalidRequest("This subject_token_type is not supported; exchange a JWT") }
    let actor = form["actor_token"]
    if actor != nil {
      guard let type = form["actor_token_type"] else { throw .invalidRequest("The field actor_token_type is missing") }
      guard readableTypes.contains(type) else { throw .invalidRequest("This actor_token_type is not supported; send a JWT") }
    } else if form["actor_token_type"] != nil {
      throw .invalidRequest("The field actor_token_type stands without actor_token")
    }
    if let wanted = form["requested_token_type"], wanted != accessTokenType, wanted != jwtType {
      throw .invalidRequest("This requested_token_type is not issued; ask for an access token")
    }
    return .exchange(subjectToken: subject, actorToken: actor)
  }

  var description: String { "TokenRequest(…)" }
  var customMirror: Mirror { Mirror(self, children: []) }
}

/// What a client shows of itself, in the body or by HTTP Basic (RFC 6749 section 2.3.1).
struct ClientCredential: Sendable, CustomStringConvertible, CustomReflectable {
  /// Java and pyiceberg send a credential without a colon as a secret without an id.
  let id: String?
  let secret: String

  /// `nil` when the request shows none. A bearer header is none: Java sends the token it is about to exchange there too.
  init?(_ form: FormBody, _ authorization: AuthorizationHeader) throws(OAuthError) {
    switch authorization {
    case .basic(let id, let secret):
      let bodyAgrees = form["client_id"].map { ExactText.isSame($0, id) } ?? true
      guard form["client_secret"] == nil, bodyAgrees else {
        throw .invalidRequest("Send the client's credential in the body or by HTTP Basic, not both")
      }
      self.id = id
      self.secret = secret
    case .unreadable: throw .invalidRequest("The Authorization header cannot be read; use Basic or Bearer")
    case .absent, .bearer:
      guard let secret = form["client_secret"] else {
        // An id alone proves nothing.
        return nil
      }
      id = form["client_id"]
      self.secret = secret
    }
  }

  var description: String { "ClientCredential(…)" }
  var customMirror: Mirror { Mirror(self, children: []) }
}
