import JSON

/// An error answer of the token endpoint (RFC 6749 section 5.2, RFC 8693 section 2.2.2). The message is for the client.
package enum OAuthError: Error, Hashable, Sendable {
  case invalidRequest(String)
  case invalidClient
  case invalidGrant(String)
  case unsupportedGrantType
  case invalidScope
  case invalidTarget
  /// Something the client may try again, such as an issuer that is away.
  case temporarilyUnavailable(String)

  /// The answer's `error`.
  package var code: String {
    switch self {
    case .invalidRequest: "invalid_request"
    case .invalidClient: "invalid_client"
    case .invalidGrant: "invalid_grant"
    case .unsupportedGrantType: "unsupported_grant_type"
    case .invalidScope: "invalid_scope"
    case .invalidTarget: "invalid_target"
    case .temporarilyUnavailable: "temporarily_unavailable"
    }
  }

  package var status: Int {
    switch self {
    case .invalidClient: 401
    case .temporarilyUnavailable: 503
    default: 400
    }
  }

  /// The answer's `error_description`.
  package var message: String {
    switch self {
    case .invalidRequest(let message), .invalidGrant(let message), .temporarilyUnavailable(let message): message
    // One sentence for an unknown client, a wrong secret and a disabled client: nobody learns which clients there are.
    case .invalidClient: "The client is unknown or its secret is wrong; check the credential"
    case .unsupportedGrantType:
      "Use the grant type client_credentials, refresh_token or urn:ietf:params:oauth:grant-type:token-exchange"
    case .invalidScope: "The scope holds characters that are not allowed, or is too long"
    case .invalidTarget: "The audience is not this catalog"
    }
  }

  /// The answer, which no cache may keep.
  package var answer: TokenAnswer {
    let body = JSONWriter.text {
      $0.object {
        $0.field("error", code)
        $0.field("error_description", message)
      }
    }
    let challenge = status == 401 ? [("WWW-Authenticate", "Basic realm=\"moraine\", charset=\"UTF-8\"")] : []
    return TokenAnswer(status: status, headers: TokenAnswer.uncached + challenge, body: body)
  }
}

/// What the token endpoint answers. Holds a token: never log its body.
package struct TokenAnswer: Sendable, CustomStringConvertible, CustomReflectable {
  static let uncached = [("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("Pragma", "no-cache")]

  package let status: Int
  package let headers: [(name: String, value: String)]
  package let body: [UInt8]

  init(status: Int, headers: [(String, String)] = uncached, body: [UInt8]) {
    self.status = status
    self.headers = headers.map { (name: $0.0, value: $0.1) }
    self.body = body
  }

  package var description: String { "TokenAnswer(\(status))" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
