// Identity, format, schemas, specs and orders.

extension TableMetadataBuilder {
  private static let lastAdded: Int32 = -1

  mutating func assign(uuid: String) throws(ModelError) {
    guard uuid.lowercased() != metadata.uuid?.lowercased() else { return }
    try check(!hasUUID, "Cannot reassign uuid: the table's is \(metadata.uuid ?? ""), not \(uuid)")
    try check(Self.isUUID(uuid), "Invalid uuid: \(uuid)")
    metadata.uuid = uuid
    hasUUID = true
    isChanged = true
  }

  private static func isUUID(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    return parts.map(\.utf8.count) == [8, 4, 4, 4, 12] && parts.allSatisfy { $0.allSatisfy(\.isHexDigit) }
  }

  mutating func upgrade(to version: Int) throws(ModelError) {
    try check(
      version <= TableMetadata.supportedFormatVersions.upperBound,
      "Cannot upgrade table to unsupported format version: v\(version) (supported: v\(TableMetadata.supportedFormatVersions.upperBound))")
    try check(version >= metadata.formatVersion, "Cannot downgrade v\(metadata.formatVersion) table to v\(version)")
    guard version > metadata.formatVersion else { return }
    metadata.formatVersion = version
    isChanged = true
  }

  mutating func add(_ schema: Schema, lastColumnID: Int32?) throws(ModelError) {
    let lastColumnID = max(lastColumnID ?? 0, metadata.lastColumnID, schema.highestFieldID)
    try schema.validate()
    try schema.checkCompatible(formatVersion: metadata.formatVersion)
    if let equal = metadata.schemas.first(where: { $0.sameFields(as: schema) }) {
      if lastColumnID > metadata.lastColumnID {
        metadata.lastColumnID = lastColumnID
        isChanged = true
        lastAddedSchemaID = equal.id
      } else {
        // Java: an equal schema counts as last added only if this commit added it. Clients that then say -1 mean this one, though.
        lastAddedSchemaID = equal.id
      }
      return
    }
    var added = schema
    added.id = metadata.schemas.map(\.id).max().map { max($0, metadata.currentSchemaID) + 1 } ?? 0
    metadata.schemas.append(added)
    metadata.lastColumnID = lastColumnID
    lastAddedSchemaID = added.id
    addedSchemaIDs.insert(added.id)
    isChanged = true
  }

  mutating func setCurrentSchema(_ id: Int32) throws(ModelError) {
    var id = id
    if id == Self.lastAdded {
      guard let last = lastAddedSchemaID else { throw .invalid("Cannot set last added schema: no schema has been added") }
      id = last
    }
    guard id != metadata.currentSchemaID else { return }
    try check(metadata.schemas.contains { $0.id == id }, "Cannot set current schema to unknown schema: \(id)")
    metadata.currentSchemaID = id
    isChanged = true
  }

  /// The schema that new specs and orders are checked against: DuckDB adds a spec before it sets the current schema.
  private var schemaForChecks: Schema? { metadata.currentSchema ?? metadata.schemas.last }

  mutating func add(_ unbound: UnboundPartitionSpec) throws(ModelError) {
    guard let schema = schemaForChecks else { throw .invalid("Cannot add a partition spec before a schema is added") }
    let id = metadata.partitionSpecs.map { $0.id + 1 }.max() ?? 0
    let spec = unbound.bound(id: id, lastFieldID: metadata.lastPartitionID)
    if let equal = metadata.partitionSpecs.first(where: { $0.isCompatible(with: spec) }) {
      lastAddedSpecID = equal.id
      return
    }
    try spec.validate(against: schema)
    try check(
      metadata.formatVersion > 1 || spec.hasSequentialIDs, "Spec does not use sequential IDs that are required in v1: \(spec.fields)")
    metadata.lastPartitionID = max(metadata.lastPartitionID, spec.lastAssignedFieldID)
    metadata.partitionSpecs.append(spec)
    lastAddedSpecID = id
    addedSpecIDs.insert(id)
    isChanged = true
  }

  mutating func setDefaultSpec(_ id: Int32) throws(ModelError) {
    var id = id
    if id == Self.lastAdded {
      guard let last = lastAddedSpecID else { throw .invalid("Cannot set last added spec: no spec has been added") }
      id = last
    }
    guard id != metadata.defaultSpecID else { return }
    try check(metadata.partitionSpecs.contains { $0.id == id }, "Cannot set default partition spec to unknown spec: \(id)")
    metadata.defaultSpecID = id
    isChanged = true
  }

  mutating func add(_ order: SortOrder) throws(ModelError) {
    guard let schema = schemaForChecks else { throw .invalid("Cannot add a sort order before a schema is added") }
    if let equal = metadata.sortOrders.first(where: { $0.fields == order.fields }) {
      lastAddedOrderID = equal.id
      return
    }
    try order.validate(against: schema)
    var added = order
    added.id = order.isUnsorted ? 0 : max(1, metadata.sortOrders.map { $0.id + 1 }.max() ?? 1)
    metadata.sortOrders.append(added)
    lastAddedOrderID = added.id
    addedOrderIDs.insert(added.id)
    isChanged = true
  }

  mutating func setDefaultSortOrder(_ id: Int32) throws(ModelError) {
    var id = id
    if id == Self.lastAdded {
      guard let last = lastAddedOrderID else { throw .invalid("Cannot set last added sort order: no sort order has been added") }
      id = last
    }
    guard id != metadata.defaultSortOrderID else { return }
    // Clients set the unsorted order without adding it.
    if id == 0, !metadata.sortOrders.contains(where: { $0.id == 0 }) { metadata.sortOrders.append(.unsorted) }
    try check(metadata.sortOrders.contains { $0.id == id }, "Cannot set default sort order to unknown order: \(id)")
    metadata.defaultSortOrderID = id
    isChanged = true
  }

  mutating func remove(specs ids: [Int32]) throws(ModelError) {
    try check(!ids.contains(metadata.defaultSpecID), "Cannot remove the default partition spec")
    let count = metadata.partitionSpecs.count
    metadata.partitionSpecs.removeAll { ids.contains($0.id) }
    if metadata.partitionSpecs.count != count { isChanged = true }
  }

  mutating func remove(schemas ids: [Int32]) throws(ModelError) {
    try check(!ids.contains(metadata.currentSchemaID), "Cannot remove the current schema")
    let count = metadata.schemas.count
    metadata.schemas.removeAll { ids.contains($0.id) }
    if metadata.schemas.count != count { isChanged = true }
  }

  // MARK: Location, properties, keys

  mutating func setLocation(_ location: String) {
    var location = location
    while location.hasSuffix("/"), location.count > 1 { location.removeLast() }
    guard location != metadata.location else { return }
    metadata.location = location
    isChanged = true
  }

  /// DuckDB sends empty sets.
  mutating func set(_ properties: [String: String]) throws(ModelError) {
    if let version = try TableMetadata.formatVersion(from: properties), version != metadata.formatVersion { try upgrade(to: version) }
    for (key, value) in properties where !TableMetadata.reservedProperties.contains(key) && metadata.properties[key] != value {
      metadata.properties[key] = value
      isChanged = true
    }
    try TableMetadata.validateCommitProperties(properties)
  }

  mutating func remove(properties keys: [String]) {
    for key in keys where metadata.properties.removeValue(forKey: key) != nil { isChanged = true }
  }

  mutating func add(_ key: EncryptedKey) {
    guard !metadata.encryptionKeys.contains(where: { $0.keyID == key.keyID }) else { return }
    metadata.encryptionKeys.append(key)
    isChanged = true
  }

  mutating func remove(key id: String) {
    let count = metadata.encryptionKeys.count
    metadata.encryptionKeys.removeAll { $0.keyID == id }
    if metadata.encryptionKeys.count != count { isChanged = true }
  }
}
