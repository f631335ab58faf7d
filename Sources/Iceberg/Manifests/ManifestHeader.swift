/// What a manifest says of itself (table spec, "Manifests", key-value metadata).
package struct ManifestHeader: Hashable, Sendable {
  /// JSON of the schema and of the partition spec's fields that the manifest was written with.
  package let schema: [UInt8]?
  package let partitionSpec: [UInt8]?
  package let schemaID: Int32?
  package let partitionSpecID: Int32?
  /// v1 manifests may leave it out.
  package let formatVersion: Int32
  /// v1 manifests have none: data.
  package let content: ManifestContent

  init(_ metadata: [String: [UInt8]]) throws(AvroError) {
    schema = metadata["schema"]
    partitionSpec = metadata["partition-spec"]
    schemaID = try Self.number(metadata, "schema-id")
    partitionSpecID = try Self.number(metadata, "partition-spec-id")
    formatVersion = try Self.number(metadata, "format-version") ?? 1
    switch metadata["content"].map({ String(decoding: $0, as: UTF8.self) }) {
    case nil, "data": content = .data
    case "deletes": content = .deletes
    case let other?: throw .unsupported("The manifest's content \"\(other)\" is neither data nor deletes")
    }
  }

  private static func number(_ metadata: [String: [UInt8]], _ key: String) throws(AvroError) -> Int32? {
    guard let text = metadata[key] else { return nil }
    guard let number = Int32(String(decoding: text, as: UTF8.self)) else { throw .malformed("The manifest's \(key) is not a number") }
    return number
  }
}
