import CatalogStore
import Iceberg
import JSON
import Migrations
import Postgres
import PostgresTestSupport
import Search
import Testing

@testable import Catalog

@Suite struct SearchTests {
  @Test func indexFollowsWhatChanges() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.makeTeam("risk")
      _ = try await fixture.catalog.defineTag("topic", description: "", values: nil, fixture.context(), answer: { _ in [] })
      try await fixture.createTable("loan_book")
      #expect(try await fixture.search("loan") == [])
      try await fixture.index()
      #expect(try await fixture.search("loan") == ["loan_book"])
      #expect(try await fixture.search("loans") == ["loan_book"])

      // A column, by a commit.
      _ = try await fixture.catalog.updateTable(fixture.path("loan_book"), fixture.adding("customerIncome"), fixture.context())
      try await fixture.index()
      #expect(try await fixture.search("income") == ["loan_book"])
      #expect(try await fixture.search("", SearchFilters(column: "customer income")) == ["loan_book"])

      // A description, and tags.
      let described = try CatalogFixture.change(#"{"action":"set-properties","updates":{"comment":"Mortgages","owner-team":"risk"}}"#)
      _ = try await fixture.catalog.updateTable(fixture.path("loan_book"), described, fixture.context())
      _ = try await fixture.catalog.updateTags(
        of: fixture.path("loan_book"), as: .table, TagChange(set: ["topic": "credit"]),
        columns: ["customerIncome": TagChange(set: ["classification": "pii"])], fixture.context(), answer: { _ in [] })
      try await fixture.index()
      #expect(try await fixture.search("mortgage pii") == ["loan_book"])
      #expect(try await fixture.search("", SearchFilters(owner: "risk", tags: ["topic=credit", "classification=pii"])) == ["loan_book"])

      try await fixture.catalog.renameTable(from: fixture.path("loan_book"), to: fixture.path("credits"), fixture.context())
      try await fixture.index()
      #expect(try await fixture.search("book") == [])
      #expect(try await fixture.search("credits") == ["credits"])

      try await fixture.catalog.dropTable(fixture.path("credits"), purge: false, fixture.context())
      // At once: what is dropped is not found, whatever the index says.
      #expect(try await fixture.search("credits") == [])
      try await fixture.index()
      #expect(try await fixture.count("search_documents") == 0)
      #expect(try await fixture.count("search_words") == 0)
    }
  }

  @Test func appendsAskNothingOfSearch() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.createTable("t")
      try await fixture.index()
      _ = try await fixture.catalog.updateTable(fixture.path("t"), CatalogFixture.append(1, after: nil, sequence: 1), fixture.context())
      #expect(try await fixture.count("search_pending") == 0)
      #expect(try await fixture.count("datasets", where: "schema_changes = 0 AND version = 2") == 1)
      _ = try await fixture.catalog.updateTable(fixture.path("t"), fixture.adding("x"), fixture.context())
      #expect(try await fixture.count("search_pending") == 1)
      #expect(try await fixture.count("datasets", where: "schema_changes = 1") == 1)
    }
  }

  /// Many tables change at once, so that their swaps travel together.
  @Test func schemaChangesThatTravelTogetherAreNoticed() async throws {
    try await CatalogFixture.with { fixture in
      for index in 0..<8 { try await fixture.createTable("t\(index)") }
      try await fixture.index()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for index in 0..<8 {
          group.addTask {
            let change = try index % 2 == 0 ? fixture.adding("surname") : CatalogFixture.append(1, after: nil, sequence: 1)
            _ = try await fixture.catalog.updateTable(fixture.path("t\(index)"), change, fixture.context())
          }
        }
        try await group.waitForAll()
      }
      #expect(try await fixture.count("search_pending") == 4)
      try await fixture.index()
      #expect(try await fixture.search("surname").sorted() == ["t0", "t2", "t4", "t6"])
    }
  }

  @Test func whoDiesInTheMiddleLeavesEverythingToTheNext() async throws {
    try await CatalogFixture.with { fixture in
      for index in 0..<5 { try await fixture.createTable("loan_\(index)") }
      // The last statement of a turn fails: as if the server had died there.
      _ = try await fixture.database.pool.run { connection in
        try connection.executeScript(
          """
          CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''gone''; END';
          CREATE TRIGGER fail BEFORE DELETE ON search_pending FOR EACH ROW EXECUTE FUNCTION fail();
          """)
      }
      let authorization = try fixture.indexing
      await #expect(throws: PostgresError.self) { try await fixture.store.indexPending(limit: 100, authorization) }
      #expect(try await fixture.count("search_documents") == 0)
      #expect(try await fixture.count("search_words") == 0)
      #expect(try await fixture.count("search_pending") == 5)
      _ = try await fixture.database.pool.run { connection in try connection.executeScript("DROP TRIGGER fail ON search_pending") }
      try await fixture.index()
      #expect(try await fixture.search("loan").count == 5)
      #expect(try await fixture.count("search_words", where: "word = 'loan' AND documents = 5") == 1)
    }
  }

  @Test func severalIndexersShareTheWork() async throws {
    try await CatalogFixture.with { fixture in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for index in 0..<40 {
            try await fixture.createTable("loan_\(index)")
            if index % 4 == 3 {
              try await fixture.catalog.renameTable(
                from: fixture.path("loan_\(index - 1)"), to: fixture.path("debt_\(index - 1)"), fixture.context())
            }
          }
        }
        for _ in 0..<3 {
          group.addTask { for _ in 0..<60 { _ = try await fixture.catalog.indexDocuments(fixture.serverContext) } }
        }
        try await group.waitForAll()
      }
      try await fixture.index()
      #expect(try await fixture.search("loan").count == 30)
      #expect(try await fixture.search("debt").count == 10)
      // Each word is counted as often as documents have it.
      let wrong = """
        (SELECT word, count(*) AS documents FROM search_documents, unnest(tsvector_to_array(words)) word GROUP BY word
          UNION ALL SELECT '', count(*) FROM search_documents) c FULL JOIN search_words w USING (word)
        """
      #expect(try await fixture.count(wrong, where: "c.documents IS DISTINCT FROM w.documents") == 0)
    }
  }

  @Test func theOwnerOfANamespaceOwnsWhatLiesBelow() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.makeTeam("risk")
      let below = NamespacePath(warehouse: "main", namespace: Namespace(levels: ["ns", "below"]))
      try await fixture.catalog.createNamespace(below, properties: [:], fixture.context(), answer: [])
      let request = try CatalogFixture.createRequest("t")
      _ = try await fixture.catalog.createTable(request, in: below, fixture.context())
      try await fixture.index()
      #expect(try await fixture.search("", SearchFilters(owner: "risk")) == [])
      _ = try await fixture.catalog.updateNamespaceProperties(
        fixture.namespace, removals: [], updates: ["owner-team": "risk"], fixture.context(), answer: { _ in [] })
      try await fixture.index()
      #expect(try await fixture.search("", SearchFilters(owner: "risk")) == ["t"])
    }
  }

  @Test func misspelledWordsAreReadAsTheNearest() async throws {
    try await CatalogFixture.with { fixture in
      for name in ["loan_book", "loan_status", "customers"] { try await fixture.createTable(name) }
      try await fixture.index()
      let results = try await fixture.results("laon boook")
      #expect(results.results.map(\.hit.candidate.name) == ["loan_book"])
      #expect(results.readings.map(\.typed) == ["laon", "boook"])
      #expect(results.readings.map(\.words) == [["loan"], ["book"]])
      #expect(try await fixture.search("cust") == ["customers"])
      #expect(try await fixture.results("xylophone").readings.isEmpty)
    }
  }

  @Test func pagesGoOnWhereTheLastOneEnded() async throws {
    try await CatalogFixture.with { fixture in
      for index in 0..<25 { try await fixture.createTable("t\(String(index + 100).dropFirst())") }
      try await fixture.index()
      for text in ["", "t"] {
        var names: [String] = []
        var after: String?
        repeat {
          let results = try await fixture.catalog.search(SearchQuery(text), PageRequest(after: after, size: 10), fixture.context())
          #expect((results.facets == nil) == (after != nil))
          names += results.results.map(\.hit.candidate.name)
          after = results.next
        } while after != nil
        #expect(names.count == 25)
        #expect(names == names.sorted())
        #expect(Set(names).count == 25)
      }
    }
  }

  @Test func accentsAreNoHindrance() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.createTable("café_orders")
      try await fixture.index()
      for text in ["cafe", "CAFÉ", "cafe\u{301}", "café orders"] { #expect(try await fixture.search(text) == ["café_orders"]) }
    }
  }

  @Test func onlyColumnsAnswerForColumns() async throws {
    try await CatalogFixture.with { fixture in
      for name in ["loan_book", "debts"] { try await fixture.createTable(name) }
      _ = try await fixture.catalog.updateTable(fixture.path("debts"), fixture.adding("loan"), fixture.context())
      try await fixture.index()
      #expect(try await fixture.search("", SearchFilters(column: "loans")) == ["debts"])
      #expect(try await fixture.search("", SearchFilters(column: "book")) == [])
      #expect(try await fixture.search("loan") == ["loan_book", "debts"])
    }
  }

  /// Reading everything that matches first changes nothing of what comes out.
  @Test func theBestAreFoundInEitherOrder() async throws {
    try await CatalogFixture.with { fixture in
      for name in ["a_b_c_loan", "loan_book", "loan", "debts", "others"] { try await fixture.createTable(name) }
      for name in ["debts", "others"] {
        _ = try await fixture.catalog.updateTable(fixture.path(name), fixture.adding("loan"), fixture.context())
      }
      try await fixture.index()
      let query = SearchQuery("loan")
      func found(_ limit: Int, isSelective: Bool) async throws -> SearchCandidates {
        try await fixture.store.candidates(
          CandidateSearch(tiers: query.tiers, ranking: query.wordsText, limit: limit, isSelective: isSelective), fixture.indexing)
      }
      for (limit, names) in [(1, ["loan"]), (2, ["loan", "loan_book"]), (3, ["a_b_c_loan", "loan", "loan_book"])] {
        for isSelective in [false, true] {
          let some = try await found(limit, isSelective: isSelective)
          #expect(some.found.map(\.name).sorted() == names)
          #expect(!some.isAll)
        }
      }
      for isSelective in [false, true] {
        #expect(try await found(5, isSelective: isSelective).found.count == 5)
        let all = try await found(6, isSelective: isSelective)
        #expect(Set(all.found.map(\.name)).count == 5)
        #expect(all.isAll)
      }
    }
  }

  /// What 0014 makes of documents of before is what the indexer makes of them.
  @Test func olderDocumentsGetTheirColumnsWords() async throws {
    try await CatalogFixture.with { fixture in
      for name in ["loans", "debts"] { try await fixture.createTable(name) }
      _ = try await fixture.catalog.updateTable(fixture.path("debts"), fixture.adding("loanAmount"), fixture.context())
      try await fixture.index()
      let migration = try #require(migrations.first { $0.name == "0014_search_speed" })
      _ = try await fixture.database.pool.run { connection in
        try connection.executeScript(
          """
          CREATE TABLE made AS SELECT dataset_id, words FROM search_documents;
          CREATE TABLE counted AS SELECT word, documents FROM search_words;
          UPDATE search_documents SET words = ts_delete(words, ARRAY(SELECT w FROM unnest(tsvector_to_array(words)) w WHERE w LIKE 'c:%'));
          DELETE FROM search_words WHERE word LIKE 'c:%';
          """)
      }
      #expect(try await fixture.count("search_words") < fixture.count("counted"))
      _ = try await fixture.database.pool.run { connection in
        try connection.executeScript(String(decoding: migration.sql, as: UTF8.self))
      }
      #expect(try await fixture.count("search_documents d JOIN made m USING (dataset_id)", where: "d.words = m.words") == 2)
      #expect(
        try await fixture.count("search_words w FULL JOIN counted c USING (word)", where: "w.documents IS DISTINCT FROM c.documents") == 0)
      #expect(try await fixture.count("search_pending") == 0)
    }
  }

  /// What cannot be indexed keeps nothing else waiting.
  @Test func oneBadDatasetIsLeftOut() async throws {
    try await CatalogFixture.with { fixture in
      for name in ["bad", "good"] { try await fixture.createTable(name) }
      _ = try await fixture.database.pool.run { connection in
        try connection.executeScript("ALTER TABLE search_documents ADD CHECK (sort_key <> 'bad')")
      }
      try await fixture.index()
      #expect(try await fixture.search("") == ["good"])
      #expect(try await fixture.count("search_pending") == 0)
    }
  }
}

extension CatalogFixture {
  fileprivate var indexing: Authorization {
    get throws { try catalog.authorizer.authorizeServer(.runJob, on: CatalogResource(.job, ""), serverContext) }
  }

  fileprivate func index() async throws {
    while try await count("search_pending") > 0 { _ = try await catalog.indexDocuments(serverContext) }
  }

  fileprivate func results(_ text: String, _ filters: SearchFilters = SearchFilters()) async throws -> SearchResults {
    try await catalog.search(SearchQuery(text, filters: filters), PageRequest(size: 100), context())
  }

  fileprivate func search(_ text: String, _ filters: SearchFilters = SearchFilters()) async throws -> [String] {
    try await results(text, filters).results.map(\.hit.candidate.name)
  }

  /// A column beside `id`.
  fileprivate func adding(_ name: String) throws -> TableChangeRequest {
    try Self.change(
      """
      {"action":"add-schema","schema":{"type":"struct","schema-id":1,"fields":[{"id":1,"name":"id","required":true,"type":"long"},
      {"id":2,"name":"\(name)","required":false,"type":"string"}]}},{"action":"set-current-schema","schema-id":-1}
      """)
  }
}
