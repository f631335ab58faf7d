import Testing

@testable import Search

@Suite struct SearchQueryTests {
  @Test func everyTierFindsWhatTheOnesBeforeFind() {
    let query = SearchQuery("loan income")
    #expect(
      query.tiers == [
        "(('2=loan')&('2=income'))",
        "((('2=loan')&('2=income')))|(('3=loan')&('3=income'))",
        "('=loan')&('=income')",
        "(('=loan')&('=income'))|((('=loan')|('=income'))&('loan')&('income'))",
        "('loan')&('income')",
      ])
  }

  @Test func filtersHoldInEveryTier() {
    let filters = SearchFilters(zone: "Curated", owner: "risk", tags: ["classification=pii", "gdpr"], column: "income", kind: "table")
    let query = SearchQuery("a_long_name_of_many_pieces", filters: filters)
    let text =
      "'z:curated'&('o:team:risk'|'o:user:risk'|'o:service:risk')&'t:classification=pii'&'t:gdpr'&'k:table'&'c:income'"
    #expect(query.tiers.allSatisfy { $0.hasSuffix(")&" + text) })
    #expect(SearchQuery("", filters: filters).tiers == [text])
    #expect(SearchQuery("").tiers == [])
    #expect(SearchFilters(owner: "team:risk").text == "'o:team:risk'")
  }

  @Test func signsOfTheQueryLanguageAreOnlySigns() {
    let query = SearchQuery("loan & !(pii | 'x') <-> \"y\" :* \\ \u{0}")
    #expect(query.terms.map(\.typed) == ["loan", "pii", "x", "y"])
    #expect(SearchFilters(owner: "team:o'ne\\il").text == "'o:team:o''ne\\\\il'")
    #expect(SearchFilters(column: "!!").text == "'c:'")
  }

  @Test func whatStandsTogetherIsFoundEitherWay() {
    #expect(SearchQuery("iPhone").wordsText == "(('i'&'phone')|('iphone'))")
    #expect(SearchQuery("the it").terms.map(\.typed) == ["the", "it"])
    #expect(SearchQuery("the loans").terms.map(\.typed) == ["loan"])
  }

  @Test func workIsBoundedHoweverLongTheQuery() {
    let query = SearchQuery((0..<10_000).map { "word\($0)" }.joined(separator: " "))
    #expect(query.terms.count == SearchQuery.maximumTerms)
  }

  @Test func oneColumnMustHoldAllWords() {
    let filters = SearchFilters(column: "customer income")
    #expect(filters.holds(forColumns: ["id", "CustomerMonthlyIncome"]))
    #expect(!filters.holds(forColumns: ["customer_id", "income"]))
  }
}

@Suite struct SearchDocumentTests {
  private let document = SearchDocument(
    name: "loan_book", warehouse: "main", zone: "curated", namespace: ["risk", "eu"], kind: "table", owner: "team:risk",
    description: "All the loans of a customer", tags: ["classification": "pii"], columnTags: [["classification": "financial"]],
    columns: [.init(name: "id"), .init(name: "customer.income", description: "A year's")])

  @Test func vectorHasWordsWithWeightsAndLexemesForFilters() {
    #expect(
      document.vectorText()
        == [
          "'=book'", "'2=book'", "'=loan'", "'2=loan'", "'k:table'", "'w:main'", "'z:curated'", "'n:main\u{1F}risk'",
          "'n:main\u{1F}risk\u{1F}eu'",
          "'o:team:risk'", "'t:classification'", "'t:classification=pii'", "'t:classification=financial'",
          "'c:id'", "'c:customer'", "'c:income'", "'loan':1A,14D", "'book':2A",
          "'risk':3B,7B", "'eu':4B", "'classification':5B,11C", "'pii':6B", "'id':8C", "'customer':9C,15D", "'income':10C",
          "'financial':12C",
          "'all':13D", "'year':16D", "'s':17D",
        ].joined(separator: " "))
  }

  @Test func bestNamesAreThoseThatSayLittleElse() {
    func score(_ name: String, _ rank: Double = 0.1) -> Double {
      SearchScore.score(SearchQuery("loan"), rank: rank, name: name, quality: 0)
    }
    #expect(score("loan") > score("loan_book"))
    #expect(score("loan_book") > score("loan_book_2024_backup"))
    #expect(score("loan_book_2024_backup") > score("customers", 0.5))
  }

  @Test func matchingColumnsComeBestFirst() {
    let columns = ["id", "income", "customer_income", "customer_id"]
    #expect(SearchScore.matching(SearchQuery("customer income"), columns: columns, limit: 2) == ["customer_income", "income"])
  }

  @Test func sizeIsBounded() {
    let wide = SearchDocument(
      name: "t", warehouse: "w", zone: "z", namespace: ["n"], kind: "table",
      columnTags: (0..<2_000).map { ["tag\($0)": String(repeating: "v", count: 255)] },
      columns: (0..<10_000).map { .init(name: "c\($0)x" + String(repeating: "ü", count: 200)) })
    #expect(wide.vectorText().utf8.count < 1_200_000)
  }
}
