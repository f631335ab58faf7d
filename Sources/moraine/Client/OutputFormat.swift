import ArgumentParser

/// The form of a command's output.
enum OutputFormat: String, CaseIterable, Sendable, ExpressibleByArgument {
  case table, json, yaml
}
