import AsyncHTTPClient
import JSON
import NIOCore
import NIOHTTP1

extension CatalogClient {
  /// An access token for a client's credential (RFC 6749 section 4.4).
  func accessToken(clientID: String, secret: String) async throws -> String {
    let answer = try await form(
      ["v1", "oauth", "tokens"],
      [("grant_type", "client_credentials"), ("scope", "catalog"), ("client_id", clientID), ("client_secret", secret)])
    let object = try? answer.json().object()
    guard answer.isSuccess else {
      let reason = (try? object?.optional("error_description")?.string()) ?? "status \(answer.status)"
      throw CommandFailure(CommandExit(status: answer.status), "The server gives no token: \(reason)")
    }
    guard let token = try? object?.required("access_token").string() else {
      throw CommandFailure(.failure, "The server's answer holds no token", hint: "Is \(server) a Moraine server?")
    }
    return token
  }

  /// The same client with another token.
  func showing(_ token: String) -> CatalogClient {
    CatalogClient(server: server, warehouse: warehouse, token: token, http: http, timeout: timeout)
  }

  private func form(_ path: [String], _ fields: [(String, String)]) async throws -> ServerAnswer {
    var request = HTTPClientRequest(url: server.url(path, query: []))
    request.method = .POST
    request.headers.add(name: "Accept", value: "application/json")
    request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
    request.body = .bytes(ByteBuffer(string: ServerAddress.form(fields)))
    return try await exchanging(request)
  }
}
