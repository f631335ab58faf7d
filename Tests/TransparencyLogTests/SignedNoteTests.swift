import SeededRandom
import Testing

@testable import TransparencyLog

@Suite struct SignedNoteTests {
  private static let origin = "example.com/log"
  private static let root = [UInt8](repeating: 0xAB, count: 32)
  private static let checkpoint = Checkpoint(origin: origin, size: 300, root: root)

  /// The example of C2SP signed-note.
  @Test func theSpecificationsExampleIsVerified() throws {
    let key = try NoteVerifier(parsing: "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    let text = """
      This is an example message.

      \u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=

      """
    let note = try SignedNote(parsing: Array(text.utf8))
    #expect(note.text == "This is an example message.\n")
    #expect(note.bytes == Array(text.utf8))
    #expect(try note.verified(by: [key]).map(\.key) == [key])
    #expect(key.description == "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
  }

  @Test func keysMayFollowOneAnotherAndWitnessesMaySign() throws {
    let (old, new) = (try NoteSigner(name: Self.origin, .random()), try NoteSigner(name: Self.origin, .random()))
    let witness = try NoteSigner(name: "witness.example/w", kind: .cosignature, .random())
    var note = try Self.checkpoint.signed(by: [old, new])
    note.add(try witness.sign(note.text, atSeconds: 1_679_315_147))
    // Who knows one of the keys is satisfied; who knows all sees all.
    for keys in [[old.verifier], [new.verifier], [witness.verifier, new.verifier]] {
      let verified = try VerifiedCheckpoint(parsing: note.bytes, origin: Self.origin, keys: keys)
      #expect(verified.checkpoint == Self.checkpoint)
      #expect(Set(verified.signatures.map(\.key)) == Set(keys))
    }
    let times = try note.verified(by: [old.verifier, witness.verifier]).map(\.timeSeconds)
    #expect(times == [nil, 1_679_315_147])
    // A witness alone does not make it the log's.
    #expect(throws: NoteError.unsigned) { try VerifiedCheckpoint(parsing: note.bytes, keys: [witness.verifier]) }
    #expect(throws: NoteError.unsigned) { try VerifiedCheckpoint(parsing: note.bytes, origin: "another", keys: [old.verifier]) }
    let stranger = try NoteVerifier(name: Self.origin, kind: .ed25519, publicKey: NoteSigner(name: "x", .random()).verifier.publicKey)
    #expect(throws: NoteError.unsigned) { try VerifiedCheckpoint(parsing: note.bytes, keys: [stranger]) }
    // Signed by the key, under another name.
    let renamed = try NoteSigner(name: "example.com/other", .random())
    let foreign = try Self.checkpoint.signed(by: [renamed])
    #expect(throws: NoteError.unsigned) { try VerifiedCheckpoint(parsing: foreign.bytes, keys: [renamed.verifier]) }
  }

  @Test func aKnownKeysBadSignatureSpoilsTheNote() throws {
    let (good, bad) = (try NoteSigner(name: Self.origin, .random()), try NoteSigner(name: Self.origin, .random()))
    let witness = try NoteSigner(name: "w", kind: .cosignature, .random())
    var note = try Self.checkpoint.signed(by: [good])
    note.add(try bad.sign("something else\n"))
    note.add(try witness.sign("something else\n", atSeconds: 5))
    #expect(try note.verified(by: [good.verifier]).count == 1)
    #expect(throws: NoteError.badSignature(name: Self.origin)) { try note.verified(by: [good.verifier, bad.verifier]) }
    #expect(throws: NoteError.badSignature(name: "w")) { try note.verified(by: [good.verifier, witness.verifier]) }
  }

  @Test(
    arguments: [
      "", "\n", "\n\n", "a", "a\n", "a\n\n", "a\n\n\u{2014} n AAAA\n", "a\n\n\u{2014} n AAAAAAA=", "a\n\n\u{2014} n AAAAAAA=\nx\n",
      "a\n\n\u{2014} n+m AAAAAAA=\n", "a\n\n\u{2014}  AAAAAAA=\n", "a\n\n- n AAAAAAA=\n", "a\r\n\n\u{2014} n AAAAAAA=\n",
      "a\n\n\u{2014} n AAAAAAB=\n",
      "\n\n\u{2014} n AAAAAAA=\n", "a\n\n\u{2014} n\u{2003}m AAAAAAA=\n",
    ])
  func whatIsNoNoteIsRefused(text: String) {
    #expect(throws: NoteError.self) { try SignedNote(parsing: Array(text.utf8)) }
  }

  @Test func emptyLinesBelongToTheText() throws {
    let text = "a\n\n\u{2014} n AAAAAAA=\n\nb\n\n\u{2014} n AAAAAAA=\n"
    let note = try SignedNote(parsing: Array(text.utf8))
    #expect(note.text == "a\n\n\u{2014} n AAAAAAA=\n\nb\n")
    #expect(note.signatures == [.init(name: "n", keyID: 0, bytes: [0])])
  }

  @Test(
    arguments: [
      "a\n1\n", "a\n01\n\(Base64.encode(root))\n", "a\n-1\n\(Base64.encode(root))\n", "a\n1\nAAAA\n", "a\n1\n\(Base64.encode(root))",
      "\n1\n\(Base64.encode(root))\n", "a\n+1\n\(Base64.encode(root))\n", "a\n18446744073709551616\n\(Base64.encode(root))\n",
      "a\n1\n\(Base64.encode(root))\n\nx\n",
    ])
  func whatIsNoCheckpointIsRefused(text: String) {
    #expect(throws: NoteError.self) { try Checkpoint(parsing: text) }
  }

  @Test func checkpointsComeBack() throws {
    for checkpoint in [Self.checkpoint, Checkpoint(origin: "a b", size: 0, root: Self.root, extensions: ["x", "y z"])] {
      #expect(try Checkpoint(parsing: checkpoint.text) == checkpoint)
    }
  }

  @Test func keysComeFromFiles() throws {
    // By `openssl genpkey -algorithm ed25519`.
    let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n"
    let keys = try LogKey.list(parsing: "# the first\r\n" + pem + "\n# and\n" + LogKey.random().pem)
    #expect(keys.count == 2)
    #expect(keys[0].pem == pem)
    // RFC 8032 §7.1, test 1, has this seed.
    let public1: [UInt8] = [
      0xD7, 0x5A, 0x98, 0x01, 0x82, 0xB1, 0x0A, 0xB7, 0xD5, 0x4B, 0xFE, 0xD3, 0xC9, 0x64, 0x07, 0x3A, 0x0E, 0xE1, 0x72, 0xF3, 0xDA, 0xA6,
      0x23, 0x25, 0xAF, 0x02, 0x1A, 0x68, 0xF7, 0x07, 0x51, 0x1A,
    ]
    #expect(try NoteSigner(name: "n", keys[0]).verifier.publicKey == public1)
    for wrong in ["", "x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", String(pem.dropLast(40))] {
      #expect(throws: NoteError.self) { try LogKey.list(parsing: wrong) }
    }
  }

  @Test func proofsAreOneText() throws {
    let signer = try NoteSigner(name: Self.origin, .random())
    let entries = (0..<5).map { Array("event \($0)\n\n".utf8) }
    let leaves = entries.map { LeafHash.of($0) }
    let note = try Checkpoint(origin: Self.origin, size: 5, root: NaiveTree.root(leaves[...])).signed(by: [signer])
    for index in 0..<5 {
      let proof = LogProof(entry: entries[index], index: UInt64(index), hashes: NaiveTree.path(index, leaves[...]), checkpoint: note.bytes)
      let read = try LogProof(parsing: proof.bytes)
      #expect(read == proof)
      #expect(try read.verify(keys: [signer.verifier]).checkpoint.size == 5)
      let other = LogProof(entry: Array("event x".utf8), index: proof.index, hashes: proof.hashes, checkpoint: proof.checkpoint)
      #expect(throws: ProofError.wrongRoot) { try other.verify(keys: [signer.verifier]) }
      let bare = try LogProof(
        parsing: LogProof(entry: nil, index: proof.index, hashes: proof.hashes, checkpoint: proof.checkpoint).bytes)
      try bare.verify(leafHash: leaves[index], keys: [signer.verifier])
      #expect(throws: NoteError.malformed) { try bare.verify(keys: [signer.verifier]) }
    }
  }

  /// Whatever comes in is read or refused; what is read comes out as it came in.
  @Test func anythingIsReadOrRefused() throws {
    var generator = SeededGenerator(seed: 5)
    let signer = try NoteSigner(name: Self.origin, .random())
    let note = try Self.checkpoint.signed(by: [signer, signer])
    let proof = LogProof(entry: Array("event".utf8), index: 3, hashes: [Self.root, Self.root], checkpoint: note.bytes)
    let seeds = [note.bytes, proof.bytes, Array(signer.verifier.description.utf8), Array(LogKey.random().pem.utf8)]
    let dictionary = ["\n", "\n\n", "\u{2014} ", "+", " ", "=", "0", "\u{0}", "\r", "AAAA", "index ", "-----", "18446744073709551616"]
    for _ in 0..<20_000 {
      var bytes = seeds.randomElement(using: &generator) ?? []
      for _ in 0...Int.random(in: 0...4, using: &generator) {
        let place = Int.random(in: 0...bytes.count, using: &generator)
        switch Int.random(in: 0...4, using: &generator) {
        case 0: bytes.insert(contentsOf: (dictionary.randomElement(using: &generator) ?? "").utf8, at: place)
        case 1: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 0...20, using: &generator)))
        case 2: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &generator) }
        case 3: bytes.insert(contentsOf: bytes.prefix(place), at: place)
        default: bytes.removeLast(bytes.count - place)
        }
      }
      if let note = try? SignedNote(parsing: bytes) {
        #expect(note.bytes == bytes)
        if let checkpoint = try? Checkpoint(parsing: note.text) { #expect(checkpoint.text == note.text) }
        _ = try? note.verified(by: [signer.verifier])
      }
      if let proof = try? LogProof(parsing: bytes) { #expect(proof.bytes == bytes) }
      let text = String(decoding: bytes, as: UTF8.self)
      if let key = try? NoteVerifier(parsing: text) { #expect(key.description == text) }
      _ = try? LogKey.list(parsing: text)
    }
    #expect(throws: NoteError.tooLarge) {
      try SignedNote(parsing: Array("a\n\n".utf8) + [UInt8](repeating: 0x0A, count: SignedNote.maximumSizeBytes))
    }
    let many = Array(("a\n\n" + String(repeating: "\u{2014} n AAAAAAA=\n", count: 300)).utf8)
    #expect(throws: NoteError.tooLarge) { try SignedNote(parsing: many) }
  }
}
