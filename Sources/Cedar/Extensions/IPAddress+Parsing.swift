extension IPAddress {
  /// Reads an IPv4 or IPv6 address, perhaps with `/` and a prefix.
  ///
  /// Decimal numbers have no leading zeros, groups of IPv6 at most four digits, and `::` stands for at least one group. IPv4 inside IPv6
  /// (`::ffff:127.0.0.1`) is refused.
  package init(_ text: String) throws(ExtensionError) {
    // Longer than any address, so that the work is bounded.
    guard text.utf8.count <= 43, let parsed = Self.parse(Array(text.utf8)[...]) else {
      throw .malformed(
        type: "ipaddr", text: text, expected: "an IPv4 or IPv6 address, perhaps with a prefix, as in \"10.0.0.0/8\" or \"ffee::/64\"")
    }
    self = parsed
  }

  private static func parse(_ bytes: ArraySlice<UInt8>) -> IPAddress? {
    let parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count <= 2, let address = parts.first else { return nil }
    if let bits = ipv4(address) {
      let prefix = parts.count == 2 ? decimal(parts[1], atMost: 32) : 32
      return prefix.map { IPAddress(isIpv4: true, bits: bits, prefix: UInt8($0)) }
    }
    guard let bits = ipv6(address) else { return nil }
    let prefix = parts.count == 2 ? decimal(parts[1], atMost: 128) : 128
    return prefix.map { IPAddress(isIpv4: false, bits: bits, prefix: UInt8($0)) }
  }

  /// A decimal number without leading zeros.
  private static func decimal(_ bytes: ArraySlice<UInt8>, atMost limit: Int) -> Int? {
    guard let first = bytes.first, bytes.count <= 3, first != UInt8(ascii: "0") || bytes.count == 1 else { return nil }
    var value = 0
    for byte in bytes {
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    return value <= limit ? value : nil
  }

  private static func ipv4(_ bytes: ArraySlice<UInt8>) -> UInt128? {
    let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var bits: UInt128 = 0
    for part in parts {
      guard let number = decimal(part, atMost: 255) else { return nil }
      bits = bits << 8 | UInt128(number)
    }
    return bits
  }

  private static func ipv6(_ bytes: ArraySlice<UInt8>) -> UInt128? {
    let colon = UInt8(ascii: ":")
    guard let gap = bytes.indices.dropLast().first(where: { bytes[$0] == colon && bytes[$0 + 1] == colon }) else {
      guard let all = groups(bytes), all.count == 8 else { return nil }
      return joined(all)
    }
    // A second `::` leaves an empty group behind, which is refused.
    guard let head = groups(bytes[..<gap]), let tail = groups(bytes[(gap + 2)...]), head.count + tail.count < 8 else { return nil }
    return joined(head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail)
  }

  private static func joined(_ groups: [UInt128]) -> UInt128 { groups.reduce(0) { $0 << 16 | $1 } }

  /// Groups of one to four hexadecimal digits between colons; none for no text.
  private static func groups(_ bytes: ArraySlice<UInt8>) -> [UInt128]? {
    if bytes.isEmpty { return [] }
    var groups: [UInt128] = []
    for part in bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) {
      guard !part.isEmpty, part.count <= 4 else { return nil }
      var group: UInt128 = 0
      for byte in part {
        guard let digit = hexDigit(byte) else { return nil }
        group = group << 4 | digit
      }
      groups.append(group)
    }
    return groups
  }

  private static func hexDigit(_ byte: UInt8) -> UInt128? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt128(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt128(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt128(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }
}
