import AsyncHTTPClient
import Catalog
import Foundation
import JSON
import Logging
import NIOCore
import Policies
import Postgres
import PostgresTestSupport
import Testing

@testable import CatalogServer

/// What every route that changes something leaves behind, over HTTP: one event; nothing more when it is sent again under its
/// `Idempotency-Key`; nothing when it is refused.
@Suite(.serialized) struct RouteTrailTests {
  struct Step {
    let operationID: String
    let method: String
    let path: String
    var body = ""
    /// The event's action; `nil` for what leaves none.
    let action: String?
    /// A request of the same operation that is refused.
    let refused: (path: String, body: String)
    /// The answer's member that is in the first answer alone.
    let secret: String?
    /// Whether it is asked by the service `etl`; else by nobody.
    let asService: Bool

    init(
      _ operationID: String, _ method: String, _ path: String, _ body: String = "", action: String?, refusedAt refusedPath: String,
      _ refusedBody: String? = nil, secret: String? = nil, bearer: Bool = false
    ) {
      self.operationID = operationID
      self.method = method
      self.path = path
      self.body = body
      self.action = action
      refused = (refusedPath, refusedBody ?? body)
      self.secret = secret
      asService = bearer
    }
  }

  private static let schema = #"{"type":"struct","fields":[{"id":1,"name":"id","required":true,"type":"long"}]}"#
  private static let setProperty = #""requirements":[],"updates":[{"action":"set-properties","updates":{"k":"v"}}]"#
  private static let ns = "/v1/w/namespaces/n"
  private static let datasets = "/governance/v1/warehouses/w/namespaces/n/datasets"
  private static let away = "/v1/w/namespaces/away"
  private static func rename(_ from: String, _ to: String) -> String {
    #"{"source":{"namespace":["n"],"name":"\#(from)"},"destination":{"namespace":["n"],"name":"\#(to)"}}"#
  }
  private static let version = "/governance/v1/models/m/versions/7"
  private static func trainedOn(_ name: String) -> String {
    #"{"inputs":[{"warehouse":"w","namespace":["n"],"name":"\#(name)","role":"train"}]}"#
  }
  private static let principals = "/management/v1/principals"
  private static let governed = "/governance/v1/warehouses/w/namespaces/n/tables"
  /// A snapshot on the branch `audit`.
  private static let snapshot =
    #""requirements":[],"updates":[{"action":"add-snapshot","snapshot":{"snapshot-id":1,"sequence-number":1,"timestamp-ms":1900000000000,"manifest-list":"file:///x","summary":{"operation":"append"},"schema-id":0}},{"action":"set-snapshot-ref","ref-name":"audit","type":"branch","snapshot-id":1}]"#
  private static func transaction(_ name: String) -> String {
    #"{"table-changes":[{"identifier":{"namespace":["n"],"name":"\#(name)"},"requirements":[],"updates":[{"action":"set-properties","updates":{"k2":"v"}}]}]}"#
  }

  /// In an order that works; `{table}` and `{view}` are the metadata locations last answered.
  static let steps: [Step] = [
    Step(
      "createWarehouse", "POST", "/management/v1/warehouses", #"{"name":"w","location":"file://{folder}"}"#, action: "create-warehouse",
      refusedAt: "/management/v1/warehouses", #"{"name":"W!","location":"file:///x"}"#),
    Step(
      "createZone", "POST", "/governance/v1/warehouses/w/zones", #"{"name":"n","kind":"landing"}"#, action: "create-zone",
      refusedAt: "/governance/v1/warehouses/w/zones", #"{"name":"n","kind":"wild"}"#),
    Step(
      "updateZone", "POST", "/governance/v1/warehouses/w/zones/n", #"{"description":"As it came."}"#, action: "update-zone",
      refusedAt: "/governance/v1/warehouses/w/zones/away"),
    Step(
      "createNamespace", "POST", "/v1/w/namespaces", #"{"namespace":["n"]}"#, action: "create-namespace", refusedAt: "/v1/w/namespaces",
      #"{"namespace":["away","n"]}"#),
    Step(
      "updateProperties", "POST", "\(ns)/properties", #"{"updates":{"a":"b"}}"#, action: "update-namespace-properties",
      refusedAt: "\(away)/properties"),
    Step(
      "createTable", "POST", "\(ns)/tables", #"{"name":"t","schema":\#(schema)}"#, action: "create-table", refusedAt: "\(away)/tables"),
    Step("updateTable", "POST", "\(ns)/tables/t", "{\(setProperty)}", action: "update-table", refusedAt: "\(ns)/tables/away"),
    Step(
      "updateTableTags", "POST", "/governance/v1/warehouses/w/namespaces/n/tables/t/tags", #"{"set":{"classification":"pii"}}"#,
      action: "update-tags", refusedAt: "/governance/v1/warehouses/w/namespaces/n/tables/away/tags"),
    Step(
      "declineTag", "POST", "/governance/v1/tag-suggestions/decline",
      #"{"object":{"kind":"table","warehouse":"w","namespace":["n"],"name":"t"},"key":"domain","value":"risk","reason":"Another."}"#,
      action: "decline-tag", refusedAt: "/governance/v1/tag-suggestions/decline",
      #"{"object":{"kind":"catalog"},"key":"domain","value":"risk","reason":"Another."}"#),
    Step(
      "describeTable", "POST", "/governance/v1/warehouses/w/namespaces/n/tables/t/description",
      #"{"text":"What it is.","columns":{"id":"Its number."}}"#,
      action: "update-table", refusedAt: "/governance/v1/warehouses/w/namespaces/n/tables/t/description", #"{"columns":{"away":"?"}}"#),
    Step(
      "defineTag", "POST", "/governance/v1/tags", #"{"key":"domain","values":["risk"]}"#, action: "define-tag",
      refusedAt: "/governance/v1/tags", #"{"key":"A tag!"}"#),
    Step(
      "dropTagDefinition", "DELETE", "/governance/v1/tags/domain", action: "drop-tag-definition",
      refusedAt: "/governance/v1/tags/classification"),
    Step(
      "defineTerm", "POST", "/governance/v1/terms", #"{"name":"Loan","definition":"What is lent."}"#, action: "define-term",
      refusedAt: "/governance/v1/terms", #"{"name":"","definition":"?"}"#),
    Step(
      "linkTerm", "POST", "/governance/v1/terms/Loan/links",
      #"{"add":[{"object":{"kind":"table","warehouse":"w","namespace":["n"],"name":"t"},"column":"id"}]}"#, action: "link-term",
      refusedAt: "/governance/v1/terms/Loan/links",
      #"{"add":[{"object":{"kind":"table","warehouse":"w","namespace":["n"],"name":"t"},"column":"away"}]}"#),
    Step(
      "defineRetentionRule", "POST", "/governance/v1/retention/rules",
      #"{"rule":{"name":"keep","minimum":"1d"},"object":{"kind":"namespace","warehouse":"w","namespace":["n"]}}"#,
      action: "define-retention-rule", refusedAt: "/governance/v1/retention/rules",
      #"{"rule":{"name":"keep"},"object":{"kind":"namespace","warehouse":"w","namespace":["n"]}}"#),
    Step(
      "answerRetentionDecision", "POST", "/governance/v1/retention/decisions/{decision}", #"{"answer":"keep","comment":"Needed."}"#,
      action: "answer-retention-decision", refusedAt: "/governance/v1/retention/decisions/00000000-0000-0000-0000-000000000000"),
    Step(
      "applyRetention", "POST", "/governance/v1/retention/apply",
      #"{"object":{"kind":"table","warehouse":"w","namespace":["n"],"name":"t"}}"#, action: "apply-retention",
      refusedAt: "/governance/v1/retention/apply", #"{"object":{"kind":"table","warehouse":"w","namespace":["n"],"name":"away"}}"#),
    Step(
      "removeRetentionRule", "DELETE", "/governance/v1/retention/rules/keep", action: "remove-retention-rule",
      refusedAt: "/governance/v1/retention/rules/away"),
    Step("dropTerm", "DELETE", "/governance/v1/terms/loan", action: "drop-term", refusedAt: "/governance/v1/terms/away"),
    Step(
      "updateOwners", "POST", "/governance/v1/owners",
      #"{"object":{"kind":"namespace","warehouse":"w","namespace":["n"]},"owner":"user:ann","add":{"steward":["user:ann"]}}"#,
      action: "update-owners", refusedAt: "/governance/v1/owners",
      #"{"object":{"kind":"namespace","warehouse":"w","namespace":["n"]},"owner":"role:admin"}"#),
    Step(
      "offerOwnership", "POST", "/governance/v1/transfers",
      #"{"object":{"kind":"table","warehouse":"w","namespace":["n"],"name":"t"},"to":"user:bob"}"#, action: "offer-ownership",
      refusedAt: "/governance/v1/transfers",
      #"{"object":{"kind":"table","warehouse":"w","namespace":["n"],"name":"t"},"to":"user:nobody"}"#),
    Step(
      "answerTransfer", "POST", "/governance/v1/transfers/{transfer}", #"{"answer":"accepted"}"#, action: "answer-transfer",
      refusedAt: "/governance/v1/transfers/00000000-0000-0000-0000-000000000000"),
    Step(
      "commitTransaction", "POST", "/v1/w/transactions/commit", transaction("t"), action: "update-table",
      refusedAt: "/v1/w/transactions/commit", transaction("away")),
    Step(
      "reportMetrics", "POST", "\(ns)/tables/t/metrics",
      #"{"report-type":"scan-report","table-name":"t","snapshot-id":1,"filter":true,"schema-id":0,"projected-field-ids":[],"projected-field-names":[],"metrics":{}}"#,
      action: nil, refusedAt: "\(ns)/tables/away/metrics"),
    Step("updateTable", "POST", "\(ns)/tables/t", "{\(snapshot)}", action: "update-table", refusedAt: "\(ns)/tables/away"),
    Step(
      "applyContract", "POST", "\(governed)/t/contract", #"{"contract":{"checks":[{"name":"seen"}]}}"#, action: "apply-contract",
      refusedAt: "\(governed)/t/contract", #"{"contract":{"columns":[{"name":"away"}]}}"#),
    Step(
      "recordQuality", "POST", "\(governed)/t/quality", #"{"ref":"audit","results":[{"check":"seen","outcome":"passed"}]}"#,
      action: "record-quality", refusedAt: "\(governed)/t/quality", #"{"ref":"away","results":[{"check":"seen","outcome":"passed"}]}"#),
    Step(
      "publishTable", "POST", "\(governed)/t/publish", #"{"from":"audit"}"#, action: "publish-table",
      refusedAt: "\(governed)/t/publish", #"{"from":"away"}"#),
    Step(
      "createNamespace", "POST", "/v1/w/namespaces", #"{"namespace":["c"]}"#, action: "create-namespace", refusedAt: "/v1/w/namespaces",
      #"{"namespace":["away","n"]}"#),
    Step(
      "promoteTable", "POST", "\(governed)/t/promote", #"{"target":{"namespace":["c"],"name":"t"},"reason":"Good."}"#,
      action: "promote-table", refusedAt: "\(governed)/t/promote", #"{"target":{"namespace":["n"],"name":"u"},"reason":"Good."}"#),
    Step(
      "retireContract", "DELETE", "/governance/v1/warehouses/w/namespaces/c/tables/t/contract", action: "retire-contract",
      refusedAt: "\(governed)/away/contract"),
    Step(
      "renameTable", "POST", "/v1/w/tables/rename",
      #"{"source":{"namespace":["c"],"name":"t"},"destination":{"namespace":["n"],"name":"t"}}"#, action: "rename-table",
      refusedAt: "/v1/w/tables/rename", rename("away", "x")),
    Step("dropNamespace", "DELETE", "/v1/w/namespaces/c", action: "drop-namespace", refusedAt: away),
    Step(
      "renameTable", "POST", "/v1/w/tables/rename", rename("t", "t2"), action: "rename-table", refusedAt: "/v1/w/tables/rename",
      rename("away", "x")),
    Step("unregisterTable", "POST", "\(ns)/tables/t2/unregister", action: "unregister-table", refusedAt: "\(ns)/tables/away/unregister"),
    Step(
      "registerTable", "POST", "\(ns)/register", #"{"name":"r","metadata-location":"{table}"}"#, action: "register-table",
      refusedAt: "\(ns)/register", #"{"name":"r2","metadata-location":"{table}x"}"#),
    Step(
      "createView", "POST", "\(ns)/views",
      #"{"name":"v","schema":\#(schema),"view-version":{"version-id":1,"timestamp-ms":1,"schema-id":0,"summary":{},"default-namespace":["n"],"representations":[{"type":"sql","sql":"SELECT 1","dialect":"spark"}]},"properties":{}}"#,
      action: "create-view", refusedAt: "\(away)/views"),
    Step(
      "updateViewTags", "POST", "/governance/v1/warehouses/w/namespaces/n/views/v/tags", #"{"set":{"classification":"pii"}}"#,
      action: "update-tags", refusedAt: "/governance/v1/warehouses/w/namespaces/n/views/away/tags"),
    Step("replaceView", "POST", "\(ns)/views/v", "{\(setProperty)}", action: "replace-view", refusedAt: "\(ns)/views/away"),
    Step(
      "renameView", "POST", "/v1/w/views/rename", rename("v", "v2"), action: "rename-view", refusedAt: "/v1/w/views/rename",
      rename("away", "x")),
    Step(
      "applyPolicySet", "POST", "/governance/v1/policy-sets", #"{"files":{"a.cedar":"{policies}"},"comment":"Commented."}"#,
      action: "apply-policies", refusedAt: "/governance/v1/policy-sets", #"{"files":{"a.cedar":"permit ("}}"#),
    Step(
      "grantPrivilege", "POST", "/governance/v1/grants",
      #"{"principal":"user:ann","privilege":"read","object":{"kind":"view","warehouse":"w","namespace":["n"],"name":"v2"}}"#,
      action: "grant", refusedAt: "/governance/v1/grants", #"{"principal":"user:ann","privilege":"fly","object":{"kind":"catalog"}}"#),
    Step(
      "revokeGrant", "DELETE", "/governance/v1/grants/{grant}", action: "revoke",
      refusedAt: "/governance/v1/grants/00000000-0000-0000-0000-000000000000"),
    Step("dropView", "DELETE", "\(ns)/views/v2", action: "drop-view", refusedAt: "\(ns)/views/away"),
    Step(
      "registerView", "POST", "\(ns)/register-view", #"{"name":"w","metadata-location":"{view}"}"#, action: "register-view",
      refusedAt: "\(ns)/register-view", #"{"name":"w2","metadata-location":"{view}x"}"#),
    Step("dropView", "DELETE", "\(ns)/views/w", action: "drop-view", refusedAt: "\(ns)/views/away"),
    Step("dropTable", "DELETE", "\(ns)/tables/r", action: "drop-table", refusedAt: "\(ns)/tables/away"),
    Step(
      "registerDataset", "POST", datasets, #"{"name":"d","format":"files","location":"file://{folder}/files"}"#,
      action: "register-dataset", refusedAt: datasets, #"{"name":"d2","format":"files","location":"file://{folder}/a/../b"}"#),
    Step(
      "updateDataset", "POST", "\(datasets)/d", #"{"description":"Scans"}"#, action: "update-dataset", refusedAt: "\(datasets)/away"),
    Step(
      "updateDatasetTags", "POST", "\(datasets)/d/tags", #"{"set":{"classification":"pii"}}"#, action: "update-tags",
      refusedAt: "\(datasets)/away/tags"),
    Step(
      "renameDataset", "POST", "\(datasets)/d/rename", #"{"name":"e"}"#, action: "rename-dataset", refusedAt: "\(datasets)/away/rename"),
    Step("startIndex", "POST", "\(datasets)/e/index", action: "start-index", refusedAt: "\(datasets)/away/index"),
    Step("freezeFileSet", "POST", "\(datasets)/e/snapshots", action: "freeze-file-set", refusedAt: "\(datasets)/away/snapshots"),
    Step(
      "updateObjectTags", "POST", "\(datasets)/e/objects/tags", #"{"objects":[{"key":"a.txt","set":{"label":"cat"}}]}"#,
      action: "update-object-tags", refusedAt: "\(datasets)/e/objects/tags", #"{"objects":[{"key":"away","set":{"label":"cat"}}]}"#),
    Step(
      "createModel", "POST", "/governance/v1/models", #"{"name":"m","purpose":"Scores."}"#, action: "create-model",
      refusedAt: "/governance/v1/models", #"{"name":"a model","purpose":"Scores."}"#),
    Step(
      "updateModel", "POST", "/governance/v1/models/m", #"{"risk-tier":"limited"}"#, action: "update-model",
      refusedAt: "/governance/v1/models/m", #"{"risk-tier":"wild"}"#),
    Step(
      "createModelVersion", "POST", "/governance/v1/models/m/versions", #"{"version":"7"}"#, action: "create-model-version",
      refusedAt: "/governance/v1/models/away/versions"),
    Step(
      "updateModelVersion", "POST", "\(version)", #"{"stage":"production"}"#, action: "update-model-version",
      refusedAt: "\(version)", #"{"stage":"retired"}"#),
    Step(
      "bindTrainingInputs", "POST", "\(version)/inputs", trainedOn("e"), action: "bind-training-input", refusedAt: "\(version)/inputs",
      trainedOn("away")),
    Step(
      "verifyModelVersion", "POST", "\(version)/verify", #"{}"#, action: "verify-model-version", refusedAt: "\(version)/verify",
      #"{"page-token":"00"}"#),
    Step(
      "withdrawTrainingInput", "POST", "\(version)/inputs/{input}/withdraw", #"{"reason":"Another one."}"#,
      action: "withdraw-training-input", refusedAt: "\(version)/inputs/00000000-0000-0000-0000-000000000000/withdraw"),
    Step(
      "approveModelVersion", "POST", "\(version)/approvals", #"{"decision":"approved"}"#, action: "approve-model-version",
      refusedAt: "\(version)/approvals", #"{"decision":"perhaps"}"#),
    Step(
      "captureModelVersion", "POST", "/governance/v1/model-captures",
      #"{"model":"m","version":"8","run":"app-1","inputs":[{"warehouse":"w","namespace":["n"],"name":"e"}]}"#,
      action: "capture-model-version", refusedAt: "/governance/v1/model-captures",
      #"{"model":"m","version":"9","inputs":[{"warehouse":"w","namespace":["n"],"name":"away"}]}"#),
    Step(
      "retireModelVersion", "POST", "\(version)/retire", #"{"reason":"Replaced."}"#, action: "retire-model-version",
      refusedAt: "\(version)/retire", #"{"reason":""}"#),
    Step(
      "createModel", "POST", "/governance/v1/models", #"{"name":"m2","purpose":"Scores."}"#, action: "create-model",
      refusedAt: "/governance/v1/models", #"{"name":"m","purpose":"Scores."}"#),
    Step("dropModel", "DELETE", "/governance/v1/models/m2", action: "drop-model", refusedAt: "/governance/v1/models/m"),
    Step(
      "placeHold", "POST", "/governance/v1/holds",
      #"{"name":"case","reason":"Litigation","authority":"Court","objects":[{"kind":"dataset","warehouse":"w","namespace":["n"],"name":"e"}]}"#,
      action: "place-hold", refusedAt: "/governance/v1/holds",
      #"{"name":"case2","reason":"Litigation","authority":"Court","objects":[{"kind":"catalog"}]}"#),
    Step(
      "releaseHold", "POST", "/governance/v1/holds/case/release", #"{"reason":"Settled."}"#, action: "release-hold",
      refusedAt: "/governance/v1/holds/away/release"),
    Step(
      "registerDataset", "POST", datasets, #"{"name":"l","format":"delta","location":"file://{folder}/delta"}"#,
      action: "register-dataset", refusedAt: datasets, #"{"name":"l2","format":"delta"}"#),
    Step("refreshDataset", "POST", "\(datasets)/l/refresh", action: "refresh-dataset", refusedAt: "\(datasets)/e/refresh"),
    Step("dropDataset", "DELETE", "\(datasets)/l", action: "drop-dataset", refusedAt: "\(datasets)/away"),
    Step("dropDataset", "DELETE", "\(datasets)/e", action: "drop-dataset", refusedAt: "\(datasets)/away"),
    Step(
      "importFeatures", "POST", "/governance/v1/warehouses/w/feature-imports",
      #"{"registry":{"project":"shop","featureViews":[{"spec":{"name":"f","features":[{"name":"x"}]}}]},"namespace":["n"]}"#,
      action: "register-dataset", refusedAt: "/governance/v1/warehouses/w/feature-imports", #"{"registry":{},"namespace":["n"]}"#),
    Step(
      "importFeatures", "POST", "/governance/v1/warehouses/w/feature-imports",
      #"{"registry":{"project":"shop"},"namespace":["n"],"prune":true}"#, action: "drop-dataset",
      refusedAt: "/governance/v1/warehouses/away/feature-imports"),
    Step("dropNamespace", "DELETE", ns, action: "drop-namespace", refusedAt: away),
    Step(
      "createPrincipal", "POST", "\(principals)", #"{"kind":"service","name":"etl"}"#, action: "create-principal",
      refusedAt: principals, #"{"kind":"service","name":"server"}"#),
    Step(
      "updatePrincipal", "POST", "\(principals)/service/etl", #"{"description":"Nightly loads"}"#, action: "update-principal",
      refusedAt: "\(principals)/service/away"),
    Step(
      "addMember", "POST", "\(principals)/role/data_scientist/members", #"{"kind":"service","name":"etl"}"#, action: "add-member",
      refusedAt: "\(principals)/service/etl/members"),
    Step(
      "createMLflowServer", "POST", "/governance/v1/mlflow",
      #"{"name":"prod","tracking-url":"https://mlflow.invalid","principal":"service:etl"}"#, action: "create-mlflow-server",
      refusedAt: "/governance/v1/mlflow", #"{"name":"inside","tracking-url":"https://127.0.0.1","principal":"service:etl"}"#),
    Step(
      "pollMLflowServer", "POST", "/governance/v1/mlflow/prod/poll", #"{"all":true}"#, action: "poll-mlflow-server",
      refusedAt: "/governance/v1/mlflow/away/poll"),
    Step(
      "dropMLflowServer", "DELETE", "/governance/v1/mlflow/prod", action: "drop-mlflow-server", refusedAt: "/governance/v1/mlflow/away"),
    Step(
      "removeMember", "DELETE", "\(principals)/role/data_scientist/members/service/etl", action: "remove-member",
      refusedAt: "\(principals)/role/analyst/members/service/etl"),
    Step(
      "createClient", "POST", "/management/v1/clients", #"{"service":"etl"}"#, action: "create-client",
      refusedAt: "/management/v1/clients", #"{"service":"away"}"#, secret: "secret"),
    Step(
      "updateClient", "POST", "/management/v1/clients/etl", #"{"is-enabled":true}"#, action: "update-client",
      refusedAt: "/management/v1/clients/away"),
    Step(
      "addClientSecret", "POST", "/management/v1/clients/etl/secrets", "{}", action: "add-client-secret",
      refusedAt: "/management/v1/clients/away/secrets", secret: "secret"),
    Step(
      "dropClientSecret", "DELETE", "/management/v1/clients/etl/secrets/{secret}", action: "drop-client-secret",
      refusedAt: "/management/v1/clients/away/secrets/{secret}"),
    Step(
      "createToken", "POST", "/management/v1/tokens", #"{"description":"Laptop"}"#, action: "create-token",
      refusedAt: "/management/v1/tokens", #"{"lifetime-seconds":1}"#, secret: "token", bearer: true),
    Step(
      "revokeToken", "DELETE", "/management/v1/tokens/{token-id}", action: "revoke-token",
      refusedAt: "/management/v1/tokens/away", bearer: true),
    Step(
      "dropClient", "DELETE", "/management/v1/clients/etl", action: "drop-client", refusedAt: "/management/v1/clients/away"),
    Step(
      "createPrincipal", "POST", principals, #"{"kind":"user","name":"alice"}"#, action: "create-principal",
      refusedAt: principals, #"{"kind":"user","name":"A!"}"#),
    Step("dropPrincipal", "DELETE", "\(principals)/user/alice", action: "drop-principal", refusedAt: "\(principals)/role/admin"),
    Step(
      "createWebhook", "POST", "/governance/v1/webhooks", #"{"name":"hook","url":"https://receiver.invalid/x","is-enabled":false}"#,
      action: "create-webhook", refusedAt: "/governance/v1/webhooks", #"{"name":"hook2","url":"https://127.0.0.1/"}"#, secret: "secret"),
    Step(
      "updateWebhook", "POST", "/governance/v1/webhooks/hook", #"{"actions":["drop-table"]}"#, action: "update-webhook",
      refusedAt: "/governance/v1/webhooks/away"),
    Step(
      "dropWebhook", "DELETE", "/governance/v1/webhooks/hook", action: "drop-webhook", refusedAt: "/governance/v1/webhooks/away"),
    Step(
      "postRunEvent", "POST", "/api/v1/lineage", #"{"eventTime":"2026-05-03T12:00:00Z","producer":"p","job":{"namespace":"n","name":"j"}}"#,
      action: nil, refusedAt: "/api/v1/lineage", #"{"eventTime":"2026-05-03T12:00:00Z","producer":"p"}"#),
    Step(
      "postEventBatch", "POST", "/api/v1/lineage/batch", "[]", action: nil, refusedAt: "/api/v1/lineage/batch",
      #"[{"eventTime":"2026-05-03T12:00:00Z","producer":"p"}]"#),
    Step("dropWarehouse", "DELETE", "/management/v1/warehouses/w", action: "drop-warehouse", refusedAt: "/management/v1/warehouses/away"),
  ]

  @Test func everyMutatingRouteIsTried() {
    #expect(Set(Self.steps.map(\.operationID)) == Set(OpenAPITests.served().filter(\.isMutation).map(\.operationID)))
  }

  @Test func everyMutatingRouteLeavesOneEventAndARefusalNone() async throws {
    try await RunningServer.with { server in
      var places: [String: String] = ["folder": server.folder]
      let policies = JSONWriter.text { $0.value(String(decoding: initialPolicies, as: UTF8.self) + "// Nothing else.\n") }
      places["policies"] = String(decoding: policies.dropFirst().dropLast(), as: UTF8.self)
      try await server.database.pool.run { connection in
        for name in ["ann", "bob"] {
          _ = try connection.execute("INSERT INTO principals (id, kind, name) VALUES (\(PostgresUUID.random()), 'user', \(name))")
        }
      }
      try FileManager.default.createDirectory(atPath: "\(server.folder)/files", withIntermediateDirectories: true)
      try Data("a".utf8).write(to: URL(filePath: "\(server.folder)/files/a.txt"))
      func filled(_ text: String) -> String { places.reduce(text) { $0.replacingOccurrences(of: "{\($1.key)}", with: $1.value) } }
      for step in Self.steps {
        let before = try await server.actions()
        let token = step.asService ? try await server.token(client: "etl", secret: #require(places["shown"])) : nil
        let refusal = try await server.send(step.method, filled(step.refused.path), filled(step.refused.body), token: token)
        #expect((400..<500).contains(refusal.status), "\(step.operationID) \(refusal)")
        #expect(try await server.actions() == before, "\(step.operationID) refused")

        let key = UUID().uuidString
        let (path, body) = (filled(step.path), filled(step.body))
        let first = try await server.send(step.method, path, body, key: key, token: token)
        #expect((200..<300).contains(first.status), "\(step.operationID) \(first)")
        let expected = before + (step.action.map { [$0] } ?? [])
        #expect(try await server.actions() == expected, "\(step.operationID)")
        let second = try await server.send(step.method, path, body, key: key, token: token)
        #expect(second.status == first.status, "\(step.operationID) again: \(second)")
        let answer = try? JSONDocument(parsing: Array(first.body.utf8)).root.object()
        if let member = step.secret {
          let found = try #require(answer?.first { $0.key == member })
          let secret = try found.value.string()
          #expect(second.body == first.body.replacing(",\"\(member)\":\"\(secret)\"", with: ""), "\(step.operationID) again")
          if member == "secret", places["shown"] == nil { places["shown"] = secret }
          places[member == "secret" ? "secret" : "token-id"] = try answer?.required("id").string()
        } else {
          #expect(second.body == first.body, "\(step.operationID) again")
        }
        #expect(try await server.actions() == expected, "\(step.operationID) again")
        if step.action != nil {
          let misused = try await server.send(
            step.method, filled(step.refused.path), filled(step.refused.body), key: key, token: token)
          #expect(misused.status == 422, "\(step.operationID) with the key of another request: \(misused)")
        }
        if step.operationID == "defineRetentionRule" { places["decision"] = try await server.openRetentionDecision() }
        if ["startIndex", "registerDataset", "refreshDataset"].contains(step.operationID) { try await server.awaitJobs() }
        if let location = try answer?.optional("metadata-location")?.string() {
          places[step.operationID.hasSuffix("View") ? "view" : "table"] = location
        }
        if step.operationID == "bindTrainingInputs" {
          let bound = try await JSONDocument(parsing: Array(server.send("GET", Self.version).body.utf8)).root.object()
          places["input"] = try bound.required("inputs").array().map { try $0.object() }.first?.required("id").string()
        }
        if step.operationID == "offerOwnership" { places["transfer"] = try answer?.required("id").string() }
        if let grant = try answer?.optional("grant")?.object() { places["grant"] = try grant.required("id").string() }
      }
    }
  }

  /// Values that Postgres cannot hold are the caller's mistake, and never a 5xx, which means "outcome unknown" to clients.
  @Test func valuesThatCannotBeStoredAreRefused() async throws {
    try await RunningServer.with { server in
      _ = try await server.send("POST", "/management/v1/warehouses", #"{"name":"w","location":"file://\#(server.folder)"}"#)
      _ = try await server.send("POST", "/v1/w/namespaces", #"{"namespace":["n"]}"#)
      _ = try await server.send("POST", "\(Self.ns)/tables", #"{"name":"t","schema":\#(Self.schema)}"#)
      func snapshot(_ fields: String) -> String {
        #"{"requirements":[],"updates":[{"action":"add-snapshot","snapshot":{"snapshot-id":1,"sequence-number":1,"timestamp-ms":1900000000000,\#(fields)}}]}"#
      }
      let long = String(repeating: "x", count: 300)
      let requests: [(String, String, String)] = [
        ("GET", "/v1/%00/namespaces", ""), ("GET", "/v1/config?warehouse=%00", ""), ("GET", "/management/v1/warehouses/%00", ""),
        ("DELETE", "/management/v1/warehouses/%00", ""), ("GET", "/v1/w/namespaces/%00", ""), ("GET", "\(Self.ns)/tables/%00", ""),
        ("POST", "\(Self.ns)/tables/t", snapshot(#""manifest-list":"file:///x\u0000","summary":{"operation":"append"},"schema-id":0"#)),
        ("POST", "\(Self.ns)/tables/t", snapshot(#""manifest-list":"file:///x","summary":{"operation":"\u0000"},"schema-id":0"#)),
        (
          "POST", "\(Self.ns)/tables/t/metrics",
          #"{"report-type":"scan-report","table-name":"t","snapshot-id":1,"filter":true,"schema-id":0,"projected-field-ids":[],"projected-field-names":[],"metrics":{},"metadata":{"engine-name":"\u0000"}}"#
        ),
        ("POST", "\(Self.ns)/tables", #"{"name":"l","schema":\#(Self.schema),"location":"file://\#(server.folder)/\#(long)"}"#),
        ("POST", "/v1/w/namespaces", #"{"namespace":["\u0000"]}"#),
        (
          "POST", "/governance/v1/warehouses/w/feature-imports",
          #"{"registry":{"project":"n","featureViews":[{"spec":{"name":"v","tags":{"\u0000":"x"}}}]}}"#
        ),
        (
          "POST", "/governance/v1/warehouses/w/feature-imports",
          #"{"registry":{"project":"n","featureViews":[{"spec":{"name":"v\u001fw"}}]}}"#
        ),
        (
          "POST", "/governance/v1/warehouses/w/feature-imports",
          #"{"registry":{"project":"n","featureServices":[{"spec":{"name":"v","description":"\u0000"}}]}}"#
        ),
      ]
      for (method, path, body) in requests {
        let events = try await server.actions()
        let reply = try await server.send(method, path, body)
        #expect((400..<500).contains(reply.status), "\(method) \(path) \(body): \(reply)")
        #expect(try await server.actions() == events)
      }
    }
  }
}
