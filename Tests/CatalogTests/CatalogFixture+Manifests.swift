extension CatalogFixture {
  /// A manifest list that names no manifest: an Avro file without rows.
  ///
  /// - Parameter mark: makes its bytes others than those of another.
  static func emptyManifestList(_ mark: UInt8) -> [UInt8] {
    func counted(_ text: String) -> [UInt8] {
      var (length, bytes): (Int, [UInt8]) = (text.utf8.count << 1, [])
      while length >= 0x80 {
        bytes.append(UInt8(length & 0x7F) | 0x80)
        length >>= 7
      }
      return bytes + [UInt8(length)] + Array(text.utf8)
    }
    let fields = [("manifest_path", "string", 500), ("manifest_length", "long", 501), ("partition_spec_id", "int", 502)].map {
      #"{"name":"\#($0.0)","type":"\#($0.1)","field-id":\#($0.2)}"#
    }
    let schema = #"{"type":"record","name":"manifest_file","fields":[\#(fields.joined(separator: ","))]}"#
    return Array("Obj\u{1}".utf8) + [4] + counted("avro.schema") + counted(schema) + counted("avro.codec") + counted("null") + [0]
      + [UInt8](repeating: mark, count: 16)
  }
}
