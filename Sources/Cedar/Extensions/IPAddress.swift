/// An IPv4 or IPv6 address, or a range of them (Cedar documentation, "Operators": ipaddr).
///
/// Two are equal if they have the same address and prefix: `10.0.0.0/24` and `10.0.0.1/24` cover the same range and are not equal.
package struct IPAddress: Hashable, Sendable {
  package let isIpv4: Bool
  /// The address; of IPv4 the lower 32 bits.
  package let bits: UInt128
  /// How many leading bits the range fixes; all of them for one address.
  package let prefix: UInt8

  init(isIpv4: Bool, bits: UInt128, prefix: UInt8) {
    self.isIpv4 = isIpv4
    self.bits = bits
    self.prefix = prefix
  }

  package var isIpv6: Bool { !isIpv4 }

  private var width: UInt8 { isIpv4 ? 32 : 128 }

  /// Ones where the range leaves bits free.
  private var hostMask: UInt128 {
    let free = width - prefix
    return free == 128 ? .max : (1 << UInt128(free)) - 1
  }

  /// Whether every address of this range is in `other`; never across IPv4 and IPv6.
  package func isInRange(_ other: IPAddress) -> Bool {
    guard isIpv4 == other.isIpv4 else { return false }
    return other.bits & ~other.hostMask <= bits & ~hostMask && bits | hostMask <= other.bits | other.hostMask
  }

  /// Within 127.0.0.0/8 or ::1; an IPv4 address written as IPv6 is no loopback.
  package var isLoopback: Bool { isIpv4 ? bits >> 24 == 127 && prefix >= 8 : bits == 1 && prefix == 128 }

  /// Within 224.0.0.0/4 or ff00::/8.
  package var isMulticast: Bool { isIpv4 ? bits >> 28 == 0xE && prefix >= 4 : bits >> 120 == 0xFF && prefix >= 8 }
}

extension IPAddress: Comparable {
  /// IPv4 before IPv6, then by address, then by prefix. Cedar itself does not order addresses.
  package static func < (left: IPAddress, right: IPAddress) -> Bool {
    if left.isIpv4 != right.isIpv4 { return left.isIpv4 }
    return left.bits == right.bits ? left.prefix < right.prefix : left.bits < right.bits
  }
}

extension IPAddress: CustomStringConvertible {
  /// The address and its prefix, also for a single address: `127.0.0.1/32`, `ffee::11/128`.
  package var description: String { (isIpv4 ? ipv4Text : ipv6Text) + "/\(prefix)" }

  /// Cedar text that comes to this value.
  package var cedarText: String { "ip(\"\(self)\")" }

  private var ipv4Text: String {
    [24, 16, 8, 0].map { String(truncatingIfNeeded(bits >> UInt128($0)) & 0xFF) }.joined(separator: ".")
  }

  /// Groups in lower case without leading zeros; the first of the longest runs of two or more zero groups is left out.
  private var ipv6Text: String {
    let groups = (0..<8).map { truncatingIfNeeded(bits >> UInt128(112 - 16 * $0)) & 0xFFFF }
    var longest = 0..<0
    var start = 0
    for index in 0...8 where index == 8 || groups[index] != 0 {
      if index - start > longest.count { longest = start..<index }
      start = index + 1
    }
    func text(_ range: Range<Int>) -> String { groups[range].map { String($0, radix: 16) }.joined(separator: ":") }
    if longest.count < 2 { return text(0..<8) }
    return text(0..<longest.lowerBound) + "::" + text(longest.upperBound..<8)
  }

  private func truncatingIfNeeded(_ value: UInt128) -> UInt32 { UInt32(truncatingIfNeeded: value) }
}
