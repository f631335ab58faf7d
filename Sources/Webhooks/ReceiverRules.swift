/// Where webhooks may send to. What is not said to be allowed must be reachable by everybody: the server stands inside a network whose
/// other doors are not the business of whoever makes a webhook.
package struct ReceiverRules: Hashable, Sendable {
  /// Addresses that are allowed though they are nobody else's to reach.
  package var allowed: [NetworkRange]
  /// Whether events may travel in the clear.
  package var allowsPlainHTTP: Bool

  package init(allowed: [NetworkRange] = [], allowsPlainHTTP: Bool = false) {
    self.allowed = allowed
    self.allowsPlainHTTP = allowsPlainHTTP
  }

  package func allows(_ address: NetworkAddress) -> Bool {
    allowed.contains { $0.contains(address) } || Self.isPublic(address)
  }

  /// Whether an address may be reached from anywhere (the IANA registries of special-purpose addresses, RFC 6890).
  static func isPublic(_ address: NetworkAddress) -> Bool {
    guard address.isIPv6 else { return !specialIPv4.contains { $0.contains(address) } }
    // A translator's address leads to the IPv4 address in it (RFC 6052).
    if translated.contains(address), let inner = NetworkAddress(bytes: Array(address.bytes[12...])) { return isPublic(inner) }
    return globalUnicast.contains(address) && !specialIPv6.contains { $0.contains(address) }
  }

  private static let specialIPv4 = ranges(
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
    "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4")
  private static let globalUnicast = ranges("2000::/3")[0]
  private static let translated = ranges("64:ff9b::/96")[0]
  /// Within it: protocol assignments with Teredo, documentation, and 6to4, which leads to any IPv4 address.
  private static let specialIPv6 = ranges("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")

  private static func ranges(_ texts: String...) -> [NetworkRange] { texts.map { NetworkRange($0)! } }
}
