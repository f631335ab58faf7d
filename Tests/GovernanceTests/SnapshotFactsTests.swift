import Governance
import Iceberg
import Testing

@Suite struct SnapshotFactsTests {
  typealias Model = ManifestModel

  private static func names(_ files: [ContentFile]) -> [String] { files.map { String($0.path.split(separator: "/").last ?? "") } }

  @Test func aManifestThatBothHaveIsNotRead() throws {
    var model = Model()
    let old = model.manifest([Model.data("a"), Model.data("b")])
    let new = model.manifest([Model.data("c")])
    model.contents[old.path] = nil
    let comparison = ManifestComparison(parent: [old], child: [new, old])
    #expect(comparison.manifestsToRead.map(\.manifest) == [new])
    let facts = try model.facts([old], [new, old])
    #expect(facts.operation == .append)
    #expect(Self.names(facts.addedDataFiles) == ["c"])
    #expect(facts.addedManifestPaths == [new.path])
    #expect(facts.lie == nil)
  }

  @Test func rewrittenManifestsOfTheSameFilesRemoveNothing() throws {
    var model = Model()
    let old = [model.manifest([Model.data("a")]), model.manifest([Model.data("b")])]
    let merged = model.manifest([Model.data("a"), Model.data("b")])
    for claim in ["append", "replace", nil] {
      let facts = try model.facts(old, [merged], claims: claim)
      #expect(facts.operation == .append)
      #expect(facts.removedDataFiles.isEmpty && facts.addedDataFiles.isEmpty && facts.lie == nil)
    }
  }

  @Test func aFirstSnapshotAppends() throws {
    var model = Model()
    let new = model.manifest([Model.data("a")])
    let facts = try model.facts([], [new])
    #expect(facts.operation == .append && facts.addedDataFiles.count == 1)
    #expect(try model.facts([], []).operation == .append)
  }

  @Test func aDroppedManifestDropsItsFiles() throws {
    var model = Model()
    let kept = model.manifest([Model.data("z")])
    let old = model.manifest(["d", "a", "c", "b"].map { Model.data($0) })
    let new = model.manifest([Model.data("n")])
    let facts = try model.facts([kept, old], [kept, new])
    #expect(facts.operation == .overwrite)
    #expect(facts.lie == "claims append, but drops a, b, c and 1 more")
    #expect(try model.facts([kept, old], [kept]).operation == .delete)
    #expect(try model.facts([kept, old], [kept], claims: "delete").lie == nil)
    #expect(try model.facts([kept, old], [kept, new], claims: "delete").lie == "claims delete, but adds n")
    #expect(try model.facts([kept, old], [kept, new], claims: "overwrite").lie == nil)
  }

  /// A mark is a removal also where the manifest that holds the file is kept: readers of changes take it for one.
  @Test func aFileMarkedAsDeletedIsRemoved() throws {
    var model = Model()
    let old = model.manifest([Model.data("a"), Model.data("b")])
    let marks = model.manifest([(Model.data("b"), 1)], deleted: [(Model.data("a"), by: 2)])
    #expect(Self.names(try model.facts([old], [marks]).removedDataFiles) == ["a"])
    let onlyMark = model.manifest([], deleted: [(Model.data("a"), by: 2)])
    #expect(try model.facts([old], [old, onlyMark]).lie == "claims append, but drops a")
    let stale = model.manifest([], deleted: [(Model.data("x"), by: 1)])
    #expect(try model.facts([old], [old, stale]).operation == .append)
  }

  @Test func replacementIsBelievedUnlessRefuted() throws {
    var model = Model()
    let old = model.manifest([Model.data("a"), Model.data("b")])
    let same = model.manifest([Model.data("ab", rows: 20)])
    let more = model.manifest([Model.data("ab", rows: 21)])
    let fewer = model.manifest([Model.data("ab", rows: 19)])
    let unknown = model.manifest([Model.data("ab", rows: -1)])
    #expect(try model.facts([old], [same], claims: "replace").operation == .replace)
    #expect(try model.facts([old], [unknown], claims: "replace").operation == .replace)
    #expect(try model.facts([old], [same], claims: "overwrite").operation == .overwrite)
    #expect(try model.facts([old], [same]).operation == .overwrite)
    #expect(try model.facts([old], [more], claims: "replace").operation == .overwrite)
    #expect(try model.facts([old], [fewer], claims: "replace").lie == "claims replace, but drops a, b and adds ab")
    #expect(try model.facts([old], [], claims: "replace").operation == .delete)
    #expect(try model.facts([old], [old, same], claims: "replace").lie == "claims replace, but adds ab")
    let deletes = model.manifest([Model.deletes("d")], content: .deletes)
    #expect(try model.facts([old, deletes], [fewer], claims: "replace").operation == .replace)
    #expect(try model.facts([old, deletes], [old], claims: "replace").operation == .replace)
  }

  @Test func deleteFilesDelete() throws {
    var model = Model()
    let old = model.manifest([Model.data("a")])
    for file in [Model.deletes("p"), Model.deletes("e", .equalityDeletes), Model.deletes("v", of: "a", offset: 4)] {
      let deletes = model.manifest([file], content: .deletes, sequence: 2)
      let facts = try model.facts([old], [old, deletes])
      #expect(facts.operation == .delete)
      #expect(facts.addedDeleteFiles == [file] && facts.addedDataFiles.isEmpty)
      #expect(facts.lie?.hasPrefix("claims append, but deletes rows by ") == true)
      #expect(try model.facts([old], [old, deletes], claims: "delete").lie == nil)
      let update = [old, deletes, model.manifest([Model.data("n")], sequence: 2)]
      #expect(try model.facts([old], update, claims: "overwrite").operation == .overwrite)
    }
  }

  @Test func whatWasDeletedMayNotComeBackUnsaid() throws {
    var model = Model()
    let data = model.manifest([Model.data("a")])
    let deletes = model.manifest([Model.deletes("p")], content: .deletes)
    let facts = try model.facts([data, deletes], [data])
    #expect(facts.operation == .overwrite)
    #expect(facts.removedDeleteFiles.count == 1)
    #expect(facts.lie == "claims append, but brings back what was deleted by p")
    #expect(try model.facts([data, deletes], [data], claims: "delete").lie == "claims delete, but brings back what was deleted by p")
  }

  /// Appending writers drop delete files that are older than every data file.
  @Test func aDeleteFileOlderThanAllDataIsNotMissed() throws {
    var model = Model()
    let data = model.manifest([Model.data("a")], sequence: 5)
    let deletes = model.manifest([Model.deletes("p")], content: .deletes, sequence: 4)
    #expect(try model.facts([data, deletes], [data]).operation == .append)
    let older = model.manifest([Model.data("b")], sequence: 4)
    #expect(try model.facts([data, deletes], [data, older]).operation == .overwrite)
  }

  @Test func aDeletionVectorTakesThePlaceOfAnother() throws {
    var model = Model()
    let data = model.manifest([Model.data("a"), Model.data("b")])
    let first = model.manifest([Model.deletes("v1", of: "a", rows: 2, offset: 4)], content: .deletes, sequence: 2)
    let larger = model.manifest([Model.deletes("v2", of: "a", rows: 3, offset: 4)], content: .deletes, sequence: 3)
    let smaller = model.manifest([Model.deletes("v2", of: "a", rows: 1, offset: 4)], content: .deletes, sequence: 3)
    let other = model.manifest([Model.deletes("v2", of: "b", rows: 3, offset: 4)], content: .deletes, sequence: 3)
    #expect(try model.facts([data, first], [data, larger], claims: "delete").operation == .delete)
    #expect(try model.facts([data, first], [data, smaller], claims: "delete").operation == .overwrite)
    #expect(try model.facts([data, first], [data, other], claims: "delete").operation == .overwrite)
    // With its data file, a vector may go.
    let rest = model.manifest([Model.data("b")])
    #expect(try model.facts([data, first], [rest], claims: "delete").operation == .delete)
  }

  /// Vectors share files: one of two may go.
  @Test func deletionVectorsAreToldApartByPlace() throws {
    var model = Model()
    let data = model.manifest([Model.data("a"), Model.data("b")])
    let vectors = [Model.deletes("v", of: "a", offset: 4), Model.deletes("v", of: "b", offset: 44)]
    let both = model.manifest(vectors, content: .deletes, sequence: 2)
    let one = model.manifest([vectors[0]], content: .deletes, sequence: 2)
    let facts = try model.facts([data, both], [data, one])
    #expect(facts.removedDeleteFiles == [vectors[1]] && facts.addedDeleteFiles.isEmpty)
  }

  // MARK: Tricks

  @Test func aFileNamedOtherwiseIsNotTheSame() throws {
    var model = Model()
    let old = model.manifest([Model.data("a")], sequence: 3)
    // An older sequence number would let deletes of before reach it; another row count, misread it.
    for file in [(Model.data("a"), Int64(1)), (Model.data("a", rows: 9), 3)] {
      let new = model.manifest([file], sequence: 4)
      #expect(try model.facts([old], [new]).lie == "claims append, but drops a")
    }
  }

  @Test func aManifestListedInOtherWordsIsReadAgain() throws {
    var model = Model()
    let old = model.manifest([Model.data("a")])
    guard var line = old.line else { return }
    // Readers step over a manifest that says it holds no live files.
    for count in [Int32(0), -1] {
      line.existingFilesCount = count
      #expect(try model.facts([old], [ListedManifest(line)]).lie == "claims append, but drops a")
    }
    line.existingFilesCount = nil
    #expect(try model.facts([old], [ListedManifest(line)]).lie == nil)
    line = old.line ?? line
    line.partitionSpecID = 1
    #expect(try model.facts([old], [ListedManifest(line)]).operation == .overwrite)
    line = old.line ?? line
    line.firstRowID = 100
    #expect(try model.facts([old], [ListedManifest(line)]).operation == .append)
    line.content = .deletes
    let error = #expect(throws: SnapshotFacts.Problem.self) { try model.facts([old], [ListedManifest(line)]) }
    #expect(error?.description.contains("is listed as one of delete files, but holds s3://lake/t/data/a") == true)
  }

  @Test func oneOfTwoListingsMayNotVanish() throws {
    var model = Model()
    let old = model.manifest([Model.data("a")])
    #expect(try model.facts([old, old], [old]).operation == .delete)
    #expect(try model.facts([old], [old, old]).operation == .append)
  }

  @Test func filesAreCounted() throws {
    var model = Model()
    let many = model.manifest((0..<11).map { Model.data("\($0)") })
    func compare(_ limit: Int) throws -> SnapshotFacts {
      try SnapshotFacts.comparing(Model.snapshot(), parent: [], child: [many], maximumFileCount: limit) { model.contents[$0.path] ?? [] }
    }
    #expect(try compare(11).addedDataFiles.count == 11)
    #expect(throws: SnapshotFacts.Problem.tooManyFiles(limit: 10)) { try compare(10) }
  }

  /// A v1 snapshot names its manifests alone; its child may have a list.
  @Test func embeddedManifestsAreComparedByPath() throws {
    var model = Model()
    let listed = model.manifest([Model.data("a")], sequence: 0)
    let embedded = ListedManifest(embedded: listed.path)
    #expect(ManifestComparison(parent: [embedded], child: [embedded]).manifestsToRead.isEmpty)
    #expect(try model.facts([embedded], [listed]).operation == .append)
    #expect(try model.facts([embedded], [listed]).addedDataFiles.isEmpty)
    #expect(try model.facts([embedded], []).lie == "claims append, but drops a")
  }
}
