import AsyncHTTPClient
import CatalogStore
import Foundation
import HTTPTypes
import Identity
import JSON
import Logging
import NIOCore
import Postgres
import PostgresTestSupport
import Testing

@testable import CatalogServer

/// Who gets in, over HTTP, at a server that wants to know.
@Suite(.serialized) struct AuthenticationTests {
  private static func secured(_ body: (RunningServer, _ admin: String) async throws -> Void) async throws {
    try await RunningServer.with(allowsAnonymous: false) { server in
      let minted = try #require(server.minted)
      try await body(server, try await server.token(client: minted.clientID, secret: minted.secret.revealed))
    }
  }

  private static func example(_ path: String) -> String {
    path.split(separator: "/").map { $0.hasPrefix("{") ? "x" : String($0) }.reduce("") { $0 + "/" + $1 }
  }

  private static func members(_ answer: RunningServer.Answer) throws -> JSONObject {
    try JSONDocument(parsing: Array(answer.body.utf8)).root.object()
  }

  private static func text(_ answer: RunningServer.Answer, _ member: String) throws -> String {
    let found = try members(answer).first { $0.key == member }
    return try #require(found, "\(answer)").value.string()
  }

  @Test func withoutACredentialOnlyHealthAndTheTokenEndpointAnswer() async throws {
    try await RunningServer.with(allowsAnonymous: false) { server in
      for route in OpenAPITests.served() {
        let answer = try await server.send(route.method.rawValue, Self.example(route.path), route.method == .post ? "{}" : "")
        if route.path.hasPrefix("/health/") {
          #expect(answer.status == 200, "\(route.operationID)")
        } else if route.path.hasPrefix("/v1/oauth/") {
          // Its own error, since no form was sent.
          #expect(answer.status == 400 && answer.body.contains("invalid_request"), "\(route.operationID) \(answer)")
        } else {
          #expect(answer.status == 401, "\(route.operationID) \(answer)")
          #expect(answer.challenge == "Bearer realm=\"moraine\"", "\(route.operationID)")
          #expect(route.method == .head || answer.body.contains("NotAuthorizedException"), "\(route.operationID)")
        }
      }
    }
  }

  @Test func whatIsNoGoodTokenIsRefusedAndTheReasonIsNotTold() async throws {
    try await Self.secured { server, admin in
      let parts = admin.split(separator: ".").map(String.init)
      let tampered = parts[1].dropLast() + (parts[1].hasSuffix("A") ? "B" : "A")
      let none = Data(#"{"alg":"none","typ":"at+jwt"}"#.utf8).base64EncodedString().replacing("=", with: "")
      let bad = [
        "x", "None.None", "\(parts[0]).\(tampered).\(parts[2])", "\(parts[0]).\(parts[1]).", "\(none).\(parts[1]).",
        "\(none).\(parts[1]).\(parts[2])", PersonalAccessToken().revealed, "moraine_pat_", String(repeating: "a", count: 20_000),
      ]
      var messages: Set<String> = []
      for token in bad {
        let answer = try await server.send("GET", "/management/v1/me", token: token)
        #expect(answer.status == 401, "\(token.prefix(40)): \(answer)")
        if token.utf8.count < 10_000 {
          #expect(answer.challenge == "Bearer realm=\"moraine\", error=\"invalid_token\"")
          messages.insert(answer.body)
        }
      }
      #expect(messages.count == 1, "a forger learns nothing from \(messages)")
      let basic = try await server.send("GET", "/management/v1/me", headers: [("Authorization", "Basic YTpi")])
      #expect(basic.status == 401 && basic.body.contains("/v1/oauth/tokens"))
      let two = try await server.send("GET", "/management/v1/me", token: admin, headers: [("Authorization", "Bearer \(admin)")])
      #expect(two.status == 401, "two headers: \(two)")
      // As pyiceberg sends when it has none.
      let nobody = try await server.send("GET", "/management/v1/me", headers: [("Authorization", "Bearer None")])
      #expect(nobody.status == 401 && nobody.challenge == "Bearer realm=\"moraine\"")
    }
  }

  @Test func inDevelopmentNobodyIsAskedAndAWrongTokenIsStillWrong() async throws {
    try await RunningServer.with { server in
      #expect(server.minted == nil)
      let nobody = try await server.send("GET", "/management/v1/me", headers: [("Authorization", "Bearer None")])
      #expect(try Self.text(nobody, "kind") == "anonymous")
      #expect(try await server.send("GET", "/management/v1/me", token: "x").status == 401)
    }
  }

  @Test func theFirstAdministratorIsMadeOnce() async throws {
    try await Self.secured { server, admin in
      let me = try await server.send("GET", "/management/v1/me", token: admin)
      #expect(try Self.text(me, "name") == "admin")
      #expect(try Self.members(me).required("roles").array().map { try $0.string() } == ["admin"])
      let roles = try await server.send("GET", "/management/v1/principals?kind=role", token: admin)
      for (name, _) in PrincipalReference.predefinedRoles { #expect(roles.body.contains("\"\(name)\"")) }
      // The same database, started again.
      var configuration = ServerConfiguration(database: server.database.configuration)
      configuration.port = 0
      let again = try await Server(configuration, logger: .init(label: "test") { JSONLogHandler(label: $0, level: .critical) })
      #expect(again.mintedCredential == nil)
      await again.shutdown()
    }
  }

  @Test func whatIsTakenBackWorksNoMore() async throws {
    try await Self.secured { server, admin in
      let created = try await server.send("POST", "/management/v1/principals", #"{"kind":"service","name":"etl"}"#, token: admin)
      #expect(created.status == 200, "\(created)")
      let client = try await server.send("POST", "/management/v1/clients", #"{"service":"etl"}"#, token: admin)
      #expect(client.caching == "no-store")
      let secret = try Self.text(client, "secret")
      func me(_ token: String) async throws -> Int { try await server.send("GET", "/management/v1/me", token: token).status }

      // A token that its holder ends.
      let first = try await server.token(client: "etl", secret: secret)
      let second = try await server.token(client: "etl", secret: secret)
      #expect(try await me(first) == 200)
      let form = [("Content-Type", "application/x-www-form-urlencoded")]
      #expect(try await server.send("POST", "/v1/oauth/revoke", "token=\(first)", headers: form).status == 200)
      #expect(try await me(first) == 401)
      #expect(try await me(second) == 200)

      // A personal access token, and what was exchanged for it.
      let made = try await server.send("POST", "/management/v1/tokens", "{}", token: second)
      let personal = try Self.text(made, "token")
      #expect(try await me(personal) == 200)
      let chained = try await server.send("POST", "/management/v1/tokens", "{}", token: personal)
      #expect(chained.status == 403, "\(chained)")
      let exchange =
        "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token=\(personal)"
        + "&subject_token_type=urn:ietf:params:oauth:token-type:access_token"
      let exchanged = try Self.text(try await server.send("POST", "/v1/oauth/tokens", exchange, headers: form), "access_token")
      #expect(try await me(exchanged) == 200)
      let id = try Self.text(made, "id")
      #expect(try await server.send("DELETE", "/management/v1/tokens/\(id)", token: second).status == 204)
      #expect(try await me(personal) == 401)
      #expect(try await me(exchanged) == 401)

      // A client, then the service itself.
      func enable(_ path: String, _ isEnabled: Bool) async throws -> Int {
        try await server.send("POST", path, #"{"is-enabled":\#(isEnabled)}"#, token: admin).status
      }
      #expect(try await enable("/management/v1/clients/etl", false) == 200)
      #expect(try await me(second) == 401)
      #expect(try await enable("/management/v1/clients/etl", true) == 200)
      #expect(try await me(second) == 200)
      #expect(try await enable("/management/v1/principals/service/etl", false) == 200)
      #expect(try await me(second) == 401)
      await #expect(throws: (any Error).self) { try await server.token(client: "etl", secret: secret) }

      // What was dropped, and what would take its place.
      #expect(try await enable("/management/v1/principals/service/etl", true) == 200)
      #expect(try await me(second) == 200)
      #expect(try await server.send("DELETE", "/management/v1/clients/etl", token: admin).status == 204)
      #expect(try await me(second) == 401)
      #expect(try await server.send("POST", "/management/v1/clients", #"{"service":"etl"}"#, token: admin).status == 409)
      let other = try await server.send("POST", "/management/v1/clients", #"{"service":"etl","id":"etl2"}"#, token: admin)
      let third = try await server.token(client: "etl2", secret: try Self.text(other, "secret"))
      #expect(try await me(third) == 200)
      #expect(try await server.send("DELETE", "/management/v1/principals/service/etl", token: admin).status == 204)
      #expect(try await me(third) == 401)
      #expect(try await me(second) == 401)
    }
  }

  @Test func whoIsNobodyHereMayOnlyAskAboutItself() async throws {
    try await Self.secured { server, admin in
      _ = try await server.send("POST", "/management/v1/principals", #"{"kind":"service","name":"etl"}"#, token: admin)
      let client = try await server.send("POST", "/management/v1/clients", #"{"service":"etl"}"#, token: admin)
      let token = try await server.token(client: "etl", secret: try Self.text(client, "secret"))
      for (method, path, body) in [
        ("GET", "/management/v1/principals", ""), ("GET", "/management/v1/principals/service/admin", ""),
        ("POST", "/management/v1/principals", #"{"kind":"user","name":"eve"}"#),
        ("POST", "/management/v1/principals/role/admin/members", #"{"kind":"service","name":"etl"}"#),
        ("POST", "/management/v1/principals/service/etl", #"{"cleared":["pii"]}"#), ("GET", "/management/v1/clients", ""),
        ("POST", "/management/v1/clients", #"{"service":"admin"}"#), ("POST", "/management/v1/clients/etl/secrets", "{}"),
      ] {
        let answer = try await server.send(method, path, body, token: token)
        #expect(answer.status == 403, "\(method) \(path): \(answer)")
      }
      #expect(try await server.send("GET", "/management/v1/principals/service/etl", token: token).status == 200)
      let made = try await server.send("POST", "/management/v1/tokens", "{}", token: admin)
      let stolen = try await server.send("DELETE", "/management/v1/tokens/\(Self.text(made, "id"))", token: token)
      #expect(stolen.status == 403, "\(stolen)")
    }
  }

  @Test func aSecretIsReplacedWhileBothWork() async throws {
    try await Self.secured { server, admin in
      let minted = try #require(server.minted)
      let (id, first) = (minted.clientID, minted.secret.revealed)
      let client = try await server.send("GET", "/management/v1/clients/\(id)", token: admin)
      let ids = try Self.members(client).required("secrets").array().map { try $0.object().required("id").string() }
      let answer = try await server.send("POST", "/management/v1/clients/\(id)/secrets", "{}", token: admin)
      let second = try Self.text(answer, "secret")
      for secret in [first, second] { _ = try await server.token(client: id, secret: secret) }
      let third = try await server.send("POST", "/management/v1/clients/\(id)/secrets", "{}", token: admin)
      #expect(third.status == 422, "\(third)")
      #expect(try await server.send("DELETE", "/management/v1/clients/\(id)/secrets/\(ids[0])", token: admin).status == 204)
      _ = try await server.token(client: id, secret: second)
      await #expect(throws: (any Error).self) { try await server.token(client: id, secret: first) }
    }
  }

  @Test func rolesAndTeamsNestWithoutCycles() async throws {
    try await RunningServer.with { server in
      func create(_ kind: String, _ name: String) async throws {
        let answer = try await server.send("POST", "/management/v1/principals", #"{"kind":"\#(kind)","name":"\#(name)"}"#)
        #expect(answer.status == 200, "\(answer)")
      }
      func add(_ kind: String, _ name: String, to group: String) async throws -> Int {
        try await server.send("POST", "/management/v1/principals/\(group)/members", #"{"kind":"\#(kind)","name":"\#(name)"}"#).status
      }
      for name in ["a", "b", "c"] { try await create("team", name) }
      try await create("user", "okta/alice")
      #expect(try await add("team", "a", to: "team/b") == 200)
      #expect(try await add("team", "b", to: "team/c") == 200)
      #expect(try await add("team", "c", to: "team/a") == 422)
      #expect(try await add("team", "a", to: "team/a") == 422)
      #expect(try await add("team", "a", to: "team/b") == 409)
      #expect(try await add("team", "c", to: "role/analyst") == 200)
      #expect(try await add("user", "okta/alice", to: "team/a") == 200)
      #expect(try await add("role", "analyst", to: "role/auditor") == 200)
      #expect(try await add("role", "auditor", to: "role/analyst") == 422)
      #expect(try await add("role", "analyst", to: "team/a") == 422)
      #expect(try await add("user", "okta/alice", to: "user/okta%2Falice") == 422)
      #expect(try await server.send("DELETE", "/management/v1/principals/user/okta%2Falice").status == 409)
      #expect(try await server.send("DELETE", "/management/v1/principals/team/a/members/user/okta%2Falice").status == 204)
      let kept = try await server.send("DELETE", "/management/v1/principals/user/okta%2Falice")
      #expect(kept.status == 409 && kept.body.contains("disable it"), "its history stays: \(kept)")
    }
  }

  @Test func listsGoOnWhereTheyEnded() async throws {
    try await RunningServer.with { server in
      for index in 0..<5 {
        _ = try await server.send("POST", "/management/v1/principals", #"{"kind":"user","name":"u\#(index)"}"#)
      }
      var names: [String] = []
      var token = ""
      repeat {
        let answer = try await server.send("GET", "/management/v1/principals?pageSize=2&pageToken=\(token)")
        let page = try Self.members(answer)
        names += try page.required("principals").array().map {
          "\(try $0.object().required("kind").string()):\(try $0.object().required("name").string())"
        }
        token = try page.optional("next-page-token").flatMap { try $0.isNull ? nil : $0.string() } ?? ""
      } while !token.isEmpty
      #expect(names == names.sorted() && Set(names).count == names.count && names.count == 13, "\(names)")
    }
  }

  @Test func aServerThatWouldLetStrangersInDoesNotStart() async throws {
    var open = ServerConfiguration(database: PostgresConfiguration(connectionString: "host=/nonexistent"))
    open.host = "0.0.0.0"
    #expect(throws: ServerConfigurationError.self) { try open.check() }
    open.isBehindTLSProxy = true
    try open.check()
    open.identity.allowsAnonymous = true
    #expect(throws: ServerConfigurationError.self) { try open.check() }
    open.host = "127.0.0.1"
    try open.check()
  }
}
