package import JSON

/// An earlier metadata file.
package struct MetadataLogEntry: Hashable, Sendable {
  /// When that file's metadata was last updated.
  package let timestampMs: Int64
  package let metadataFile: String

  package init(timestampMs: Int64, metadataFile: String) {
    self.timestampMs = timestampMs
    self.metadataFile = metadataFile
  }
}

extension MetadataLogEntry: JSONDecodable, JSONEncodable {
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    timestampMs = try object.required("timestamp-ms").int64()
    metadataFile = try object.required("metadata-file").string()
  }

  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("timestamp-ms", timestampMs)
      $0.field("metadata-file", metadataFile)
    }
  }
}
