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

  private func connection(_ choice: ConnectionChoice, _ environment: [String: String] = [:]) throws -> ClientConnection {
    try ClientConnection(choosing: choice, file: Self.file()) { environment[$0] }
  }

  @Test func flagsComeBeforeTheEnvironmentAndThatBeforeTheProfile() throws {
    let own = try ServerAddress(parsing: "https://c.example")
    #expect(try connection(ConnectionChoice()) == ClientConnection(server: own, warehouse: "lake", token: "secret"))
    let environment = ["MORAINE_WAREHOUSE": "env", "MORAINE_TOKEN": "other"]
    #expect(try connection(ConnectionChoice(), environment) == ClientConnection(server: own, warehouse: "env", token: "other"))
    let choice = ConnectionChoice(warehouse: "flag")
    #expect(try connection(choice, environment) == ClientConnection(server: own, warehouse: "flag", token: "other"))
    let bare = try connection(ConnectionChoice(), ["MORAINE_PROFILE": "bare"])
    #expect(bare == ClientConnection(server: .standard, warehouse: "main", token: nil))
  }

  /// The token of one server must not be shown to another.
  @Test func anotherServerDoesNotGetTheProfilesToken() throws {
    #expect(try connection(ConnectionChoice(server: "http://other")).token == nil)
    #expect(try connection(ConnectionChoice(), ["MORAINE_SERVER": "http://other"]).token == nil)
    #expect(try connection(ConnectionChoice(server: "https://c.example/")).token == "secret")
  }

  @Test func completionReadsTheUnfinishedLine() {
    let choice = NameCompletion.choice(["moraine", "table", "list", "--server=http://h", "-w", "lake", "a.", "--token"])
    #expect(choice == ConnectionChoice(server: "http://h", warehouse: "lake"))
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
