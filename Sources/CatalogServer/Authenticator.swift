import CatalogStore
import HTTPTypes
import Identity
import Logging

/// Finds out who sent a request, by its `Authorization` header alone. Whether that one is still welcome, or was disabled, or its
/// credential taken back, is found out with what it may do.
struct Authenticator: Sendable {
  let bearer: BearerAuthenticator
  let names: CallerNames
  let allowsAnonymous: Bool
  let logger: Logger

  /// - Throws: an ``ErrorReply`` of status 401 that tells what to do and not which check failed; the log knows that.
  func caller(_ headers: HTTPFields, requestID: String) async throws -> Caller {
    switch AuthorizationHeader(headers[values: .authorization]) {
    case .absent:
      guard allowsAnonymous else {
        throw Self.refusal("This needs a credential: send \"Authorization: Bearer TOKEN\"; a token comes from POST /v1/oauth/tokens")
      }
      return .anonymous
    // Some clients send what stands for nothing.
    case .basic where allowsAnonymous, .unreadable where allowsAnonymous: return .anonymous
    case .basic:
      throw Self.refusal("HTTP Basic is for POST /v1/oauth/tokens alone; get a token there and send it as \"Authorization: Bearer TOKEN\"")
    case .unreadable:
      throw Self.refusal("The Authorization header cannot be read; send one, as \"Authorization: Bearer TOKEN\"")
    case .bearer(let token): return try await caller(token, requestID: requestID)
    }
  }

  private func caller(_ token: String, requestID: String) async throws -> Caller {
    do {
      let identity = try await bearer.authenticate(token)
      guard let caller = names.caller(identity) else { throw TokenError.unknownIssuer(identity.issuer) }
      return caller
    } catch let error as TokenError {
      logger.info("refused a credential", metadata: ["request-id": "\(requestID)", "reason": "\(error)"])
      guard !error.isTransient else { throw ErrorReply(.serviceUnavailable, "ServiceUnavailableException", error.clientMessage) }
      throw Self.refusal(error.clientMessage, parameters: ", error=\"invalid_token\"")
    }
  }

  private static func refusal(_ message: String, parameters: String = "") -> ErrorReply {
    ErrorReply(unauthenticated: message, parameters: parameters)
  }
}
