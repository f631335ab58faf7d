#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// An IPv4 or IPv6 address.
package struct NetworkAddress: Hashable, Sendable, CustomStringConvertible {
  /// In network order: 4 or 16 of them.
  package let bytes: [UInt8]

  /// - Parameter bytes: 4 or 16; `nil` otherwise. An IPv4 address that is mapped into IPv6 (RFC 4291 §2.5.5.2) becomes what it stands for.
  package init?(bytes: [UInt8]) {
    switch bytes.count {
    case 4: self.bytes = bytes
    case 16: self.bytes = bytes.starts(with: Self.mapped) ? Array(bytes[12...]) : bytes
    default: return nil
    }
  }

  private static let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]

  /// `127.0.0.1` or `::1`, and no other spelling that some systems take for one.
  package init?(_ text: some StringProtocol) {
    let text = String(text)
    guard !text.utf8.contains(0) else { return nil }
    var four = in_addr()
    var six = in6_addr()
    if inet_pton(AF_INET, text, &four) == 1 {
      self.init(bytes: withUnsafeBytes(of: &four) { Array($0) })
    } else if inet_pton(AF_INET6, text, &six) == 1 {
      self.init(bytes: withUnsafeBytes(of: &six) { Array($0) })
    } else {
      return nil
    }
  }

  package var isIPv6: Bool { bytes.count == 16 }

  package var description: String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    _ = bytes.withUnsafeBytes { inet_ntop(isIPv6 ? AF_INET6 : AF_INET, $0.baseAddress!, &text, socklen_t(text.count)) }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// Addresses that begin alike: `10.0.0.0/8`, `fd00::/8`, or one address.
package struct NetworkRange: Hashable, Sendable, CustomStringConvertible {
  let base: NetworkAddress
  let bits: Int

  /// `nil` for what is no range.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let base = NetworkAddress(parts[0]) else { return nil }
    guard parts.count == 2 else {
      self.base = base
      bits = base.bytes.count * 8
      return
    }
    // A mapped address has become a shorter one, so its prefix would mean something else.
    guard let bits = Int(parts[1]), (0...base.bytes.count * 8).contains(bits), parts[0].contains(":") == base.isIPv6 else { return nil }
    self.base = base
    self.bits = bits
  }

  package func contains(_ address: NetworkAddress) -> Bool {
    guard address.bytes.count == base.bytes.count else { return false }
    let whole = bits / 8
    guard address.bytes.prefix(whole) == base.bytes.prefix(whole) else { return false }
    let rest = bits % 8
    return rest == 0 || (address.bytes[whole] ^ base.bytes[whole]) >> UInt8(8 - rest) == 0
  }

  package var description: String { "\(base)/\(bits)" }
}
