package import Iceberg

/// What kind of Iceberg dataset a row holds.
package enum DatasetKind: String, Sendable {
  case table, view
}

/// A dataset's whole name: warehouse, namespace levels, name.
package struct DatasetPath: Hashable, Sendable {
  package let warehouse: String
  package let identifier: TableIdentifier

  package init(warehouse: String, identifier: TableIdentifier) {
    self.warehouse = warehouse
    self.identifier = identifier
  }

  package var namespace: NamespacePath { NamespacePath(warehouse: warehouse, namespace: identifier.namespace) }

  /// The text that the index holds: warehouse, levels and name joined by U+001F, which none of them may contain.
  package var text: String { "\(warehouse)\u{1F}\(identifier.namespace.pathText)\u{1F}\(identifier.name)" }
}

/// A namespace's whole name.
package struct NamespacePath: Hashable, Sendable {
  package let warehouse: String
  package let namespace: Namespace

  package init(warehouse: String, namespace: Namespace) {
    self.warehouse = warehouse
    self.namespace = namespace
  }

  package var text: String { namespace.levels.isEmpty ? warehouse : "\(warehouse)\u{1F}\(namespace.pathText)" }
}

extension Namespace {
  /// Levels joined by U+001F, as Postgres holds them.
  package var pathText: String { levels.joined(separator: "\u{1F}") }

  /// The reverse of ``pathText``.
  package init(pathText: String) {
    self.init(levels: pathText.isEmpty ? [] : pathText.split(separator: "\u{1F}", omittingEmptySubsequences: false).map(String.init))
  }
}
