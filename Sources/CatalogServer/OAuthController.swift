import HTTPTypes
import Identity
import NIOCore

/// The OAuth2 token endpoint and revocation. Their answers are OAuth's own, errors too (RFC 6749 section 5).
struct OAuthController: Sendable {
  let endpoint: TokenEndpoint

  func getToken(_ call: Call) async throws -> Reply {
    Reply(
      try await endpoint.answer(
        body: Array(call.body.readableBytesView), authorization: AuthorizationHeader(call.headers[values: .authorization])))
  }

  func revokeToken(_ call: Call) async throws -> Reply { Reply(try await endpoint.revoke(body: Array(call.body.readableBytesView))) }
}

extension Reply {
  fileprivate init(_ answer: TokenAnswer) {
    self.init(status: .init(code: answer.status))
    for header in answer.headers {
      if let name = HTTPField.Name(header.name) { headers[name] = header.value }
    }
    body = ByteBuffer(bytes: answer.body)
  }
}
