import Foundation
import Governance
import Iceberg
import JSON
import Testing

/// A table under `Fixtures`, made by its `make.py`.
struct TableFixture {
  let folder: URL
  let metadata: TableMetadata

  init(_ name: String) throws {
    folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/\(name)")
    metadata = try TableMetadata(jsonText: Array(Data(contentsOf: folder.appendingPathComponent("metadata.json"))))
  }

  func bytes(_ path: String) throws -> [UInt8] {
    try Array(Data(contentsOf: folder.appendingPathComponent(String(path.split(separator: "/").last ?? ""))))
  }

  func manifests(of snapshot: Snapshot?) throws -> [ListedManifest] {
    guard let snapshot else { return [] }
    return try ManifestListReader.manifests(in: bytes(#require(snapshot.manifestList))).map { ListedManifest($0) }
  }

  func facts(_ snapshot: Snapshot) throws -> SnapshotFacts {
    let parent = try manifests(of: snapshot.parentID.flatMap { metadata.snapshot($0) })
    return try SnapshotFacts.comparing(snapshot, parent: parent, child: manifests(of: snapshot)) { manifest in
      var reader = try ManifestReader(bytes(manifest.path), inheriting: manifest.line)
      var entries: [ManifestEntry] = []
      try reader.forEachEntry { entries.append($0) }
      return entries
    }
  }
}

@Suite struct PyicebergSnapshotTests {
  /// Statistics as pyiceberg reads them itself.
  @Test func statisticsOfColumnsThatAreAskedFor() throws {
    let bytes = try TableFixture("v2").bytes("0add2aa0-f757-487f-bc73-8eeb2da807a9-m0.avro")
    func statistics(of columns: Set<Int32>) throws -> [ColumnStatistics?] {
      var reader = try ManifestReader(bytes, inheriting: nil, statisticsOf: columns)
      var found: [ColumnStatistics?] = []
      try reader.forEachEntry { found.append($0.statistics) }
      return found
    }
    #expect(
      try statistics(of: [1]) == [
        ColumnStatistics(nullCounts: [1: 0], upperBounds: [1: [3, 0, 0, 0, 0, 0, 0, 0]]),
        ColumnStatistics(nullCounts: [1: 0], upperBounds: [1: [2, 0, 0, 0, 0, 0, 0, 0]]),
      ])
    #expect(try statistics(of: [2]) == [ColumnStatistics(), ColumnStatistics()])
    #expect(try statistics(of: []) == [nil, nil])
  }

  /// Appends (one of which merges manifests), an overwrite as a delete and an append, a copy-on-write delete, and an append to a branch.
  @Test(arguments: ["v1", "v2"]) func honestSummariesAreNoLies(name: String) throws {
    let fixture = try TableFixture(name)
    let facts = try fixture.metadata.snapshots.map(fixture.facts)
    #expect(facts.map(\.operation) == [.append, .append, .append, .delete, .append, .overwrite, .append])
    #expect(facts.allSatisfy { $0.lie == nil })
    for (snapshot, facts) in zip(fixture.metadata.snapshots, facts) {
      #expect(facts.addedDataFiles.count == Int(try snapshot.summary["added-data-files"] ?? "0"))
      #expect(facts.removedDataFiles.count == Int(try snapshot.summary["deleted-data-files"] ?? "0"))
      #expect(facts.addedDeleteFiles.isEmpty && facts.removedDeleteFiles.isEmpty)
    }
  }
}
