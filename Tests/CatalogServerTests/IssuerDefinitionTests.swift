import Identity
import Testing

@testable import CatalogServer

@Suite struct IssuerDefinitionTests {
  private static func list(_ text: String) throws -> [IssuerDefinition] { try IssuerDefinition.list(parsing: Array(text.utf8)) }

  @Test func readsEveryMember() throws {
    let issuers = try Self.list(
      #"""
      [{"alias":"entra","issuer":"https://login.microsoftonline.com/t/v2.0","audiences":["api://moraine"],
        "jwks-uri":"https://login.microsoftonline.com/t/discovery/v2.0/keys","algorithms":["RS256"],"leeway-seconds":5,"types":["JWT"],
        "claims":{"subject":"oid","groups":["roles","groups"],"display-name":"preferred_username",
                  "service":{"claim":"idtyp","values":["app"]}}},
       {"alias":"okta","issuer":"https://okta.example","audiences":["a","b"]}]
      """#)
    #expect(issuers.map(\.alias) == ["entra", "okta"])
    let entra = issuers[0].configuration
    #expect(entra.algorithms == [.rs256] && entra.leewaySeconds == 5 && entra.types == ["jwt"])
    #expect(entra.claims.subject == ClaimPath("oid") && entra.claims.groups == [ClaimPath("roles"), ClaimPath("groups")])
    guard case .serviceWhen(let claim, let values) = entra.claims.kind else { throw Unexpected() }
    #expect(claim == ClaimPath("idtyp") && values == ["app"])
    guard case .keySet = entra.keyLocation, case .discovery = issuers[1].configuration.keyLocation else { throw Unexpected() }
  }

  struct Unexpected: Error {}

  @Test(arguments: [
    #"{"alias":"a"}"#, #"[{"alias":"a","issuer":"i"}]"#, #"[{"alias":"A","issuer":"i","audiences":["x"]}]"#,
    #"[{"alias":"a/b","issuer":"i","audiences":["x"]}]"#, #"[{"alias":"a","issuer":"i","audiences":[]}]"#,
    #"[{"alias":"a","issuer":"i","audiences":["x"],"algorithms":["HS256"]}]"#,
    #"[{"alias":"a","issuer":"i","audiences":["x"],"algorithms":["none"]}]"#,
    #"[{"alias":"a","issuer":"i","audiences":["x"],"audience":"x"}]"#,
    #"[{"alias":"a","issuer":"i","audiences":["x"],"claims":{"subject":""}}]"#,
    #"[{"alias":"a","issuer":"i","audiences":["x"],"claims":{"kind":"role"}}]"#,
    #"[{"alias":"a","issuer":"i","audiences":["x"]},{"alias":"a","issuer":"j","audiences":["x"]}]"#,
  ])
  func refusesWhatWouldLeaveACheckOut(_ text: String) {
    #expect(throws: ServerConfigurationError.self) { try Self.list(text) }
  }
}
