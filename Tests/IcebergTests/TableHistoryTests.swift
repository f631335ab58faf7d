import Iceberg
import JSON
import Testing

/// Random histories, reproducible by their seed.
@Suite struct TableHistoryTests {
  struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var word = state
      word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
      word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
      return word ^ word >> 31
    }
  }

  @Test(arguments: 0..<60) func invariantsHold(_ seed: Int) throws {
    var dice = Dice(state: UInt64(seed))
    var table = try MetadataFixture.table(formatVersion: 1 + seed % 3)
    var now: Int64 = 10_000
    for step in 0..<40 {
      now += Int64.random(in: 0...3_000, using: &dice)
      let updates = try Self.updates(for: table, step: step, now, &dice)
      guard let commit = try table.commit(updates, nowMs: now, previous: "m\(step)") else { continue }
      try Self.check(commit, from: table)
      table = commit.metadata
    }
    #expect(table.metadataLog.count > 10)
  }

  private static func updates(for table: TableMetadata, step: Int, _ now: Int64, _ dice: inout Dice) throws -> [TableUpdate] {
    var updates: [TableUpdate] = []
    var sequence = table.lastSequenceNumber
    var row = table.nextRowID
    var known = table.snapshots.map(\.id)
    for part in 0..<Int.random(in: 1...3, using: &dice) {
      switch Int.random(in: 0..<9, using: &dice) {
      case 0...3:
        sequence += 1
        let id = Int64(step * 10 + part + 1)
        let lineage = table.formatVersion == 3 ? #","first-row-id":\#(row),"added-rows":7"# : ""
        row += 7
        updates.append(
          .addSnapshot(
            try MetadataFixture.snapshot(
              id, parent: known.last, sequence: table.formatVersion == 1 ? 0 : sequence, at: now, more: lineage)))
        updates.append(MetadataFixture.main(id))
        known.append(id)
      case 4:
        guard let id = known.randomElement(using: &dice) else { continue }
        updates.append(MetadataFixture.main(id))
      case 5:
        guard let id = known.randomElement(using: &dice) else { continue }
        let kind: SnapshotReference.Kind = Bool.random(using: &dice) ? .branch : .tag
        updates.append(.setSnapshotRef(name: "r\(part)", SnapshotReference(snapshotID: id, kind: kind)))
      case 6:
        // Never the current one's: what main is set to behind it would need a log of its own.
        let current = updates.isEmpty ? table.currentSnapshotID : known.last
        let gone = known.filter { $0 != current && $0 != table.currentSnapshotID }.prefix(2)
        guard updates.isEmpty else { continue }
        updates.append(.removeSnapshots(Array(gone)))
        known.removeAll(where: gone.contains)
      case 7: updates.append(.setProperties(["k\(part)": "\(step)"]))
      default:
        let fields = #"{"id":1,"name":"x","required":true,"type":"long"},{"id":2,"name":"y","required":false,"type":"string"}"#
        let added = #",{"id":\#(table.lastColumnID + 1),"name":"c\#(step)","required":false,"type":"int"}"#
        updates.append(.addSchema(try MetadataFixture.schema(fields + added), lastColumnID: nil))
        updates.append(.setCurrentSchema(-1))
      }
    }
    return updates
  }

  private static func check(_ commit: TableCommit, from base: TableMetadata) throws {
    let new = commit.metadata
    #expect(try TableMetadata(jsonText: new.documentText()) == new)
    #expect(try TableMetadata(head: new.headText(), snapshots: new.snapshots, snapshotLog: new.snapshotLog) == new)
    #expect(new.lastColumnID >= base.lastColumnID && new.lastPartitionID >= base.lastPartitionID)
    #expect(new.lastSequenceNumber >= base.lastSequenceNumber && new.nextRowID >= base.nextRowID)
    #expect(new.lastUpdatedMs >= base.lastUpdatedMs)
    #expect(new.refs["main"]?.snapshotID == new.currentSnapshotID)
    #expect(Set(new.snapshots.map(\.id)).isSuperset(of: new.referencedSnapshotIDs))
    // The difference makes the new rows of the old ones.
    let removed = Set(commit.removedSnapshotIDs)
    #expect(base.snapshots.filter { !removed.contains($0.id) } + commit.addedSnapshots == new.snapshots)
    #expect(Array(base.snapshotLog.dropFirst(commit.removedLogEntryCount)) + commit.addedLogEntries == new.snapshotLog)
  }

  /// A document of many snapshots: the cost of a commit must not grow with the square of them.
  @Test func aLongHistory() throws {
    let base = try Self.long(count: 10_000)
    let clock = ContinuousClock()
    var commit: TableCommit?
    let time = try clock.measure {
      commit = try base.commit([
        .addSnapshot(MetadataFixture.snapshot(20_000, parent: 10_000, sequence: 10_001)), MetadataFixture.main(20_000),
      ])
    }
    #expect(commit?.addedSnapshots.count == 1 && commit?.metadata.snapshots.count == 10_001)
    #expect(time < .milliseconds(500))
    let all = try clock.measure { commit = try base.commit([.removeSnapshots((1..<10_000).map { Int64($0) })]) }
    #expect(commit?.removedSnapshotIDs.count == 9_999 && commit?.metadata.snapshotLog.count == 1)
    #expect(all < .milliseconds(2_000))
  }

  static func long(count: Int64) throws -> TableMetadata {
    var table = try MetadataFixture.table()
    table.snapshots = try (1...count).map { try MetadataFixture.snapshot($0, parent: $0 > 1 ? $0 - 1 : nil, sequence: $0) }
    table.snapshotLog = (1...count).map { SnapshotLogEntry(timestampMs: 2_000, snapshotID: $0) }
    table.lastSequenceNumber = count
    table.lastUpdatedMs = 2_000
    table.currentSnapshotID = count
    table.refs = ["main": SnapshotReference(snapshotID: count, kind: .branch)]
    return try TableMetadata(jsonText: table.documentText())
  }
}
