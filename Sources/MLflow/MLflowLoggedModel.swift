import JSON

/// A model as a run made it, before or without a name in the registry (MLflow 3).
package struct MLflowLoggedModel: Hashable, Sendable {
  package var id: String
  package var name: String?
  package var experimentID: String?
  package var createdAtMs: Int64?
  package var updatedAtMs: Int64?
  package var artifactURI: String?
  /// Such as `LOGGED_MODEL_READY`.
  package var status: String?
  package var sourceRunID: String?
  package var tags: [String: String]
  package var parameters: [String: String]
  /// Also those that other runs measured of it.
  package var metrics: [MLflowMetric]

  init(_ message: MLflowMessage) throws(JSONError) {
    let info = try message.required("info")
    id = try info.name("model_id")
    name = try info.text("name")
    experimentID = try info.text("experiment_id")
    createdAtMs = try info.int64("creation_timestamp_ms")
    updatedAtMs = try info.int64("last_updated_timestamp_ms")
    artifactURI = try info.text("artifact_uri")
    status = try info.text("status")
    sourceRunID = try info.text("source_run_id")
    tags = try info.pairs("tags")
    let data = try message.message("data")
    parameters = try data?.pairs("params") ?? [:]
    metrics = try data?.list("metrics", MLflowMetric.init) ?? []
  }
}

/// A number that was measured.
package struct MLflowMetric: Hashable, Sendable {
  package var name: String
  package var value: Double
  package var measuredAtMs: Int64?
  package var step: Int64?
  /// Of the run that measured it, where that is said.
  package var runID: String?
  /// What it was measured on.
  package var datasetName: String?
  package var datasetDigest: String?

  init(_ message: MLflowMessage) throws(JSONError) {
    name = try message.name("key")
    value = try message.double("value") ?? 0
    measuredAtMs = try message.int64("timestamp")
    step = try message.int64("step")
    runID = try message.text("run_id")
    datasetName = try message.text("dataset_name")
    datasetDigest = try message.text("dataset_digest")
  }
}
