import Foundation
import JSON
import NIOHTTP1
import Testing

@testable import MLflow

/// The client and walks against the real server.
@Suite struct MLflowServerTests {
  private static func text(_ document: JSONDocument, _ path: StaticString...) throws -> String {
    var value = document.root
    for member in path { value = try value.object().required(member) }
    return try value.string()
  }

  /// A run of the default experiment; its id.
  private static func run(_ server: MLflowServer) async throws -> String {
    try text(try await server.send("runs/create", #"{"experiment_id": "0", "start_time": 1}"#), "run", "info", "run_id")
  }

  private static func version(_ server: MLflowServer, _ model: String, source: String, run: String = "", loggedModel: String = "")
    async throws -> String
  {
    let body = #"{"name": "\#(model)", "source": "\#(source)", "run_id": "\#(run)", "model_id": "\#(loggedModel)"}"#
    return try text(try await server.send("model-versions/create", body), "model_version", "version")
  }

  private static func input(_ run: String, _ context: String, source: String) -> String {
    let quoted = String(decoding: JSONWriter.text { $0.value(source) }, as: UTF8.self)
    return #"{"run_id": "\#(run)", "datasets": [{"tags": [{"key": "mlflow.data.context", "value": "\#(context)"}], "#
      + #""dataset": {"name": "risk.loans", "digest": "\#(context)", "source_type": "iceberg", "source": \#(quoted)}}]}"#
  }

  private static let source =
    #"{"catalog_uri": "http://lake", "identifier": ["risk", "loans"], "table_uuid": "536ed8c0-35ab-4687-ab21-51060b684a21", "#
    + #""snapshot_id": "9007199254740993", "schema_id": 0}"#

  /// What walks tell of one model: others are made by other tests at the same time.
  private static func told(
    _ client: MLflowClient, of model: String, _ watermark: inout MLflowWatermark, pageSize: Int = 1_000
  ) async throws -> (models: [MLflowModel], versions: [MLflowLineage]) {
    var limits = MLflowWalk.Limits()
    limits.pageSize = pageSize
    let walk = MLflowWalk(client, limits: limits) { Int64(Date().timeIntervalSince1970 * 1_000) }
    var models: [MLflowModel] = []
    var versions: [MLflowLineage] = []
    watermark = try await walk.walk(from: watermark) { batch in
      models += batch.models.filter { $0.name == model }
      versions += batch.versions.filter { $0.version.key.model == model }
    }
    return (models, versions)
  }

  private static func with(_ body: (MLflowServer, MLflowClient) async throws -> Void) async throws {
    let server = try await MLflowServer.shared.value
    let client = MLflowClient(try MLflowAddress(server.url))
    let result: Result<Void, any Error>
    do { result = .success(try await body(server, client)) } catch { result = .failure(error) }
    await client.close()
    try result.get()
  }

  /// Registered while its run goes on, given an alias, promoted, its run deleted, deleted.
  @Test func theLifeOfAVersion() async throws {
    try await Self.with { server, client in
      let model = "credit risk & \(UUID().uuidString)"
      var watermark = MLflowWatermark()
      try await server.send("registered-models/create", #"{"name": "\#(model)"}"#)
      let run = try await Self.run(server)
      try await server.send("runs/log-inputs", Self.input(run, "training", source: Self.source))
      let number = try await Self.version(server, model, source: "runs:/\(run)/model", run: run)
      let key = MLflowVersionKey(model: model, version: number)

      let first = try await Self.told(client, of: model, &watermark)
      #expect(first.models.map(\.aliases) == [[:]] && first.versions.map(\.version.key) == [key])
      let lineage = try #require(first.versions.first)
      #expect(lineage.isOpen && lineage.run?.id == run && lineage.version.runID == run && lineage.inputs.count == 1)
      guard case .iceberg(let table)? = lineage.inputs.first?.source else {
        Issue.record("\(lineage.inputs)")
        return
      }
      #expect(table.snapshotID == 9_007_199_254_740_993 && table.namespace == ["risk"] && lineage.inputs[0].role == .train)
      #expect(try await Self.told(client, of: model, &watermark).versions.isEmpty)

      // The rest of the run.
      try await server.send("runs/log-inputs", Self.input(run, "validation", source: Self.source))
      try await server.send("runs/set-tag", #"{"run_id": "\#(run)", "key": "mlflow.source.git.commit", "value": "0f3c"}"#)
      try await server.send("runs/set-tag", #"{"run_id": "\#(run)", "key": "feast.feature_service", "value": "scoring"}"#)
      try await server.send("runs/log-metric", #"{"run_id": "\#(run)", "key": "auc", "value": 0.5, "timestamp": 1}"#)
      try await server.send("runs/update", #"{"run_id": "\#(run)", "status": "FINISHED", "end_time": 2}"#)
      let second = try #require(try await Self.told(client, of: model, &watermark).versions.first)
      #expect(!second.isOpen && Set(second.inputs.map(\.role)) == [.train, .validate] && second.gitCommit == "0f3c")
      #expect(second.metrics.map(\.value) == [0.5] && second.features?.service == "scoring")

      // An alias moves no time, a stage does.
      let alias = #"{"name": "\#(model)", "alias": "champion", "version": "\#(number)"}"#
      try await server.send("registered-models/alias", alias)
      let third = try await Self.told(client, of: model, &watermark)
      #expect(third.models.map(\.aliases) == [["champion": number]] && third.versions.isEmpty)
      try await server.send("model-versions/transition-stage", #"{"name": "\#(model)", "version": "\#(number)", "stage": "Production"}"#)
      let fourth = try #require(try await Self.told(client, of: model, &watermark).versions.first)
      #expect(fourth.version.stage == "Production" && fourth.version.aliases == ["champion"] && fourth.gaps.isEmpty)

      try await server.send("runs/delete", #"{"run_id": "\#(run)"}"#)
      try await server.send(.PATCH, "model-versions/update", #"{"name": "\#(model)", "version": "\#(number)", "description": "x"}"#)
      let fifth = try #require(try await Self.told(client, of: model, &watermark).versions.first)
      #expect(fifth.gaps == [.init(place: .run(run), reason: .deleted)] && fifth.inputs.count == 2 && fifth.version.description == "x")

      let walk = MLflowWalk(client) { 0 }
      #expect(try await walk.versions().contains(key))
      try await server.send(.DELETE, "model-versions/delete", #"{"name": "\#(model)", "version": "\#(number)"}"#)
      #expect(try await client.modelVersion(key) == nil)
      #expect(try await !walk.versions().contains(key))
      #expect(try await client.run(String(repeating: "0", count: 32)) == nil)
      #expect(try await client.loggedModel("m-none") == nil)
    }
  }

  /// Pages of the real list, and a logged model with a run that measured it.
  @Test func manyVersions() async throws {
    try await Self.with { server, client in
      let model = "many-\(UUID().uuidString)"
      try await server.send("registered-models/create", #"{"name": "\#(model)"}"#)
      let run = try await Self.run(server)
      let evaluation = try await Self.run(server)
      let logged = try Self.text(
        try await server.send("logged-models", #"{"experiment_id": "0", "name": "model", "source_run_id": "\#(run)"}"#),
        "model", "info", "model_id")
      try await server.send(.PATCH, "logged-models/\(logged)", #"{"model_id": "\#(logged)", "status": "LOGGED_MODEL_READY"}"#)
      try await server.send("runs/log-inputs", Self.input(evaluation, "evaluation", source: Self.source))
      let metric = #"{"run_id": "\#(evaluation)", "key": "auc", "value": 0.5, "timestamp": 1, "model_id": "\#(logged)"}"#
      try await server.send("runs/log-metric", metric)
      for id in [run, evaluation] { try await server.send("runs/update", #"{"run_id": "\#(id)", "status": "FINISHED"}"#) }
      _ = try await Self.version(server, model, source: "models:/\(logged)", loggedModel: logged)
      for _ in 0..<6 { _ = try await Self.version(server, model, source: "s3://models/x") }

      var watermark = MLflowWatermark()
      let told = try await Self.told(client, of: model, &watermark, pageSize: 2)
      #expect(told.versions.map(\.version.key.version) == (1...7).map { "\($0)" })
      let first = try #require(told.versions.first)
      #expect(first.loggedModel?.id == logged && first.run?.id == run && first.evaluations.map(\.id) == [evaluation])
      #expect(first.inputs.map(\.role) == [.validate] && first.gaps.isEmpty && !first.isOpen)
      #expect(try await Self.told(client, of: model, &watermark, pageSize: 2).versions.isEmpty)
    }
  }
}
