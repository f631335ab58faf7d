/// Where a webhook sends to: an http or https URL, taken apart by us, so that what is checked is what is used.
package struct ReceiverAddress: Hashable, Sendable, CustomStringConvertible {
  package let isTLS: Bool
  /// In lower case; an IPv6 address without brackets.
  package let host: String
  /// `nil` for the scheme's own.
  package let port: Int?
  /// Path and query, beginning with a slash.
  package let target: String

  package static let maximumSizeBytes = 2_000

  package init(_ text: String) throws(ReceiverRefusal) {
    guard text.utf8.count <= Self.maximumSizeBytes, text.utf8.allSatisfy({ 0x21...0x7E ~= $0 && !Self.never.contains($0) }) else {
      throw ReceiverRefusal("it must be at most \(Self.maximumSizeBytes) visible ASCII characters; others are percent-encoded")
    }
    let lower = text.lowercased()
    guard let scheme = ["https://", "http://"].first(where: { lower.hasPrefix($0) }) else {
      throw ReceiverRefusal("it must begin with https://")
    }
    isTLS = scheme == "https://"
    let rest = text.dropFirst(scheme.count)
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    let tail = rest.dropFirst(authority.count)
    guard !authority.contains("@") else { throw ReceiverRefusal("it must not hold a user or password; every delivery is signed instead") }
    guard !tail.contains("#") else { throw ReceiverRefusal("it must not have a fragment") }
    (host, port) = try Self.parts(of: authority)
    target = tail.hasPrefix("/") ? String(tail) : "/" + tail
  }

  /// What some parsers take for a slash, and what no URL holds.
  private static let never = Set("\\\"<>^`{|}".utf8)

  private static func parts(of authority: Substring) throws(ReceiverRefusal) -> (String, Int?) {
    let host: Substring
    let port: Substring
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]"),
        let address = NetworkAddress(authority[authority.index(after: authority.startIndex)..<end])
      else { throw ReceiverRefusal("its host is no IPv6 address") }
      port = authority[authority.index(after: end)...]
      return (address.description, try number(port))
    }
    host = authority.prefix { $0 != ":" }
    port = authority.dropFirst(host.count)
    let name = host.lowercased()
    let isName =
      (1...253).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
          || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
      }
    guard isName else { throw ReceiverRefusal("its host is no name and no address") }
    return (name, try number(port))
  }

  private static func number(_ text: Substring) throws(ReceiverRefusal) -> Int? {
    guard !text.isEmpty else { return nil }
    guard text.hasPrefix(":"), text.dropFirst().utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
      let port = Int(text.dropFirst()), (1...65_535).contains(port)
    else { throw ReceiverRefusal("its port is none") }
    return port
  }

  /// The host where it is an address itself.
  var literal: NetworkAddress? { NetworkAddress(host) }

  package var description: String {
    let shown = literal?.isIPv6 == true ? "[\(host)]" : host
    return "\(isTLS ? "https" : "http")://\(shown)\(port.map { ":\($0)" } ?? "")\(target)"
  }

  /// What can be refused without asking anybody for the host's addresses.
  package func check(_ rules: ReceiverRules) throws(ReceiverRefusal) {
    guard isTLS || rules.allowsPlainHTTP else { throw ReceiverRefusal("it must begin with https://: events do not travel in the clear") }
    if let literal, !rules.allows(literal) { throw ReceiverRefusal(literal) }
  }
}

/// Why nothing is sent to an address.
package struct ReceiverRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }

  init(_ address: NetworkAddress) {
    self.init("\(address) is not an address that everybody can reach, and the server's configuration does not allow it")
  }
}
