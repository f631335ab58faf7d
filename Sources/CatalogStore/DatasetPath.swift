package import Iceberg

/// What kind of dataset a row holds: an Iceberg table or view, or any other, which has a ``DatasetFormat``.
package enum DatasetKind: String, Sendable, CaseIterable {
  case table, view, dataset

  /// At the beginning of a sentence.
  package var title: String {
    switch self {
    case .table: "Table"
    case .view: "View"
    case .dataset: "Dataset"
    }
  }

  /// How the audit trail names what is of this kind.
  package var resourceKind: CatalogResource.Kind {
    switch self {
    case .table: .table
    case .view: .view
    case .dataset: .dataset
    }
  }
}

/// A dataset's whole name: warehouse, namespace levels, name.
package struct DatasetPath: Hashable, Sendable {
  package let warehouse: String
  package let identifier: TableIdentifier
  /// The text that the index holds: warehouse, levels and name joined by U+001F, which none of them may contain.
  /// Kept, since every request asks for it several times.
  package let text: String

  package init(warehouse: String, identifier: TableIdentifier) {
    self.warehouse = warehouse
    self.identifier = identifier
    text = "\(warehouse)\u{1F}\(identifier.namespace.pathText)\u{1F}\(identifier.name)"
  }

  /// From ``text``, as a row has it.
  package init(storedText: String) throws {
    let parts = storedText.split(separator: "\u{1F}", omittingEmptySubsequences: false).map(String.init)
    guard parts.count > 2 else { throw CatalogError.unavailable("The stored name of a dataset has no namespace: \(storedText)") }
    self.init(
      warehouse: parts[0],
      identifier: try TableIdentifier(namespace: Namespace(levels: parts[1..<(parts.count - 1)].map { $0 }), name: parts[parts.count - 1]))
  }

  package var namespace: NamespacePath { NamespacePath(warehouse: warehouse, namespace: identifier.namespace) }
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
