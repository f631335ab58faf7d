#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Reads a secret: from a person who types it unseen, or from a pipe. Never from the command line, which every process can read.
enum SecretInput {
  private static let maximumBytes = 16 << 10

  /// - Parameter prompt: for a person; nothing is asked of a pipe.
  /// - Throws: a ``CommandFailure`` when nothing comes.
  static func read(_ prompt: String) throws -> String {
    let text = StandardInput.isTerminal ? try readUnseen(prompt) : try readLineOfPipe()
    let secret = text.trimmingPrefix { $0.isWhitespace }
    var end = secret.endIndex
    while end > secret.startIndex, secret[secret.index(before: end)].isWhitespace { end = secret.index(before: end) }
    guard end > secret.startIndex else {
      throw CommandFailure.usage("Nothing was given", hint: "Type it, or pipe it into standard input.")
    }
    return String(secret[..<end])
  }

  private static func readLineOfPipe() throws -> String {
    var lines = InputLines(maximumBytes: maximumBytes)
    return String(decoding: try lines.next() ?? [], as: UTF8.self)
  }

  private static func readUnseen(_ prompt: String) throws -> String {
    try StandardStream.error.write(TerminalText.plain(prompt) + " ")
    var settings = termios()
    guard tcgetattr(STDIN_FILENO, &settings) == 0 else { throw CommandFailure(.failure, "The terminal cannot be made silent") }
    var silent = settings
    silent.c_lflag &= ~tcflag_t(ECHO)
    guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0 else { throw CommandFailure(.failure, "The terminal cannot be made silent") }
    defer {
      _ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
      try? StandardStream.error.write("\n")
    }
    return readLine() ?? ""
  }
}
