import ArgumentParser

/// The form of a command's output.
enum OutputFormat: String, CaseIterable, Sendable, ExpressibleByArgument {
  case table, json, yaml
  /// Statements for an engine: of plans of retention alone.
  case sparkSQL = "spark-sql"
  case trinoSQL = "trino-sql"
  /// Of lineage alone: lines for a terminal, a graph for Graphviz, a picture.
  case tree, dot, svg

  /// What every command has.
  static let common: Set<OutputFormat> = [.table, .json, .yaml]
  static let scripts: Set<OutputFormat> = [.sparkSQL, .trinoSQL]

  var isScript: Bool { Self.scripts.contains(self) }
}
