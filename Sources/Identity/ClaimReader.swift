import JSON

/// Reads the claims of a token whose signature was found good, and checks them (RFC 7519 section 4.1).
struct ClaimReader {
  /// The last second of the year 9999: a later one is no time but an attempt to overflow something.
  static let latestSeconds: Int64 = 253_402_300_799
  static let maximumSubjectBytes = 255
  static let maximumGroups = 1_000
  static let maximumGroupBytes = 512

  let claims: JSONObject
  let configuration: IssuerConfiguration

  /// Expiry is judged last, so that an expired token is one that was right in everything else.
  func identity(nowSeconds: Int64) throws(TokenError) -> VerifiedIdentity {
    try checkAudience()
    let leeway = configuration.leewaySeconds
    guard let expiry = try time("exp") else { throw .malformed("no \"exp\"; tokens that never expire are not accepted") }
    let issued = try time("iat")
    for time in [try time("nbf"), issued] {
      if let time, time > nowSeconds + leeway { throw .notYetValid(atSeconds: time) }
    }
    let identity = VerifiedIdentity(
      issuer: try issuer(), subject: try subject(), kind: kind(), groups: try groups(), displayName: displayName(),
      expiresAtSeconds: expiry, authenticatedAtSeconds: try authenticationTime() ?? issued, tokenID: try tokenID(),
      credentialID: configuration.claims.tellsOriginalIssuer ? try? claims.optional("cred")?.string() : nil)
    guard nowSeconds < expiry + leeway else { throw .expired(identity) }
    return identity
  }

  private func checkAudience() throws(TokenError) {
    guard let value = claims.optional("aud") else { throw .malformed("no \"aud\"") }
    guard let audience = Self.texts(value) else { throw .malformed("\"aud\" is neither a text nor a list of texts") }
    let isOurs = audience.contains { named in configuration.audiences.contains { ExactText.isSame($0, named) } }
    guard isOurs else { throw .wrongAudience(audience) }
  }

  /// Whole seconds since 1970; a fraction is cut off.
  private func time(_ name: StaticString) throws(TokenError) -> Int64? {
    guard let value = claims.optional(name) else { return nil }
    if let whole = try? value.int64() {
      guard (0...Self.latestSeconds).contains(whole) else { throw .malformed("\"\(name)\" is out of range") }
      return whole
    }
    guard let number = try? value.double(), number >= 0, number <= Double(Self.latestSeconds) else {
      throw .malformed("\"\(name)\" is no number of seconds since 1970")
    }
    return Int64(number)
  }

  /// Another issuer's `auth_time` may lie days back, at a session's beginning; what counts here is when its token was made.
  private func authenticationTime() throws(TokenError) -> Int64? {
    configuration.claims.tellsOriginalIssuer ? try time("auth_time") : nil
  }

  private func issuer() throws(TokenError) -> String {
    guard configuration.claims.tellsOriginalIssuer, let value = ClaimPath.originalIssuer.value(in: claims) else {
      return configuration.issuer
    }
    guard let issuer = try? value.string(), !issuer.isEmpty else { throw .malformed("\"orig_iss\" is no text") }
    return issuer
  }

  private func subject() throws(TokenError) -> String {
    let path = configuration.claims.subject
    guard let subject = try? path.value(in: claims)?.string() else { throw .malformed("the subject's claim \(path) is absent or no text") }
    guard !subject.isEmpty, subject.utf8.count <= Self.maximumSubjectBytes else {
      throw .malformed("the subject's claim \(path) has \(subject.utf8.count) bytes; it may have 1 to \(Self.maximumSubjectBytes)")
    }
    // It will stand in logs and audit events.
    guard subject.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
      throw .malformed("the subject's claim \(path) holds control characters")
    }
    return subject
  }

  private func groups() throws(TokenError) -> [String] {
    var groups: [String] = []
    var seen: Set<String> = []
    for path in configuration.claims.groups {
      guard let value = path.value(in: claims) else { continue }
      guard let named = Self.texts(value) else { throw .malformed("the groups' claim \(path) is neither a text nor a list of texts") }
      guard named.allSatisfy({ $0.utf8.count <= Self.maximumGroupBytes }) else {
        throw .malformed("the groups' claim \(path) holds a name of more than \(Self.maximumGroupBytes) bytes")
      }
      for name in named where !name.isEmpty && seen.insert(name).inserted { groups.append(name) }
    }
    // Cutting the list would silently take rights away, or lift a prohibition.
    guard groups.count <= Self.maximumGroups else {
      throw .malformed("\(groups.count) groups, more than the \(Self.maximumGroups) allowed")
    }
    return groups
  }

  private func displayName() -> String? {
    guard let name = try? configuration.claims.displayName?.value(in: claims)?.string(), name.utf8.count <= 512 else { return nil }
    return name
  }

  private func tokenID() throws(TokenError) -> String? {
    guard let value = claims.optional("jti") else { return nil }
    guard let id = try? value.string(), id.utf8.count <= 256 else { throw .malformed("\"jti\" is no text of at most 256 bytes") }
    return id
  }

  private func kind() -> PrincipalKind {
    func text(_ path: ClaimPath) -> String? { try? path.value(in: claims)?.string() }
    let isService =
      switch configuration.claims.kind {
      case .always(let kind): kind == .service
      case .serviceWhen(let path, let values): text(path).map { found in values.contains { ExactText.isSame($0, found) } } ?? false
      case .serviceWhenPresent(let path): path.value(in: claims) != nil
      case .serviceWhenPrefixed(let path, let prefix): text(path)?.utf8.starts(with: prefix.utf8) ?? false
      }
    return isService ? .service : .user
  }

  /// One text as a list of it; `nil` for anything but a text or a list of texts.
  private static func texts(_ value: JSONValue) -> [String]? {
    if let text = try? value.string() { return [text] }
    return try? value.array().decode { element throws(JSONError) in try element.string() }
  }
}
