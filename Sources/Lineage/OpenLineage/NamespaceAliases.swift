/// Which warehouses are meant by the namespaces that engines use: a warehouse's name, its location, and what the operator says.
///
/// Of the operator, `NAMESPACE=WAREHOUSE` or `NAMESPACE#PREFIX=WAREHOUSE`: `http://catalog:8181=main`, `trino://trino:8080#lake=main` where
/// names in the namespace begin with the catalog's name as Trino calls it.
package struct NamespaceAliases: Sendable {
  package struct Alias: Hashable, Sendable {
    package let namespace: String
    /// The first part of names in it, which is no part of the dataset's.
    package let prefix: String?
    package let warehouse: String

    package init(namespace: String, prefix: String? = nil, warehouse: String) {
      self.namespace = namespace
      self.prefix = prefix
      self.warehouse = warehouse
    }

    /// `nil` for a text that is no alias.
    package init?(_ text: String) {
      guard let equals = text.lastIndex(of: "="), equals > text.startIndex, text.index(after: equals) < text.endIndex else { return nil }
      let left = text[..<equals].split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard !left[0].isEmpty, left.count == 1 || !left[1].isEmpty else { return nil }
      self.init(namespace: left[0], prefix: left.count > 1 ? left[1] : nil, warehouse: String(text[text.index(after: equals)...]))
    }
  }

  private var byNamespace: [String: [Alias]] = [:]

  package init(_ aliases: [Alias]) {
    for alias in aliases { byNamespace[Self.key(alias.namespace), default: []].append(alias) }
  }

  /// Storage by its place, all else without slashes at the end and in lower case, as hosts are.
  private static func key(_ namespace: String) -> String {
    if let address = StorageAddress(text: namespace) { return address.text }
    if namespace.utf8.first == UInt8(ascii: "/"), let address = StorageAddress(text: "file:" + namespace) { return address.text }
    var text = namespace[...]
    while text.last == "/" { text.removeLast() }
    return text.lowercased()
  }

  /// The datasets of the catalog that a name may mean.
  ///
  /// - Parameter engineCatalog: how the engine calls the catalog, which may stand in front of names.
  func paths(of name: String, in namespace: String, engineCatalog: String?) -> [CatalogPath] {
    guard let aliases = byNamespace[Self.key(namespace)] else { return [] }
    let parts = Self.parts(of: name)
    var paths: [CatalogPath] = []
    for alias in aliases {
      for prefix in [alias.prefix, engineCatalog] {
        guard let prefix, parts.count > 2, parts[0] == prefix else { continue }
        paths.append(CatalogPath(warehouse: alias.warehouse, namespace: Array(parts[1..<(parts.count - 1)]), name: parts[parts.count - 1]))
      }
      guard alias.prefix == nil, parts.count > 1 else { continue }
      paths.append(CatalogPath(warehouse: alias.warehouse, namespace: Array(parts.dropLast()), name: parts[parts.count - 1]))
    }
    return paths
  }

  /// `db.table`, also with parts quoted as SQL does: `"db"."a.b"`, or with backticks.
  static func parts(of name: String) -> [String] {
    var parts: [String] = []
    var part = ""
    var quote: Character?
    for character in name {
      if let open = quote {
        if character == open { quote = nil } else { part.append(character) }
      } else if character == "\"" || character == "`", part.isEmpty {
        quote = character
      } else if character == "." {
        parts.append(part)
        part = ""
      } else {
        part.append(character)
      }
    }
    parts.append(part)
    return parts.contains("") ? [] : parts
  }
}

/// A dataset's whole name in the catalog.
package struct CatalogPath: Hashable, Sendable {
  package let warehouse: String
  package let namespace: [String]
  package let name: String
}
