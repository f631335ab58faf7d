import Governance
import Iceberg
import JSON
import SeededRandom
import Testing

@Suite struct ReadRestrictionsTests {
  private static func resolve(
    _ permits: [PermitTerms], tags: [ColumnTag] = [], tagMasks: [TagMask] = TagMask.standard, cleared: Set<String> = []
  ) -> ReadRestrictions.Resolution {
    .init(permits, tags, tagMasks, cleared)
  }

  private static func masks(_ texts: String?...) throws -> [PermitTerms] {
    try texts.map { try PermitTerms(rowFilter: nil, columnMask: $0) }
  }

  private static func projections(_ resolution: ReadRestrictions.Resolution) -> [Int32: MaskAction] {
    Dictionary(uniqueKeysWithValues: resolution.restrictions.projections.map { ($0.fieldID, $0.action) })
  }

  // MARK: Properties

  @Test func permitsTogetherShowAllRowsOfEachAndNoValueMorePlainlyThanOneOfThem() throws {
    var generator = SeededGenerator(seed: 21)
    var maskedCount = 0
    for _ in 0..<3_000 {
      let permits = try (0..<Int.random(in: 1...4, using: &generator)).map { _ in try RestrictedTable.randomPermit(&generator) }
      let together = Self.resolve(permits).restrictions
      let each = permits.map { Self.resolve([$0]).restrictions }
      for region in RestrictedTable.regions {
        let showing = try each.filter { try RestrictedTable.shows(region, $0) }
        #expect(try RestrictedTable.shows(region, together) == !showing.isEmpty)
        guard !showing.isEmpty else { continue }
        for leaf in RestrictedTable.leaves {
          let action = RestrictedTable.action(on: leaf, together)
          let isAllowed = showing.contains { RestrictedTable.reveals(action, noMoreThan: RestrictedTable.action(on: leaf, $0)) }
          #expect(isAllowed, "field \(leaf.id) of region \(region) in \(permits)")
          maskedCount += action == nil ? 0 : 1
        }
      }
      if permits.contains(where: \.isUnrestricted) { #expect(together.isEmpty) }
      #expect(Self.resolve(permits.shuffled(using: &generator)).restrictions == together)
      #expect(Self.resolve(permits + permits).restrictions == together)
    }
    #expect(maskedCount > 1_000)
  }

  @Test func whatIsSentFollowsTheSpecification() throws {
    var generator = SeededGenerator(seed: 22)
    let leaves: Set<Int32> = [1, 2, 3, 4, 6, 7, 8, 10, 11, 12, 13]
    for _ in 0..<2_000 {
      let permits = try (0..<Int.random(in: 1...3, using: &generator)).map { _ in try RestrictedTable.randomPermit(&generator) }
      let tags = leaves.filter { _ in Int.random(in: 0...5, using: &generator) == 0 }.map {
        ColumnTag(fieldID: $0, key: "classification", value: "pii")
      }
      let without = Self.resolve(permits).restrictions
      let restrictions = Self.resolve(permits, tags: tags).restrictions
      let ids = restrictions.projections.map(\.fieldID)
      #expect(ids == Set(ids).sorted())
      #expect(!ids.contains(10), "keys of maps are never masked")
      #expect(!ids.contains(5) || ids.allSatisfy { !(6...8).contains($0) })
      #expect(!ids.contains(9) || !ids.contains(11))
      for projection in restrictions.projections { #expect(Self.suits(projection)) }
      // Tags only ever take away.
      for leaf in RestrictedTable.leaves {
        let action = RestrictedTable.action(on: leaf, restrictions)
        #expect(RestrictedTable.reveals(action, noMoreThan: RestrictedTable.action(on: leaf, without)))
        if tags.contains(where: { $0.fieldID == leaf.id }) { #expect(action?.hides == true || restrictions.showsNothing) }
      }
    }
  }

  /// The specification's "Applicable to", written out for the columns of the table.
  private static func suits(_ projection: ReadRestrictions.Projection) -> Bool {
    let hash: Set<MaskAction> = [.sha256Global, .sha256QueryLocal]
    let text = hash.union([.maskAlphanum, .showFirst4, .showLast4, .maskToFixedValue])
    let suiting: [Int32: Set<MaskAction>] = [
      1: hash.union([.maskToFixedValue]), 2: text.union([.replaceWithNull]), 3: text,
      4: [.truncateToYear, .truncateToMonth, .maskToFixedValue, .replaceWithNull], 5: [.replaceWithNull], 6: text.union([.replaceWithNull]),
      7: text,
      9: [.maskToFixedValue], 11: text, 12: hash.union([.maskToFixedValue, .replaceWithNull]),
    ]
    return suiting[projection.fieldID]?.contains(projection.action) == true
  }

  // MARK: Rules

  @Test func restrictionsAreWrittenAsTheSpecificationSays() throws {
    let permit = try PermitTerms(rowFilter: "region = 4", columnMask: "ssn: show-last-4, birth: truncate-to-year")
    #expect(
      String(decoding: Self.resolve([permit]).restrictions.jsonText, as: UTF8.self)
        == #"{"required-column-projections":[{"field-id":3,"action":"show-last-4"},{"field-id":4,"action":"truncate-to-year"}],"#
        + #""required-row-filter":{"type":"eq","left":{"type":"reference","id":12},"right":{"type":"literal","value":4}}}"#)
    #expect(Self.resolve([.unrestricted]).restrictions.jsonText == Array("{}".utf8))
    #expect(Self.resolve([]).restrictions.jsonText == Array(#"{"required-row-filter":false}"#.utf8))
  }

  @Test func aMaskHoldsIfEveryPermitMasks() throws {
    #expect(try Self.projections(Self.resolve(Self.masks("ssn: show-last-4", "ssn: show-last-4, name: show-first-4"))) == [3: .showLast4])
    #expect(try Self.resolve(Self.masks("ssn: show-last-4", nil)).restrictions.isEmpty)
    #expect(
      try Self.projections(Self.resolve(Self.masks("address: replace-with-null", "address.street: mask-alphanum"))) == [6: .replaceWithNull]
    )
  }

  @Test(
    arguments: [
      ("ssn: show-first-4", "ssn: show-last-4", MaskAction.maskAlphanum),
      ("ssn: sha-256-global", "ssn: sha-256-query-local", .sha256QueryLocal),
      ("ssn: sha-256-global", "ssn: show-last-4", .maskToFixedValue), ("name: sha-256-global", "name: show-last-4", .replaceWithNull),
      ("birth: truncate-to-month", "birth: truncate-to-year", .truncateToYear),
      ("name: mask-to-fixed-value", "name: mask-to-fixed-value", .maskToFixedValue),
    ]) func ofDifferentMasksTheLeastRevealingHolds(one: String, other: String, expected: MaskAction) throws
  {
    #expect(try Self.resolve(Self.masks(one, other)).restrictions.projections.map(\.action) == [expected])
  }

  /// One permit shows region 1 in full, the other all rows masked: to show region 1 in full would show all rows in full.
  @Test func aPermitForSomeRowsTakesNoMaskOffTheOthers() throws {
    let some = try PermitTerms(rowFilter: "region = 1", columnMask: nil)
    let all = try PermitTerms(rowFilter: nil, columnMask: "ssn: show-last-4")
    let together = Self.resolve([some, all])
    #expect(together.restrictions.rowFilter == .constant(true))
    #expect(Self.projections(together) == [3: .showLast4])
    // The other way round the mask is one that nobody needs.
    let masked = try PermitTerms(rowFilter: "region = 1", columnMask: "ssn: show-last-4")
    #expect(Self.resolve([masked, .unrestricted]).restrictions.isEmpty)
    let both = try PermitTerms(rowFilter: "region = 1 or region = 2", columnMask: nil)
    #expect(Self.resolve([masked, both]).restrictions.projections.isEmpty)
  }

  @Test func tagsMaskForWhoIsNotCleared() throws {
    let tags = [
      ColumnTag(fieldID: 3, key: "Classification", value: "PII"), ColumnTag(fieldID: 4, key: "classification", value: "phi, financial"),
    ]
    #expect(Self.projections(Self.resolve([.unrestricted], tags: tags)) == [3: .maskToFixedValue, 4: .replaceWithNull])
    #expect(Self.projections(Self.resolve([.unrestricted], tags: tags, cleared: ["pii", "phi"])) == [4: .replaceWithNull])
    #expect(Self.resolve([.unrestricted], tags: tags, cleared: ["pii", "phi", "financial"]).restrictions.isEmpty)
    let last4 = [TagMask(key: "classification", value: "pii", action: .showLast4)]
    #expect(Self.projections(Self.resolve([.unrestricted], tags: tags, tagMasks: last4)) == [3: .showLast4])
    #expect(Self.projections(Self.resolve(try Self.masks("ssn: show-first-4"), tags: tags, tagMasks: last4)) == [3: .maskAlphanum])
    // A date has no last four characters.
    let date = [TagMask(key: "classification", value: "phi", action: .showLast4)]
    #expect(Self.projections(Self.resolve([.unrestricted], tags: tags, tagMasks: date)) == [4: .replaceWithNull])
    // Nor has a shape anything that hides it.
    let shape = Self.resolve([.unrestricted], tags: [ColumnTag(fieldID: 13, key: "classification", value: "secret")])
    #expect(shape.restrictions.showsNothing)
    #expect(shape.problems == ["No action can mask the column 'shape'; no row is shown"])
  }

  @Test func whatCannotBeDoneShowsLess() throws {
    let unsuitable = Self.resolve(try Self.masks("BIRTH: show-last-4"))
    #expect(Self.projections(unsuitable) == [4: .replaceWithNull])
    #expect(
      unsuitable.problems == [
        "show-last-4 does not suit the column 'birth', which is optional date; these suit it: mask-to-fixed-value, replace-with-null, "
          + "truncate-to-year, truncate-to-month (at character 1); the column is hidden"
      ])
    let key = Self.resolve(try Self.masks("notes.key: sha-256-global"))
    #expect(Self.projections(key) == [9: .maskToFixedValue])
    #expect(key.problems.first?.contains("it is a map's key; mask the map") == true)
    #expect(try Self.resolve(Self.masks("shape: mask-to-fixed-value")).restrictions.showsNothing)
    let missing = Self.resolve([try PermitTerms(rowFilter: "absent = 1", columnMask: nil)])
    #expect(missing.restrictions.showsNothing)
    #expect(missing.problems == ["The table lacks absent, which a row filter names; it shows no row"])
    let wrong = Self.resolve([try PermitTerms(rowFilter: "region = 'x'", columnMask: nil), .nothing])
    #expect(wrong.restrictions.showsNothing)
    #expect(wrong.problems.count == 1)
  }

  @Test func aColumnIsMaskedUnderEveryNameItEverHad() throws {
    let old = Schema(id: 0, fields: [RestrictedTable.field(1, "SSN", .string), RestrictedTable.field(2, "tax_id", .string)])
    let new = Schema(id: 1, fields: [RestrictedTable.field(1, "number", .string)])
    let resolution = ReadRestrictions.resolved(
      permits: try Self.masks("ssn: replace-with-null, tax_id: sha-256-global, other: show-last-4"),
      columns: TableColumns(schema: new, earlier: [old]), reader: .init(name: nil))
    // A dropped column is still in old snapshots.
    #expect(Self.projections(resolution) == [1: .replaceWithNull, 2: .sha256Global])
    #expect(resolution.problems.isEmpty)
  }

  @Test(
    arguments: [
      ("ssn", 4, "Expected ':'"), ("ssn: hide", 6, "There is no action 'hide'; there are mask-alphanum"),
      ("ssn: show-last-4,", 18, "Expected a column"),
      ("ssn: show-last-4; x: y", 17, "',' or the end"), ("a: show-last-4, A: show-first-4", 17, "masked twice"), ("", 1, "such as 'ssn:"),
    ]) func badMasksAreRefusedWithTheirPlace(text: String, position: Int, message: String) throws
  {
    let error = try #require(throws: AnnotationError.self) { try ColumnMasks(parsing: text) }
    #expect(error.position == position)
    #expect(error.message.contains(message), "\(error)")
  }

  @Test func masksArePrintedAsTheyAreRead() throws {
    let masks = try ColumnMasks(parsing: #" ssn :sha-256-global , "two words"."in": show-first-4"#)
    #expect(masks.description == #"ssn: sha-256-global, "two words"."in": show-first-4"#)
    #expect(try ColumnMasks(parsing: masks.description) == masks)
  }
}

extension ReadRestrictions.Resolution {
  fileprivate init(_ permits: [PermitTerms], _ tags: [ColumnTag], _ tagMasks: [TagMask], _ cleared: Set<String>) {
    self = ReadRestrictions.resolved(
      permits: permits, columns: RestrictedTable.columns, tags: tags, tagMasks: tagMasks,
      reader: ReadRestrictions.Reader(name: "ana", cleared: cleared))
  }
}
