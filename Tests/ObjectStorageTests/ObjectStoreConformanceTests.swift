import Crypto
import Testing

@testable import ObjectStorage

/// What holds for every store.
@Suite(.timeLimit(.minutes(10)))
struct ObjectStoreConformanceTests {
  enum Kind: String, CaseIterable, Sendable {
    case local, s3
  }

  /// A store and, for as long as it is used, what it is on.
  private struct Place: Sendable {
    let store: any ObjectStore
    let root: ObjectLocation
    let owner: TemporaryFolder?

    init(_ kind: Kind) async throws {
      switch kind {
      case .local:
        let folder = try TemporaryFolder()
        root = try ObjectLocation("file:\(folder.path)/root dir/ü")
        store = LocalObjectStore(root: root)
        owner = folder
      case .s3:
        let made = try await Moto.shared.value.store()
        store = made
        root = made.root
        owner = nil
      }
    }

    func at(_ path: String) throws -> ObjectLocation { try root.appending(path) }
  }

  @Test(arguments: Kind.allCases)
  func readsWhatWasCreated(kind: Kind) async throws {
    let place = try await Place(kind)
    for (index, bytes) in [[], [0], Array("Grüße".utf8), [UInt8](repeating: 0xA5, count: 3_000_000)].enumerated() {
      let location = try place.at("a/b \(index)")
      try await place.store.create(location, bytes)
      #expect(try await place.store.read(location, maximumSizeBytes: bytes.count) == bytes)
      #expect(try await place.store.exists(location))
    }
  }

  /// Pieces are 8 MB on S3: none, one, and more of them.
  @Test(arguments: Kind.allCases)
  func looksAndDigestsWhatIsThere(kind: Kind) async throws {
    let place = try await Place(kind)
    for (index, bytes) in [[], Array("Grüße".utf8), (0..<20_000_000).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 8) }].enumerated() {
      let location = try place.at("a/b \(index)")
      #expect(try await place.store.look(location) == nil)
      await #expect(throws: ObjectStoreError.notFound(location.description)) { _ = try await place.store.digest(location) }
      try await place.store.create(location, bytes)
      let status = try #require(try await place.store.look(location))
      #expect(status.sizeBytes == Int64(bytes.count))
      #expect((status.etag != nil) == (kind == .s3))
      let listed = try await place.store.list(under: place.at("a"), after: nil, limit: 10).first { $0.location == location }
      #expect(listed?.etag == status.etag)
      #expect(
        try await place.store.digest(location) == ObjectDigest(sizeBytes: Int64(bytes.count), sha256: Array(SHA256.hash(data: bytes))))
    }
    // A folder is no object.
    #expect(try await place.store.look(place.at("a")) == nil)
    let outside = try ObjectLocation(kind == .s3 ? "s3://elsewhere/x" : "file:///etc/hostname")
    await #expect(throws: ObjectStoreError.outsideRoot(outside.description, root: place.root.description)) {
      _ = try await place.store.look(outside)
    }
    await #expect(throws: ObjectStoreError.outsideRoot(outside.description, root: place.root.description)) {
      _ = try await place.store.digest(outside)
    }
  }

  @Test(arguments: Kind.allCases)
  func createsOnce(kind: Kind) async throws {
    let place = try await Place(kind)
    let location = try place.at("t/v1.json")
    try await place.store.create(location, [1])
    await #expect(throws: ObjectStoreError.alreadyExists(location.description)) { try await place.store.create(location, [1]) }
    await #expect(throws: ObjectStoreError.alreadyExists(location.description)) { try await place.store.create(location, [2]) }
    #expect(try await place.store.read(location, maximumSizeBytes: 10) == [1])
  }

  @Test(arguments: Kind.allCases)
  func oneOfManyCreatorsWins(kind: Kind) async throws {
    let place = try await Place(kind)
    for round in 0..<5 {
      let location = try place.at("new folder \(round)/contested")
      let winners = await withTaskGroup(of: UInt8?.self) { group in
        for writer in UInt8(0)..<12 {
          group.addTask {
            do throws(ObjectStoreError) {
              try await place.store.create(location, [UInt8](repeating: writer, count: 10_000))
              return writer
            } catch {
              if error != .alreadyExists(location.description) { Issue.record(error) }
              return nil
            }
          }
        }
        return await group.reduce(into: [UInt8]()) { winners, winner in if let winner { winners.append(winner) } }
      }
      #expect(winners.count == 1)
      let bytes = try await place.store.read(location, maximumSizeBytes: 10_000)
      #expect(bytes == winners.first.map { [UInt8](repeating: $0, count: 10_000) })
    }
  }

  @Test(arguments: Kind.allCases)
  func readsNoMoreThanAllowed(kind: Kind) async throws {
    let place = try await Place(kind)
    let location = try place.at("big")
    try await place.store.create(location, [UInt8](repeating: 1, count: 100))
    await #expect(throws: ObjectStoreError.tooLarge(location.description, maximumSizeBytes: 99)) {
      try await place.store.read(location, maximumSizeBytes: 99)
    }
    #expect(try await place.store.read(location, maximumSizeBytes: 100).count == 100)
  }

  @Test(arguments: Kind.allCases)
  func missesWhatIsNotThere(kind: Kind) async throws {
    let place = try await Place(kind)
    let missing = try place.at("no/such")
    // The error's own text is longer than what may be read.
    await #expect(throws: ObjectStoreError.notFound(missing.description)) { try await place.store.read(missing, maximumSizeBytes: 1) }
    #expect(try await !place.store.exists(missing))
    #expect(try await place.store.list(under: missing, after: nil, limit: 10).isEmpty)
    try await place.store.delete([missing])
    try await place.store.delete([missing, try place.at("nor/this")])
    try await place.store.delete([])
  }

  @Test(arguments: Kind.allCases)
  func foldersAreNoObjects(kind: Kind) async throws {
    let place = try await Place(kind)
    let folder = try place.at("folder")
    try await place.store.makeFolder(folder)
    try await place.store.makeFolder(folder)
    #expect(try await !place.store.exists(folder))
    await #expect(throws: ObjectStoreError.notFound(folder.description)) { try await place.store.read(folder, maximumSizeBytes: 1) }
    let file = try folder.appending("file")
    try await place.store.create(file, [1])
    try await place.store.delete([folder])
    #expect(try await place.store.exists(file))
    #expect(try await place.store.list(under: file, after: nil, limit: 10).isEmpty)
  }

  @Test(arguments: Kind.allCases)
  func deletesTogether(kind: Kind) async throws {
    let place = try await Place(kind)
    let names = ["a&b<c>\"d'", "e f", "ü", "+%2B", "x/y/z"]
    let locations = try names.map { try place.at("del/\($0)") }
    for location in locations { try await place.store.create(location, [1]) }
    let kept = try place.at("del/kept")
    try await place.store.create(kept, [1])
    try await place.store.delete(locations + [try place.at("del/never")])
    #expect(try await place.store.list(under: place.root, after: nil, limit: 100).map(\.location) == [kept])
  }

  @Test(arguments: Kind.allCases)
  func deletesMoreThanOneRequestHolds(kind: Kind) async throws {
    let place = try await Place(kind)
    let last = try place.at("many/02100")
    try await place.store.create(last, [1])
    try await place.store.delete(try (0...2_100).map { try place.at("many/" + String(100_000 + $0).dropFirst()) })
    #expect(try await !place.store.exists(last))
  }

  /// In the order of the keys' bytes, in the spelling asked for.
  @Test(arguments: Kind.allCases)
  func listsInOrderByPages(kind: Kind) async throws {
    let place = try await Place(kind)
    let names = [
      "a", "a b", "a!c/d", "a-b", "a.b", "a/b", "a/b!", "a/b-c/d", "a0", "a&<>\"'", "A", "e\u{301}", "\u{E9}", "z+%41", "ab/c/d/e", "🧊",
    ].filter { kind == .s3 || !["a", "a/b"].contains($0) }
    for name in names.reversed() { try await place.store.create(place.at("list/\(name)"), Array(name.utf8)) }
    try await place.store.create(place.at("list2"), [])
    let sorted = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let spelled = try sorted.map { try place.at("list/\($0)").description }
    let folder = try place.at("list")

    let all = try await place.store.list(under: folder, after: nil, limit: 1_000)
    #expect(all.map(\.location.description) == spelled)
    #expect(all.map(\.sizeBytes) == sorted.map { Int64($0.utf8.count) })
    #expect(all.allSatisfy { $0.modifiedAtMs > 1_700_000_000_000 })
    for limit in [1, 2, 3, 5, names.count] {
      var paged: [String] = []
      var after: String?
      repeat {
        let page = try await place.store.list(under: folder, after: after, limit: limit)
        #expect(page.count <= limit)
        paged += page.map(\.location.description)
        after = page.count == limit ? page.last?.location.key : nil
      } while after != nil
      #expect(paged == spelled)
    }
    #expect(try await place.store.list(under: folder, after: nil, limit: 0).isEmpty)
    #expect(try await place.store.list(under: folder, after: nil, limit: -1).isEmpty)
    #expect(try await place.store.list(under: place.root, after: nil, limit: 1_000).count == names.count + 1)
  }

  /// What identifies content is the same as long as the content is, and is another for other content.
  @Test(arguments: Kind.allCases)
  func examinesWhatItLists(kind: Kind) async throws {
    let place = try await Place(kind)
    try await place.store.create(place.at("x/a"), Array("one".utf8))
    try await place.store.create(place.at("x/b"), Array("one".utf8))
    try await place.store.create(place.at("x/c"), [UInt8](repeating: 7, count: 3_000_000))
    let page = try await place.store.page(under: place.at("x"), after: nil, limit: 10)
    #expect(page.passedOver == 0)
    var examined = try await place.store.examine(page.objects).compactMap { $0 }
    #expect(examined.map(\.object) == page.objects)
    #expect(examined[0].checksum == examined[1].checksum)
    #expect(examined[0].checksum != examined[2].checksum)
    // Of "one": SHA-256, and MD5, which is the ETag of what was sent in one piece.
    let expected = [
      Kind.local: "sha256:7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed",
      .s3: "etag:f97c5d29941bfb1b2fdab0874906ab82",
    ]
    #expect(examined[0].checksum == expected[kind])
    try await place.store.delete([page.objects[0].location])
    if kind == .local {
      #expect(try await place.store.examine(page.objects)[0] == nil)
      examined = try await place.store.examine([page.objects[1]]).compactMap { $0 }
      #expect(examined.map(\.object) == [page.objects[1]])
    }
    #expect(try await place.store.isPlace(place.at("x")))
    let missing = try await place.store.isPlace(place.at("nowhere"))
    #expect(missing == (kind == .s3))
  }

  @Test(arguments: Kind.allCases)
  func staysInItsRoot(kind: Kind) async throws {
    let place = try await Place(kind)
    let root = place.root.description
    let parent = String(root.dropLast(2))
    for text in [parent, "\(root)x/y", "\(parent)/other", kind == .local ? "s3://b/x" : "/x", "s3://other-bucket/x"] {
      let outside = try ObjectLocation(text)
      let error = ObjectStoreError.outsideRoot(outside.description, root: root)
      await #expect(throws: error) { try await place.store.read(outside, maximumSizeBytes: 1) }
      await #expect(throws: error) { try await place.store.create(outside, [1]) }
      await #expect(throws: error) { try await place.store.delete([outside]) }
      await #expect(throws: error) { _ = try await place.store.list(under: outside, after: nil, limit: 1) }
      await #expect(throws: error) { try await place.store.makeFolder(outside) }
      await #expect(throws: error) { _ = try await place.store.exists(outside) }
      await #expect(throws: error) { _ = try await place.store.isPlace(outside) }
      if kind == .local {
        let object = StoredObject(location: outside, sizeBytes: 1, modifiedAtMs: 1)
        await #expect(throws: error) { _ = try await place.store.examine([object]) }
      }
    }
  }
}
