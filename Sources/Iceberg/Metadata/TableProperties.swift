/// Properties that the catalog itself gives a meaning.
package enum TableProperties {
  /// Properties that are fields of the document and no properties (Java's `RESERVED_PROPERTIES`).
  package static let reserved: Set<String> = [
    "format-version", "uuid", "snapshot-count", "current-snapshot-id", "current-snapshot-summary", "current-snapshot-timestamp-ms",
    "current-schema", "default-partition-spec", "default-sort-order",
  ]

  /// Defaults that are written into new tables, so that a change of the default does not change them.
  static let persistedDefaults = ["write.parquet.compression-codec": "zstd"]

  private static let encryption: [String] = ["encryption.key-id", "encryption.data-key-length"]

  /// The version that the property `format-version` asks for; `nil` when it is not set.
  static func formatVersion(from properties: [String: String]) throws(ModelError) -> Int? {
    guard let text = properties["format-version"] else { return nil }
    guard let version = Int(text) else { throw .invalid("The property format-version is \"\(text)\"; it must be a number") }
    return version
  }

  /// How many earlier metadata files the log names at most.
  static func previousVersionsMax(from properties: [String: String]) throws(ModelError) -> Int {
    guard let text = properties["write.metadata.previous-versions-max"] else { return 100 }
    guard let number = Int(text) else {
      throw .invalid("The property write.metadata.previous-versions-max is \"\(text)\"; it must be a number")
    }
    return max(1, number)
  }

  /// Refuses commit properties that no writer could work with (Java's `PropertyUtil.validateCommitProperties`).
  static func validateCommitProperties(_ properties: [String: String]) throws(ModelError) {
    for key in [
      "commit.retry.num-retries", "commit.retry.min-wait-ms", "commit.retry.max-wait-ms", "commit.retry.total-timeout-ms",
    ] {
      guard let value = properties[key] else { continue }
      guard let number = Int64(value) else { throw .invalid("Table property \(key) must have integer value") }
      try check(number >= 0, "Table property \(key) must have non negative integer value")
    }
  }

  /// Refuses what a new table cannot have: metrics of columns that are not there, encryption before v3.
  static func validateNew(_ properties: [String: String], schema: Schema, formatVersion: Int) throws(ModelError) {
    try validateCommitProperties(properties)
    let prefix = "write.metadata.metrics.column."
    for key in properties.keys.sorted() where key.hasPrefix(prefix) {
      let column = String(key.dropFirst(prefix.count))
      try check(
        schema.field(named: column) != nil, "Invalid metrics config, could not find column \(column) from table prop \(key) in the schema")
    }
    let refused = encryption.filter { properties[$0] != nil }
    try check(formatVersion >= 3 || refused.isEmpty, "Invalid properties for v\(formatVersion): \(refused)")
  }
}
