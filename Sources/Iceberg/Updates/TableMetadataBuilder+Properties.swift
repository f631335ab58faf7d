// Identity, format, location, properties and keys.

extension TableMetadataBuilder {
  mutating func assign(uuid: String) throws(ModelError) {
    guard uuid.lowercased() != metadata.uuid?.lowercased() else { return }
    try check(metadata.uuid == nil, "Cannot reassign uuid: the table's is \(metadata.uuid ?? ""), not \(uuid)")
    try check(Self.isUUID(uuid), "Invalid uuid: \(uuid)")
    metadata.uuid = uuid
    hasEffect = true
  }

  private static func isUUID(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    return parts.map(\.utf8.count) == [8, 4, 4, 4, 12] && parts.allSatisfy { $0.utf8.allSatisfy(isHexDigit) }
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool { Character(Unicode.Scalar(byte)).isHexDigit }

  mutating func upgrade(to version: Int) throws(ModelError) {
    let newest = TableMetadata.supportedFormatVersions.upperBound
    try check(version <= newest, "Cannot upgrade table to unsupported format version: v\(version) (supported: v\(newest))")
    // A table being made already is what the commit asks for.
    if identity != nil, version == metadata.formatVersion { hasEffect = true }
    try check(version >= metadata.formatVersion, "Cannot downgrade v\(metadata.formatVersion) table to v\(version)")
    guard version > metadata.formatVersion else { return }
    metadata.formatVersion = version
    hasEffect = true
  }

  mutating func setLocation(_ location: String) throws(ModelError) {
    try check(!location.isEmpty, "Cannot set the location: it is empty")
    let location = TableMetadata.withoutTrailingSlash(location)
    guard location != metadata.location else { return }
    metadata.location = location
    hasEffect = true
  }

  /// `format-version` upgrades; other reserved properties are not kept. DuckDB sends empty sets.
  mutating func set(_ properties: [String: String]) throws(ModelError) {
    if let version = try TableProperties.formatVersion(from: properties) { try upgrade(to: version) }
    try TableProperties.validateCommitProperties(properties)
    for (key, value) in properties where !TableProperties.reserved.contains(key) && metadata.properties[key] != value {
      metadata.properties[key] = value
      hasEffect = true
    }
  }

  mutating func remove(properties keys: [String]) {
    for key in keys where metadata.properties.removeValue(forKey: key) != nil { hasEffect = true }
  }

  mutating func add(_ key: EncryptedKey) {
    guard !metadata.encryptionKeys.contains(where: { $0.keyID == key.keyID }) else { return }
    metadata.encryptionKeys.append(key)
    hasEffect = true
  }

  mutating func remove(key id: String) {
    guard metadata.encryptionKeys.contains(where: { $0.keyID == id }) else { return }
    metadata.encryptionKeys.removeAll { $0.keyID == id }
    hasEffect = true
  }
}
