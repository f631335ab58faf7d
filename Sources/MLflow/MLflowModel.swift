import JSON

/// A name in the registry, under which versions are.
package struct MLflowModel: Hashable, Sendable {
  package var name: String
  package var createdAtMs: Int64?
  package var updatedAtMs: Int64?
  package var description: String?
  package var tags: [String: String]
  /// Names for versions, such as `champion`: the version's number. All of them; setting one updates neither model nor version.
  package var aliases: [String: String]

  init(_ message: MLflowMessage) throws(JSONError) {
    name = try message.name("name")
    createdAtMs = try message.int64("creation_timestamp")
    updatedAtMs = try message.int64("last_updated_timestamp")
    description = try message.text("description")
    tags = try message.pairs("tags")
    aliases = try message.pairs("aliases", named: "alias", "version")
  }
}

/// Which version.
package struct MLflowVersionKey: Hashable, Sendable, CustomStringConvertible {
  package var model: String
  /// A number, as text.
  package var version: String

  package init(model: String, version: String) {
    self.model = model
    self.version = version
  }

  package var description: String { "\(model)@\(version)" }
}

/// A version of a registered model.
package struct MLflowModelVersion: Hashable, Sendable {
  package var key: MLflowVersionKey
  package var createdAtMs: Int64?
  /// Moved by a new description and a new stage, not by tags and aliases.
  package var updatedAtMs: Int64?
  package var user: String?
  /// `None`, `Staging`, `Production` or `Archived`.
  package var stage: String?
  /// In order.
  package var aliases: [String]
  /// Where the model was when it was registered: `models:/m-…`, `runs:/…/model`, or a folder.
  package var source: String?
  package var runID: String?
  /// Such as `READY`.
  package var status: String?
  package var description: String?
  package var tags: [String: String]
  private var modelID: String?

  /// Of the logged model that was registered, where that is said (MLflow 3).
  package var loggedModelID: String? {
    if let modelID { return modelID }
    guard let source, source.hasPrefix("models:/m-") else { return nil }
    let id = source.dropFirst("models:/".count)
    return id.contains("/") ? nil : String(id)
  }

  /// When it last changed, as far as MLflow says.
  var changedAtMs: Int64 { updatedAtMs ?? createdAtMs ?? 0 }

  init(_ message: MLflowMessage) throws(JSONError) {
    key = MLflowVersionKey(model: try message.name("name"), version: try message.name("version"))
    createdAtMs = try message.int64("creation_timestamp")
    updatedAtMs = try message.int64("last_updated_timestamp")
    user = try message.text("user_id")
    stage = try message.text("current_stage")
    aliases = try message.texts("aliases").sorted()
    source = try message.text("source")
    runID = try message.text("run_id")
    status = try message.text("status")
    description = try message.text("description")
    tags = try message.pairs("tags")
    modelID = try message.text("model_id")
  }
}
