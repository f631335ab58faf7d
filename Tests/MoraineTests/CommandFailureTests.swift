import ArgumentParser
import Testing

@testable import moraine

@Suite struct CommandFailureTests {
  private static let server = try! ServerAddress(parsing: "http://h:1")

  @Test(arguments: [
    (400, 2), (401, 5), (403, 5), (404, 3), (409, 4), (422, 2), (429, 6), (500, 1), (502, 6), (503, 6), (504, 6), (418, 1),
  ])
  func statusesHaveCodes(status: UInt, code: Int32) {
    let body = #"{"error":{"message":"m","type":"T","code":1}}"#
    let failure = CommandFailure(ServerAnswer(status: status, requestID: "r7", body: Array(body.utf8)), asking: Self.server)
    #expect(failure.exit.rawValue == code)
    #expect(failure.message == "m (T, request r7)")
  }

  @Test func anAnswerThatIsNoneOfOursIsAFailure() {
    let failure = CommandFailure(ServerAnswer(status: 404, requestID: nil, body: Array("<html>".utf8)), asking: Self.server)
    #expect(failure.exit == .failure)
    #expect(
      failure.description
        == "Error: http://h:1 answered with status 404 and no reason\nHint: Is http://h:1 a Moraine server? Give its address with --server."
    )
  }

  /// Its further lines are set in, so that none looks like the client's own; what a terminal would obey is spelled out.
  @Test func aMessageOfTheServerCannotPassForTheClients() {
    let body = #"{"error":{"message":"a\nError: b\u001b[2J","type":"T"}}"#
    let failure = CommandFailure(ServerAnswer(status: 500, requestID: nil, body: Array(body.utf8)), asking: Self.server)
    #expect(failure.description.split(separator: "\n").prefix(2) == ["Error: a", "  Error: b\\u{1b}[2J (T)"])
  }

  @Test(arguments: [
    ["table", "lst"], ["table", "show"], ["table", "show", "t"], ["table", "show", "a.t", "-o", "xml"], ["table", "create", "a.t"],
    ["namespace", "set", "a", "novalue"],
  ])
  func wrongCommandLinesEndWith2(arguments: [String]) async {
    let error = await #expect(throws: (any Error).self) { try await Moraine.asyncParseAsRoot(arguments) }
    #expect(Moraine.ending(error!).exit == 2)
  }

  @Test(arguments: [["--help"], ["table", "show", "--help"], ["--version"]])
  func helpEndsWith0(arguments: [String]) async throws {
    do {
      var command = try await Moraine.asyncParseAsRoot(arguments)
      try command.run()
    } catch {
      #expect(Moraine.ending(error).exit == 0)
      #expect(!Moraine.ending(error).text.isEmpty)
    }
  }

  @Test func aReaderThatHasGoneIsNoFailure() {
    #expect(Moraine.ending(OutputClosed()) == (0, ""))
  }
}
