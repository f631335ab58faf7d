package import TransparencyLog

/// The log that covers what the report cites.
package struct LogFacts: Hashable, Sendable {
  /// The log's name.
  package var origin: String
  /// A signed note (C2SP tlog-checkpoint).
  package var checkpoint: [UInt8]
  /// Keys of the log and of witnesses that signed it.
  package var keys: [NoteVerifier]
  package var events: [CitedEvent] = []

  package init(origin: String, checkpoint: [UInt8], keys: [NoteVerifier], events: [CitedEvent] = []) {
    self.origin = origin
    self.checkpoint = checkpoint
    self.keys = keys
    self.events = events
  }

  var canonical: CanonicalValue {
    .members([
      "origin": .string(origin), "checkpoint": .string(String(decoding: checkpoint, as: UTF8.self)),
      "keys": .strings(keys.map(\.description)), "events": .array(events.map(\.canonical)),
    ])
  }
}

/// An event of the audit trail with the proof that it is in the log.
package struct CitedEvent: Hashable, Sendable {
  package var id: String
  /// The RFC 8785 text that was hashed.
  package var text: [UInt8]
  /// Where it stands in the log, from 0, and the hashes beside its way to the checkpoint's root.
  package var proof: InclusionProof

  package init(id: String, text: [UInt8], proof: InclusionProof) {
    self.id = id
    self.text = text
    self.proof = proof
  }

  /// Where it is in the bundle, as a C2SP tlog-proof.
  package var file: String { "events/\(proof.index).tlog-proof" }

  var canonical: CanonicalValue {
    .members(["id": .string(id), "place": .int64(Int64(clamping: proof.index)), "file": .string(file)])
  }
}
