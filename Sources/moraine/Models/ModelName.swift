import ArgumentParser
import JSON

/// A version of a model as it is written on the command line: `credit-risk@7`.
struct ModelVersionName: Hashable, Sendable, CustomStringConvertible {
  let model: String
  let version: String

  var description: String { "\(model)@\(version)" }

  /// - Throws: a `ValidationError` that says how names are written.
  @Sendable
  init(parsing text: String) throws {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
      throw ValidationError("\"\(text)\" names no version of a model; write it as credit-risk@7.")
    }
    model = String(parts[0])
    version = String(parts[1])
  }

  var path: [String] { ModelCommand.path + [model, "versions", version] }
}

/// A model, or one of its versions.
enum ModelOrVersion: Hashable, Sendable {
  case model(String)
  case version(ModelVersionName)

  @Sendable
  init(parsing text: String) throws {
    if text.contains("@") { self = .version(try ModelVersionName(parsing: text)) } else { self = .model(text) }
  }
}

/// A state of a dataset as it is written on the command line: `curated.loans@<snapshot|tag|branch|time>`.
struct DatasetStateName: Hashable, Sendable {
  let dataset: DatasetName
  /// What the server is asked for: the member of the request and its value; `nil` for the present state.
  let choice: Choice?

  enum Choice: Hashable, Sendable {
    case snapshot(Int64)
    case ref(String)
    case time(Int64)
  }

  func write(to writer: inout JSONWriter) {
    writer.field("namespace", dataset.namespace.levels)
    writer.field("name", dataset.name)
    switch choice {
    case .snapshot(let id): writer.field("snapshot-id", id)
    case .ref(let name): writer.field("ref", name)
    case .time(let time): writer.field("at-ms", time)
    case nil: break
    }
  }

  /// - Throws: a `ValidationError` that says how they are written.
  @Sendable
  init(parsing text: String) throws {
    // A quoted level of the name may hold an @; what follows the name holds no quote.
    guard let at = text.lastIndex(of: "@"), !text[at...].contains("\"") else {
      dataset = try DatasetName(parsing: text)
      choice = nil
      return
    }
    dataset = try DatasetName(parsing: String(text[..<at]))
    let state = String(text[text.index(after: at)...])
    guard !state.isEmpty else {
      throw ValidationError("\"\(text)\" names no state after the @; write a snapshot's id, a tag, a branch or a time.")
    }
    if let id = Int64(state) {
      choice = .snapshot(id)
    } else if state.first?.isNumber == true, let time = try? PastOptions.milliseconds(state) {
      choice = .time(time)
    } else {
      choice = .ref(state)
    }
  }
}
