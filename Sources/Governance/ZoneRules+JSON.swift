package import JSON

// Rules as people write and keep them. Equal rules have equal texts.

extension ZoneRules: JSONDecodable, JSONEncodable {
  private static let members: [StaticString] = [
    "refs", "schema-changes", "drop", "purge", "format-versions", "file-formats", "default-properties", "location-prefix",
    "record-reads", "retention",
  ]
  private static let maximumCount = 100
  private static let maximumTextBytes = 1_024

  /// Reads rules that say all there is to say; only `default-properties` and `location-prefix` may be left out.
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    for member in Self.members.prefix(6) + Self.members.suffix(2) { _ = try object.required(member) }
    self = try ZoneRules.standard(for: .sandbox).changed(by: json)
  }

  /// These rules, with those members that an object names in place of their own. Members that are no rules are refused.
  ///
  /// `"gated": true` is short for refs of which main changes by publishing only.
  package func changed(by json: JSONValue) throws(JSONError) -> ZoneRules {
    let object = try json.object()
    try Self.refuseUnknown(in: object, Self.members + ["gated"])
    var rules = self
    if let value = object.optional("refs") { rules.refs = try Self.refs(value) }
    if let value = object.optional("schema-changes") { rules.schemaChanges = try Self.choice(value) }
    if let value = object.optional("drop") { rules.allowsDrop = try value.bool() }
    if let value = object.optional("purge") { rules.allowsPurge = try value.bool() }
    if let value = object.optional("format-versions") { rules.formatVersions = try Self.formatVersions(value) }
    if let value = object.optional("file-formats") {
      rules.fileFormats = Set(try value.array().decode { format throws(JSONError) -> FileFormat in try Self.choice(format) })
      guard !rules.fileFormats.isEmpty else { throw value.invalid("At least one file format must be allowed") }
    }
    if let value = object.optional("default-properties") { rules.defaultProperties = try Self.properties(value) }
    // `null` takes a prefix away.
    if let value = object["location-prefix"] { rules.locationPrefix = value.isNull ? nil : try Self.prefix(value) }
    if let value = object.optional("record-reads") { rules.recordedReads = try Self.choice(value) }
    if let value = object.optional("retention") { rules.retention = try Self.retention(value) }
    if let value = object.optional("gated") {
      guard try value.bool() else { throw value.invalid("Say with refs what may happen to main") }
      rules = rules.gated()
    }
    guard rules.allowsDrop || !rules.allowsPurge else {
      throw (object.optional("purge") ?? json).invalid("A zone that allows no drop cannot allow purge, which is a drop and more")
    }
    return rules
  }

  // MARK: Reading

  private static func refuseUnknown(in object: JSONObject, _ known: [StaticString]) throws(JSONError) {
    for member in object where !known.contains(where: { member.isNamed($0) }) {
      throw member.value.invalid("Unknown member; there are \(known.map(\.description).joined(separator: ", "))")
    }
  }

  private static func choice<Choice: RawRepresentable<String> & CaseIterable>(_ json: JSONValue) throws(JSONError) -> Choice {
    guard let choice = Choice(rawValue: try json.string()) else {
      let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw json.invalid("Expected one of \(all)")
    }
    return choice
  }

  private static func text(_ json: JSONValue) throws(JSONError) -> String {
    let text = try json.string()
    guard !text.isEmpty, text.utf8.count <= maximumTextBytes else { throw json.invalid("Expected 1 to \(maximumTextBytes) bytes") }
    return text
  }

  private static func refs(_ json: JSONValue) throws(JSONError) -> [RefRule] {
    let rules = try json.array().decode { value throws(JSONError) -> RefRule in
      let object = try value.object()
      try refuseUnknown(in: object, ["ref", "allow"])
      let acts = try object.required("allow").array().decode { act throws(JSONError) -> RefRule.Act in try choice(act) }
      let patternValue = try object.required("ref")
      let pattern = try text(patternValue)
      guard !pattern.dropLast().contains("*") else { throw patternValue.invalid("Only the last character may be *") }
      return RefRule(pattern, Set(acts))
    }
    guard rules.count <= maximumCount else { throw json.invalid("There may be \(maximumCount) rules at most") }
    guard rules.last?.pattern == "*" else { throw json.invalid("The last rule must be that of the ref *, which holds for all others") }
    return rules
  }

  private static func formatVersions(_ json: JSONValue) throws(JSONError) -> Set<Int> {
    let versions = try json.array().decode { version throws(JSONError) -> Int in
      let number = try version.int()
      guard (1...3).contains(number) else { throw version.invalid("Format versions are 1, 2 and 3") }
      return number
    }
    guard !versions.isEmpty else { throw json.invalid("At least one format version must be allowed") }
    return Set(versions)
  }

  private static func properties(_ json: JSONValue) throws(JSONError) -> [String: String] {
    let object = try json.object()
    let properties = try object.strings()
    guard properties.count <= maximumCount else { throw json.invalid("There may be \(maximumCount) properties at most") }
    for member in object {
      guard !member.key.isEmpty, member.key.utf8.count <= maximumTextBytes else { throw member.value.invalid("The key's length is wrong") }
      guard properties[member.key].map({ $0.utf8.count <= maximumTextBytes }) == true else {
        throw member.value.invalid("Expected at most \(maximumTextBytes) bytes")
      }
    }
    return properties
  }

  private static func prefix(_ json: JSONValue) throws(JSONError) -> String {
    let prefix = TableLocation.withoutTrailingSlash(try text(json))
    guard prefix.contains("://"), !prefix.hasSuffix(":/") else { throw json.invalid("Expected a location such as s3://bucket/zone") }
    guard !TableLocation.isEvasive(prefix) else { throw json.invalid("A prefix must name its folders plainly, without . and ..") }
    return prefix
  }

  private static func retention(_ json: JSONValue) throws(JSONError) -> Retention {
    let object = try json.object()
    try refuseUnknown(in: object, ["minimum-age-ms", "minimum-snapshots"])
    let age = try object.required("minimum-age-ms")
    let count = try object.required("minimum-snapshots")
    let ageMs = try age.int64()
    let snapshots = try count.int32()
    guard ageMs >= 0 else { throw age.invalid("Expected no negative number") }
    guard snapshots >= 1 else { throw count.invalid("Expected at least 1") }
    return Retention(minimumAge: .milliseconds(ageMs), minimumSnapshots: Int(snapshots))
  }

  // MARK: Writing

  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field(
        "refs",
        array: {
          for rule in refs {
            $0.object {
              $0.field("ref", rule.pattern)
              $0.field("allow", rule.orderedActs.map(\.rawValue))
            }
          }
        })
      $0.field("schema-changes", schemaChanges.rawValue)
      $0.field("drop", allowsDrop)
      $0.field("purge", allowsPurge)
      $0.field("format-versions", formatVersions.sorted())
      $0.field("file-formats", FileFormat.allCases.filter(fileFormats.contains).map(\.rawValue))
      $0.field("default-properties", defaultProperties)
      if let locationPrefix { $0.field("location-prefix", locationPrefix) }
      $0.field("record-reads", recordedReads.rawValue)
      $0.field(
        "retention",
        object: {
          $0.field("minimum-age-ms", retention.minimumAgeMs)
          $0.field("minimum-snapshots", retention.minimumSnapshots)
        })
    }
  }
}

extension ZoneRules.Retention {
  /// Milliseconds, rounded down.
  package var minimumAgeMs: Int64 {
    let (seconds, attoseconds) = minimumAge.components
    let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
    return overflow ? .max : milliseconds + attoseconds / 1_000_000_000_000_000
  }
}
