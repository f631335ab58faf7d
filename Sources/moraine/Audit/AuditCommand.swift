import ArgumentParser
import JSON
import TransparencyLog

struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "The audit trail: search it, check the log over it, and prove what is in it.",
    subcommands: [Search.self, Tail.self, Show.self, Verify.self, Proof.self, Checkpoint.self])

  struct Checkpoint: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a signed checkpoint: how many events there are, and a hash over all of them.",
      discussion: """
        Keep one, somewhere that nobody who administers the catalog can write. Whatever is done to the events it covers, `audit verify
        --checkpoint FILE` finds out. The output is the checkpoint alone, a signed note (c2sp.org/tlog-checkpoint).

          moraine audit checkpoint > 2026-05-03.checkpoint
        """)

    @Option(help: "Of the log when it had so many events; the latest unless given.") var size: UInt64?
    @OptionGroup var trust: LogTrust
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let log = try await LogClient(client, trust)
        let checkpoint = try await log.checkpoint(size: size)
        guard output.format == .table else {
          let head = checkpoint.checkpoint
          return try output.document(
            JSONDocument(
              parsing: JSONWriter.text { writer in
                writer.object {
                  $0.field("origin", head.origin)
                  $0.field("size", head.size)
                  $0.field("root", Base64.encode(head.root))
                  $0.field("note", String(decoding: checkpoint.note.bytes, as: UTF8.self))
                }
              }
            ).root)
        }
        try output.stream.write(checkpoint.note.bytes)
      }
    }
  }

  struct Proof: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show that an event is in the log, or that the log has only grown.",
      discussion: """
        With the id of an event: the event, the hashes beside its way to the root, and a signed checkpoint, as one text
        (c2sp.org/tlog-proof) that anybody can check without a server. With --from: a consistency proof, one hash a line.
        Each proof is checked before it is shown.

          moraine audit proof 019a2f3e-8a52-7c3e-9d1b-0c7f5a1e2b3c > event.tlog-proof
          moraine audit proof --from 4711 --to 5000
        """)

    @Argument(help: "Id of an event.") var event: String?
    @Option(help: "Leaf hash of the event, as a receipt has it: proves without the right to read the event.") var leaf: String?
    @Option(help: "In the log when it had so many events; the latest checkpoint unless given.") var size: UInt64?
    @Option(help: "From the log when it had so many events.") var from: UInt64?
    @Option(help: "To the log when it had so many events; the latest checkpoint unless given.") var to: UInt64?
    @OptionGroup var trust: LogTrust
    @OptionGroup var client: ClientOptions

    func validate() throws {
      guard (event == nil) != (from == nil) else { throw ValidationError("Give the id of an event, or --from.") }
    }

    func run() async throws {
      try await client.run { client, output in
        let log = try await LogClient(client, trust)
        if let event {
          let proof = try await log.proof(of: event, leafHash: leaf, size: size)
          try output.stream.write(proof.bytes)
        } else if let from {
          let proof = try await log.consistency(from: log.checkpoint(size: from).checkpoint, to: log.checkpoint(size: to).checkpoint)
          try output.stream.write(proof.hashes.map { Base64.encode($0) + "\n" }.joined())
        }
      }
    }
  }
}

/// Whose signature counts.
struct LogTrust: ParsableArguments {
  @Option(
    name: .customLong("key"),
    help: ArgumentHelp(
      "Verifier key of the log or of a witness, got from somebody you trust. Repeatable; without any, the server's word is taken for its keys.",
      valueName: "key"))
  var keys: [String] = []

  func verifiers() throws -> [NoteVerifier] {
    try keys.map { text in
      do { return try NoteVerifier(parsing: text) } catch {
        throw CommandFailure.usage("\"\(text)\" is no verifier key", hint: "Write it as in: moraine/0a1b…+1f00a7c3+AekyeRrm56hApGFk…")
      }
    }
  }
}
