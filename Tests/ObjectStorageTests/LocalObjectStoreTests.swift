import Foundation
import Testing

@testable import ObjectStorage

@Suite(.timeLimit(.minutes(10)))
struct LocalObjectStoreTests {
  private let folder: TemporaryFolder
  private let root: ObjectLocation
  private let store: LocalObjectStore

  init() throws {
    folder = try TemporaryFolder()
    root = try ObjectLocation("\(folder.path)/root")
    store = LocalObjectStore(root: root)
    for name in ["root", "outside"] {
      try FileManager.default.createDirectory(atPath: "\(folder.path)/\(name)", withIntermediateDirectories: true)
    }
    try Data("secret".utf8).write(to: URL(filePath: "\(folder.path)/outside/secret"))
  }

  private func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/root/\(name)", withDestinationPath: target)
  }

  /// Nothing is read, made or removed outside, whatever the links inside say.
  /// A folder with many entries is listed by pages as it is whole, folders among the files and empty ones too.
  @Test func listsLargeFoldersByPages() async throws {
    let folder = try TemporaryFolder()
    let store = LocalObjectStore(root: try ObjectLocation(folder.path))
    var names: [String] = []
    for number in 0..<700 {
      let name = number % 5 == 0 ? "d\(number)/x" : "d\(number)"
      names.append(name)
      try await store.create(try store.root.appending(name), [])
      if number % 3 == 0 { try await store.makeFolder(try store.root.appending("d\(number) empty")) }
    }
    let sorted = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    for limit in [1, 7, 100, 5_000] {
      var paged: [String] = []
      var after: String?
      repeat {
        let page = try await store.page(under: store.root, after: after, limit: limit)
        #expect(page.passedOver == 0)
        paged += page.objects.map { String($0.location.key.dropFirst(store.root.key.count + 1)) }
        after = page.objects.count == limit ? page.objects.last?.location.key : nil
      } while after != nil
      #expect(paged == sorted)
    }
  }

  @Test func linksLeadNowhere() async throws {
    try link("folder", to: "../outside")
    try link("file", to: "../outside/secret")
    try link("dangling", to: "../outside/later")
    try link("loop", to: "loop")
    let before = try folder.entries("outside")
    for name in ["folder", "folder/secret", "folder/new", "folder/new/deep", "file", "dangling", "dangling/new", "loop/x"] {
      let location = try root.appending(name)
      let error = ObjectStoreError.outsideRoot(location.description, root: root.description)
      await #expect(throws: error) { try await store.read(location, maximumSizeBytes: 100) }
      await #expect(throws: error) { try await store.create(location, [1]) }
      await #expect(throws: error) { try await store.delete([location]) }
      await #expect(throws: error) { try await store.makeFolder(location) }
      await #expect(throws: error) { _ = try await store.exists(location) }
      await #expect(throws: error) { _ = try await store.list(under: location, after: nil, limit: 1) }
    }
    #expect(try folder.entries("outside") == before)
    #expect(try await store.list(under: root, after: nil, limit: 10).isEmpty)
  }

  @Test func nothingIsMadeOutside() async throws {
    let outside = try ObjectLocation("\(folder.path)/elsewhere/deep/file")
    await #expect(throws: ObjectStoreError.self) { try await store.create(outside, [1]) }
    await #expect(throws: ObjectStoreError.self) { try await store.makeFolder(outside) }
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/elsewhere"))
  }

  @Test func linksInsideWork() async throws {
    try await store.create(try root.appending("real/file"), [1])
    try link("alias", to: "real")
    #expect(try await store.read(try root.appending("alias/file"), maximumSizeBytes: 1) == [1])
    #expect(try await store.list(under: root, after: nil, limit: 10).map(\.location) == [try root.appending("real/file")])
  }

  @Test func leftoversOfACrashAreNotListed() async throws {
    try await store.create(try root.appending("t/kept"), [1])
    try await store.create(try root.appending("t/.hidden"), [1])
    try Data("half".utf8).write(to: URL(filePath: "\(root.path)/t/\(TemporaryName.random())"))
    #expect(
      try await store.list(under: root, after: nil, limit: 10).map(\.location.key.utf8.count) == [
        root.key.utf8.count + 10, root.key.utf8.count + 7,
      ])
  }

  @Test func nothingIsLeftBehind() async throws {
    let location = try root.appending("t/once")
    try await store.create(location, [1])
    await #expect(throws: ObjectStoreError.alreadyExists(location.description)) { try await store.create(location, [2]) }
    #expect(try folder.entries("root") == ["t", "t/once"])
  }

  @Test func pipesAreNoObjects() async throws {
    #expect(mkfifo("\(root.path)/pipe", 0o600) == 0)
    let pipe = try root.appending("pipe")
    await #expect(throws: ObjectStoreError.notFound(pipe.description)) { try await store.read(pipe, maximumSizeBytes: 1) }
  }

  @Test func filesInTheWayAreNamed() async throws {
    try await store.create(try root.appending("file"), [1])
    await #expect(throws: ObjectStoreError.other("\(root.path)/file is a file; a folder has to be there")) {
      try await store.create(try root.appending("file/below"), [1])
    }
  }

  /// Others may write beside us as far as the umask lets them.
  @Test func modesFollowTheUmask() async throws {
    let mask = umask(0)
    umask(mask)
    try await store.create(try root.appending("a/b/c"), [1])
    for (path, mode) in [("a", mode_t(0o777)), ("a/b", 0o777), ("a/b/c", 0o666)] {
      var status = stat()
      #expect(stat("\(root.path)/\(path)", &status) == 0)
      #expect(status.st_mode & 0o777 == mode & ~mask)
    }
  }

  @Test func aRootThatIsALinkIsFollowed() async throws {
    try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/alias", withDestinationPath: "root")
    let alias = try ObjectLocation("\(folder.path)/alias")
    try await LocalObjectStore(root: alias).create(try alias.appending("x"), [1])
    #expect(try folder.entries("root") == ["x"])
  }
}
