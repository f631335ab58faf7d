/// All that shows that an event is in the log, as one text (C2SP tlog-proof): its bytes, the proof, the checkpoint.
package struct LogProof: Hashable, Sendable {
  /// The leaf itself; `nil` for those who have it, or only its hash. The format calls it extra: the proof speaks of its hash.
  package let entry: [UInt8]?
  package let index: UInt64
  package let hashes: [[UInt8]]
  /// A signed note.
  package let checkpoint: [UInt8]

  private static let title = "c2sp.org/tlog-proof@v1"
  package static let maximumSizeBytes = 64 << 20

  package init(entry: [UInt8]?, index: UInt64, hashes: [[UInt8]], checkpoint: [UInt8]) {
    self.entry = entry
    self.index = index
    self.hashes = hashes
    self.checkpoint = checkpoint
  }

  package init(parsing bytes: [UInt8]) throws(NoteError) {
    guard bytes.count <= Self.maximumSizeBytes else { throw .tooLarge }
    let newline = UInt8(ascii: "\n")
    guard let end = bytes.indices.dropFirst().first(where: { bytes[$0] == newline && bytes[$0 - 1] == newline }) else { throw .malformed }
    var lines = bytes[..<(end - 1)].split(separator: newline, omittingEmptySubsequences: false)[...]
    func after(_ word: String, _ line: ArraySlice<UInt8>?) throws(NoteError) -> ArraySlice<UInt8> {
      guard let line, line.starts(with: Array(word.utf8)) else { throw .malformed }
      return line.dropFirst(word.utf8.count)
    }
    guard let first = lines.popFirst(), first.elementsEqual(Self.title.utf8) else { throw .malformed }
    var entry: [UInt8]?
    if let line = lines.first, line.starts(with: Array("extra ".utf8)) {
      entry = Base64.decode(try after("extra ", lines.popFirst()))
      guard entry != nil else { throw .malformed }
    }
    let text = String(decoding: try after("index ", lines.popFirst()), as: UTF8.self)
    guard let index = UInt64(text), String(index) == text, lines.count <= 64 else { throw .malformed }
    var hashes: [[UInt8]] = []
    for line in lines {
      guard let hash = Base64.decode(line), hash.count == NodeHash.sizeBytes else { throw .malformed }
      hashes.append(hash)
    }
    self.init(entry: entry, index: index, hashes: hashes, checkpoint: Array(bytes[(end + 1)...]))
  }

  package var bytes: [UInt8] {
    let extra = entry.map { ["extra \(Base64.encode($0))"] } ?? []
    let lines = [Self.title] + extra + ["index \(index)"] + hashes.map { Base64.encode($0) }
    return Array(lines.map { $0 + "\n" }.joined().utf8) + [0x0A] + checkpoint
  }

  /// - Parameter leafHash: of the event, where the proof does not hold it.
  /// - Throws: ``NoteError`` for a checkpoint that is not signed, or when there is no event; ``ProofError`` for one that is not in its tree.
  @discardableResult
  package func verify(leafHash: [UInt8]? = nil, origin: String? = nil, keys: [NoteVerifier]) throws -> VerifiedCheckpoint {
    guard let leaf = leafHash ?? entry.map({ LeafHash.of($0) }) else { throw NoteError.malformed }
    let verified = try VerifiedCheckpoint(parsing: checkpoint, origin: origin, keys: keys)
    let head = verified.checkpoint
    try InclusionProof(index: index, size: head.size, hashes: hashes).verify(leafHash: leaf, root: head.root)
    return verified
  }
}
