/// Why a table's files could not be read.
package struct TableFormatError: Error, Hashable, CustomStringConvertible {
  package enum Reason: Hashable, Sendable {
    /// A file breaks its format's specification, or is damaged or cut off.
    case malformed
    /// It is allowed by a specification, but cannot be read here.
    case unsupported
    /// It is beyond a limit that the reader was given.
    case tooLarge
    /// Files that would be needed are not there, or never were.
    case missing
  }

  package let reason: Reason
  package let message: String
  /// The file it happened in, where one is to blame: as it was listed.
  package private(set) var file: String?

  init(_ reason: Reason, _ message: String) {
    self.reason = reason
    self.message = message
  }

  package static func malformed(_ message: String) -> TableFormatError { TableFormatError(.malformed, message) }
  static func unsupported(_ message: String) -> TableFormatError { TableFormatError(.unsupported, message) }
  package static func tooLarge(_ message: String) -> TableFormatError { TableFormatError(.tooLarge, message) }
  package static func missing(_ message: String) -> TableFormatError { TableFormatError(.missing, message) }

  /// The same, said to have happened in a file.
  func inFile(_ name: String) -> TableFormatError {
    var error = self
    error.file = file ?? name
    return error
  }

  package var description: String { file.map { "\(message), in \($0)" } ?? message }
}
