import JSON
import Testing

@testable import MLflow

/// What is read from answers of a real server.
@Suite struct MLflowReadingTests {
  @Test func aRun() throws {
    let run = try Fixture.run("run")
    #expect(run.name == "training" && run.status == "FINISHED" && !run.isOpen && !run.isDeleted && run.user == "root")
    let (started, ended) = (try #require(run.startedAtMs), try #require(run.endedAtMs))
    #expect(started < ended)
    #expect(run.parameters == ["C": "0.5", "solver": "lbfgs"])
    let metrics = Dictionary(uniqueKeysWithValues: run.metrics.map { ($0.name, $0.value) })
    #expect(metrics.count == 5 && metrics["auc"] == 0.75 && metrics["rows"] == 3 && metrics["nothing"]?.isNaN == true)
    // SQLite's stand-ins.
    #expect(metrics["much"] == .greatestFiniteMagnitude && metrics["little"] == -.greatestFiniteMagnitude)
    #expect(run.gitCommit == "0f3c1a" && run.imageDigest == "sha256:9d2f")
    let features = try #require(run.features)
    #expect(features.service == "scoring" && features.views == ["customer_payments", "customer_balances"] && features.project == "credit")
    #expect(features.references == ["customer_payments:total", "customer_balances:balance"] && features.retrieval == "historical")
    #expect(!features.isCut)
  }

  @Test func itsInputs() throws {
    let run = try Fixture.run("run")
    #expect(run.inputs.allSatisfy { $0.runID == run.id })
    #expect(run.inputs.map(\.name) == ["risk.loans", "risk.loans", "web", "delta", "spark", "local", "s3"])
    #expect(run.inputs.map(\.role) == [.train, .validate, .test, .validate, .reference, nil, .train])
    #expect(run.inputs.map(\.sourceType) == ["iceberg", "iceberg", "http", "delta_table", "spark", "local", "s3"])
    #expect(run.inputs.map(\.source.isExact) == [true, true, false, false, false, false, false])
    #expect(run.inputs.map(\.digest.utf8.count).prefix(2) == [32, 32] && run.inputs[0].digest != run.inputs[1].digest)
    let places = run.inputs.dropFirst(2).map { input -> MLflowLocation? in
      if case .location(let place) = input.source { place } else { nil }
    }
    #expect(places.map(\.?.kind) == [.path, .path, .table, .path, .path])
    #expect(
      places.map(\.?.value)
        == [
          "https://example.com/loans.csv", "s3://lake/delta/loans", "curated.loans", "/home/mlflow/loans.csv",
          "s3://lake/files/loans.parquet",
        ])
    #expect(places.map(\.?.version) == [nil, "7", nil, nil, nil])
  }

  @Test func snapshotsExactly() throws {
    let run = try Fixture.run("run")
    guard case .iceberg(let scan) = run.inputs[0].source, case .iceberg(let table) = run.inputs[1].source else {
      Issue.record("no Iceberg sources")
      return
    }
    #expect(scan.namespace == ["risk"] && scan.name == "loans" && scan.reference == "main" && table.reference == "holdout")
    #expect(scan.rowFilter == #"{"term": "id", "type": "lt", "value": 4}"# && scan.columns == ["amount", "bad"] && scan.limit == nil)
    #expect(table.rowFilter == nil && table.columns == nil && table.isCaseSensitive && table.schemaID == 0)
    #expect(scan.tableUUID == table.tableUUID && scan.snapshotID == table.snapshotID && scan.metadataLocation == nil)
    #expect(table.metadataLocation?.hasSuffix(".metadata.json") == true && scan.catalogURI == "sqlite:////home/mlflow/catalog.db")
    // Its digits as they stand in the file.
    let text = String(decoding: try Fixture.bytes("run"), as: UTF8.self)
    #expect(text.contains(#"\"snapshot_id\": \"\#(scan.snapshotID)\""#))
  }

  @Test func aVersionAndItsLoggedModel() throws {
    let version = try Fixture.answer("version").read { message throws(JSONError) in
      try MLflowModelVersion(try message.required("model_version"))
    }
    #expect(version.key == MLflowVersionKey(model: "credit-risk", version: "1") && version.stage == "Production" && version.user == nil)
    #expect(version.aliases == ["champion"] && version.tags == ["validated": "yes"] && version.status == "READY")
    let (created, updated) = (try #require(version.createdAtMs), try #require(version.updatedAtMs))
    #expect(created < updated && version.description == nil)
    let model = try Fixture.answer("logged-model").read { message throws(JSONError) in try MLflowLoggedModel(try message.required("model"))
    }
    #expect(version.loggedModelID == model.id && version.runID == model.sourceRunID && model.status == "LOGGED_MODEL_READY")
    #expect(model.parameters == ["C": "0.5", "solver": "lbfgs"])
    let evaluation = try Fixture.run("run-evaluation")
    let measured = try #require(model.metrics.first { $0.name == "accuracy" })
    #expect(measured.runID == evaluation.id && measured.datasetName == "holdout" && measured.datasetDigest == evaluation.inputs[0].digest)
    #expect(evaluation.inputs.map(\.role) == [.validate])
    let elsewhere = try Fixture.answer("version-elsewhere").read { message throws(JSONError) in
      try MLflowModelVersion(try message.required("model_version"))
    }
    #expect(elsewhere.runID == nil && elsewhere.loggedModelID == nil && elsewhere.source == "s3://lake/models/other")
    #expect(elsewhere.description == "Brought from elsewhere" && elsewhere.aliases == ["newest"])
  }

  @Test func lists() throws {
    let models = try Fixture.answer("registered-models").read { message throws(JSONError) in
      try message.list("registered_models", MLflowModel.init)
    }
    #expect(models.map(\.name) == ["credit-risk", "empty"] && models[0].aliases == ["champion": "1", "newest": "3"])
    #expect(models[1].tags == ["team": "risk"] && models[1].aliases.isEmpty)
    let pages = try ["versions-1", "versions-2"].map {
      try Fixture.answer($0).read { message throws(JSONError) in try message.list("model_versions", MLflowModelVersion.init) }
    }
    #expect(pages.map { $0.map(\.key.version) } == [["1", "3"], ["2"]])
  }

  @Test func whatIsMissingAndDeleted() throws {
    #expect(try Fixture.run("run-deleted").isDeleted)
    for name in ["run-missing", "version-missing", "logged-model-missing"] {
      let answer = try Fixture.answer(name, status: 404)
      #expect(answer.errorCode == "RESOURCE_DOES_NOT_EXIST" && answer.message.contains("not found"))
    }
  }
}

/// Sources that others write, and what is wrong with some.
@Suite struct MLflowSourceTests {
  private static let good = #"""
    {"catalog_uri": "https://lake/", "warehouse": "main", "identifier": ["a.b", "c", "t"],
    "table_uuid": "536ED8C0-35ab-4687-ab21-51060b684a21", "snapshot_id": "9223372036854775807", "schema_id": 3,
    "case_sensitive": false, "limit": 10, "selected_fields": [], "row_filter": {"type": "in", "term": "x", "values": [1, 2]}}
    """#

  @Test func theLargestSnapshotId() throws {
    guard case .iceberg(let source) = Fixture.source("iceberg", Self.good) else {
      Issue.record("not read")
      return
    }
    #expect(source.snapshotID == .max && source.namespace == ["a.b", "c"] && source.name == "t" && source.schemaID == 3)
    #expect(source.tableUUID == "536ed8c0-35ab-4687-ab21-51060b684a21" && source.reference == nil && !source.isCaseSensitive)
    #expect(source.limit == 10 && source.columns == [] && source.rowFilter?.contains("[1, 2]") == true)
    let asNumber = Self.good.replacing(#""9223372036854775807""#, with: "9007199254740993")
    guard case .iceberg(let exact) = Fixture.source("iceberg", asNumber) else {
      Issue.record("not read")
      return
    }
    #expect(exact.snapshotID == 9_007_199_254_740_993)
  }

  @Test(arguments: [
    ("snapshot_id", #""snapshot_id": "9223372036854775808""#), ("snapshot_id", #""snapshot_id": 1.5"#), ("snapshot_id", #""x": 1"#),
    ("table_uuid", #""table_uuid": """#), ("schema_id", #""schema_id": "x""#), ("identifier", #""identifier": ["t"]"#),
    ("identifier", #""identifier": "a.t""#),
  ])
  func whatIsNotExactIsNotTakenForIt(_ member: String, _ wrong: String) throws {
    let text = Self.good.replacing(try Regex(#""\#(member)": (\[[^\]]*\]|[^,]*)"#), with: wrong)
    #expect(text != Self.good)
    guard case .unknown(let reason) = Fixture.source("iceberg", text) else {
      Issue.record("taken for \(Fixture.source("iceberg", text))")
      return
    }
    #expect(reason.hasPrefix("the source cannot be read: "))
  }

  @Test(arguments: [
    ("http", #"{"url": "https://user:secret@host:8080/a/b.csv?token=secret#secret"}"#, "https://host:8080/a/b.csv", nil, "path"),
    ("s3", #"{"uri": "s3://bucket/a@b?c"}"#, "s3://bucket/a@b?c", nil, "path"),
    ("delta_table", #"{"delta_table_name": "main.risk.loans", "delta_table_version": 12}"#, "main.risk.loans", "12", "table"),
    ("spark", #"{"sql": "SELECT 1"}"#, "SELECT 1", nil, "query"), ("spark", #"{"path": "/data/x"}"#, "/data/x", nil, "path"),
    ("hugging_face", #"{"path": "imdb", "config_name": null, "revision": "abc", "split": "train"}"#, "imdb", "abc", "path"),
    ("uc_volume", #"{"path": "/Volumes/a"}"#, "/Volumes/a", nil, "path"), ("of tomorrow", #"{"uri": "gs://x"}"#, "gs://x", nil, "path"),
  ])
  func placesOfOtherSources(_ type: String, _ text: String, _ value: String, _ version: String?, _ kind: String) throws {
    guard case .location(let place) = Fixture.source(type, text) else {
      Issue.record("no place")
      return
    }
    #expect(place.value == value && place.version == version && place.kind.rawValue == kind)
  }

  @Test(arguments: [("code", #"{"tags": {"mlflow.user": "x"}}"#), ("http", "{}"), ("http", ""), ("http", "[]"), ("http", "{\"url\": 3}")])
  func sourcesThatSayNoPlace(_ type: String, _ text: String) {
    guard case .unknown = Fixture.source(type, text) else {
      Issue.record("taken for a place")
      return
    }
  }

  @Test func listsOfFeaturesThatWereCut() throws {
    let cut = try #require(MLflowFeatures(tags: ["feast.feature_views": "a, b,cus...", "feast.feature_refs": "a:x,b:y"]))
    #expect(cut.views == ["a", "b"] && cut.isCut && cut.references == ["a:x", "b:y"] && cut.service == nil)
    #expect(MLflowFeatures(tags: ["feast.project": "credit", "other": "x"]) == nil)
  }

  @Test func digestsOfImages() throws {
    for (tags, digest) in [
      (#"{"key": "mlflow.docker.image.uri", "value": "host:5000/a/b@sha256:77"}"#, "sha256:77"),
      (#"{"key": "mlflow.docker.image.uri", "value": "host:5000/a/b:latest"}"#, nil),
      (#"{"key": "mlflow.docker.image.id", "value": "sha256:5"}, {"key": "mlflow.docker.image.uri", "value": "a@sha256:6"}"#, "sha256:5"),
    ] as [(String, String?)] {
      let text = #"{"info": {"run_uuid": "1", "start_time": "12"}, "data": {"tags": [\#(tags)]}}"#
      let run = try MLflowRun(MLflowMessage(JSONDocument(parsing: text).root))
      #expect(run.imageDigest == digest && run.startedAtMs == 12 && run.id == "1" && run.inputs.isEmpty)
    }
  }
}
