package import JSON

/// An encrypted key (table spec, "Encryption Keys", v3), kept as its text beside its id.
package struct EncryptedKey: Hashable, Sendable {
  package let keyID: String
  /// The compact JSON text, unknown members included.
  package let text: ArraySlice<UInt8>
}

extension EncryptedKey: JSONDecodable, JSONEncodable {
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    keyID = try object.required("key-id").string()
    _ = try object.required("encrypted-key-metadata").string()
    if let encrypter = object.optional("encrypted-by-id") { _ = try encrypter.string() }
    if let properties = object.optional("properties") { _ = try properties.object().strings() }
    text = JSONText.compact(json.raw)
  }

  package func write(to writer: inout JSONWriter) { writer.raw(text) }
}
