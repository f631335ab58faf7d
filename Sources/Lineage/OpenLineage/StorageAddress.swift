/// A place on storage as OpenLineage names it (OpenLineage's naming conventions): a namespace such as `s3://bucket`, `file` or
/// `abfss://container@account.dfs.core.windows.net`, and a path as the name.
///
/// Engines spell one place in many ways: `s3a`, `s3n`; a slash in front of the path or none, one behind it; `file`, `file:`, `file:///`.
/// Two addresses of one place are equal.
package struct StorageAddress: Hashable, Sendable {
  /// In lower case, one for all that mean the same.
  package let scheme: String
  /// Bucket, container or host; empty for files of a machine.
  package let authority: String
  package let components: [String]

  private static let schemes: [String: String] = [
    "file": "file", "s3": "s3", "s3a": "s3", "s3n": "s3", "gs": "gs", "gcs": "gs", "abfss": "abfss", "abfs": "abfss", "wasbs": "wasbs",
    "wasb": "wasbs", "adl": "adl", "hdfs": "hdfs", "viewfs": "viewfs", "dbfs": "dbfs", "oss": "oss", "cosn": "cosn", "obs": "obs",
  ]
  /// Deeper is nobody's dataset; it bounds what is looked for.
  private static let maximumDepth = 64

  /// - Returns: `nil` for what is no place on storage, and for a path that does not say where it leads.
  package init?(_ name: EntityName) {
    // The name alone may be a whole address.
    if let whole = Self(text: name.name) {
      self = whole
      return
    }
    let namespace = name.namespace
    if namespace.utf8.first == UInt8(ascii: "/") { return nil }
    let path = name.name.utf8.first == UInt8(ascii: "/") ? name.name : "/" + name.name
    if namespace == "file" || namespace == "dbfs" || namespace == "hdfs" {
      self.init(text: "\(namespace)://\(path)")
    } else {
      var end = namespace.utf8[...]
      while end.last == UInt8(ascii: "/") { end.removeLast() }
      let trimmed = String(Substring(end))
      self.init(text: trimmed.utf8.last == UInt8(ascii: ":") ? "\(trimmed)//\(path)" : trimmed + path)
    }
  }

  /// From `scheme://authority/path`, `scheme:/path` or, for files, `/path` alone where the scheme is said by the namespace.
  package init?(text: String) {
    guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")),
      let scheme = Self.schemes[text[..<colon].lowercased()]
    else { return nil }
    var rest = text.utf8[text.utf8.index(after: colon)...]
    var authority = ""
    if rest.starts(with: "//".utf8) {
      rest = rest.dropFirst(2)
      let end = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
      authority = String(Substring(rest[..<end]))
      rest = rest[end...]
    } else if rest.first != UInt8(ascii: "/") {
      return nil
    }
    if scheme == "file" || scheme == "dbfs" { authority = "" }
    let parts = rest.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
    guard parts.count <= Self.maximumDepth, !parts.contains(where: { $0 == "." || $0 == ".." }) else { return nil }
    if authority.isEmpty, ["s3", "gs", "abfss", "wasbs"].contains(scheme) { return nil }
    self.scheme = scheme
    self.authority = authority
    components = parts
  }

  /// `s3://bucket/path`, `file:///path`.
  package var text: String {
    components.isEmpty ? "\(scheme)://\(authority)" : "\(scheme)://\(authority)/\(components.joined(separator: "/"))"
  }

  /// How a catalog may have written down this place: canonical first.
  package var spellings: [String] {
    switch scheme {
    // Kept canonical by the catalog.
    case "file", "s3": [text]
    case "abfss", "wasbs": [text, text + "/", String(scheme.dropLast()) + String(text.dropFirst(scheme.count))]
    default: [text, text + "/"]
    }
  }

  /// The folder that it lies in; `nil` above the first.
  package var parent: StorageAddress? {
    components.count > 1 ? StorageAddress(scheme, authority, Array(components.dropLast())) : nil
  }

  private init(_ scheme: String, _ authority: String, _ components: [String]) {
    self.scheme = scheme
    self.authority = authority
    self.components = components
  }

  /// One name for all spellings.
  package var name: EntityName {
    let path = components.joined(separator: "/")
    switch scheme {
    case "file", "dbfs": return EntityName(namespace: scheme, name: "/" + path)
    default: return EntityName(namespace: "\(scheme)://\(authority)", name: path.isEmpty ? "/" : path)
    }
  }
}
