import ArgumentParser
import JSON
import TransparencyLog

extension AuditCommand {
  struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check every event against the log, and the log against its signatures.",
      discussion: """
        The hashes are computed here, from the events themselves: no word of the server's or the database's is taken for them. Found and
        named are events that were changed, taken out, put in or moved, hashes and checkpoints that were changed, and a log that is not
        the one that a checkpoint of yours was signed for. Ends with 1 when something is found.

          moraine audit verify
          moraine audit verify --checkpoint 2026-05-03.checkpoint --key "$(cat log.key.pub)"
          moraine audit verify --from 1000000 --to 1250000
        """)

    @Option(help: ArgumentHelp("Events from this place on only; the others' hashes are taken from the tree.", valueName: "place"))
    var from: UInt64?
    @Option(help: ArgumentHelp("Events before this place only.", valueName: "place")) var to: UInt64?
    @Option(
      name: .customLong("checkpoint"), help: ArgumentHelp("A checkpoint that you kept. Repeatable.", valueName: "file"),
      completion: .file())
    var kept: [String] = []
    @OptionGroup var trust: LogTrust
    @OptionGroup var client: ClientOptions

    func run() async throws {
      let kept = try self.kept.map { (file: $0, note: try LocalFile.read($0)) }
      try await client.run { client, output in
        let log = try await LogClient(client, trust)
        var progress = ProgressBar(isShown: !output.isQuiet && output.format == .table)
        let audit = try await LogAudit(log, kept: kept)
        let findings = try await audit.run(from: from, to: to) { done, total in try progress.show(done, of: total, "events") }
        try progress.end()
        try show(findings, audit, output)
        guard findings.isEmpty else {
          throw CommandFailure(
            .failure, "The log is not what it was: \(findings.count == 1 ? "1 finding" : "\(findings.count) findings")",
            hint: "docs/audit.md says what each of them means and what to do.")
        }
      }
    }

    private func show(_ findings: [AuditFinding], _ audit: LogAudit, _ output: CommandOutput) throws {
      let head = audit.head.checkpoint
      guard output.format == .table else {
        return try output.document(
          JSONDocument(
            parsing: JSONWriter.text { writer in
              writer.object {
                $0.field("origin", head.origin)
                $0.field("size", head.size)
                $0.field("root", Base64.encode(head.root))
                $0.field("checkpoints", audit.checkpointCount)
                $0.field(
                  "findings",
                  array: { list in
                    for finding in findings {
                      list.object {
                        $0.field("kind", finding.kind)
                        if let place = finding.place { $0.field("place", place) }
                        if let event = finding.event { $0.field("event", event) }
                        $0.field("message", finding.message)
                      }
                    }
                  })
              }
            }
          ).root)
      }
      for finding in findings { try output.stream.write(TerminalText.plain("\(finding.kind): \(finding.message)") + "\n") }
      guard findings.isEmpty, !output.isQuiet else { return }
      try output.stream.write(
        "\(head.size) events, \(audit.checkpointCount) checkpoints: all as they were signed.\nLog \(TerminalText.plain(head.origin)), root \(Base64.encode(head.root))\n"
      )
      if !audit.log.hasOwnKeys {
        try StandardStream.error.write("The keys are the server's word; give the log's key with --key to depend on nobody.\n")
      }
    }
  }
}

/// Something that is not as it was.
struct AuditFinding: Hashable, Sendable {
  let kind: String
  let place: UInt64?
  let event: String?
  let message: String
}
