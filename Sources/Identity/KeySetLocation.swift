import FoundationEssentials

/// A URL that keys may be fetched from: https, or http to this machine alone.
///
/// Whoever can change the keys on their way can sign any token.
struct KeySetLocation: Sendable {
  let url: String

  init(_ text: String) throws(IdentityConfigurationError) {
    guard text.utf8.count <= 2_048, let url = URL(string: text), let scheme = url.scheme?.lowercased(), let host = url.host, !host.isEmpty
    else { throw .init("\(ExactText.shown(text)) is no URL; write it as https://host/path") }
    guard url.user == nil, url.password == nil else { throw .init("A URL of keys may hold no user or password") }
    switch scheme {
    case "https": break
    case "http" where Self.isLoopback(host): break
    case "http":
      throw .init("\(ExactText.shown(text)) is plain http, where anyone on the way may change the keys; use https")
    default: throw .init("\(ExactText.shown(text)) is neither https nor http")
    }
    self.url = text
  }

  /// By what is written: a name that only resolves to this machine may resolve elsewhere later.
  private static func isLoopback(_ host: String) -> Bool {
    if ["localhost", "::1", "[::1]"].contains(host.lowercased()) { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}
