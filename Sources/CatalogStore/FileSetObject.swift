import Postgres

/// An object below a dataset's location.
package struct FileSetObject: Hashable, Sendable {
  /// Relative to the location.
  package let key: String
  package let sizeBytes: Int64
  package let modifiedAtMs: Int64
  /// As the store says it, by which a change is seen.
  package let etag: String?
  /// `sha256:…` or `etag:…`; holds no space.
  package let checksum: String
  package let mediaType: String
  package let tags: [String: String]

  package init(
    key: String, sizeBytes: Int64, modifiedAtMs: Int64, etag: String?, checksum: String, mediaType: String, tags: [String: String] = [:]
  ) {
    self.key = key
    self.sizeBytes = sizeBytes
    self.modifiedAtMs = modifiedAtMs
    self.etag = etag
    self.checksum = checksum
    self.mediaType = mediaType
    self.tags = tags
  }

  /// The leaf of a snapshot's tree: checksum, size and key with one space between. The key comes last, for it may hold spaces; a line
  /// break it holds never.
  package var leaf: [UInt8] { Array("\(checksum) \(sizeBytes) \(key)".utf8) }
}

/// Which objects are wanted.
package struct ObjectFilter: Sendable {
  /// What keys begin with, byte by byte.
  package var prefix: String?
  /// `image/png`, or `image/` for all of a kind.
  package var mediaType: String?
  package var tag: ObjectTag?
  package var changedAfterMs: Int64?
  package var minimumSizeBytes: Int64?
  package var maximumSizeBytes: Int64?

  package init() {}

  /// Of `file_set_objects`, beginning with `AND`.
  var condition: SQL {
    var sql: SQL = ""
    if let prefix, !prefix.isEmpty {
      sql += " AND key >= \(prefix) AND starts_with(key, \(prefix))"
      // So that no key beyond is read.
      if let end = Self.end(of: prefix) { sql += " AND key < \(end)" }
    }
    if let mediaType {
      if mediaType.hasSuffix("/") { sql += " AND starts_with(media_type, \(mediaType))" } else { sql += " AND media_type = \(mediaType)" }
    }
    if let tag {
      if let value = tag.value {
        sql += " AND tags @> jsonb_build_object(\(tag.key)::text, \(value)::text)"
      } else {
        sql += " AND tags ? \(tag.key)"
      }
    }
    if let changedAfterMs { sql += " AND modified_at_ms > \(changedAfterMs)" }
    if let minimumSizeBytes { sql += " AND size_bytes >= \(minimumSizeBytes)" }
    if let maximumSizeBytes { sql += " AND size_bytes <= \(maximumSizeBytes)" }
    return sql
  }

  /// The first text behind all that begin with a prefix, in the order of bytes, which is that of scalars; `nil` when there is none.
  static func end(of prefix: String) -> String? {
    var scalars = Array(prefix.unicodeScalars)
    while let last = scalars.popLast() {
      let next = last.value == 0xD7FF ? 0xE000 : last.value + 1
      guard let scalar = Unicode.Scalar(next) else { continue }
      return String(String.UnicodeScalarView(scalars + [scalar]))
    }
    return nil
  }
}

/// A tag that is looked for; without a value, any.
package struct ObjectTag: Hashable, Sendable {
  package let key: String
  package let value: String?

  package init(key: String, value: String?) {
    self.key = key
    self.value = value
  }
}
