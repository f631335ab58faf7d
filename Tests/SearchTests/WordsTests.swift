import Testing

@testable import Search

@Suite struct WordsTests {
  @Test(arguments: [
    ("customer_income", ["customer", "income"]),
    ("customerIncome", ["customer", "income", "customerincome"]),
    ("HTTPServerLog", ["http", "server", "log", "httpserverlog"]),
    ("risk.loans", ["risk", "loan"]),
    ("loans2024q1", ["loan", "2024", "q", "1", "loans2024q1"]),
    ("iPhone", ["i", "phone", "iphone"]),
    ("  --__  ", []),
    ("", []),
    ("a'b\\c|d&e:*!", ["a", "b", "c", "d", "e"]),
    ("GRÖSSE_größe", ["grosse", "grosse"]),
    ("Café", ["cafe"]),
    ("cafe\u{301}s", ["cafe"]),
    ("Łódź_ČESKÁ", ["lodz", "ceska"]),
    ("İstanbul", ["istanbul"]),
    ("cœur_Ærø", ["coeur", "aero"]),
    ("þing", ["þing"]),
    ("договор_йод", ["договор", "йод"]),
    ("顧客", ["顧", "客"]),
    ("e\u{301}tat", ["etat"]),
  ])
  func splits(text: String, words: [String]) { #expect(Words.split(text) == words) }

  @Test(arguments: [
    ("loans", "loan"), ("categories", "category"), ("addresses", "address"), ("boxes", "box"), ("status", "status"), ("loss", "loss"),
    ("gas", "gas"), ("analysis", "analysis"), ("series", "sery"), ("income", "income"),
  ])
  func takesPluralsOff(word: String, singular: String) { #expect(Words.singular(word) == singular) }

  @Test func sentencesLoseWhatSaysNothing() {
    #expect(Words.splitProse("The loans of all the customers") == ["loan", "all", "customer"])
  }

  @Test func longWordsAreCutBetweenLetters() {
    let words = Words.split(String(repeating: "д", count: 100))
    #expect(words == [String(repeating: "д", count: 32)])
  }
}

@Suite struct SpellingTests {
  @Test func countsWhatIsWrong() {
    #expect(Spelling.distance("income", "income", atMost: 2) == 0)
    #expect(Spelling.distance("incmoe", "income", atMost: 2) == 1)
    #expect(Spelling.distance("incom", "income", atMost: 2) == 1)
    #expect(Spelling.distance("imcone", "income", atMost: 2) == 2)
    #expect(Spelling.distance("imcone", "income", atMost: 1) == nil)
    #expect(Spelling.distance("", "income", atMost: 2) == nil)
  }

  private func known(_ words: [(String, Int)]) -> [Spelling.Known] { words.map { Spelling.Known(word: $0.0, documents: $0.1) } }

  @Test func theNearestThenTheMostFrequentWins() {
    let alike = known([("lean", 5), ("loan", 900), ("log", 10_000), ("lone", 7)])
    #expect(Spelling.readings(of: "loen", beginning: [], alike: alike) == ["loan", "lone"])
    #expect(Spelling.readings(of: "laon", beginning: [], alike: alike).first == "loan")
    #expect(Spelling.readings(of: "xxxxxx", beginning: [], alike: alike) == [])
  }

  @Test func beginningsComeFirst() {
    let beginning = known([("customer", 10), ("custody", 3)])
    #expect(Spelling.readings(of: "cust", beginning: beginning, alike: known([("dust", 100)])) == ["customer", "custody"])
  }

  @Test func neighboursAreAllThatDifferInOnePlace() {
    let neighbours = Spelling.neighbours(of: "laon")
    #expect(neighbours.contains("loan") && neighbours.contains("alon") && neighbours.contains("lon") && neighbours.contains("laoon"))
    #expect(neighbours.allSatisfy { Spelling.distance("laon", $0, atMost: 1) == 1 })
    #expect(Spelling.neighbours(of: "laon").count == Set(neighbours).count)
  }

  @Test func shortWordsAndNumbersAreTakenAsTheyAre() {
    #expect(Spelling.allowance(for: "abc") == 0)
    #expect(Spelling.allowance(for: "2024") == 0)
    #expect(Spelling.readings(of: "2042", beginning: [], alike: known([("2024", 4)])) == [])
  }
}
