import Crypto
package import Reports
package import TransparencyLog

/// A report as files that somebody else can check alone. The same values give the same files; where keys sign without random numbers, as Ed25519
/// by RFC 8032 does, the same bytes.
package struct ReportBundle: Sendable {
  package struct File: Hashable, Sendable {
    package let name: String
    package let content: [UInt8]
  }

  package static let predicateType = "https://moraine.dev/attestations/report/v1"

  /// Without the statement, in the order of the archive.
  package let files: [File]
  private let report: AuditReport
  private let evaluations: [ProfileEvaluation]

  /// - Throws: ``AuditReportError`` when the report cites what it does not have, or what the log does not prove; ``ReportError`` when
  ///   it cannot be written.
  package init(
    _ report: AuditReport, profiles: [ReportProfile], signedBy signers: [NoteVerifier], fonts: ReportFonts
  ) throws {
    try report.checkCitations()
    self.report = report
    evaluations = profiles.map { ProfileEvaluation(of: report, against: $0) }
    let document = report.document(evaluations)
    var files = [
      File(name: "report.html", content: try document.html()), File(name: "report.pdf", content: try document.pdf(fonts: fonts)),
      File(name: "report.json", content: report.canonical.canonicalBytes),
      File(name: "evaluation.json", content: CanonicalValue.array(evaluations.map(\.canonical)).canonicalBytes),
      File(name: "prov.json", content: try report.provenance.bytes()),
    ]
    for (name, table) in ReportTables(report).all { files.append(File(name: "tables/\(name).csv", content: try Self.csv(table))) }
    for evaluation in evaluations {
      let table = AuditReport.requirements(evaluation)
      files.append(File(name: "tables/requirements-\(evaluation.profile.id).csv", content: try Self.csv(table)))
    }
    for event in report.log.events {
      let proof = LogProof(
        entry: event.text, index: event.proof.index, hashes: event.proof.hashes, checkpoint: report.log.checkpoint)
      files.append(File(name: event.file, content: proof.bytes))
    }
    var keys: [String] = []
    for key in (report.log.keys + signers).map(\.description) where !keys.contains(key) { keys.append(key) }
    files.append(File(name: "checkpoint.txt", content: report.log.checkpoint))
    files.append(File(name: "keys.txt", content: Array(keys.map { $0 + "\n" }.joined().utf8)))
    files.append(File(name: "verify.py", content: PackageResources.verify_py))
    self.files = files
  }

  /// What has to be signed: an in-toto statement that names every file with its SHA-256.
  package func envelope() throws(ReportError) -> SignedEnvelope {
    let subjects = files.map { Statement.Subject(name: $0.name, sha256: Self.hexadecimal(SHA256.hash(data: $0.content))) }
    let predicate = CanonicalValue.object([
      "model": .string(report.model.title), "as-of-ms": .int64(report.scope.asOfMs), "created-at-ms": .int64(report.scope.createdAtMs),
      "catalog": .string(report.scope.catalog), "log": .string(report.log.origin),
      "profiles": .array(evaluations.map { .string($0.profile.id) }),
    ])
    return SignedEnvelope(
      payload: try Statement(subjects: subjects, predicateType: Self.predicateType, predicate: predicate).bytes())
  }

  /// All files, with the envelope that was signed.
  package func files(with envelope: SignedEnvelope) -> [File] {
    [File(name: "statement.dsse.json", content: envelope.bytes)] + files
  }

  package func zip(with envelope: SignedEnvelope) throws(ReportError) -> [UInt8] {
    var archive = ZipArchive()
    for file in files(with: envelope) { try archive.add(file.name, file.content) }
    return try archive.finished()
  }

  private static func csv(_ table: ReportTable) throws(ReportError) -> [UInt8] {
    try CSVTable(columns: table.columns.map(\.title), rows: table.rows.map { $0.map { .text($0.string) } }).bytes()
  }

  private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

/// Why facts make no report.
package enum AuditReportError: Error, Hashable {
  /// A fact names an event that the report does not have.
  case uncitedEvent(String)
  case repeatedEvent(String)
  /// The checkpoint is not of this log, or not signed by its keys.
  case badCheckpoint
  /// The event is not in the log that the checkpoint covers, or its text is another event's.
  case unprovenEvent(String)
}

extension AuditReport {
  /// Refuses what ``ReportBundle``'s own script would refuse.
  func checkCitations() throws(AuditReportError) {
    guard let head = try? VerifiedCheckpoint(parsing: log.checkpoint, origin: log.origin, keys: log.keys).checkpoint else {
      throw .badCheckpoint
    }
    var ids: Set<String> = []
    var places: Set<UInt64> = []
    for event in log.events {
      guard ids.insert(event.id).inserted, places.insert(event.proof.index).inserted else { throw .repeatedEvent(event.id) }
      guard event.proof.size == head.size, (try? event.proof.verify(leafHash: LeafHash.of(event.text), root: head.root)) != nil,
        event.ownID == event.id
      else { throw .unprovenEvent(event.id) }
    }
    for id in canonical.citedEvents where !ids.contains(id) { throw .uncitedEvent(id) }
  }
}
