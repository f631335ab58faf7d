import ArgumentParser

struct CedarCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cedar", abstract: "Work with Cedar policies: decide, validate, format, translate.",
    discussion: """
      These commands need no server. Policies, schemas and entities are files in Cedar's own syntax or in its JSON forms; which of them
      is seen by their first character. Options are those of the `cedar` command where it has them.
      """,
    subcommands: [CedarAuthorizeCommand.self, CedarValidateCommand.self, CedarFormatCommand.self, CedarTranslateCommand.self])
}

/// A file, or standard input, of a person's command line.
enum CedarFile {
  /// - Parameter path: `-` for standard input.
  static func read(_ path: String) throws -> String {
    let bytes = path == "-" ? try StandardInput.readAll() : try LocalFile.read(path)
    guard let text = String(validating: bytes, as: UTF8.self) else { throw CommandFailure.usage("\(path) is not UTF-8 text") }
    return text
  }
}
