import Testing

@testable import Cedar

@Suite struct IPAddressTests {
  private static func ipv6(_ groups: [UInt128]) -> UInt128 { groups.reduce(0) { $0 << 16 | $1 } }

  @Test(arguments: [
    ("127.0.0.1", 0x7F00_0001, 32), ("127.3.4.1/2", 0x7F03_0401, 2), ("0.0.0.0/0", 0, 0), ("255.255.255.255/32", 0xFFFF_FFFF, 32),
    ("127.0.0.1/0", 0x7F00_0001, 0),
  ])
  func readsIPv4(text: String, bits: UInt128, prefix: UInt8) throws {
    #expect(try IPAddress(text) == IPAddress(isIpv4: true, bits: bits, prefix: prefix))
  }

  @Test(arguments: [
    ("::", [0, 0, 0, 0, 0, 0, 0, 0], 128), ("::/5", [0, 0, 0, 0, 0, 0, 0, 0], 5), ("a::", [10, 0, 0, 0, 0, 0, 0, 0], 128),
    ("::f", [0, 0, 0, 0, 0, 0, 0, 15], 128), ("F:AE::F:5:F:F:0", [15, 0xAE, 0, 15, 5, 15, 15, 0], 128),
    ("a::f/120", [10, 0, 0, 0, 0, 0, 0, 15], 120),
    ("1:2:3:4:5:6:7::", [1, 2, 3, 4, 5, 6, 7, 0], 128), ("::1:2:3:4:5:6:7", [0, 1, 2, 3, 4, 5, 6, 7], 128),
    ("0001:0022:0333:4444:000a:00bb:0ccc:dDdD", [1, 0x22, 0x333, 0x4444, 10, 0xBB, 0xCCC, 0xDDDD], 128),
    ("ffee::/0", [0xFFEE, 0, 0, 0, 0, 0, 0, 0], 0),
  ])
  func readsIPv6(text: String, groups: [UInt128], prefix: UInt8) throws {
    #expect(try IPAddress(text) == IPAddress(isIpv4: false, bits: Self.ipv6(groups), prefix: prefix))
  }

  @Test(arguments: [
    "", "?", "127.0.0.1.", ".127.0.0.1", "127.0..0.1", "127.0.0", "256.0.0.1", "380.0.0.1", "127.0.a.1", "ab.ab.ab.ab", "00.0.0.0",
    "127.0.0.01",
    "127.3.4.1/33", "172.0.0.1/64", "127.0.0.1/", "127.0.0.1/-1", "127.0.0.1/01", "127.0.0.1/8/24", "/8", "::::", ":::", "::f::", ":", "1:",
    ":1",
    "F:AE::F:5:F:F:0:0", "F:A:F:5:F:F:0:0:1", "1:2:3:4::5:6:7:8", "1:2:3:4:5:6:7:8::", "F:A", "::ffff1", "::00001", "F:AE::F:5:F:F:0/129",
    "ffee::/132",
    "ffee::/+1", "ffee::/1234", "::ffff:127.0.0.1", "::127.0.0.1", "foo::1", "fee::/64::1", "::/00", "::/01", "::/001",
    "F:AE::F:5:F:F:0/01",
    "fe80::1%1", "[::1]", " ::1", "::1 ", "\u{FF11}27.0.0.1",
  ])
  func refuses(text: String) {
    #expect(throws: ExtensionError.self) { try IPAddress(text) }
  }

  @Test(arguments: [
    ("238.238.238.238", "238.238.238.41/12", true), ("238.238.238.238", "238.238.238.238", true),
    ("F:AE::F:5:F:F:0", "F:AE::F:5:F:F:0", true),
    ("F:AE::F:5:F:F:1", "F:AE::F:5:F:F:0/127", true), ("F:AE::F:5:F:F:2", "F:AE::F:5:F:F:0/127", false), ("0.0.0.0", "::", false),
    ("::", "0.0.0.0", false), ("10.0.0.0", "10.0.0.0/24", true), ("10.0.0.0", "10.0.0.0/32", true), ("10.0.0.0", "10.0.0.1/24", true),
    ("10.0.0.0", "10.0.0.1/32", false), ("10.0.0.1", "10.0.0.0/24", true), ("10.0.0.0/24", "10.0.0.0/32", false),
    ("10.0.0.0/32", "10.0.0.0/24", true),
    ("10.0.0.1/24", "10.0.0.0/24", true), ("10.0.0.0/24", "10.0.0.1/24", true), ("10.0.0.0/24", "10.0.0.0/29", false),
    ("10.0.0.0/29", "10.0.0.0/24", true), ("10.0.0.0/24", "10.0.0.1/29", false), ("10.0.0.0/29", "10.0.0.1/24", true),
    ("10.0.0.1/24", "10.0.0.0/29", false), ("10.0.0.1/29", "10.0.0.0/24", true), ("10.0.0.0/32", "10.0.0.0", true),
    ("0.0.0.0/31", "0.0.0.1/31", true),
    ("0.0.0.1/31", "0.0.0.0/31", true), ("192.168.0.75", "192.168.0.1/24", true), ("192.168.0.75", "192.168.0.1/28", false),
    ("1:2:3:4::", "1:2:3:4::/48", true), ("1:2:3:ffff::", "1:2:3:4::/48", true), ("1:2:3:ffff::", "1:2:3:4::/52", false),
    ("192.168.0.1", "1:2:3:4::/48", false), ("255.0.0.0", "1.2.3.4/0", true), ("ffff::", "1::/0", true), ("0.0.0.0/0", "1.2.3.4/0", true),
    ("0.0.0.0/0", "0.0.0.0/1", false),
  ])
  func knowsRanges(inner: String, outer: String, isInside: Bool) throws {
    #expect(try IPAddress(inner).isInRange(IPAddress(outer)) == isInside)
  }

  @Test(arguments: [
    ("127.0.0.1", true), ("127.0.0.2", true), ("127.0.0.0/8", true), ("127.255.200.200/0", false), ("127.0.0.0/7", false),
    ("128.0.0.1", false),
    ("::1", true), ("::1/127", false), ("::2", false), ("::B", false), ("::ffff:ff00:0001", false), ("::ffff:7f00:1", false),
  ])
  func knowsLoopback(text: String, expected: Bool) throws {
    let loopback = try [IPAddress("127.0.0.0/8"), IPAddress("::1")]
    #expect(try IPAddress(text).isLoopback == expected)
    #expect(try loopback.contains(where: IPAddress(text).isInRange) == expected)
  }

  @Test(arguments: [
    ("228.228.228.0", true), ("224.0.0.0/3", false), ("224.0.0.0/4", true), ("224.0.0.0/5", true), ("239.255.255.255", true),
    ("240.0.0.0", false),
    ("ff00::/7", false), ("ff00::/9", true), ("ff00::2", true), ("fe00::", false), ("127.0.0.1", false), ("127.0.0.1/1", false),
  ])
  func knowsMulticast(text: String, expected: Bool) throws {
    let multicast = try [IPAddress("224.0.0.0/4"), IPAddress("ff00::/8")]
    #expect(try IPAddress(text).isMulticast == expected)
    #expect(try multicast.contains(where: IPAddress(text).isInRange) == expected)
  }

  @Test(arguments: [
    ("10.0.0.0", "10.0.0.0", true), ("10.0.0.0", "10.0.0.1", false), ("10.0.0.0/32", "10.0.0.0", true), ("10.0.0.0/24", "10.0.0.0", false),
    ("10.0.0.0/24", "10.0.0.1/24", false), ("10.0.0.1/24", "10.0.0.1/29", false), ("127.0.0.1", "::1", false), ("0.0.0.0", "::", false),
    ("::", "0:0:0:0:0:0:0:0/128", true),
  ])
  func comparesAddressAndPrefix(left: String, right: String, expected: Bool) throws {
    #expect(try (IPAddress(left) == IPAddress(right)) == expected)
  }

  @Test func tellsVersions() throws {
    #expect(try IPAddress("127.0.0.1").isIpv4 && !IPAddress("127.0.0.1").isIpv6)
    #expect(try IPAddress("::ffff:ff00:1").isIpv6 && !IPAddress("::ffff:ff00:1").isIpv4)
  }

  @Test(arguments: [
    ("192.168.0.1", "192.168.0.1/32"), ("0.0.0.0/1", "0.0.0.0/1"), ("8.8.8.8/24", "8.8.8.8/24"), ("1:2:3:4:A:b:c:d", "1:2:3:4:a:b:c:d/128"),
    ("7:70:700:7000::a00", "7:70:700:7000::a00/128"), ("::ffff", "::ffff/128"), ("ffff::/4", "ffff::/4"), ("::", "::/128"),
    ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7/128"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3/128"), ("1:0:0:2:3:0:0:4", "1::2:3:0:0:4/128"),
    ("::ffff:7f00:1", "::ffff:7f00:1/128"),
  ])
  func writes(text: String, written: String) throws {
    #expect(try IPAddress(text).description == written)
    #expect(try IPAddress(written) == IPAddress(text))
  }
}
