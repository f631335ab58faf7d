/// What an issuer's claims mean here.
package struct ClaimMapping: Sendable {
  /// How a service is told from a person.
  package enum KindRule: Sendable {
    case always(PrincipalKind)
    /// A service when the claim's text is one of these, as `idtyp` is `app`.
    case serviceWhen(ClaimPath, isOneOf: [String])
    /// A service when the claim is there at all.
    case serviceWhenPresent(ClaimPath)
    /// A service when the claim's text begins so, as `preferred_username` does with `service-account-`.
    case serviceWhenPrefixed(ClaimPath, prefix: String)
  }

  /// Must be there and be text.
  package var subject: ClaimPath
  /// Each may be absent, one text, or a list of texts.
  package var groups: [ClaimPath]
  package var displayName: ClaimPath?
  package var kind: KindRule
  /// Whether the token says itself which issuer its subject comes from. Only for our own tokens: any other issuer could
  /// make itself the spokesman of all with it.
  private(set) var tellsOriginalIssuer = false

  package init(
    subject: ClaimPath = .subject, groups: [ClaimPath] = [], displayName: ClaimPath? = nil, kind: KindRule = .always(.user)
  ) {
    self.subject = subject
    self.groups = groups
    self.displayName = displayName
    self.kind = kind
  }

  /// The claims ``TokenIssuer`` writes.
  static let ours: ClaimMapping = {
    var mapping = ClaimMapping(
      groups: [.groups], displayName: .preferredUsername, kind: .serviceWhen(.kind, isOneOf: [PrincipalKind.service.rawValue]))
    mapping.tellsOriginalIssuer = true
    return mapping
  }()
}
