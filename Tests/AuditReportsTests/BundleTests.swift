import Crypto
import Foundation
import Reports
import Testing
import TransparencyLog

@testable import AuditReports

/// Bundles as an auditor has them: only the script, Python and openssl look at them.
@Suite struct BundleTests {
  typealias Files = [(name: String, content: [UInt8])]

  static func files(_ sample: SampleReport, _ report: AuditReport) throws -> Files {
    let bundle = try ReportBundle(
      report, profiles: try SampleReport.profiles(), signedBy: [sample.statementVerifier], fonts: ReportFonts())
    var envelope = try bundle.envelope()
    try envelope.sign(with: sample.statementKey, keyID: SampleReport.statementName)
    return bundle.files(with: envelope).map { ($0.name, $0.content) }
  }

  /// The same with a statement over other files, as somebody makes who has the key.
  static func signedAgain(_ files: Files, _ sample: SampleReport) throws -> Files {
    let rest = files.filter { $0.name != "statement.dsse.json" }
    let subjects = rest.map {
      Statement.Subject(name: $0.name, sha256: SHA256.hash(data: $0.content).map { String(format: "%02x", $0) }.joined())
    }
    var envelope = SignedEnvelope(
      payload: try Statement(subjects: subjects, predicateType: ReportBundle.predicateType, predicate: .object([:])).bytes())
    try envelope.sign(with: sample.statementKey, keyID: SampleReport.statementName)
    return rest + [("statement.dsse.json", envelope.bytes)]
  }

  static func inFolder<T>(_ body: (URL) throws -> T) throws -> T {
    let folder = FileManager.default.temporaryDirectory.appending(path: "moraine-bundle-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }

  /// Runs a copy of the script that lies outside of the bundle.
  static func verify(_ bundle: URL, _ keys: [NoteVerifier] = []) throws -> (code: Int32, output: String) {
    let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources/AuditReports/Composition/verify.py")
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-I", source.standardized.path, bundle.path] + keys.flatMap { ["--key", $0.description] }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  static func verify(_ files: Files, _ keys: [NoteVerifier] = []) throws -> (code: Int32, output: String) {
    try inFolder { folder in
      for file in files {
        let place = folder.appending(path: file.name)
        try FileManager.default.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(file.content).write(to: place)
      }
      return try verify(folder, keys)
    }
  }

  /// That it was refused, and a line begins with the file's name.
  static func expectRefused(_ outcome: (code: Int32, output: String), _ file: String, _ what: String = "") {
    #expect(outcome.code == 1, "\(file) \(what): \(outcome.output)")
    #expect(outcome.output.split(separator: "\n").contains { $0.hasPrefix(file + ":") }, "\(file) \(what): \(outcome.output)")
    #expect(!outcome.output.contains("Traceback"), "\(outcome.output)")
  }

  @Test func aBundleIsVerifiedAsFolderAndAsZip() throws {
    let sample = try SampleReport()
    let files = try Self.files(sample, sample.withGaps())
    let withoutKey = try Self.verify(files)
    #expect(withoutKey.code == 0, "\(withoutKey.output)")
    #expect(withoutKey.output.contains("\(files.count) files and 8 events"))
    #expect(withoutKey.output.contains("prove nothing about who made it"))
    let withKey = try Self.verify(files, [sample.logSigner.verifier, sample.statementVerifier])
    #expect(withKey.code == 0 && withKey.output.contains("the key you gave"), "\(withKey.output)")

    var archive = ZipArchive()
    for file in files { try archive.add(file.name, file.content) }
    let zip = try archive.finished()
    try Self.inFolder { folder in
      let place = folder.appending(path: "bundle.zip")
      try Data(zip).write(to: place)
      #expect(try Self.verify(place).code == 0)
      // The central directory is at the end; what comes first is the first file's content.
      var changed = zip
      changed[300] ^= 1
      try Data(changed).write(to: place)
      Self.expectRefused(try Self.verify(place), files[0].name)
      try Data(zip.dropLast(100)).write(to: place)
      Self.expectRefused(try Self.verify(place), place.path)
    }
  }

  @Test func theSameFactsGiveTheSameFiles() throws {
    let sample = try SampleReport()
    let report = try sample.withGaps()
    func bundle() throws -> [ReportBundle.File] {
      try ReportBundle(report, profiles: SampleReport.profiles(), signedBy: [], fonts: ReportFonts()).files
    }
    #expect(try bundle() == bundle())
  }

  @Test func oneChangedByteOfAnyFileIsFound() throws {
    let sample = try SampleReport()
    let files = try Self.files(sample, sample.withGaps())
    for (index, file) in files.enumerated() where !file.content.isEmpty {
      var changed = files
      changed[index].content[file.content.count / 2] ^= 1
      Self.expectRefused(try Self.verify(changed), file.name)
    }
  }

  /// Not all of the envelope is signed: what is not must have the one form there is.
  @Test func anyByteOfTheStatementCounts() throws {
    let sample = try SampleReport()
    let files = try Self.files(sample, sample.faultless())
    let statement = try #require(files.firstIndex { $0.name == "statement.dsse.json" })
    let count = files[statement].content.count
    for place in [0, 1, 3, count - 1, count - 3] + (0..<24).map({ count - 5 - $0 * 6 }) {
      var changed = files
      changed[statement].content[place] ^= 1
      Self.expectRefused(try Self.verify(changed), "statement.dsse.json", "byte \(place) of \(count)")
    }
  }

  @Test func filesRemovedAndAddedAreFound() throws {
    let sample = try SampleReport()
    let files = try Self.files(sample, sample.withGaps())
    for file in files { Self.expectRefused(try Self.verify(files.filter { $0.name != file.name }), file.name, "removed") }
    Self.expectRefused(try Self.verify(files + [("tables/more.csv", [65])]), "tables/more.csv")
    Self.expectRefused(try Self.verify(files + [("events/4.tlog-proof", files[1].content)]), "events/4.tlog-proof")
  }

  /// Whoever signs reports cannot make up events: the log's key is another.
  @Test func aProofOfAnotherEventIsFoundThoughItIsSigned() throws {
    let sample = try SampleReport()
    let files = try Self.files(sample, sample.withGaps())
    let place = try #require(files.firstIndex { $0.name == "events/5.tlog-proof" })
    func swapped(_ proof: LogProof) throws -> Files {
      var changed = files
      changed[place].content = proof.bytes
      return try Self.signedAgain(changed, sample)
    }
    let own = try LogProof(parsing: files[place].content)
    #expect(try Self.verify(swapped(own)).code == 0)
    let other = try sample.proof(6)
    let note = own.checkpoint
    // A good proof, of another event than the report says.
    Self.expectRefused(
      try Self.verify(swapped(LogProof(entry: sample.texts[6], index: 6, hashes: other.hashes, checkpoint: note))), "events/5.tlog-proof")
    // The right event with the hashes of another, and another event with the right hashes.
    Self.expectRefused(
      try Self.verify(swapped(LogProof(entry: own.entry, index: 5, hashes: other.hashes, checkpoint: note))), "events/5.tlog-proof")
    Self.expectRefused(
      try Self.verify(swapped(LogProof(entry: sample.texts[6], index: 5, hashes: own.hashes, checkpoint: note))), "events/5.tlog-proof")
    // A report that cites what is not there.
    var report = try sample.withGaps()
    report.timeline[0].event = SampleReport.eventID(4)
    var changed = files
    changed[try #require(files.firstIndex { $0.name == "report.json" })].content = report.canonical.canonicalBytes
    Self.expectRefused(try Self.verify(Self.signedAgain(changed, sample)), "report.json")
  }

  @Test func aForgeryIsFoundByWhoeverHasTheKey() throws {
    let sample = try SampleReport()
    let forger = try SampleReport()
    let forged = try Self.files(forger, forger.faultless())
    #expect(try Self.verify(forged).code == 0)
    let keys = [sample.logSigner.verifier, sample.statementVerifier]
    let outcome = try Self.verify(forged, keys)
    Self.expectRefused(outcome, "statement.dsse.json")
    Self.expectRefused(outcome, "checkpoint.txt")
    // The log's true checkpoint and events under a false statement.
    let stolen = try Self.signedAgain(Self.files(sample, sample.faultless()), forger)
    Self.expectRefused(try Self.verify(stolen, keys), "statement.dsse.json")
  }

  @Test func factsWithoutTheirEventsMakeNoBundle() throws {
    let sample = try SampleReport()
    func bundle(_ change: (inout AuditReport) throws -> Void) throws -> ReportBundle {
      var report = try sample.faultless()
      try change(&report)
      return try ReportBundle(report, profiles: [], signedBy: [], fonts: ReportFonts())
    }
    _ = try bundle { _ in }
    #expect(throws: AuditReportError.uncitedEvent("nowhere")) { try bundle { $0.approvals[0].event = "nowhere" } }
    #expect(throws: AuditReportError.unprovenEvent(SampleReport.eventID(2))) { try bundle { $0.log.events[0].text[10] ^= 1 } }
    #expect(throws: AuditReportError.unprovenEvent("other")) { try bundle { $0.log.events[0].id = "other" } }
    #expect(throws: AuditReportError.repeatedEvent(SampleReport.eventID(2))) { try bundle { $0.log.events.append($0.log.events[0]) } }
    #expect(throws: AuditReportError.badCheckpoint) { try bundle { $0.log.origin = "moraine/other" } }
    let other = try SampleReport()
    #expect(throws: AuditReportError.badCheckpoint) { try bundle { $0.log.keys = [other.logSigner.verifier] } }
  }
}
