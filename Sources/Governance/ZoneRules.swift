/// What may be done in a zone.
package struct ZoneRules: Hashable, Sendable {
  package enum SchemaChanges: String, Sendable, CaseIterable {
    /// Only what old files, readers and queries live with.
    case additive
    case any
  }

  package enum FileFormat: String, Sendable, CaseIterable {
    case parquet, avro, orc
  }

  /// Whose reads become audit events.
  package enum ReadRecording: String, Sendable, CaseIterable {
    case none
    /// Of datasets that are marked as regulated.
    case regulated
    case all
  }

  /// How long snapshots are kept at least.
  package struct Retention: Hashable, Sendable {
    package var minimumAge: Duration
    /// So many stay, whatever their age.
    package var minimumSnapshots: Int

    package init(minimumAge: Duration, minimumSnapshots: Int) {
      self.minimumAge = minimumAge
      self.minimumSnapshots = minimumSnapshots
    }

    static func days(_ days: Int, snapshots: Int) -> Retention {
      Retention(minimumAge: .seconds(days * 86_400), minimumSnapshots: snapshots)
    }
  }

  /// The first that matches a ref holds for it; the last one matches all. Staged snapshots are those of a ref without a name.
  package var refs: [RefRule]
  package var schemaChanges: SchemaChanges
  package var allowsDrop: Bool
  package var allowsPurge: Bool
  package var formatVersions: Set<Int>
  package var fileFormats: Set<FileFormat>
  /// Properties of new tables that do not ask for others.
  package var defaultProperties: [String: String]
  /// What locations of tables and of their files begin with, as far as a slash; `nil` for anywhere in the warehouse.
  package var locationPrefix: String?
  package var recordedReads: ReadRecording
  package var retention: Retention

  package func rule(forRef name: String) -> RefRule {
    refs.first { $0.matches(name) } ?? RefRule(name, [])
  }

  /// Whether someone's read is to be recorded.
  package func recordsRead(ofRegulated isRegulated: Bool) -> Bool {
    switch recordedReads {
    case .none: false
    case .regulated: isRegulated
    case .all: true
    }
  }

  /// The properties of a new table that asks for some itself.
  package func properties(ofNewTable asked: [String: String]) -> [String: String] {
    defaultProperties.merging(asked) { $1 }
  }
}

// MARK: Defaults

extension ZoneRules {
  private static let everything = Set(RefRule.Act.allCases)
  /// The current data may be changed and repaired, but not be lost sight of.
  private static let kept = everything.subtracting([.drop, .switchLineage])

  /// The rules of a new zone.
  package static func standard(for kind: Zone.Kind) -> ZoneRules {
    var rules = ZoneRules(
      refs: [RefRule("*", everything)], schemaChanges: .any, allowsDrop: true, allowsPurge: true, formatVersions: [1, 2, 3],
      fileFormats: Set(FileFormat.allCases), defaultProperties: [:], locationPrefix: nil, recordedReads: .none,
      retention: Retention(minimumAge: .zero, minimumSnapshots: 1))
    switch kind {
    case .sandbox: break
    case .landing: rules.retention = .days(1, snapshots: 1)
    case .raw:
      rules.refs = [RefRule("*", [.append, .create, .fastForward])]
      rules.schemaChanges = .additive
      rules.allowsDrop = false
      rules.allowsPurge = false
      rules.recordedReads = .regulated
      rules.retention = .days(90, snapshots: 10)
    case .curated:
      rules.refs = [RefRule("main", kept), RefRule("*", everything)]
      rules.schemaChanges = .additive
      rules.allowsPurge = false
      rules.formatVersions = [2, 3]
      rules.fileFormats = [.parquet]
      rules.defaultProperties = ["write.format.default": "parquet"]
      rules.recordedReads = .regulated
      rules.retention = .days(30, snapshots: 10)
    case .feature:
      rules.refs = [RefRule("main", kept), RefRule("*", everything)]
      rules.schemaChanges = .additive
      rules.allowsPurge = false
      rules.formatVersions = [2, 3]
      rules.recordedReads = .all
      rules.retention = .days(30, snapshots: 10)
    case .unstructured:
      rules.allowsPurge = false
      rules.recordedReads = .regulated
      rules.retention = .days(7, snapshots: 1)
    }
    return rules
  }

  /// The same, but main changes only by being published: set to a snapshot that another branch or tag has. Work on branches is free.
  package func gated() -> ZoneRules {
    var rules = self
    rules.refs = [RefRule("main", [.publish])] + refs.filter { $0.pattern != "main" }
    return rules
  }
}
