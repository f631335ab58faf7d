/// Why a zone's rules forbid something, and how to do it rightly.
package struct Refusal: Error, Hashable, CustomStringConvertible {
  /// Which of the rules, by its member in their JSON.
  package enum Rule: String, Sendable, CaseIterable {
    case refs
    case schemaChanges = "schema-changes"
    case drop, purge
    case formatVersions = "format-versions"
    case fileFormats = "file-formats"
    case locationPrefix = "location-prefix"
    case retention
    /// Not of this zone, but of all.
    case snapshotIDs = "snapshot-ids"
  }

  package let rule: Rule
  package let zone: String
  /// What the rule says: `is append-only`.
  package let says: String
  /// What was done: `snapshot 7 removes 2 data files (a.parquet, b.parquet)`.
  package let done: String
  /// How to do it rightly.
  package let remedy: String

  package var description: String { "The zone \(zone) \(says): \(done); \(remedy)" }
}
