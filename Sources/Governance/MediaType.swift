/// What kind of content a file has, by the ending of its name.
package enum MediaType {
  package static let unknown = "application/octet-stream"

  /// The IANA name of the media type; ``unknown`` for an ending that is not known.
  ///
  /// - Parameter key: the file's name, with or without its folders.
  package static func of(_ key: String) -> String {
    let name = key.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).last ?? key.utf8[...]
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > name.startIndex else { return unknown }
    let ending = name[name.index(after: dot)...]
    guard ending.count <= 8 else { return unknown }
    return byEnding[String(decoding: ending.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)] ?? unknown
  }

  private static let byEnding: [String: String] = [
    // Texts.
    "txt": "text/plain", "log": "text/plain", "md": "text/markdown", "html": "text/html", "htm": "text/html", "csv": "text/csv",
    "tsv": "text/tab-separated-values", "xml": "application/xml", "json": "application/json", "jsonl": "application/jsonl",
    "ndjson": "application/jsonl", "yaml": "application/yaml", "yml": "application/yaml", "pdf": "application/pdf",
    // Images.
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp", "tif": "image/tiff",
    "tiff": "image/tiff", "bmp": "image/bmp", "svg": "image/svg+xml", "heic": "image/heic", "avif": "image/avif",
    "dcm": "application/dicom",
    // Sound and film.
    "wav": "audio/wav", "mp3": "audio/mpeg", "flac": "audio/flac", "ogg": "audio/ogg", "opus": "audio/opus", "m4a": "audio/mp4",
    "mp4": "video/mp4", "mkv": "video/matroska", "webm": "video/webm", "mov": "video/quicktime", "avi": "video/x-msvideo",
    // Data.
    "parquet": "application/vnd.apache.parquet", "avro": "application/vnd.apache.avro", "orc": "application/vnd.apache.orc",
    "arrow": "application/vnd.apache.arrow.file", "h5": "application/x-hdf5", "hdf5": "application/x-hdf5", "nc": "application/netcdf",
    "npy": "application/x-npy", "npz": "application/x-npz", "pcap": "application/vnd.tcpdump.pcap", "bag": "application/x-rosbag",
    // Bundles.
    "zip": "application/zip", "gz": "application/gzip", "zst": "application/zstd", "tar": "application/x-tar",
  ]
}
