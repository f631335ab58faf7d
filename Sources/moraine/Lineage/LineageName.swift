import ArgumentParser

/// A reference as it is written on the command line: `model:credit-risk@7`, `dataset:curated.loans@STATE`, `curated.loans`.
struct LineageName: Hashable, Sendable {
  private enum Kind: Hashable {
    /// What the server reads as it is.
    case verbatim(String)
    case dataset(DatasetName, state: String?)
    case feature(DatasetName)
    case column(DatasetName, String)
  }

  static let kinds = ["dataset", "feature", "column", "model", "job", "run", "external", "id"]

  private let kind: Kind

  /// - Throws: a `ValidationError` that says how they are written.
  @Sendable
  init(parsing text: String) throws {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, Self.kinds.contains(parts[0]) else {
      kind = try Self.dataset(text)
      return
    }
    switch parts[0] {
    case "dataset": kind = try Self.dataset(parts[1])
    case "feature": kind = .feature(try DatasetName(parsing: parts[1]))
    case "column":
      let name = try DatasetName(parsing: parts[1])
      guard name.namespace.levels.count > 1, let table = name.namespace.levels.last else {
        throw ValidationError("\"\(parts[1])\" names no column; write it as column:curated.loans.amount.")
      }
      kind = .column(DatasetName(namespace: NamespaceName(levels: name.namespace.levels.dropLast()), name: table), name.name)
    default:
      guard !parts[1].isEmpty else { throw ValidationError("\"\(text)\" has nothing after the colon.") }
      kind = .verbatim(text)
    }
  }

  private static func dataset(_ text: String) throws -> Kind {
    let named = try DatasetStateName(parsing: text)
    switch named.choice {
    case nil: return .dataset(named.dataset, state: nil)
    case .snapshot(let id): return .dataset(named.dataset, state: String(id))
    case .ref(let name): return .dataset(named.dataset, state: name)
    case .time: throw ValidationError("\"\(text)\" names a time after the @; write --as-of TIME instead.")
    }
  }

  /// As the server reads it.
  func reference(in warehouse: String) -> String {
    func join(_ name: DatasetName, _ more: String...) -> String {
      ([warehouse] + name.namespace.levels + [name.name] + more).map(Self.escaped).joined(separator: "/")
    }
    return switch kind {
    case .verbatim(let text): text
    case .dataset(let name, nil): "dataset:\(join(name))"
    case .dataset(let name, let state?): "dataset:\(join(name))@\(Self.escaped(state))"
    case .feature(let name): "feature:\(join(name))"
    case .column(let name, let column): "column:\(join(name, column))"
    }
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("%", with: "%25").replacing("/", with: "%2F").replacing("@", with: "%40")
  }
}
