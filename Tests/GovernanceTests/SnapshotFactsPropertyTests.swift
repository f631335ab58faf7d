import Governance
import SeededRandom
import Testing

@testable import Iceberg

/// Random tables, changed at random: what was done is what is found, however the manifests are cut.
@Suite struct SnapshotFactsPropertyTests {
  private struct Table {
    var data: [(ContentFile, sequence: Int64)] = []
    var deletes: [(ContentFile, sequence: Int64)] = []
  }

  /// Files in manifests of random sizes.
  private static func cut(
    _ files: [(ContentFile, sequence: Int64)], _ content: ManifestContent, _ model: inout ManifestModel, _ random: inout SeededGenerator
  ) -> [ListedManifest] {
    var rest = files.shuffled(using: &random)[...]
    var manifests: [ListedManifest] = []
    while !rest.isEmpty {
      let count = Int.random(in: 1...5, using: &random)
      manifests.append(model.manifest(Array(rest.prefix(count)), content: content))
      rest = rest.dropFirst(count)
    }
    return manifests
  }

  /// The parent's manifests, some rewritten so that they hold what the child still has of them.
  private static func rewritten(
    _ manifests: [ListedManifest], keeping kept: Set<String>, _ model: inout ManifestModel, _ random: inout SeededGenerator
  ) -> [ListedManifest] {
    var pool: [ManifestContent: [(ContentFile, sequence: Int64)]] = [:]
    var gone: [ManifestContent: [(ContentFile, by: Int64)]] = [:]
    var result: [ListedManifest] = []
    for manifest in manifests {
      let entries = model.contents[manifest.path] ?? []
      let content = manifest.line?.content ?? .data
      if entries.allSatisfy({ kept.contains($0.file.path) }), Bool.random(using: &random) {
        result.append(manifest)
        continue
      }
      for entry in entries {
        if kept.contains(entry.file.path) {
          pool[content, default: []].append((entry.file, entry.sequenceNumber ?? 0))
        } else if Bool.random(using: &random) {
          gone[content, default: []].append((entry.file, by: 2))
        }
      }
    }
    for content in [ManifestContent.data, .deletes] {
      result += cut(pool[content] ?? [], content, &model, &random)
      if let gone = gone[content] { result.append(model.manifest([], deleted: gone, content: content, addedBy: 2, sequence: 2)) }
    }
    return result
  }

  @Test(arguments: 0..<300) func whatWasDoneIsFound(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    var model = ManifestModel()
    var table = Table()
    for index in 0..<Int.random(in: 0...20, using: &random) { table.data.append((ManifestModel.data("d\(index)"), 1)) }
    for index in 0..<Int.random(in: 0...4, using: &random) { table.deletes.append((ManifestModel.deletes("x\(index)"), 1)) }
    let parent = Self.cut(table.data, .data, &model, &random) + Self.cut(table.deletes, .deletes, &model, &random)

    let removes = Bool.random(using: &random)
    let kept = Set((table.data + table.deletes).map(\.0.path).filter { _ in !removes || Int.random(in: 0..<4, using: &random) > 0 })
    let added = (0..<Int.random(in: 0...5, using: &random)).map { (ManifestModel.data("n\($0)"), sequence: Int64(2)) }
    let deleting = (0..<max(0, Int.random(in: -3...2, using: &random))).map { (ManifestModel.deletes("y\($0)"), sequence: Int64(2)) }
    let child =
      Self.rewritten(parent, keeping: kept, &model, &random) + Self.cut(added, .data, &model, &random)
      + Self.cut(deleting, .deletes, &model, &random)
    let facts = try model.facts(parent, child.shuffled(using: &random))

    let lostData = table.data.map(\.0.path).filter { !kept.contains($0) }
    let lostDeletes = table.deletes.map(\.0.path).filter { !kept.contains($0) }
    #expect(Set(facts.removedDataFiles.map(\.path)) == Set(lostData) && facts.removedDataFiles.count == lostData.count)
    #expect(Set(facts.removedDeleteFiles.map(\.path)) == Set(lostDeletes) && facts.removedDeleteFiles.count == lostDeletes.count)
    #expect(facts.addedDataFiles.map(\.path) == added.map(\.0.path).sorted())
    #expect(facts.addedDeleteFiles.map(\.path) == deleting.map(\.0.path).sorted())
    // With sequence number 1 a delete file matters as long as a data file of the parent is there.
    let restores = !lostDeletes.isEmpty && table.data.contains { kept.contains($0.0.path) }
    let onlyAdds = lostData.isEmpty && deleting.isEmpty && !restores
    #expect((facts.operation == .append) == onlyAdds)
    #expect((facts.lie == nil) == onlyAdds)
    #expect((facts.operation == .delete) == (!onlyAdds && added.isEmpty && !restores))
    #expect(facts.operation != .replace)
  }
}
