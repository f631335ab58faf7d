import ArgumentParser

/// What the process ends with. Scripts rely on these numbers; docs/command-line.md lists them.
enum CommandExit: Int32, Sendable {
  case success = 0
  /// Something failed inside the client or the server.
  case failure = 1
  /// The command line was wrong, or the server found the request malformed.
  case usage = 2
  case notFound = 3
  /// The state of the catalog forbids it: a name is taken, a namespace is not empty, another commit came first.
  case conflict = 4
  /// The caller is unknown, or may not do this.
  case refused = 5
  /// The server cannot be reached, or cannot answer at present.
  case unavailable = 6

  /// - Parameter status: an HTTP status other than success.
  init(status: UInt) {
    self =
      switch status {
      case 400, 405, 406, 413, 415, 422: .usage
      case 401, 403: .refused
      case 404: .notFound
      case 409, 412: .conflict
      case 429, 502, 503, 504: .unavailable
      default: .failure
      }
  }
}

/// Why a command ended without doing what it was asked: one line of what was wrong, one of what to do about it.
struct CommandFailure: Error, Hashable, CustomStringConvertible {
  let exit: CommandExit
  let message: String
  let hint: String?

  init(_ exit: CommandExit, _ message: String, hint: String? = nil) {
    self.exit = exit
    self.message = message
    self.hint = hint
  }

  var description: String {
    // What a server says may have several lines; those behind the first cannot be taken for the client's own.
    let lines = "Error: \(message)".split(separator: "\n", omittingEmptySubsequences: true).enumerated()
      .map { $0.offset == 0 ? String($0.element) : "  \($0.element)" }
    return (lines + (hint.map { ["Hint: " + $0] } ?? [])).map(TerminalText.plain).joined(separator: "\n")
  }
}

extension CommandFailure {
  static func usage(_ message: String, hint: String? = nil) -> CommandFailure { CommandFailure(.usage, message, hint: hint) }

  /// What the server answered instead of success.
  ///
  /// - Parameter answer: an answer whose status is no success; its body is the server's error, or nothing after HEAD.
  init(_ answer: ServerAnswer, asking server: ServerAddress) {
    let request = answer.requestID.map { ", request \($0)" } ?? ""
    guard let error = ServerError(answer) else {
      let isBare = answer.body.isEmpty
      self.init(
        isBare ? CommandExit(status: answer.status) : answer.status >= 500 ? CommandExit(status: answer.status) : .failure,
        "\(server) answered with status \(answer.status) and no reason\(request)",
        hint: isBare ? nil : "Is \(server) a Moraine server? Give its address with --server.")
      return
    }
    self.init(
      CommandExit(status: answer.status), "\(error.message) (\(error.type)\(request))", hint: Self.hint(error, status: answer.status))
  }

  private static func hint(_ error: ServerError, status: UInt) -> String? {
    switch error.type {
    case "NoSuchWarehouseException": "`moraine warehouse list` shows the warehouses; choose one with --warehouse."
    case "NoSuchNamespaceException": "`moraine namespace list --recursive` shows the namespaces; `moraine namespace create` adds one."
    case "NoSuchTableException": "`moraine table list NAMESPACE` shows the tables of a namespace."
    case "NoSuchViewException": "`moraine view list NAMESPACE` shows the views of a namespace."
    case "NoSuchPolicySetException": "`moraine policy list` shows the policy sets."
    case "NoSuchContractException":
      "`moraine contract list TABLE` shows the versions there were; `moraine contract apply` puts one in force."
    case "ContractViolation": "`moraine contract show TABLE` shows what is promised."
    case "NoSuchGrantException": "`moraine grants` shows the grants that hold, `moraine grants --history` all that ever did."
    case "AlreadyExistsException": "Choose another name, or drop or rename what has it."
    case "NamespaceNotEmptyException": "Drop what is in it first; `table list`, `view list` and `namespace list` show it."
    case "WarehouseNotEmptyException": "Drop its namespaces first; `moraine namespace list -w NAME --recursive` shows them."
    case "NoSuchPrincipalException": "`moraine principal list` shows users, services, roles and teams."
    case "NoSuchCredentialException": "`moraine client list` and `moraine token list` show what there is."
    case "CommitFailedException": "Something else changed it meanwhile; look at it again and repeat the command."
    case "CommitStateUnknownException": "Look whether the change was made before you repeat the command."
    default:
      switch status {
      case 401: "Log in with `moraine login`, or give a token in MORAINE_TOKEN."
      // What is forbidden stays so, whoever grants it.
      case 403: error.message.contains("no policy permits it") ? "Ask its owner for the right to do this." : nil
      case 429, 502, 503, 504: "Try again in a moment."
      case 500...: "The server's log tells more under the request's id."
      default: nil
      }
    }
  }
}

extension Moraine {
  /// Runs the command line. ArgumentParser would end with its own codes; ours are stable.
  static func main() async {
    do {
      var command = try await asyncParseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      let (exit, text) = ending(error)
      if !text.isEmpty { StandardStream(exit == 0 ? .output : .error).writeLastWords(text + "\n") }
      endProcess(exit)
    }
  }

  /// The exit code and the last words for an error, or for a request for help.
  static func ending(_ error: any Error) -> (exit: Int32, text: String) {
    if let failure = error as? CommandFailure { return (failure.exit.rawValue, failure.description) }
    if error is OutputClosed { return (CommandExit.success.rawValue, "") }
    let code = exitCode(for: error)
    return (code == .validationFailure ? CommandExit.usage.rawValue : code.rawValue, fullMessage(for: error))
  }
}
