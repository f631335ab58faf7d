// Which rules a commit breaks.

package import Iceberg

extension ZoneRules {
  /// All that a zone refuses in a commit, in the order of its changes; empty when it may be.
  ///
  /// - Parameter nowMs: the catalog's own time. That of the metadata may be ahead, for clients date their snapshots.
  package func check(_ facts: CommitFacts, in zone: Zone, nowMs: Int64) -> [Refusal] {
    facts.changes.flatMap { refusals(of: $0, facts, zone, nowMs) }
      + (facts.isCreation ? refusals(ofArrival: facts.result, in: zone) : []) + fileRefusals(facts, zone)
  }

  private func refusals(of change: GovernedChange, _ facts: CommitFacts, _ zone: Zone, _ nowMs: Int64) -> [Refusal] {
    switch change {
    case .create, .setRefRetention, .addSchemas, .setPartitionSpec, .removePartitionSpecs, .setSortOrder, .removeProperties,
      .setStatistics, .setEncryptionKeys:
      []
    case .apply(let ref, let id, let operation): applyRefusals(ref, id, operation, facts, zone)
    case .moveRef(let move): moveRefusals(move, facts, zone)
    case .evolveSchema(let steps): schemaRefusals(steps, zone)
    case .removeSchemas(let ids): schemaRefusals(removing: ids, facts, zone)
    case .setProperties(let keys): propertyRefusals(keys, facts, zone)
    case .setLocation(_, let location): locationRefusals("the location becomes", location, zone)
    case .expireSnapshots: expiryRefusals(facts, zone, nowMs)
    case .upgradeFormatVersion(_, let version): formatVersionRefusals(version, zone)
    case .reuseSnapshotIDs(let ids): reuseRefusals(ids, zone)
    }
  }

  /// Why a table, or a dataset of another kind, may not be dropped; `nil` when it may.
  package func refusalOfDrop(of kind: String = "table", purging: Bool, in zone: Zone) -> Refusal? {
    if !allowsDrop {
      return Refusal(
        rule: .drop, zone: zone.name, says: "keeps its \(kind)s", done: "the \(kind) was to be dropped",
        remedy: "leave it, or ask an administrator to change the zone's rules")
    }
    guard purging, !allowsPurge else { return nil }
    return Refusal(
      rule: .purge, zone: zone.name, says: "keeps the files of dropped tables", done: "the table was to be purged",
      remedy: "drop it without purge; the zone's retention removes its files")
  }

  // MARK: Schemas

  private func schemaRefusals(_ steps: [SchemaChange], _ zone: Zone) -> [Refusal] {
    guard schemaChanges == .additive else { return [] }
    let breaking = steps.filter { !$0.isAdditive }
    guard !breaking.isEmpty else { return [] }
    let named = breaking.prefix(3).map { FileNames.short($0.description) }.joined(separator: ", ")
    let more = breaking.count > 3 ? " and \(breaking.count - 3) steps more" : ""
    return [
      Refusal(
        rule: .schemaChanges, zone: zone.name, says: "allows additive schema changes only", done: "the commit \(named)\(more)",
        remedy: "add an optional column in its place, or make a new table")
    ]
  }

  private func schemaRefusals(removing ids: [Int32], _ facts: CommitFacts, _ zone: Zone) -> [Refusal] {
    guard schemaChanges == .additive else { return [] }
    let used = Set(facts.result.snapshots.compactMap(\.schemaID))
    guard let id = ids.first(where: used.contains) else { return [] }
    return [
      Refusal(
        rule: .schemaChanges, zone: zone.name, says: "keeps the schemas of its snapshots",
        done: "the commit removes schema \(id), with which snapshots were written", remedy: "keep it until they have expired")
    ]
  }

  // MARK: Formats and places

  private func formatVersionRefusals(_ version: Int, _ zone: Zone) -> [Refusal] {
    guard !formatVersions.contains(version) else { return [] }
    let allowed = formatVersions.sorted().map { "v\($0)" }.joined(separator: ", ")
    return [
      Refusal(
        rule: .formatVersions, zone: zone.name, says: "holds tables of format \(allowed)", done: "the table would be of v\(version)",
        remedy: "set format-version to one of them")
    ]
  }

  /// Where writers put files instead of into the table's location.
  private static let locationProperties: Set<String> = [
    "write.data.path", "write.metadata.path", "write.object-storage.path", "write.folder-storage.path",
  ]
  private static let formatProperties: Set<String> = ["write.format.default", "write.delete.format.default"]

  private func propertyRefusals(_ keys: [String], _ facts: CommitFacts, _ zone: Zone) -> [Refusal] {
    keys.flatMap { key -> [Refusal] in
      let value = facts.result.properties[key] ?? ""
      if Self.locationProperties.contains(key) { return locationRefusals("\(key) becomes", value, zone) }
      guard Self.formatProperties.contains(key) else { return [] }
      return formatRefusals(value, done: "\(key) becomes \(FileNames.short(value))", zone)
    }
  }

  func formatRefusals(_ format: String, done: String, _ zone: Zone) -> [Refusal] {
    if let known = FileFormat(rawValue: format.lowercased()), fileFormats.contains(known) { return [] }
    let allowed = FileFormat.allCases.filter(fileFormats.contains).map(\.rawValue).joined(separator: ", ")
    return [Refusal(rule: .fileFormats, zone: zone.name, says: "holds files of format \(allowed)", done: done, remedy: "write one of them")]
  }

  func locationRefusals(_ what: String, _ location: String, _ zone: Zone) -> [Refusal] {
    guard let locationPrefix, !TableLocation.isInside(location, locationPrefix) else { return [] }
    return [
      Refusal(
        rule: .locationPrefix, zone: zone.name, says: "has its files under \(locationPrefix)/", done: "\(what) \(location.prefix(1_024))",
        remedy: "choose a place under that prefix, or none: the catalog chooses one")
    ]
  }

  /// All that a zone refuses in a table that comes into it: made there, registered there, or renamed from another zone.
  package func refusals(ofArrival table: TableMetadata, in zone: Zone) -> [Refusal] {
    formatVersionRefusals(table.formatVersion, zone) + locationRefusals("the location is", table.location, zone)
  }

  /// Whether it makes no difference to this zone what a new snapshot of these refs did, so that nobody need read its manifests.
  package func areIndifferent(toSnapshotsOn refs: [String]) -> Bool {
    let operations = SnapshotOperation.allCases.map(RefRule.Act.init)
    return locationPrefix == nil && fileFormats.count == FileFormat.allCases.count
      && (refs + [""]).allSatisfy { rule(forRef: $0).allowed.isSuperset(of: operations) }
  }

  /// Whether main changes by publishing only.
  package var isGated: Bool { rule(forRef: SnapshotReference.mainBranch).allowed == [.publish] }

  /// Files that the commit brings, as their manifests name them: the first of each snapshot that is not as it should be.
  private func fileRefusals(_ facts: CommitFacts, _ zone: Zone) -> [Refusal] {
    facts.added.flatMap { snapshot -> [Refusal] in
      guard let known = facts.snapshotFacts[snapshot.id] else { return [] }
      var refusals: [Refusal] = []
      let foreign = known.addedDataFiles.first { file in FileFormat(rawValue: file.format).map { !fileFormats.contains($0) } ?? true }
      if let file = foreign {
        refusals += formatRefusals(file.format, done: "snapshot \(snapshot.id) adds \(FileNames.short(file.path)) of \(file.format)", zone)
      }
      guard let locationPrefix else { return refusals }
      let files = known.addedDataFiles.lazy.map(\.path) + known.addedDeleteFiles.lazy.map(\.path)
      let paths = [snapshot.manifestList].compactMap { $0 } + known.addedManifestPaths + files
      if let outside = paths.first(where: { !TableLocation.isInside($0, locationPrefix) }) {
        refusals += locationRefusals("snapshot \(snapshot.id) adds", outside, zone)
      }
      return refusals
    }
  }

  // MARK: Expiry

  private func expiryRefusals(_ facts: CommitFacts, _ zone: Zone, _ nowMs: Int64) -> [Refusal] {
    let says = "keeps snapshots for \(retention.minimumAge), and \(retention.minimumSnapshots) at least"
    let remedy = "expire older ones only"
    let (youngest, overflow) = nowMs.subtractingReportingOverflow(retention.minimumAgeMs)
    if !overflow, let young = facts.expired.first(where: { $0.timestampMs > youngest }), retention.minimumAgeMs > 0 {
      let done = "the commit expires snapshot \(young.id), which is younger"
      return [Refusal(rule: .retention, zone: zone.name, says: says, done: done, remedy: remedy)]
    }
    let left = facts.result.snapshots.count
    guard left < retention.minimumSnapshots else { return [] }
    return [Refusal(rule: .retention, zone: zone.name, says: says, done: "the commit leaves \(left)", remedy: remedy)]
  }

  private func reuseRefusals(_ ids: [Int64], _ zone: Zone) -> [Refusal] {
    [
      Refusal(
        rule: .snapshotIDs, zone: zone.name, says: "gives each snapshot an id of its own",
        done: "the commit puts another snapshot in place of \(ids.first ?? 0)", remedy: "add it under a new id")
    ]
  }
}
