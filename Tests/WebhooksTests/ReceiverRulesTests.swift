import SeededRandom
import Testing

@testable import Webhooks

@Suite struct ReceiverRulesTests {
  static let refused = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.7",
    "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2001:1ff::1",
    "2002:7f00:1::1", "3fff::1", "4000::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "ff0e::1",
  ]
  static let allowed = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.255.255.255", "128.0.0.1", "169.253.0.1",
    "172.15.255.255", "172.32.0.1", "192.167.255.255", "192.169.0.1", "198.17.0.1", "198.20.0.1", "223.255.255.255", "::ffff:8.8.8.8",
    "64:ff9b::808:808", "2001:200::1", "2606:4700::1111", "2a00:1450:4001::1", "3ffe::1",
  ]

  @Test(arguments: refused) func isNobodyElsesToReach(_ text: String) throws {
    #expect(!ReceiverRules().allows(try #require(NetworkAddress(text))))
  }

  @Test(arguments: allowed) func isForEverybodyToReach(_ text: String) throws {
    #expect(ReceiverRules().allows(try #require(NetworkAddress(text))))
  }

  @Test func whatIsSaidToBeAllowedIsAllowedAndNoMore() throws {
    let rules = ReceiverRules(allowed: ["10.1.0.0/16", "127.0.0.1", "fd00::/9", "192.168.1.128/25"].compactMap { NetworkRange($0) })
    #expect(rules.allowed.count == 4)
    for text in ["10.1.0.0", "10.1.255.255", "127.0.0.1", "::ffff:127.0.0.1", "fd7f::1", "192.168.1.200"] {
      #expect(rules.allows(try #require(NetworkAddress(text))), "\(text)")
    }
    for text in ["10.0.255.255", "10.2.0.0", "127.0.0.2", "fd80::1", "192.168.1.127", "::1"] {
      #expect(!rules.allows(try #require(NetworkAddress(text))), "\(text)")
    }
  }

  @Test(arguments: [
    "", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "::/129", "::ffff:10.0.0.0/104", "10.0.0/8", "localhost", "10.0.0.0/8/8",
  ])
  func isNoRange(_ text: String) { #expect(NetworkRange(text) == nil) }

  @Test(arguments: ["127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "127.0.0.1 ", "127.0.0.1\0", "fe80::1%lo", "[::1]", ""])
  func isNoAddressToUs(_ text: String) { #expect(NetworkAddress(text) == nil) }

  /// An address lies in a range if and only if their leading bits are the same.
  @Test func rangesCompareBits() throws {
    var random = SeededGenerator(seed: 8)
    for _ in 0..<2_000 {
      let size = Bool.random(using: &random) ? 4 : 16
      // Far from the mapped ones.
      let base = [UInt8(0x20)] + (1..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
      let bits = Int.random(in: 0...size * 8, using: &random)
      let address = try #require(NetworkAddress(bytes: base))
      let range = try #require(NetworkRange("\(address)/\(bits)"))
      let flipped = Int.random(in: 0..<size * 8, using: &random)
      var other = base
      other[flipped / 8] ^= 0x80 >> UInt8(flipped % 8)
      let changed = try #require(NetworkAddress(bytes: other))
      #expect(range.contains(address))
      #expect(range.contains(changed) == (flipped >= bits))
    }
  }
}
