/// A way to reach a table's files that a client without keys of its own understands: a value of `X-Iceberg-Access-Delegation`.
package enum AccessDelegation: String, Sendable, Hashable, CaseIterable {
  case vendedCredentials = "vended-credentials"
  case remoteSigning = "remote-signing"

  /// Those that a comma-separated list names. Case and spaces do not count; what is not known may be another server's, and is none here.
  package static func list(_ text: String) -> Set<AccessDelegation> {
    Set(text.split(separator: ",").compactMap { AccessDelegation(rawValue: $0.filter { !$0.isWhitespace }.lowercased()) })
  }
}
