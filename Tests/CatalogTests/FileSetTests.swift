import AsyncHTTPClient
import CatalogStore
import Foundation
import Governance
import ObjectStorage
import Postgres
import PostgresTestSupport
import Testing
import TransparencyLog

@testable import Catalog

/// What lies in a dataset's files.
@Suite struct FileSetTests {
  @Test func findsWhatIsNewChangedAndGone() async throws {
    try await FileSetFixture.with { files in
      try files.write(["a.txt": "one", "b/c.PNG": "two", "b/d": "three"])
      let first = try await files.index()
      #expect([first.number, first.objects, first.sizeBytes, first.added, first.changed, first.gone] == [1, 3, 11, 3, 0, 0])
      #expect(first.expected == nil)
      let objects = try await files.objects()
      #expect(objects.map(\.key) == ["a.txt", "b/c.PNG", "b/d"])
      #expect(objects.map(\.mediaType) == ["text/plain", "image/png", "application/octet-stream"])
      // echo -n one | sha256sum
      #expect(objects.first?.checksum == "sha256:7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed")

      try await files.tag("b/d", ["label": "cat"])
      try files.write(["b/d": "3", "e": ""])
      try files.remove("a.txt")
      let second = try await files.index()
      #expect([second.number, second.objects, second.added, second.changed, second.gone] == [2, 3, 1, 1, 1])
      #expect(second.expected == 3)
      #expect(try await files.objects().map(\.key) == ["b/c.PNG", "b/d", "e"])
      // The tag stayed with its key.
      #expect(try await files.objects().map(\.tags) == [[:], ["label": "cat"], [:]])
      let rows = try await files.fixture.count("file_set_objects")
      #expect(rows == 5)
      let third = try await files.index()
      #expect([third.added, third.changed, third.gone, third.objects] == [0, 0, 0, 3])
      #expect(try await files.fixture.count("file_set_objects") == rows)
    }
  }

  /// A snapshot stays what it was, whatever happens to the files, and copies nothing.
  @Test func snapshotIsAPointInTheHistory() async throws {
    try await FileSetFixture.with(pageSize: 3) { files in
      try files.write(Dictionary(uniqueKeysWithValues: (0..<10).map { ("f\($0)", "content \($0)") }))
      _ = try await files.index()
      let frozen = try await files.freeze()
      #expect([frozen.snapshot.id, frozen.snapshot.objects, frozen.snapshot.sizeBytes] == [1, 10, 90])
      let before = try await files.objects(snapshot: 1)
      #expect(frozen.snapshot.root == Self.root(before))
      #expect(try await files.freeze().isNew == false)
      #expect(try await files.freeze().snapshot.root == frozen.snapshot.root)

      try files.write(["f1": "changed 1", "g": "new"])
      try files.remove("f0")
      try files.remove("f9")
      _ = try await files.index()
      #expect(try await files.fixture.count("file_set_objects") == 12)
      let after = try await files.objects(snapshot: 1)
      #expect(after == before)
      let next = try await files.freeze()
      #expect(next.snapshot.id == 2)
      #expect(next.snapshot.root != frozen.snapshot.root)
      #expect(next.snapshot.root == Self.root(try await files.objects()))
      await #expect(throws: CatalogError.noSuchSnapshot("The dataset ns.d has no snapshot 3")) { try await files.objects(snapshot: 3) }
      let snapshots = try await files.catalog.listFileSetSnapshots(of: files.path, PageRequest(), files.fixture.context())
      #expect(snapshots.elements.map(\.id) == [1, 2])
    }
  }

  private static func root(_ objects: [FileSetObject]) -> [UInt8] {
    var root = MerkleRoot()
    for object in objects { root.add(LeafHash.of(Array("\(object.checksum) \(object.sizeBytes) \(object.key)".utf8))) }
    return root.hash
  }

  /// Pages of one list are of one index, and any filter finds what it should.
  @Test func isSearchedByPages() async throws {
    try await FileSetFixture.with { files in
      try files.write([
        "a/1.png": "1", "a/2.jpg": "22", "a0": "333", "a\u{10FFFD}/x": "4444", "b/\u{E9}.txt": "55555",
      ])
      // Another name, though equal to Swift.
      try files.write(["b/e\u{301}.txt": "1"])
      _ = try await files.index()
      let all = try await files.objects()
      #expect(all.map(\.key) == all.map(\.key).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
      #expect(all.count == 6)
      try await files.tag("a/1.png", ["label": "cat", "split": "train"])
      func found(_ change: (inout ObjectFilter) -> Void) async throws -> [String] {
        var filter = ObjectFilter()
        change(&filter)
        return try await files.objects(filter).map(\.key)
      }
      #expect(try await found { $0.prefix = "a/" } == ["a/1.png", "a/2.jpg"])
      #expect(try await found { $0.prefix = "a" } == ["a/1.png", "a/2.jpg", "a0", "a\u{10FFFD}/x"])
      #expect(try await found { $0.prefix = "b/e" }.count == 1)
      #expect(try await found { $0.prefix = "%" } == [])
      #expect(try await found { $0.mediaType = "image/" } == ["a/1.png", "a/2.jpg"])
      #expect(try await found { $0.mediaType = "image/png" } == ["a/1.png"])
      #expect(try await found { $0.tag = ObjectTag(key: "label", value: "cat") } == ["a/1.png"])
      #expect(try await found { $0.tag = ObjectTag(key: "label", value: nil) } == ["a/1.png"])
      #expect(try await found { $0.tag = ObjectTag(key: "label", value: "dog") } == [])
      #expect(try await found { $0.minimumSizeBytes = 4 }.count == 2)
      #expect(try await found { $0.maximumSizeBytes = 2 }.count == 3)
      #expect(try await found { $0.changedAfterMs = .max } == [])

      let first = try await files.catalog.listObjects(
        of: files.path, snapshot: nil, ObjectFilter(), PageRequest(size: 4), files.fixture.context())
      try files.remove("b/\u{E9}.txt")
      _ = try await files.index()
      let rest = try await files.catalog.listObjects(
        of: files.path, snapshot: nil, ObjectFilter(), PageRequest(after: first.page.next, size: 4), files.fixture.context())
      #expect(first.page.elements.map(\.key) + rest.page.elements.map(\.key) == all.map(\.key))
    }
  }

  /// Names that no key can be are counted, and hide nothing else.
  @Test func hostileNamesAreKeptApart() async throws {
    try await FileSetFixture.with { files in
      let names = [
        "with space", "tab\tin it", "new\nline", "-rf", "quote\"'", "..hidden", "a%2Fb", "{}", "❄", "'; DROP TABLE datasets; --",
      ]
      for name in names { try files.write([name: name]) }
      for bytes in [[0x80, 0x81], [0xC3, 0x28]] as [[UInt8]] {
        let path = Array("\(files.folder)/".utf8) + bytes + [0]
        _ = path.withUnsafeBytes { close(open($0.baseAddress!.assumingMemoryBound(to: CChar.self), O_CREAT | O_WRONLY, 0o644)) }
      }
      symlink("/etc/passwd", "\(files.folder)/link")
      symlink("/etc", "\(files.folder)/folder-link")
      let index = try await files.index()
      #expect(index.passedOver == 6)
      #expect(Set(try await files.objects().map(\.key)) == Set(names.filter { !$0.contains("\n") && !$0.contains("\t") }))
      #expect(try await files.freeze().snapshot.root == Self.root(files.objects()))
    }
  }

  /// A job that dies in the middle goes on behind the last page that it took in.
  @Test func goesOnWhereItDied() async throws {
    try await FileSetFixture.with(pageSize: 10) { files in
      try files.write(Dictionary(uniqueKeysWithValues: (100..<200).map { ("f\($0)", "\($0)") }))
      _ = try await files.index()
      for number in stride(from: 100, to: 200, by: 7) { try files.write(["f\(number)": "changed \(number)"]) }
      try files.remove("f105")
      try files.remove("f195")
      try await files.start()
      // Four pages are read, the fifth is not.
      files.plan.arm([.listFails], afterFiles: 4)
      #expect(try await files.catalog.runNextJob(files.fixture.serverContext))
      let halfway = try await files.status()
      #expect(halfway.state == .underWay)
      #expect(halfway.problem == "the store is away")
      #expect(halfway.objects == 40)
      // Nobody sees half of it.
      #expect(try await files.objects().count == 100)
      files.plan.arm([])
      try await files.hurry()
      #expect(try await files.catalog.runNextJob(files.fixture.serverContext))
      let done = try await files.status()
      #expect([done.objects, done.added, done.changed, done.gone] == [98, 0, 15, 2])
      #expect(done.state == .finished)
      #expect(try await files.objects().count == 98)
      #expect(try await files.fixture.count("jobs") == 0)
      #expect(try await files.freeze().snapshot.root == Self.root(files.objects()))
    }
  }

  /// A job whose lease went to another server takes nothing in any more.
  @Test func aJobTakenOverTakesNothingIn() async throws {
    try await FileSetFixture.with { files in
      try files.write(["a": "a"])
      try await files.start()
      let server = try files.catalog.authorizer.authorizeServer(.runJob, on: CatalogResource(.job, ""), files.fixture.serverContext)
      let store = files.fixture.store
      let lost = try #require(try await store.leaseJob(server))
      _ = try await files.fixture.database.pool.run { try $0.execute("UPDATE jobs SET leased_until = now() - interval '1 second'") }
      let dataset = try #require(lost.dataset)
      let work = try #require(try await store.indexUnderWay(of: dataset, server))
      _ = try #require(try await store.leaseJob(server))
      var step = FileSetStep()
      step.isLast = true
      await #expect(throws: CatalogError.commitFailed("The job was taken over by another server")) {
        try await store.take(step, of: work, by: lost, server)
      }
      #expect(try await files.status().state == .underWay)
    }
  }

  /// An index that cannot be done says so; what it has taken in is put right by the next.
  @Test func failsWhereThereIsNoFolder() async throws {
    try await FileSetFixture.with(pageSize: 2) { files in
      try files.write(["a": "a", "b": "b", "c": "c"])
      _ = try await files.index()
      try FileManager.default.moveItem(atPath: files.folder, toPath: files.folder + "-away")
      try await files.start()
      #expect(try await files.catalog.runNextJob(files.fixture.serverContext))
      let failed = try await files.status()
      #expect(failed.state == .failed)
      #expect(failed.problem?.hasPrefix("There is no folder") == true)
      #expect(try await files.objects().count == 3)
      try FileManager.default.moveItem(atPath: files.folder + "-away", toPath: files.folder)
      let again = try await files.index()
      #expect([again.number, again.objects, again.added, again.changed, again.gone] == [3, 3, 0, 0, 0])
    }
  }

  @Test func refusesWhatCannotBe() async throws {
    try await FileSetFixture.with { files in
      await #expect(throws: CatalogError.self) { try await files.objects() }
      await #expect(throws: CatalogError.self) { try await files.freeze() }
      try files.write(["a": "a"])
      _ = try await files.index()
      await #expect(throws: CatalogError.fileNotFound("The dataset ns.d has no object b")) { try await files.tag("b", ["k": "v"]) }
      await #expect(throws: CatalogError.self) { try await files.tag("a", ["Not a key": "v"]) }
      let (first, second) = (try await files.start(), try await files.start())
      #expect(first.isNew)
      #expect(!second.isNew)
      #expect(first.index.number == second.index.number)
      try await files.catalog.dropDataset(files.path, files.fixture.context())
      #expect(try await files.catalog.runNextJob(files.fixture.serverContext))
      #expect(try await files.fixture.count("jobs") == 0)
      #expect(try await files.fixture.count("file_set_indexes", where: "problem = 'The dataset was dropped'") == 1)
    }
  }

  /// A server that works on one index lets other jobs pass.
  @Test func pausesNowAndThen() async throws {
    try await FileSetFixture.with(pageSize: 2, slice: .zero) { files in
      try files.write(Dictionary(uniqueKeysWithValues: (0..<5).map { ("f\($0)", "") }))
      try await files.start()
      var turns = 0
      while try await files.catalog.runNextJob(files.fixture.serverContext) { turns += 1 }
      #expect(turns == 3)
      #expect(try await files.status().objects == 5)
    }
  }
}

/// A dataset `ns.d` with a folder of its own.
struct FileSetFixture {
  let fixture: CatalogFixture
  let catalog: Catalog
  let plan: FaultingObjectStore.Plan
  let folder: String

  var path: DatasetPath { fixture.path("d") }

  static func with(pageSize: Int = 5_000, slice: Duration = .seconds(20), _ body: (FileSetFixture) async throws -> Void) async throws {
    try await CatalogFixture.with { fixture in
      let plan = FaultingObjectStore.Plan()
      var options = CatalogOptions()
      options.indexPageSize = pageSize
      options.indexSlice = slice
      let objects = ObjectStoreFactory(
        client: .shared, credentials: nil, logger: fixture.catalog.logger, wrap: { FaultingObjectStore(plan: plan, store: $0) })
      let catalog = Catalog(
        store: fixture.store, objects: objects, authorizer: Authorizer(fixture.store, allowsAnonymous: true), options: options,
        logger: fixture.catalog.logger)
      let folder = "\(fixture.folder)/files/d"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try await fixture.register("d", .files, at: folder)
      let result: Result<Void, any Error>
      do {
        result = .success(try await body(FileSetFixture(fixture: fixture, catalog: catalog, plan: plan, folder: folder)))
      } catch {
        result = .failure(error)
      }
      try? FileManager.default.removeItem(atPath: fixture.folder)
      try result.get()
    }
  }

  func write(_ files: [String: String]) throws {
    for (name, content) in files {
      let file = URL(filePath: folder).appending(path: name)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(content.utf8).write(to: file)
    }
  }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(folder)/\(name)") }

  @discardableResult
  func start() async throws -> (index: FileSetIndex, isNew: Bool) {
    try await catalog.startIndex(of: path, fixture.context(), answer: { _ in [] })
  }

  func status() async throws -> FileSetIndex { try await catalog.loadIndex(of: path, fixture.context()) }

  /// Indexes, from beginning to end.
  func index() async throws -> FileSetIndex {
    try await start()
    while try await catalog.runNextJob(fixture.serverContext) {}
    let status = try await status()
    #expect(status.state == .finished, "\(status)")
    return status
  }

  /// Jobs that wait are due.
  func hurry() async throws {
    _ = try await fixture.database.pool.run { try $0.execute("UPDATE jobs SET run_at = now()") }
  }

  func objects(_ filter: ObjectFilter = ObjectFilter(), snapshot: Int64? = nil) async throws -> [FileSetObject] {
    try await catalog.listObjects(of: path, snapshot: snapshot, filter, PageRequest(), fixture.context()).page.elements
  }

  func tag(_ key: String, _ tags: [String: String]) async throws {
    try await catalog.updateObjectTags(
      of: path, [ObjectTagRequest(key: key, change: TagChange(set: tags))], fixture.context(), answer: [])
  }

  func freeze() async throws -> (snapshot: FileSetSnapshot, isNew: Bool) {
    try await catalog.freezeFileSet(path, fixture.context(), answer: { _ in [] })
  }
}
