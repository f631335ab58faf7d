import Testing

@testable import Cedar

@Suite struct CedarDurationTests {
  @Test(arguments: [
    ("0ms", 0), ("-0ms", 0), ("0d0s", 0), ("1ms", 1), ("1s", 1000), ("1m", 60_000), ("1h", 3_600_000), ("1d", 86_400_000),
    ("12s340ms", 12_340), ("1s234ms", 1234), ("-1ms", -1), ("-1s", -1000), ("-4s200ms", -4200), ("-9s876ms", -9876),
    ("106751d23h47m16s854ms", 9_223_372_036_854), ("-106751d23h47m16s854ms", -9_223_372_036_854), ("-9223372036854775808ms", Int64.min),
    ("9223372036854775807ms", Int64.max), ("1d2h3m4s5ms", 93_784_005), ("2d12h", 216_000_000), ("3m30s", 210_000),
    ("1h30m45s", 5_445_000), ("2d5h20m", 192_000_000), ("-1d12h", -129_600_000), ("-3h45m", -13_500_000), ("1d1ms", 86_400_001),
    ("59m59s999ms", 3_599_999), ("23h59m59s999ms", 86_399_999), ("0d0h0m0s0ms", 0), ("1m1ms", 60_001), ("5d3ms", 432_000_003),
    ("-10h", -36_000_000), ("-3h5m", -11_100_000), ("00000000000000000000000000001ms", 1),
  ])
  func reads(text: String, milliseconds: Int64) throws {
    #expect(try CedarDuration(text).milliseconds == milliseconds)
  }

  @Test(arguments: [
    "", "-", "a", "-1", "1", "d", "-d", "-h", "-ms", "\u{2796}1ms", "11dd", "00000mm", "-1hh", "-h2d", "1d-1s", "--1d", "+1d",
    "1d2h3m4s5ms6",
    "1x2m3s", "1.23s", "1s1d", "1s1s", "1ms1s", "1ms1m", "1ms1h", "0ms1d", "1s1m", "1s1h", "0s0d", "0m0h", "0m0d", "1h1d", "1ms1m1d",
    "1ms1ms", "1d2h3m4s5ms ", " 1d2h3m4s5ms", "1 d", "1D", "1_0ms", "\u{663}ms",
  ])
  func refusesAsMalformed(text: String) {
    do throws(ExtensionError) {
      Issue.record("Read as \(try CedarDuration(text))")
    } catch {
      if case .overflow = error { Issue.record("\(error)") }
    }
  }

  @Test(arguments: [
    "1d9223372036854775807ms", "1d92233720368547758071ms", "9223372036854776s1ms", "-12142442932071h", "9223372036854775808ms",
    "-9223372036854775809ms", "-1s9223372036854775808ms", "106751991168d", "99999999999999999999999d",
  ])
  func refusesWhatDoesNotFit(text: String) {
    #expect(throws: ExtensionError.overflow(type: "duration", expected: "milliseconds that fit 64 bits")) { try CedarDuration(text) }
  }

  @Test(arguments: [
    ("999ms", 999, 0, 0, 0, 0), ("1000ms", 1000, 1, 0, 0, 0), ("1001ms", 1001, 1, 0, 0, 0), ("-999ms", -999, 0, 0, 0, 0),
    ("-1000ms", -1000, -1, 0, 0, 0), ("59999ms", 59_999, 59, 0, 0, 0), ("60000ms", 60_000, 60, 1, 0, 0), ("61s", 61_000, 61, 1, 0, 0),
    ("-59999ms", -59_999, -59, 0, 0, 0), ("-60000ms", -60_000, -60, -1, 0, 0), ("3599999ms", 3_599_999, 3599, 59, 0, 0),
    ("61m", 3_660_000, 3660, 61, 1, 0), ("-3599999ms", -3_599_999, -3599, -59, 0, 0), ("-1h", -3_600_000, -3600, -60, -1, 0),
    ("86399999ms", 86_399_999, 86_399, 1439, 23, 0), ("24h", 86_400_000, 86_400, 1440, 24, 1), ("25h", 90_000_000, 90_000, 1500, 25, 1),
    ("-86399999ms", -86_399_999, -86_399, -1439, -23, 0), ("-1d", -86_400_000, -86_400, -1440, -24, -1),
    ("-9223372036854775808ms", Int64.min, -9_223_372_036_854_775, -153_722_867_280_912, -2_562_047_788_015, -106_751_991_167),
  ])
  func countsWholeUnits(text: String, milliseconds: Int64, seconds: Int64, minutes: Int64, hours: Int64, days: Int64) throws {
    let duration = try CedarDuration(text)
    #expect(duration.toMilliseconds == milliseconds)
    #expect(duration.toSeconds == seconds)
    #expect(duration.toMinutes == minutes)
    #expect(duration.toHours == hours)
    #expect(duration.toDays == days)
  }

  @Test func ordersAndWrites() throws {
    #expect(try CedarDuration("-2h") < CedarDuration("1h"))
    #expect(try CedarDuration("-3d") == CedarDuration("-72h"))
    #expect(try CedarDuration("2h") > CedarDuration("1h"))
    for text in ["0ms", "-1ms", "-9223372036854775808ms", "9223372036854775807ms"] { #expect(try CedarDuration(text).description == text) }
    #expect(try CedarDuration("1m").cedarText == "duration(\"60000ms\")")
  }
}
