/// A tree's size and root, to be signed (C2SP tlog-checkpoint).
package struct Checkpoint: Hashable, Sendable {
  /// Which log it is.
  package let origin: String
  package let size: UInt64
  /// 32 bytes.
  package let root: [UInt8]
  /// Lines that we write none of.
  package let extensions: [String]

  package init(origin: String, size: UInt64, root: [UInt8], extensions: [String] = []) {
    self.origin = origin
    self.size = size
    self.root = root
    self.extensions = extensions
  }

  /// Reads a note's text.
  package init(parsing text: String) throws(NoteError) {
    let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).compactMap { String($0) }
    guard lines.count >= 4, lines.last == "", lines.dropLast().allSatisfy({ !$0.isEmpty }), let size = UInt64(lines[1]),
      String(size) == lines[1], let root = Base64.decode(Array(lines[2].utf8)), root.count == NodeHash.sizeBytes
    else { throw .malformed }
    self.init(origin: lines[0], size: size, root: root, extensions: Array(lines[3..<lines.count - 1]))
  }

  /// The note's text.
  package var text: String {
    ([origin, String(size), Base64.encode(root)] + extensions).map { $0 + "\n" }.joined()
  }

  package func signed(by signers: [NoteSigner]) throws -> SignedNote {
    SignedNote(text: text, signatures: try signers.map { try $0.sign(text) })
  }
}

/// A checkpoint whose signature was found good.
package struct VerifiedCheckpoint: Hashable, Sendable {
  package let checkpoint: Checkpoint
  package let note: SignedNote
  package let signatures: [VerifiedSignature]

  /// - Parameters:
  ///   - origin: the log that it must be of; `nil` to take the name of the keys that sign for the log.
  ///   - keys: of the log, and of witnesses. One of the log must have signed.
  package init(parsing bytes: [UInt8], origin: String? = nil, keys: [NoteVerifier]) throws(NoteError) {
    note = try SignedNote(parsing: bytes)
    checkpoint = try Checkpoint(parsing: note.text)
    signatures = try note.verified(by: keys)
    let name = checkpoint.origin
    guard origin.map({ $0.utf8.elementsEqual(name.utf8) }) ?? true,
      signatures.contains(where: { $0.key.kind == .ed25519 && $0.key.name.utf8.elementsEqual(name.utf8) })
    else { throw .unsigned }
  }
}
