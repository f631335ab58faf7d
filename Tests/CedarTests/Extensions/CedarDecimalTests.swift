import Testing

@testable import Cedar

@Suite struct CedarDecimalTests {
  @Test(arguments: [
    ("0.0", 0), ("0.0000", 0), ("-0.0", 0), ("12.34", 123_400), ("1.2345", 12_345), ("-1.0", -10_000), ("-4.2", -42_000),
    ("-9.876", -98_760), ("0123.0", 1_230_000), ("-0.0023", -23), ("000000000000000000000000000001.0", 10_000),
    ("-922337203685477.5808", Int64.min), ("922337203685477.5807", Int64.max),
  ])
  func reads(text: String, tenThousandths: Int64) throws {
    #expect(try CedarDecimal(text).tenThousandths == tenThousandths)
  }

  @Test(arguments: [
    "", "-", ".", "1.x", "1.-2", "12", ".12", "-.12", "12.", "1.23456", "0.00000", "+1.0", "--1.0", "1.0.0", "1,0", " 1.0", "1.0 ", "1_0.0",
    "1.0_1", "1e3.0", "\u{663}.0", "1.\u{663}", "1\u{301}.0",
  ])
  func refusesAsMalformed(text: String) {
    do throws(ExtensionError) {
      Issue.record("Read as \(try CedarDecimal(text))")
    } catch {
      if case .overflow = error { Issue.record("\(error)") }
    }
  }

  @Test(arguments: [
    "922337203685477.5808", "-922337203685477.5809", "-922337203685478.0", "922337203685478.0", "99999999999999999999.0",
    "-99999999999999999999.0",
  ])
  func refusesWhatDoesNotFit(text: String) {
    #expect(throws: ExtensionError.overflow(type: "decimal", expected: "a number from -922337203685477.5808 to 922337203685477.5807")) {
      try CedarDecimal(text)
    }
  }

  @Test(arguments: [
    ("1.23", "1.24", -1), ("1.23", "1.23", 0), ("123.45", "1.23", 1), ("-1.23", "1.23", -1), ("-1.23", "-1.24", 1), ("0.23", "-0.23", 1),
    ("-0.0023", "-0.23", 1), ("-0.0001", "0.0", -1), ("-1.0000", "-0.9999", -1), ("123.0", "123.0000", 0),
  ])
  func orders(left: String, right: String, expected: Int) throws {
    let (left, right) = (try CedarDecimal(left), try CedarDecimal(right))
    #expect((left < right) == (expected < 0))
    #expect((left <= right) == (expected <= 0))
    #expect((left > right) == (expected > 0))
    #expect((left >= right) == (expected >= 0))
    #expect((left == right) == (expected == 0))
  }

  @Test(arguments: [
    ("3.14", "3.1400"), ("11.0003", "11.0003"), ("11.003", "11.0030"), ("11.3000", "11.3000"), ("123.0", "123.0000"),
    ("-123.0", "-123.0000"), ("-3.14", "-3.1400"), ("-11.0003", "-11.0003"), ("-0.5", "-0.5000"),
    ("-922337203685477.5808", "-922337203685477.5808"),
  ])
  func writes(text: String, written: String) throws {
    #expect(try CedarDecimal(text).description == written)
    #expect(try CedarDecimal(written) == CedarDecimal(text))
  }
}
