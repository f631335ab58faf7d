/// Applies updates to a view's metadata, with the semantics of Java's `ViewMetadata.Builder`.
package struct ViewMetadataBuilder {
  private var metadata: ViewMetadata
  private let base: ViewMetadata?
  private let nowMs: Int64
  private var isChanged = false
  private var addedVersionIDs: Set<Int32> = []
  private var lastAddedVersionID: Int32?
  private var lastAddedSchemaID: Int32?
  private var historyEntry: ViewHistoryEntry?

  private static let lastAdded: Int32 = -1

  package init(base: ViewMetadata, nowMs: Int64) {
    self.base = base
    self.nowMs = nowMs
    metadata = base
  }

  package init(creating uuid: String, location: String, nowMs: Int64) {
    base = nil
    self.nowMs = nowMs
    metadata = ViewMetadata(
      uuid: uuid, formatVersion: ViewMetadata.supportedFormatVersion, location: location, schemas: [], currentVersionID: Self.lastAdded,
      versions: [], history: [], properties: [:])
  }

  package mutating func apply(_ update: ViewUpdate) throws(ModelError) {
    switch update {
    case .assignUUID(let uuid):
      try check(uuid.lowercased() == metadata.uuid.lowercased(), "Cannot reassign uuid")
    case .upgradeFormatVersion(let version):
      try check(version >= metadata.formatVersion, "Cannot downgrade v\(metadata.formatVersion) view to v\(version)")
      try check(version <= ViewMetadata.supportedFormatVersion, "Unsupported format version: \(version)")
    case .addSchema(let schema): try add(schema)
    case .setLocation(let location):
      guard location != metadata.location else { return }
      metadata.location = location
      isChanged = true
    case .setProperties(let properties):
      for (key, value) in properties where metadata.properties[key] != value {
        metadata.properties[key] = value
        isChanged = true
      }
    case .removeProperties(let keys):
      for key in keys where metadata.properties.removeValue(forKey: key) != nil { isChanged = true }
    case .addViewVersion(let version): try add(version)
    case .setCurrentViewVersion(let id): try setCurrentVersion(id)
    }
  }

  private mutating func add(_ schema: Schema) throws(ModelError) {
    try schema.validate()
    if let equal = metadata.schemas.first(where: { $0.sameFields(as: schema) }) {
      lastAddedSchemaID = equal.id
      return
    }
    var added = schema
    added.id = try Self.following(metadata.schemas.map(\.id).max()) ?? 0
    metadata.schemas.append(added)
    lastAddedSchemaID = added.id
    isChanged = true
  }

  private mutating func add(_ version: ViewVersion) throws(ModelError) {
    var added = version
    if added.schemaID == Self.lastAdded {
      guard let last = lastAddedSchemaID else { throw .invalid("Cannot set last added schema: no schema has been added") }
      added.schemaID = last
    }
    try check(metadata.schemas.contains { $0.id == added.schemaID }, "Cannot add version with unknown schema: \(added.schemaID)")
    if let equal = metadata.versions.first(where: { $0.behavesLike(added) }) {
      lastAddedVersionID = equal.id
      return
    }
    var seen = Set<String>()
    for dialect in added.dialects {
      try check(seen.insert(dialect).inserted, "Invalid view version: Cannot add multiple queries for dialect \(dialect)")
    }
    added.id = max(added.id, 1)
    if let last = metadata.versions.map(\.id).max(), last >= added.id { added.id = try Self.following(last) ?? 1 }
    metadata.versions.append(added)
    addedVersionIDs.insert(added.id)
    lastAddedVersionID = added.id
    isChanged = true
  }

  private static func following(_ id: Int32?) throws(ModelError) -> Int32? {
    guard let id else { return nil }
    try check(id < .max, "Cannot assign an id after \(id)")
    return id + 1
  }

  private mutating func setCurrentVersion(_ id: Int32) throws(ModelError) {
    var id = id
    if id == Self.lastAdded {
      guard let last = lastAddedVersionID else { throw .invalid("Cannot set last version id: no current version id has been set") }
      id = last
    }
    guard id != metadata.currentVersionID else { return }
    guard let version = metadata.versions.first(where: { $0.id == id }) else {
      throw .invalid("Cannot set current version to unknown version: \(id)")
    }
    metadata.currentVersionID = id
    // A version that is taken up again becomes current now, not when it was made.
    historyEntry = ViewHistoryEntry(timestampMs: addedVersionIDs.contains(id) ? version.timestampMs : nowMs, versionID: id)
    isChanged = true
  }

  /// The result; `nil` when nothing changed.
  package consuming func build() throws(ModelError) -> ViewMetadata? {
    guard isChanged else { return nil }
    try check(!metadata.versions.isEmpty, "Invalid view: no versions were added")
    guard let current = metadata.currentVersion else {
      throw .invalid("Cannot set current version to unknown version: \(metadata.currentVersionID)")
    }
    if let historyEntry { metadata.history.append(historyEntry) }
    try refuseDroppedDialects(current)
    try expireVersions()
    return metadata
  }

  private func refuseDroppedDialects(_ current: ViewVersion) throws(ModelError) {
    guard metadata.properties["replace.drop-dialect.allowed"]?.lowercased() != "true", let previous = base?.currentVersion else { return }
    let dropped = Set(previous.dialects).subtracting(current.dialects)
    try check(
      dropped.isEmpty,
      """
      Cannot replace view due to loss of view dialects (replace.drop-dialect.allowed=false):
      Previous dialects: [\(previous.dialects.joined(separator: ", "))]
      New dialects: [\(current.dialects.joined(separator: ", "))]
      """)
  }

  /// Keeps the newest versions, at least those of this change and the current one; history before a lost version goes with it.
  private mutating func expireVersions() throws(ModelError) {
    var limit = 10
    if let text = metadata.properties["version.history.num-entries"] {
      guard let number = Int(text), number > 0 else { throw .invalid("version.history.num-entries must be positive but was \(text)") }
      limit = number
    }
    let count = max(limit, addedVersionIDs.union([metadata.currentVersionID]).count)
    guard metadata.versions.count > count else { return }
    let newest = metadata.versions.map(\.id).filter { $0 != metadata.currentVersionID }.sorted(by: >).prefix(count - 1)
    let kept = Set(newest).union([metadata.currentVersionID])
    metadata.versions.removeAll { !kept.contains($0.id) }
    if let last = metadata.history.lastIndex(where: { !kept.contains($0.versionID) }) { metadata.history.removeSubrange(...last) }
  }
}
