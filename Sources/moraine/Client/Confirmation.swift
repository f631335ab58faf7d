import ArgumentParser

/// Asks before something is lost.
struct ConfirmationOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Do not ask; needed when nobody can answer.")
  var yes = false

  /// - Throws: a ``CommandFailure`` when the answer is no, or when nobody can be asked.
  func confirm(_ question: String) throws {
    if yes { return }
    guard StandardInput.isTerminal, StandardStream.error.isTerminal else {
      throw CommandFailure.usage("Not done without being asked to: \(question)", hint: "Add --yes if you mean it.")
    }
    try StandardStream.error.write(TerminalText.plain(question) + " [y/N] ")
    guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
      throw CommandFailure(.failure, "Nothing was changed")
    }
  }
}
