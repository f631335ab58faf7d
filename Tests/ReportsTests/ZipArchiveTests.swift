import Foundation
import SeededRandom
import Testing

@testable import Reports

@Suite struct ZipArchiveTests {
  private func check(_ files: [(name: String, bytes: [UInt8])]) throws {
    var archive = ZipArchive()
    for file in files { try archive.add(file.name, file.bytes) }
    let bytes = try archive.finished()
    try Program.inFolder { folder in
      try Data(bytes).write(to: folder.appending(path: "archive.zip"))
      for (index, file) in files.enumerated() { try Data(file.bytes).write(to: folder.appending(path: String(index))) }
      try JSONEncoder().encode(files.map(\.name)).write(to: folder.appending(path: "names.json"))
      try Program.python("check_zip.py", ["archive.zip", "."], in: folder)
      // unzip calls an archive without files an error.
      if !files.isEmpty { try Program.run("unzip", ["-tq", "archive.zip"], in: folder) }
    }
  }

  @Test func othersReadIt() throws {
    var generator = SeededGenerator(seed: 3)
    let noise = (0..<100_000).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    try check([])
    try check([
      ("report.json", Array("{}".utf8)), ("empty", []), ("noise.bin", noise),
      ("events/2026/1.json", Array(repeating: 0x41, count: 200_000)),
      ("Prüfung/顧客 😀.csv", Array("é".utf8)),
    ])
    try check((0..<3_000).map { ("part/\($0).json", Array("\($0)".utf8)) })
  }

  @Test func theSameFilesHaveTheSameBytes() throws {
    func make() throws -> [UInt8] {
      var archive = ZipArchive()
      try archive.add("a", Array(repeating: 1, count: 5_000))
      try archive.add("b", [])
      return try archive.finished()
    }
    #expect(try make() == make())
  }

  @Test(arguments: [
    "", "/etc/passwd", "../up", "a/../b", "a//b", "a/", "./a", "a\\b", "C:a", "a\u{0}b", "a\nb", String(repeating: "x", count: 2_000),
  ])
  func namesThatLeadElsewhereAreRefused(name: String) {
    var archive = ZipArchive()
    #expect(throws: ReportError.invalidEntryName(name)) { try archive.add(name, []) }
  }

  @Test func limitsAreKept() throws {
    var archive = ZipArchive()
    try archive.add("a", [])
    #expect(throws: ReportError.repeatedEntryName("a")) { try archive.add("a", []) }
    for index in 1..<65_535 { try archive.add("\(index)", []) }
    #expect(throws: ReportError.tooLarge("an archive holds at most 65535 files")) { try archive.add("more", []) }
  }
}
