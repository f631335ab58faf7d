import JSON
import TransparencyLog

/// An audit of a whole log, or of a range.
struct LogAudit: Sendable {
  let log: LogClient
  /// The latest checkpoint.
  let head: VerifiedCheckpoint
  private let heads: [LogCheck.Head]
  private let kept: [(file: String, checkpoint: Checkpoint)]
  /// What is wrong about checkpoints themselves.
  private let unsigned: [AuditFinding]

  private static let page: UInt64 = 8_192
  private static let pagesUnderWay = 3

  var checkpointCount: Int { heads.count }

  /// Gets every checkpoint there is, and holds those that the caller kept against the keys that count.
  init(_ log: LogClient, kept: [(file: String, note: [UInt8])]) async throws {
    self.log = log
    self.kept = try kept.map { ($0.file, try log.verified($0.note, $0.file).checkpoint) }
    let head = try await log.checkpoint(size: nil)
    self.head = head
    var heads = self.kept.map { LogCheck.Head(size: $0.checkpoint.size, root: $0.checkpoint.root, isKept: true) }
    var findings: [AuditFinding] = []
    var after: UInt64 = 0
    while true {
      let page = try await log.client.get(
        LogClient.path + ["checkpoints"], query: [("after", String(after)), ("limit", "5000")]
      ).json().object()
      for element in try page.required("checkpoints").array() {
        let object = try element.object()
        let (size, note) = (UInt64(try object.required("size").int64()), Array(try object.required("note").string().utf8))
        guard size <= head.checkpoint.size else { continue }
        do {
          let found = try VerifiedCheckpoint(parsing: note, origin: log.origin, keys: log.keys).checkpoint
          guard found.size == size else { throw NoteError.malformed }
          heads.append(LogCheck.Head(size: size, root: found.root, isKept: false))
        } catch NoteError.unsigned where log.hasOwnKeys {
          // Perhaps of a key that came before or after: it shows nothing, and nothing is wrong.
        } catch {
          findings.append(
            AuditFinding(
              kind: "checkpoint", place: nil, event: nil, message: "the checkpoint of \(size) events was not signed by the log's keys"))
        }
      }
      guard let next = try page.optional("next-after")?.int64() else { break }
      guard next > after else { throw LogClient.failure("The server repeats a page of its checkpoints") }
      after = UInt64(next)
    }
    // The list could leave out what was asked for by itself.
    if !heads.contains(where: { !$0.isKept && $0.size == head.checkpoint.size }) {
      heads.append(LogCheck.Head(size: head.checkpoint.size, root: head.checkpoint.root, isKept: false))
    }
    self.heads = heads
    unsigned = findings
  }

  /// - Parameter progress: told how many events were looked at, of how many.
  func run(from: UInt64?, to: UInt64?, progress: (Int64, Int64) throws -> Void) async throws -> [AuditFinding] {
    let size = head.checkpoint.size
    let width = UInt64(Tile.width)
    let isRange = from != nil || to != nil
    // Whole tiles, so that the rest of the tree is known by their roots.
    let start = min(from ?? 0, size) / width * width
    let end = min(isRange ? (min(to ?? size, size) + width - 1) / width * width : size, size)
    guard start < end else { throw CommandFailure.usage("The log has \(size) events; there are none from \(start) to \(end)") }
    var check = LogCheck(heads: heads)
    var contradictions: [AuditFinding] = []
    for hash in try await tileRoots(0..<start / width) { check.pass(hash, height: Tile.height) }
    try await events(start..<end) { page, places in
      var rest = page[...]
      for place in places {
        let event = rest.first?.place == place ? rest.popFirst() : nil
        check.add(event: event?.idText ?? "", rowHash: event?.rowHash, treeHash: event?.treeHash)
        for text in event?.contradictions ?? [] where contradictions.count < 1_000 {
          contradictions.append(
            AuditFinding(
              kind: "contradiction", place: place, event: event?.idText, message: "\(Self.name(place, event?.idText)): \(text)"))
        }
      }
      guard rest.isEmpty else { throw LogClient.failure("The server sent events that were not asked for") }
      try progress(Int64(places.upperBound - start), Int64(end - start))
    }
    if end == size {
      // What is new, and what stands behind because something was put in before.
      for event in try await fetch(size..<size + 1_024) { if let hash = event.rowHash { check.add(uncovered: hash, place: event.place) } }
    } else {
      for hash in try await tileRoots(end / width..<size / width) { check.pass(hash, height: Tile.height) }
      for hash in try await tile(level: 0, index: size / width, width: Int(size % width)) { check.pass(hash, height: 0) }
    }
    var findings = unsigned + check.findings().map(told) + contradictions
    if !isRange { findings += try await unplaced() }
    if isRange { findings += try await keptBeyondRange() }
    return findings
  }

  // MARK: Asking

  /// Pages of events in order, several under way at a time.
  private func events(_ places: Range<UInt64>, _ body: ([CheckedEvent], Range<UInt64>) throws -> Void) async throws {
    var pages = stride(from: places.lowerBound, to: places.upperBound, by: Int(Self.page)).map {
      $0..<min($0 + Self.page, places.upperBound)
    }[...]
    var underWay: [(places: Range<UInt64>, task: Task<[CheckedEvent], any Error>)] = []
    defer { for page in underWay { page.task.cancel() } }
    while true {
      while underWay.count < Self.pagesUnderWay, let page = pages.popFirst() { underWay.append((page, Task { try await fetch(page) })) }
      guard let first = underWay.first else { return }
      let events = try await first.task.value
      underWay.removeFirst()
      try body(events, first.places)
    }
  }

  private func fetch(_ places: Range<UInt64>) async throws -> [CheckedEvent] {
    let answer = try await log.client.get(
      LogClient.path + ["entries"], query: [("from", String(places.lowerBound)), ("limit", String(places.upperBound - places.lowerBound))])
    do { return try LogPage.events(answer.body) } catch { throw LogClient.failure("The server's events are not understood") }
  }

  private func tile(level: Int, index: UInt64, width: Int) async throws -> [[UInt8]] {
    guard width > 0 else { return [] }
    let answer = try await log.client.get(LogClient.path + ["tiles", String(level), String(index)], query: [("width", String(width))])
    guard answer.body.count == width * NodeHash.sizeBytes else { throw LogClient.failure("The server's tile is none") }
    return stride(from: 0, to: answer.body.count, by: NodeHash.sizeBytes).map { Array(answer.body[$0..<$0 + NodeHash.sizeBytes]) }
  }

  /// The roots of full tiles of leaves, which are the hashes of the tiles above them.
  private func tileRoots(_ indexes: Range<UInt64>) async throws -> [[UInt8]] {
    let width = UInt64(Tile.width)
    var roots: [[UInt8]] = []
    var index = indexes.lowerBound
    while index < indexes.upperBound {
      let end = min((index / width + 1) * width, indexes.upperBound)
      let hashes = try await tile(level: 1, index: index / width, width: Int((end - 1) % width) + 1)
      roots += hashes[Int(index % width)...]
      index = end
    }
    return roots
  }

  // MARK: Findings

  /// Events that somebody wrote beside the log.
  private func unplaced() async throws -> [AuditFinding] {
    let answer = try await log.client.get(LogClient.path + ["unplaced"]).json().object()
    return try answer.required("events").array().map { element in
      let event = try element.string()
      return AuditFinding(
        kind: "unlogged", place: nil, event: event,
        message: "event \(event) has no place: it was written beside the log, or its place was taken away")
    }
  }

  /// Checkpoints that end within what a range passes over are held against the latest one by proof.
  private func keptBeyondRange() async throws -> [AuditFinding] {
    var findings: [AuditFinding] = []
    for (file, old) in kept where old.size <= head.checkpoint.size && old.size > 0 {
      do { _ = try await log.consistency(from: old, to: head.checkpoint) } catch let failure as CommandFailure
        where failure.exit == .failure
      {
        findings.append(
          AuditFinding(
            kind: "fork", place: nil, event: nil, message: "\(file) and the latest checkpoint exclude each other: \(failure.message)"))
      }
    }
    return findings
  }

  private static func name(_ place: UInt64, _ event: String?) -> String {
    event.map { $0.isEmpty ? "the event at place \(place)" : "event \($0) at place \(place)" } ?? "the event at place \(place)"
  }

  private func told(_ finding: LogCheck.Finding) -> AuditFinding {
    func made(_ kind: String, _ message: String, place: UInt64? = nil, event: String? = nil) -> AuditFinding {
      AuditFinding(kind: kind, place: place, event: event?.isEmpty == true ? nil : event, message: message)
    }
    switch finding {
    case .changed(let place, let event):
      return made("changed", "\(Self.name(place, event)) is not the one that was logged", place: place, event: event)
    case .missing(let place, let event):
      return made("missing", "\(Self.name(place, event)) is gone", place: place, event: event)
    case .added(let place, let event):
      return made("added", "\(Self.name(place, event)) was put in and is none of the log's", place: place, event: event)
    case .moved(let places, let shift, let event):
      let (first, last) = (places.lowerBound, places.upperBound)
      let from = Int64(first) - shift
      let what = first == last ? Self.name(first, event) : "the events at places \(first) to \(last), from \(event) on,"
      return made(
        "moved", "\(what) \(first == last ? "was" : "were") logged at place \(from)\(first == last ? "" : " and following")",
        place: first, event: event)
    case .changedTile(let place, let event):
      return made(
        "tile", "the tree's hash of \(Self.name(place, event)) was changed; the event itself is as it was", place: place, event: event)
    case .rewritten(let first, let size):
      return made(
        "rewritten", "events from place \(first) on were changed and hashed again: the checkpoint of \(size) events was signed for others",
        place: first)
    case .fork(let first, let size, let isKept):
      let file = isKept ? kept.first { $0.checkpoint.size == size }?.file : nil
      return made(
        "fork",
        "\(file ?? "the checkpoint of \(size) events") was signed for other events than there are: they differ at places \(first) to \(size - 1)",
        place: first)
    case .cutOff(let size, let now):
      let file = kept.first { $0.checkpoint.size == size }?.file ?? "a checkpoint"
      return made("cut off", "\(file) covers \(size) events and the log has \(now): it was cut off, or is an old copy")
    case .more: return made("more", "more events differ than are told here")
    }
  }
}
