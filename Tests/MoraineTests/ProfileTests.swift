import FoundationEssentials
import Testing

@testable import moraine

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite struct ProfileTests {
  private static func file() -> ProfileFile {
    var file = ProfileFile()
    file.current = "prod"
    file.profiles = [
      "prod": Profile(server: "https://c.example", warehouse: "lake", token: "secret"), "bare": Profile(),
    ]
    return file
  }

  private func withPath(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.path + "/moraine-\(IdempotencyKey())"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder + "/moraine/config.yaml")
  }

  @Test func readsWhatItWrote() throws {
    try withPath { path in
      #expect(try ProfileFile.read(path) == ProfileFile())
      try Self.file().write(path)
      #expect(try ProfileFile.read(path) == Self.file())
      try Self.file().write(path)
      var status = stat()
      #expect(stat(path, &status) == 0)
      #expect(status.st_mode & 0o777 == 0o600)
    }
  }

  @Test func namesTheFileThatIsWrong() throws {
    try withPath { path in
      try Self.file().write(path)
      #expect(FileManager.default.createFile(atPath: path, contents: Data("profiles: [1".utf8)))
      let failure = #expect(throws: CommandFailure.self) { try ProfileFile.read(path) }
      #expect(failure?.exit == .usage)
      #expect(failure?.message.contains(path) == true)
    }
  }

  @Test func flagsComeFirst() throws {
    let options = try ClientOptions.parse(["--profile", "prod", "-w", "other"])
    let connection = try options.connection(Self.file())
    #expect(connection == ClientConnection(server: try ServerAddress(parsing: "https://c.example/"), warehouse: "other", token: "secret"))
  }

  /// The token of one server must not be shown to another.
  @Test func anotherServerDoesNotGetTheProfilesToken() throws {
    let connection = try ClientOptions.parse(["--profile", "prod", "--server", "http://other"]).connection(Self.file())
    #expect(connection.token == nil)
    let same = try ClientOptions.parse(["--profile", "prod", "--server", "https://c.example/"]).connection(Self.file())
    #expect(same.token == "secret")
  }

  @Test func tellsTheProfilesThereAre() throws {
    let failure = #expect(throws: CommandFailure.self) { try Self.file().profile(named: "prd") }
    #expect(failure?.hint == "There are: bare, prod.")
  }

  @Test(arguments: [
    ("http://h:1/", "http://h:1"), ("h:1", "http://h:1"), ("https://h/base//", "https://h/base"),
  ])
  func readsAddresses(text: String, address: String) throws {
    #expect(try ServerAddress(parsing: text).description == address)
  }

  @Test(arguments: ["", "ftp://h", "http://", "http:///x", "http://h?q", "http://h h"])
  func refusesAddresses(text: String) {
    #expect(throws: CommandFailure.self) { try ServerAddress(parsing: text) }
  }

  @Test func encodesPaths() throws {
    let server = try ServerAddress(parsing: "http://h")
    #expect(
      server.url(["v1", "a/b", "x\u{1F}y z", "..", "é"], query: [("p", "a&b"), ("q", "")])
        == "http://h/v1/a%2Fb/x%1Fy%20z/%2E%2E/%C3%A9?p=a%26b&q=")
  }
}
