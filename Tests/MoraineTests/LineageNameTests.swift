import Testing

@testable import moraine

@Suite struct LineageNameTests {
  @Test(arguments: [
    ("curated.loans", "dataset:main/curated/loans"), ("dataset:curated.loans@12", "dataset:main/curated/loans@12"),
    ("curated.loans@v1/x", "dataset:main/curated/loans@v1%2Fx"), (#"feature:"a.b/c".v"#, "feature:main/a.b%2Fc/v"),
    ("column:curated.loans.amount", "column:main/curated/loans/amount"), (#"column:a.b.t."x.y@z""#, "column:main/a/b/t/x.y%40z"),
    ("model:credit-risk@7", "model:credit-risk@7"), ("job:spark/loans%2Fdaily", "job:spark/loans%2Fdaily"), ("id:7", "id:7"),
  ])
  func references(text: String, expected: String) throws {
    #expect(try LineageName(parsing: text).reference(in: "main") == expected)
  }

  @Test(arguments: ["", "loans", "dataset:loans", "column:a.b", "model:", "curated.loans@", "curated.loans@2026-05-03"])
  func noReferences(text: String) { #expect(throws: (any Error).self) { try LineageName(parsing: text) } }
}
