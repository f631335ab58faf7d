import Foundation
import Testing

@testable import Reports

/// Programs of others that read what we write, from the packages that `debian-packages.txt` names.
enum Program {
  /// Runs a program to its end, and demands that it succeeds.
  /// - Returns: what it wrote to its standard output.
  @discardableResult
  static func run(_ name: String, _ arguments: [String], in folder: URL) throws -> String {
    let (code, output, errors) = try outcome(name, arguments, in: folder)
    try #require(
      code == 0, "\(name) \(arguments.joined(separator: " ")) ended with \(code): \(output.suffix(2_000)) \(errors.suffix(4_000))")
    return output
  }

  static func outcome(_ name: String, _ arguments: [String], in folder: URL) throws -> (code: Int32, output: String, errors: String) {
    // Files, since a pipe that nobody reads stops its writer.
    let output = folder.appending(path: UUID().uuidString)
    let errors = folder.appending(path: UUID().uuidString)
    for file in [output, errors] { try Data().write(to: file) }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [name] + arguments
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    return (
      process.terminationStatus, String(decoding: try Data(contentsOf: output), as: UTF8.self),
      try String(contentsOf: errors, encoding: .utf8)
    )
  }

  /// A script of this folder's `Scripts`, with the Python of the tests' environment.
  @discardableResult
  static func python(_ script: String, _ arguments: [String], in folder: URL) throws -> String {
    let here = URL(filePath: #filePath).deletingLastPathComponent()
    let own = here.appending(path: "../../.venv/bin/python").standardized.path
    let python = FileManager.default.isExecutableFile(atPath: own) ? own : "python3"
    return try run(python, [here.appending(path: "Scripts/" + script).path] + arguments, in: folder)
  }

  /// A new folder for the time of a test.
  static func inFolder<T>(_ body: (URL) throws -> T) throws -> T {
    let folder = FileManager.default.temporaryDirectory.appending(path: "moraine-reports-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }
}

/// The fonts of Debian's `fonts-dejavu-core`.
enum TestFonts {
  static let dejaVu = Result {
    ReportFonts(regular: try file("DejaVuSans"), bold: try file("DejaVuSans-Bold"), mono: try file("DejaVuSansMono"))
  }

  private static func file(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: "/usr/share/fonts/truetype/dejavu/\(name).ttf")))
  }
}
