import ArgumentParser

/// The form of a command's output.
enum OutputFormat: String, CaseIterable, Sendable, ExpressibleByArgument {
  case table, json, yaml
  /// Statements for an engine: of plans of retention alone.
  case sparkSQL = "spark-sql"
  case trinoSQL = "trino-sql"

  var isScript: Bool { self == .sparkSQL || self == .trinoSQL }
}
