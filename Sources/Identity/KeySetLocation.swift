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
    case "http" where LoopbackHost.contains(host): break
    case "http":
      throw .init("\(ExactText.shown(text)) is plain http, where anyone on the way may change the keys; use https")
    default: throw .init("\(ExactText.shown(text)) is neither https nor http")
    }
    self.url = text
  }
}
