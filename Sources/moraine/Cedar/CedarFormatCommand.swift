import ArgumentParser
import Cedar

struct CedarFormatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "format", abstract: "Lay out policies in one style; comments stay.",
    discussion: "Ends with 1 when --check finds a file that is laid out otherwise.")

  @Option(
    name: .shortAndLong, parsing: .upToNextOption, help: ArgumentHelp("Files of policies; without any, standard input.", valueName: "file"))
  var policies: [String] = []
  @Option(name: .shortAndLong, help: ArgumentHelp("Columns of a line.", valueName: "columns")) var lineWidth = 80
  @Option(name: .shortAndLong, help: ArgumentHelp("Columns of a step inwards.", valueName: "columns")) var indentWidth = 2
  @Flag(name: .shortAndLong, help: "Write the files anew.") var write = false
  @Flag(name: .shortAndLong, help: "Change nothing; only tell which files are laid out otherwise.") var check = false

  func validate() throws {
    guard !(write && check) else { throw ValidationError("--write and --check exclude each other.") }
    guard !write || !policies.isEmpty else { throw ValidationError("--write needs --policies.") }
    guard (20...1_000).contains(lineWidth) else { throw ValidationError("--line-width is 20 to 1000.") }
    guard (0...16).contains(indentWidth) else { throw ValidationError("--indent-width is 0 to 16.") }
  }

  func run() throws {
    var isAsItShould = true
    for path in policies.isEmpty ? ["-"] : policies {
      let text = try CedarFile.read(path)
      let formatted = try CommandFailure.naming(path) {
        try PolicyFormatter(lineWidth: lineWidth, indentWidth: indentWidth).format(text)
      }
      if check {
        guard !formatted.utf8.elementsEqual(text.utf8) else { continue }
        isAsItShould = false
        try StandardStream.output.write(TerminalText.plain(path) + "\n")
      } else if write {
        guard !formatted.utf8.elementsEqual(text.utf8) else { continue }
        try LocalFile.replace(path, with: Array(formatted.utf8))
      } else {
        try StandardStream.output.write(formatted)
      }
    }
    if !isAsItShould { throw ExitCode(CommandExit.failure.rawValue) }
  }
}
