import Foundation

/// Files that a command line names.
enum LocalFile {
  static func read(_ path: String) throws -> [UInt8] {
    do {
      return Array(try Data(contentsOf: URL(filePath: path)))
    } catch {
      throw CommandFailure.usage("\(path) cannot be read: \(error.localizedDescription)")
    }
  }

  /// Puts new content in the place of the old, whole or not at all.
  static func replace(_ path: String, with bytes: [UInt8]) throws {
    do {
      try Data(bytes).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw CommandFailure(.failure, "\(path) cannot be written: \(error.localizedDescription)")
    }
  }
}
