import Testing

@testable import Webhooks

@Suite struct ReceiverAddressTests {
  @Test func isTakenApartAndPutTogether() throws {
    let address = try ReceiverAddress("HTTPS://Hooks.Example.com:8443/a/b?c=d/e")
    #expect(address.isTLS)
    #expect(address.host == "hooks.example.com")
    #expect(address.port == 8443)
    #expect(address.target == "/a/b?c=d/e")
    #expect("\(address)" == "https://hooks.example.com:8443/a/b?c=d/e")
    #expect("\(try ReceiverAddress("https://a.b?x"))" == "https://a.b/?x")
    #expect("\(try ReceiverAddress("http://[2606:4700:0:0:0:0:0:1111]:1/"))" == "http://[2606:4700::1111]:1/")
    #expect("\(try ReceiverAddress("http://[::ffff:127.0.0.1]"))" == "http://127.0.0.1/")
  }

  /// Written twice, it says the same: nothing is understood in two ways.
  @Test(arguments: ["https://a.b?x", "http://[::ffff:1.2.3.4]:80", "https://A.B/%41?%20", "http://127.1/"])
  func isWrittenOnce(_ text: String) throws {
    let once = try ReceiverAddress(text)
    #expect(try ReceiverAddress("\(once)") == once)
  }

  @Test(arguments: [
    "", "example.com", "ftp://example.com", "https://", "https:///x", "https://user@example.com", "https://user:pw@example.com/",
    "https://example.com#f", "https://example.com/#f", "https://exa mple.com", "https://example.com/ x", "https://exämple.com",
    "https://a%2eb/",
    "https://example.com:0", "https://example.com:65536", "https://example.com:", "https://example.com:8 0", "https://example.com:+80",
    "https://[::1", "https://[::1]x", "https://[127.0.0.1x]", "https://[fe80::1%25eth0]", "https://a\\@b", "https://a\tb", "https://a\nb",
    "https://a,b/", "https://(a)/", "file:///etc/passwd", "http+unix://x/",
  ])
  func isRefused(_ text: String) { #expect(throws: ReceiverRefusal.self) { try ReceiverAddress(text) } }

  @Test func literalsAreCheckedAtOnceAndPlainHTTPIsRefused() throws {
    let rules = ReceiverRules()
    try ReceiverAddress("https://example.com").check(rules)
    try ReceiverAddress("https://8.8.8.8").check(rules)
    for text in ["http://example.com", "https://127.0.0.1", "https://[::1]", "https://[::ffff:10.0.0.1]", "https://169.254.169.254"] {
      #expect(throws: ReceiverRefusal.self, "\(text)") { try ReceiverAddress(text).check(rules) }
    }
    try ReceiverAddress("http://example.com").check(ReceiverRules(allowsPlainHTTP: true))
  }
}
