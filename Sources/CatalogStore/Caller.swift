package import Identity

/// Who asks, as the credential tells it. What the caller may do is found out when it is decided about something.
package struct Caller: Hashable, Sendable {
  package enum Authority: Hashable, Sendable {
    /// The server itself: its start and its jobs.
    case server
    /// Nobody showed a credential.
    case anonymous
    /// A user or service.
    case principal(PrincipalKind)
  }

  package let authority: Authority
  /// `alice`, or `issuer/subject` where another issuer vouches for it.
  package let name: String
  /// Teams that the token tells of, as `issuer/group`.
  package let groups: [String]
  /// The token's id, and that of the client or personal access token behind it: each may be taken back.
  package let tokenID: String?
  package let credentialID: String?

  package static let server = Caller(.server, name: "server")
  package static let anonymous = Caller(.anonymous, name: "anonymous")

  package init(
    _ kind: PrincipalKind, name: String, groups: [String] = [], tokenID: String? = nil, credentialID: String? = nil
  ) {
    self.init(.principal(kind), name: name, groups: groups, tokenID: tokenID, credentialID: credentialID)
  }

  private init(_ authority: Authority, name: String, groups: [String] = [], tokenID: String? = nil, credentialID: String? = nil) {
    self.authority = authority
    self.name = name
    self.groups = groups
    self.tokenID = tokenID
    self.credentialID = credentialID
  }
}
