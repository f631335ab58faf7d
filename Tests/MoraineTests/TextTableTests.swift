import SeededRandom
import Testing

@testable import moraine

@Suite struct TextTableTests {
  @Test(arguments: [
    ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("表", 2), ("한", 2), ("ｆ", 2), ("👩‍👩‍👧", 2), ("🇩🇪", 2), ("❤️", 2), ("❤", 1), ("\u{200B}", 0),
    ("┌─┐", 3), ("…", 1),
  ])
  func widths(text: String, cells: Int) {
    #expect(TerminalText.width(text) == cells)
  }

  @Test func alignsByCells() {
    var table = TextTable([.text("NAME"), .number("ROWS"), .text("NOTE")], width: nil, isBold: false)
    #expect(
      table.lines([["表", "7", "x"], ["abc", "12345", ""]]) == """
        NAME   ROWS  NOTE
        表        7  x
        abc   12345

        """)
  }

  @Test func headerStandsOnce() {
    var table = TextTable([.text("A")], width: nil, isBold: true)
    #expect(table.lines([["x"]]) == "\u{1B}[1mA\u{1B}[0m\nx\n")
    #expect(table.lines([["y"]]) == "y\n")
  }

  @Test func cutsTheWidestTextButNothingElse() {
    var table = TextTable([.fixed("KIND"), .number("ID"), .text("LOCATION")], width: 40, isBold: false)
    let lines = table.lines([["orders", "1234567890123456789", "s3://bucket/a/very/long/path"]]).split(separator: "\n")
    #expect(lines.allSatisfy { TerminalText.width(String($0)) <= 40 })
    #expect(lines[1].hasPrefix("orders  1234567890123456789  "))
    #expect(lines[1].hasSuffix("…"))
  }

  @Test func fitsWhateverThereIs() {
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<300 {
      let count = Int.random(in: 1...5, using: &generator)
      let width = Int.random(in: 60...120, using: &generator)
      var table = TextTable((0..<count).map { .text("C\($0)") }, width: width, isBold: false)
      let rows = (0..<4).map { _ in
        (0..<count).map { _ in
          String(repeating: Bool.random(using: &generator) ? "x" : "表", count: Int.random(in: 0...80, using: &generator))
        }
      }
      for line in table.lines(rows).split(separator: "\n") { #expect(TerminalText.width(String(line)) <= width) }
    }
  }

  /// Names come from others: nothing in them may reach the terminal as an order.
  @Test(arguments: [
    ("a\u{1B}[31mb", "a\\u{1b}[31mb"), ("a\nb\tc", "a\\nb\\tc"), ("a\u{202E}b", "a\\u{202e}b"), ("\u{9B}2J", "\\u{9b}2J"), ("ok é", "ok é"),
  ])
  func showsNoOrders(text: String, shown: String) {
    #expect(TerminalText.plain(text) == shown)
  }
}
