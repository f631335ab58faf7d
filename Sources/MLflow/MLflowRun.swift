import JSON

/// What made a model, or measured it.
package struct MLflowRun: Hashable, Sendable {
  package var id: String
  package var name: String?
  package var experimentID: String?
  package var user: String?
  /// `RUNNING`, `SCHEDULED`, `FINISHED`, `FAILED` or `KILLED`.
  package var status: String?
  package var startedAtMs: Int64?
  package var endedAtMs: Int64?
  package var artifactURI: String?
  /// Whether it was deleted, and not yet removed.
  package var isDeleted: Bool
  package var parameters: [String: String]
  /// The last of each name.
  package var metrics: [MLflowMetric]
  package var tags: [String: String]
  package var inputs: [MLflowInput]

  /// Whether it still goes on, so that inputs may be added. Those of a process that died go on for ever.
  package var isOpen: Bool { status == "RUNNING" || status == "SCHEDULED" }

  package var gitCommit: String? { tags["mlflow.source.git.commit"] }

  /// `sha256:…` of the container image it ran in, where that was recorded.
  package var imageDigest: String? {
    if let id = tags["mlflow.docker.image.id"], id.hasPrefix("sha256:") { return id }
    guard let uri = tags["mlflow.docker.image.uri"], let at = uri.lastIndex(of: "@") else { return nil }
    let digest = uri[uri.index(after: at)...]
    return digest.hasPrefix("sha256:") ? String(digest) : nil
  }

  package var features: MLflowFeatures? { MLflowFeatures(tags: tags) }

  init(_ message: MLflowMessage) throws(JSONError) {
    let info = try message.required("info")
    // Its older name.
    let uuid = try info.text("run_uuid")
    guard let id = try info.text("run_id") ?? uuid else { throw JSONError("The run has no id") }
    self.id = id
    name = try info.text("run_name")
    experimentID = try info.text("experiment_id")
    user = try info.text("user_id")
    status = try info.text("status")
    startedAtMs = try info.int64("start_time")
    endedAtMs = try info.int64("end_time")
    artifactURI = try info.text("artifact_uri")
    isDeleted = try info.text("lifecycle_stage") == "deleted"
    let data = try message.message("data")
    parameters = try data?.pairs("params") ?? [:]
    metrics = try data?.list("metrics", MLflowMetric.init) ?? []
    let tags = try data?.pairs("tags") ?? [:]
    self.tags = tags
    user = user ?? tags["mlflow.user"]
    inputs = try message.message("inputs")?.list("dataset_inputs") { input throws(JSONError) in try MLflowInput(input, runID: id) } ?? []
  }
}

/// What Feast's MLflow integration says on a run or a model version of the features that were read.
package struct MLflowFeatures: Hashable, Sendable {
  package var project: String?
  package var service: String?
  package var views: [String]
  /// `view:feature`.
  package var references: [String]
  /// `historical` for training, `online` for predictions.
  package var retrieval: String?
  /// Whether a list was cut to fit into a tag, so that names are missing.
  package var isCut: Bool

  /// `nil` when they say nothing of features.
  package init?(tags: [String: String]) {
    service = tags["feast.feature_service"]
    (views, isCut) = Self.names(tags["feast.feature_views"])
    let (references, isCut) = Self.names(tags["feast.feature_refs"])
    self.references = references
    self.isCut = self.isCut || isCut
    guard service != nil || !views.isEmpty || !references.isEmpty else { return nil }
    project = tags["feast.project"]
    retrieval = tags["feast.retrieval_type"]
  }

  /// Names with commas between. What a cut left of the last one is no name.
  private static func names(_ text: String?) -> ([String], isCut: Bool) {
    guard let text else { return ([], false) }
    var names = text.split(separator: ",").map { String($0.drop { $0 == " " }) }.filter { !$0.isEmpty }
    let isCut = text.hasSuffix("...")
    if isCut { names.removeLast() }
    return (names, isCut)
  }
}
