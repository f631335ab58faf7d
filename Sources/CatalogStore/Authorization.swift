/// What may be asked of the catalog. The raw value is what audit events say.
package enum CatalogAction: String, Sendable, CaseIterable {
  case listWarehouses = "list-warehouses"
  case createWarehouse = "create-warehouse"
  case loadWarehouse = "load-warehouse"
  case dropWarehouse = "drop-warehouse"

  case listZones = "list-zones"
  case createZone = "create-zone"
  case loadZone = "load-zone"
  case updateZone = "update-zone"

  case listNamespaces = "list-namespaces"
  case createNamespace = "create-namespace"
  case loadNamespace = "load-namespace"
  case dropNamespace = "drop-namespace"
  case updateNamespaceProperties = "update-namespace-properties"

  case listTables = "list-tables"
  case createTable = "create-table"
  case registerTable = "register-table"
  case loadTable = "load-table"
  case updateTable = "update-table"
  case dropTable = "drop-table"
  case purgeTable = "purge-table"
  case unregisterTable = "unregister-table"
  case renameTable = "rename-table"
  case reportMetrics = "report-metrics"
  case loadCredentials = "load-credentials"
  case signRequest = "sign-request"
  /// Not asked for: what an event says when keys are handed out.
  case vendCredentials = "vend-credentials"

  case listViews = "list-views"
  case createView = "create-view"
  case registerView = "register-view"
  case loadView = "load-view"
  case replaceView = "replace-view"
  case dropView = "drop-view"
  case renameView = "rename-view"

  case listDatasets = "list-datasets"
  case registerDataset = "register-dataset"
  case loadDataset = "load-dataset"
  case updateDataset = "update-dataset"
  case dropDataset = "drop-dataset"
  case renameDataset = "rename-dataset"
  // What lies in a dataset's files.
  case loadIndex = "load-index"
  case startIndex = "start-index"
  case finishIndex = "finish-index"
  // What the log of a Delta or Hudi table says.
  case loadRefresh = "load-refresh"
  case refreshDataset = "refresh-dataset"
  case finishRefresh = "finish-refresh"
  case listObjects = "list-objects"
  case updateObjectTags = "update-object-tags"
  case listFileSetSnapshots = "list-file-set-snapshots"
  case freezeFileSet = "freeze-file-set"
  // What the registry of a feature store says. An event names this for services; each view is registered, updated or dropped.
  case importFeatures = "import-features"
  case listFeatures = "list-features"

  case loadTags = "load-tags"
  case updateTags = "update-tags"
  case suggestTags = "suggest-tags"
  case declineTag = "decline-tag"

  // The words that tags and people use.
  case listTagDefinitions = "list-tag-definitions"
  case defineTag = "define-tag"
  case dropTagDefinition = "drop-tag-definition"
  case listTerms = "list-terms"
  case loadTerm = "load-term"
  case defineTerm = "define-term"
  case dropTerm = "drop-term"
  case linkTerm = "link-term"

  // Who answers for what.
  case loadOwners = "load-owners"
  case updateOwners = "update-owners"
  case offerOwnership = "offer-ownership"
  case answerTransfer = "answer-transfer"
  case listTransfers = "list-transfers"
  case listOwned = "list-owned"
  case loadContract = "load-contract"
  case applyContract = "apply-contract"
  case retireContract = "retire-contract"
  case checkContract = "check-contract"
  case readQuality = "read-quality"
  case recordQuality = "record-quality"
  case publishTable = "publish-table"
  case promoteTable = "promote-table"
  case search = "search"
  case readUse = "read-use"

  // Models and what they were trained on.
  case listModels = "list-models"
  case loadModel = "load-model"
  case createModel = "create-model"
  case updateModel = "update-model"
  case dropModel = "drop-model"
  case createModelVersion = "create-model-version"
  case updateModelVersion = "update-model-version"
  case retireModelVersion = "retire-model-version"
  case approveModelVersion = "approve-model-version"
  case bindTrainingInput = "bind-training-input"
  case withdrawTrainingInput = "withdraw-training-input"
  /// Reads what is there, and writes down what it found and the digests that nobody had taken before.
  case verifyModelVersion = "verify-model-version"
  case readOverlaps = "read-overlaps"
  case captureModelVersion = "capture-model-version"
  /// The server's own: what it heard of a version and could not bind.
  case recordTrainingGap = "record-training-gap"
  case listPins = "list-pins"
  // Servers of MLflow whose versions are taken over. Each version is made, changed and bound like every other.
  case listMLflowServers = "list-mlflow-servers"
  case createMLflowServer = "create-mlflow-server"
  case loadMLflowServer = "load-mlflow-server"
  case dropMLflowServer = "drop-mlflow-server"
  case pollMLflowServer = "poll-mlflow-server"
  case listHolds = "list-holds"
  case loadHold = "load-hold"
  case placeHold = "place-hold"
  case releaseHold = "release-hold"
  /// The server's own: a tag that keeps what is pinned for other engines.
  case tagPin = "tag-pin"
  /// The server's own: a pin is taken away whose duty has ended.
  case endPin = "end-pin"

  case readMetrics = "read-metrics"

  // Policies, grants, and what they come to.
  case applyPolicies = "apply-policies"
  case readPolicies = "read-policies"
  case grantPrivilege = "grant"
  case revokePrivilege = "revoke"
  case readGrants = "read-grants"
  case explainDecisions = "explain-decisions"

  // Principals and their credentials.
  case listPrincipals = "list-principals"
  case createPrincipal = "create-principal"
  case loadPrincipal = "load-principal"
  case updatePrincipal = "update-principal"
  case dropPrincipal = "drop-principal"
  case addMember = "add-member"
  case removeMember = "remove-member"
  case listClients = "list-clients"
  case createClient = "create-client"
  case loadClient = "load-client"
  case updateClient = "update-client"
  case dropClient = "drop-client"
  case addClientSecret = "add-client-secret"
  case dropClientSecret = "drop-client-secret"
  // What every caller may ask about itself; the resource is the principal whose tokens they are.
  case loadSelf = "load-self"
  case listTokens = "list-tokens"
  case createToken = "create-token"
  case revokeToken = "revoke-token"

  // Events, and who is told of them.
  case readEvents = "read-events"
  case listWebhooks = "list-webhooks"
  case createWebhook = "create-webhook"
  case loadWebhook = "load-webhook"
  case updateWebhook = "update-webhook"
  case dropWebhook = "drop-webhook"
  case pingWebhook = "ping-webhook"
  case listDeliveries = "list-deliveries"
  /// Work of the server's: telling webhooks, and giving one up that fails for too long.
  case deliverEvents = "deliver-events"
  case pauseWebhook = "pause-webhook"

  // The log over all events.
  case readLog = "read-log"
  case searchTrail = "search-trail"
  case readCheckpoints = "read-checkpoints"
  /// The server's own: it was started with a key that the log did not know.
  case addLogKey = "add-log-key"

  // How long things are kept.
  case listRetentionRules = "list-retention-rules"
  case defineRetentionRule = "define-retention-rule"
  case removeRetentionRule = "remove-retention-rule"
  case planRetention = "plan-retention"
  case applyRetention = "apply-retention"
  case readRetention = "read-retention"
  case answerRetentionDecision = "answer-retention-decision"
  /// Work of the server's: the commit that expires snapshots, what a person is asked, and the end of a run with what it deleted.
  case expireSnapshots = "expire-snapshots"
  case openRetentionDecision = "open-retention-decision"
  case finishRetention = "finish-retention"
  // What was made from what.
  case reportLineage = "report-lineage"
  case traceLineage = "trace-lineage"

  /// Work that the server does by itself.
  case runJob = "run-job"
}

/// The object that an action is asked on, by its full name.
package struct CatalogResource: Hashable, Sendable {
  package enum Kind: String, Sendable {
    case server, warehouse, zone, namespace, table, view, dataset, principal, webhook, job, tag, term, model, hold, retention, mlflow
  }

  package let kind: Kind
  /// Warehouse, then levels, then name, joined by U+001F; empty for the server itself.
  package let path: String

  package init(_ kind: Kind, _ path: String) {
    self.kind = kind
    self.path = path
  }
}
