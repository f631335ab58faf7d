package import JSON

/// A namespace: its levels from the outermost; none at the root.
package struct Namespace: Hashable, Sendable, CustomStringConvertible {
  package let levels: [String]

  /// Levels that are known to be good: from the database, or made of such.
  package init(levels: some Sequence<String>) { self.levels = Array(levels) }

  /// Dotted, as the Iceberg reference writes it.
  package var description: String { levels.joined(separator: ".") }

  package static let maximumLevels = 32

  /// Levels from outside.
  package init(checking levels: [String]) throws(ModelError) {
    try check(!levels.isEmpty, "A namespace needs at least one level")
    try check(levels.count <= Self.maximumLevels, "A namespace has at most \(Self.maximumLevels) levels, not \(levels.count)")
    for level in levels { try CatalogName.validate(level, "namespace level") }
    self.levels = levels
  }

  /// From a path or query parameter: levels joined by U+001F.
  package init(path text: String) throws(ModelError) {
    try self.init(checking: text.split(separator: "\u{1F}", omittingEmptySubsequences: false).map(String.init))
  }

  init(json: JSONValue, mayBeEmpty: Bool = false) throws(JSONError) {
    let levels = try json.strings()
    guard !levels.isEmpty || !mayBeEmpty else {
      self.init(levels: [])
      return
    }
    do throws(ModelError) {
      try self.init(checking: levels)
    } catch {
      throw json.invalid(error.message)
    }
  }
}

/// A table or view in a namespace.
package struct TableIdentifier: Hashable, Sendable, CustomStringConvertible {
  package let namespace: Namespace
  package let name: String

  package init(namespace: Namespace, name: String) throws(ModelError) {
    try CatalogName.validate(name, "table or view name")
    self.namespace = namespace
    self.name = name
  }

  /// `ns.name`, as the Iceberg reference writes it.
  package var description: String { namespace.levels.isEmpty ? name : "\(namespace).\(name)" }
}

extension TableIdentifier: JSONDecodable {
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    namespace = try Namespace(json: object.required("namespace"))
    let value = try object.required("name")
    name = try value.string()
    do throws(ModelError) {
      try CatalogName.validate(name, "table or view name")
    } catch {
      throw value.invalid(error.message)
    }
  }
}

/// What names may be: anything that can be stored, shown and sent back.
enum CatalogName {
  static let maximumSizeBytes = 255

  static func validate(_ name: String, _ what: String) throws(ModelError) {
    try check(!name.isEmpty, "Invalid \(what): it is empty")
    try check(
      name.utf8.count <= maximumSizeBytes, "Invalid \(what): it has \(name.utf8.count) bytes, more than the \(maximumSizeBytes) allowed")
    try check(
      !name.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }, "Invalid \(what): it holds control characters")
  }
}
