import Testing

@testable import Cedar

@Suite struct CedarDatetimeTests {
  @Test(arguments: [
    ("1970-01-01", 0), ("2022-10-10", 1_665_360_000_000), ("1969-12-31", -86_400_000), ("1969-12-31T23:59:59Z", -1000),
    ("1969-12-31T23:59:59.001Z", -999), ("1969-12-31T23:59:59.999Z", -1), ("2024-10-15", 1_728_950_400_000),
    ("2024-10-15T11:38:02Z", 1_728_992_282_000), ("2024-10-15T11:38:02.101Z", 1_728_992_282_101),
    ("2024-10-15T11:38:02.101-1134", 1_729_033_922_101), ("2024-10-15T11:38:02.101+1134", 1_728_950_642_101),
    ("2024-10-15T11:38:02+1134", 1_728_950_642_000), ("2024-10-15T11:38:02-1134", 1_729_033_922_000),
    ("2024-10-15T23:59:00+2359", 1_728_950_400_000), ("2024-10-15T00:00:00-2359", 1_729_036_740_000),
    ("2024-10-15T00:00:00-0000", 1_728_950_400_000),
    ("0000-01-01", -62_167_219_200_000), ("0000-02-29", -62_162_121_600_000), ("2000-02-29", 951_782_400_000),
    ("9999-12-31T23:59:59.999Z", 253_402_300_799_999), ("9999-12-31T23:59:59.999-2359", 253_402_387_139_999),
    ("0000-01-01T00:00:00+2359", -62_167_305_540_000),
  ])
  func reads(text: String, milliseconds: Int64) throws {
    #expect(try CedarDatetime(text).millisecondsSinceEpoch == milliseconds)
  }

  @Test(arguments: [
    "", "a", "-", "-1", " 2022-10-10", "2022-10-10 ", "2022-10- 10", "11-12-13", "011-12-13", "00011-12-13", "10000-01-01",
    "10000-01-01T00:00:00Z", "0001-2-13", "0001-012-13", "0001-02-3", "0001-02-003", "0001-01-01T1:01:01Z", "0001-01-01T001:01:01Z",
    "0001-01-01T01:1:01Z", "0001-01-01T01:001:01Z", "0001-01-01T01:01:1Z", "0001-01-01T01:01:001Z", "0001-01-01T01:01:01.01Z",
    "0001-01-01T01:01:01.0001Z", "0001-01-01T01:01:01.001+01", "0001-01-01T01:01:01.001+001", "0001-01-01T01:01:01.001+00001",
    "0001-01-01T01:01:01.001+00:01", "0001-01-01T01:01:01.001+00:00:01", "-0001-01-01", "0000-0a-01", "1111-1x-20", "1111-Jul-20",
    "1111-July-20", "1111-J-20", "2024-10-15Z", "2024-10-15z", "2024-10-15T11:38:02ZZ", "2024-10-15t11:38:02Z", "2024-10-15T11:38:02z",
    "2024-01-01T", "2024-01-01Ta", "2024-01-01T01:", "2024-01-01T01:02", "2024-01-01T01:02:0b", "2024-01-01T01::02:03",
    "2024-01-01T01::02::03", "2024-01-01T31:02:03Z", "2024-01-01T24:00:00Z", "2024-01-01T01:60:03Z", "2016-12-31T23:59:60Z",
    "2016-12-31T23:59:61Z", "2016-12-31T23:59:60.000Z", "2016-12-31T23:59:60.000+0200", "2024-01-01T00:00:00", "2024-01-01T00:00:00T",
    "2024-01-01T00:00:00.001", "2024-01-01T00:00:00x001Z", "2024-01-01T00:00:00.001ZZ", "2024-01-01T00:00:00\u{2795}0000",
    "2024-01-01T00:00:00\u{2796}0000", "2024-01-01T00:00:00.0001Z", "2024-01-01T00:00:00.001\u{2796}0000", "2024-01-01T00:00:00.001+00000",
    "2024-01-01T00:00:00.001-00000", "2016-01-01T00:00:00+2400", "2016-01-01T00:00:00+0060", "2016-01-01T00:00:00+9999",
    "2016-12-31T00:00:00+1160", "2016-12-31T00:00:00+1199", "2024-00-01", "2024-01-00", "2024-02-30", "2025-02-29", "1900-02-29",
    "2024-20-01",
    "2024-01-32", "2024-01-99", "2024-04-31", "\u{662}024-01-01",
  ])
  func refuses(text: String) {
    #expect(throws: ExtensionError.self) { try CedarDatetime(text) }
  }

  @Test(arguments: [
    ("2024-10-15", "2024-10-15", 0), ("2024-10-15", "2024-10-15T00:00:00.001Z", 1), ("2024-10-15", "2024-10-15T00:00:01Z", 1000),
    ("2024-10-15", "2024-10-14T23:59:59Z", -1000), ("2024-10-15", "2024-10-15T00:00:00-0001", 60_000),
    ("1970-01-01", "1970-01-02", 86_400_000), ("1970-01-01", "1969-12-31", -86_400_000),
  ])
  func offsetsAndDifferences(start: String, end: String, milliseconds: Int64) throws {
    let (start, end) = (try CedarDatetime(start), try CedarDatetime(end))
    #expect(try start.offset(by: CedarDuration(milliseconds: milliseconds)) == end)
    #expect(try end.durationSince(start) == CedarDuration(milliseconds: milliseconds))
    #expect((start < end) == (milliseconds > 0))
  }

  @Test func refusesResultsThatDoNotFit() throws {
    let last = CedarDatetime(millisecondsSinceEpoch: .max)
    let first = CedarDatetime(millisecondsSinceEpoch: .min)
    #expect(throws: ExtensionError.self) { try last.offset(by: CedarDuration(milliseconds: 1)) }
    #expect(throws: ExtensionError.self) { try first.offset(by: CedarDuration(milliseconds: -1)) }
    #expect(try last.offset(by: CedarDuration(milliseconds: -1)).millisecondsSinceEpoch == .max - 1)
    #expect(throws: ExtensionError.self) { try first.durationSince(last) }
    #expect(throws: ExtensionError.self) { try CedarDatetime("1970-01-01").durationSince(first) }
    #expect(throws: ExtensionError.self) { try first.toDate() }
    #expect(try last.toDate().millisecondsSinceEpoch == 9_223_372_036_828_800_000)
    #expect(first.toTime.milliseconds == 60_424_192)
  }

  @Test(arguments: [
    ("2024-10-15", "2024-10-15", 0), ("2024-10-15T00:00:00.001Z", "2024-10-15", 1), ("2024-10-15T00:00:01Z", "2024-10-15", 1000),
    ("2024-10-15T23:59:59Z", "2024-10-15", 86_399_000), ("2024-10-15T23:59:00-0001", "2024-10-16", 0), ("1969-12-31", "1969-12-31", 0),
    ("1969-12-31T23:59:59Z", "1969-12-31", 86_399_000), ("1969-12-31T12:00:00Z", "1969-12-31", 43_200_000),
    ("1900-01-01T23:59:59.999Z", "1900-01-01", 86_399_999), ("2024-10-28T10:12:13.456-0700", "2024-10-28", 61_933_456),
  ])
  func splitsIntoDateAndTime(text: String, date: String, milliseconds: Int64) throws {
    #expect(try CedarDatetime(text).toDate() == CedarDatetime(date))
    #expect(try CedarDatetime(text).toTime.milliseconds == milliseconds)
  }

  @Test func writesEveryDayAsItReadsIt() throws {
    // Steps of a prime number of days and an odd time, over all years that have texts.
    var milliseconds: Int64 = -62_167_219_200_000
    while milliseconds <= 253_402_300_799_999 {
      let instant = CedarDatetime(millisecondsSinceEpoch: milliseconds)
      let text = try #require(instant.text)
      #expect(try CedarDatetime(text) == instant)
      milliseconds += 37 * 86_400_000 + 1_234_567
    }
    #expect(CedarDatetime(millisecondsSinceEpoch: 253_402_300_800_000).text == nil)
    #expect(CedarDatetime(millisecondsSinceEpoch: -62_167_219_200_001).text == nil)
    #expect(
      CedarDatetime(millisecondsSinceEpoch: .min).cedarText == "datetime(\"1970-01-01\").offset(duration(\"-9223372036854775808ms\"))")
    #expect(try CedarDatetime("2024-10-15").cedarText == "datetime(\"2024-10-15T00:00:00.000Z\")")
  }
}
