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

  private func bytes(_ path: String) throws -> [UInt8] {
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
