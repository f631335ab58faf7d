/// Every route served, in the order of the specification: the table of contents.
///
/// `openapi/` describes each of these and no other; a test holds one against the other.
package func routes(_ controllers: Controllers) -> [Route] {
  let config = controllers.config
  let namespaces = controllers.namespaces
  let tables = controllers.tables
  let storage = controllers.storage
  let views = controllers.views
  let warehouses = controllers.warehouses
  let zones = controllers.zones
  let tags = controllers.tags
  let terms = controllers.terms
  let owners = controllers.owners
  let contracts = controllers.contracts
  let publishing = controllers.publishing
  let retention = controllers.retention
  let search = controllers.search
  let datasets = controllers.datasets
  let fileSets = controllers.fileSets
  let features = controllers.features
  let policySets = controllers.policySets
  let grants = controllers.grants
  let decisions = controllers.decisions
  let events = controllers.events
  let webhooks = controllers.webhooks
  let log = controllers.log
  let trail = controllers.trail
  let models = controllers.models
  let mlflow = controllers.mlflow
  let holds = controllers.holds
  let lineage = controllers.lineage
  let marquez = controllers.marquez
  let oauth = controllers.oauth
  let principals = controllers.principals
  let credentials = controllers.credentials
  let health = controllers.health
  return [
    .get("/v1/config", "getConfig", config.getConfig),
    .form("/v1/oauth/tokens", "getToken", oauth.getToken),
    .form("/v1/oauth/revoke", "revokeAccess", oauth.revokeToken),

    .get("/v1/{prefix}/namespaces", "listNamespaces", namespaces.listNamespaces),
    .post("/v1/{prefix}/namespaces", "createNamespace", namespaces.createNamespace),
    .get("/v1/{prefix}/namespaces/{namespace}", "loadNamespaceMetadata", namespaces.loadNamespaceMetadata),
    .head("/v1/{prefix}/namespaces/{namespace}", "namespaceExists", namespaces.namespaceExists),
    .delete("/v1/{prefix}/namespaces/{namespace}", "dropNamespace", namespaces.dropNamespace),
    .post("/v1/{prefix}/namespaces/{namespace}/properties", "updateProperties", namespaces.updateProperties),

    .get("/v1/{prefix}/namespaces/{namespace}/tables", "listTables", tables.listTables),
    .post("/v1/{prefix}/namespaces/{namespace}/tables", "createTable", tables.createTable),
    .post("/v1/{prefix}/namespaces/{namespace}/register", "registerTable", tables.registerTable),
    .get("/v1/{prefix}/namespaces/{namespace}/tables/{table}", "loadTable", tables.loadTable),
    .post("/v1/{prefix}/namespaces/{namespace}/tables/{table}", "updateTable", tables.updateTable),
    .delete("/v1/{prefix}/namespaces/{namespace}/tables/{table}", "dropTable", tables.dropTable),
    .head("/v1/{prefix}/namespaces/{namespace}/tables/{table}", "tableExists", tables.tableExists),
    .post("/v1/{prefix}/namespaces/{namespace}/tables/{table}/unregister", "unregisterTable", tables.unregisterTable),
    .post("/v1/{prefix}/namespaces/{namespace}/tables/{table}/metrics", "reportMetrics", tables.reportMetrics),
    .get("/v1/{prefix}/namespaces/{namespace}/tables/{table}/credentials", "loadCredentials", storage.loadCredentials),
    .post("/v1/{prefix}/namespaces/{namespace}/tables/{table}/sign", "signRequest", isMutation: false, storage.signRequest),
    .post("/v1/{prefix}/tables/rename", "renameTable", tables.renameTable),
    .post("/v1/{prefix}/transactions/commit", "commitTransaction", tables.commitTransaction),

    .get("/v1/{prefix}/namespaces/{namespace}/views", "listViews", views.listViews),
    .post("/v1/{prefix}/namespaces/{namespace}/views", "createView", views.createView),
    .get("/v1/{prefix}/namespaces/{namespace}/views/{view}", "loadView", views.loadView),
    .post("/v1/{prefix}/namespaces/{namespace}/views/{view}", "replaceView", views.replaceView),
    .delete("/v1/{prefix}/namespaces/{namespace}/views/{view}", "dropView", views.dropView),
    .head("/v1/{prefix}/namespaces/{namespace}/views/{view}", "viewExists", views.viewExists),
    .post("/v1/{prefix}/views/rename", "renameView", views.renameView),
    .post("/v1/{prefix}/namespaces/{namespace}/register-view", "registerView", views.registerView),

    .get("/management/v1/warehouses", "listWarehouses", warehouses.listWarehouses),
    .post("/management/v1/warehouses", "createWarehouse", warehouses.createWarehouse),
    .get("/management/v1/warehouses/{warehouse}", "loadWarehouse", warehouses.loadWarehouse),
    .delete("/management/v1/warehouses/{warehouse}", "dropWarehouse", warehouses.dropWarehouse),

    .get("/management/v1/principals", "listPrincipals", principals.listPrincipals),
    .post("/management/v1/principals", "createPrincipal", principals.createPrincipal),
    .get("/management/v1/principals/{kind}/{principal}", "loadPrincipal", principals.loadPrincipal),
    .post("/management/v1/principals/{kind}/{principal}", "updatePrincipal", principals.updatePrincipal),
    .delete("/management/v1/principals/{kind}/{principal}", "dropPrincipal", principals.dropPrincipal),
    .get("/management/v1/principals/{kind}/{principal}/members", "listMembers", principals.listMembers),
    .post("/management/v1/principals/{kind}/{principal}/members", "addMember", principals.addMember),
    .delete("/management/v1/principals/{kind}/{principal}/members/{member-kind}/{member}", "removeMember", principals.removeMember),

    .get("/management/v1/clients", "listClients", credentials.listClients),
    .post("/management/v1/clients", "createClient", credentials.createClient),
    .get("/management/v1/clients/{client}", "loadClient", credentials.loadClient),
    .post("/management/v1/clients/{client}", "updateClient", credentials.updateClient),
    .delete("/management/v1/clients/{client}", "dropClient", credentials.dropClient),
    .post("/management/v1/clients/{client}/secrets", "addClientSecret", credentials.addClientSecret),
    .delete("/management/v1/clients/{client}/secrets/{secret}", "dropClientSecret", credentials.dropClientSecret),

    .get("/management/v1/me", "whoAmI", principals.whoAmI),
    .get("/management/v1/tokens", "listTokens", credentials.listTokens),
    .post("/management/v1/tokens", "createToken", credentials.createToken),
    .delete("/management/v1/tokens/{token}", "revokeToken", credentials.revokeToken),

    .get("/governance/v1/warehouses/{warehouse}/zones", "listZones", zones.listZones),
    .post("/governance/v1/warehouses/{warehouse}/zones", "createZone", zones.createZone),
    .get("/governance/v1/warehouses/{warehouse}/zones/{zone}", "loadZone", zones.loadZone),
    .post("/governance/v1/warehouses/{warehouse}/zones/{zone}", "updateZone", zones.updateZone),

    .get("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/tables/{table}/tags", "loadTableTags", tags.loadTableTags),
    .post("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/tables/{table}/tags", "updateTableTags", tags.updateTableTags),
    .get("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/views/{view}/tags", "loadViewTags", tags.loadViewTags),
    .post("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/views/{view}/tags", "updateViewTags", tags.updateViewTags),

    .post(
      "/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/tables/{table}/description", "describeTable", tables.describeTable),

    .get("/governance/v1/tags", "listTagDefinitions", tags.listTagDefinitions),
    .post("/governance/v1/tags", "defineTag", tags.defineTag),
    .delete("/governance/v1/tags/{tag}", "dropTagDefinition", tags.dropTagDefinition),

    .get("/governance/v1/tag-suggestions", "suggestTags", tags.suggestTags),
    .post("/governance/v1/tag-suggestions/decline", "declineTag", tags.declineTag),

    .get("/governance/v1/terms", "listTerms", terms.listTerms),
    .post("/governance/v1/terms", "defineTerm", terms.defineTerm),
    .get("/governance/v1/terms/{term}", "loadTerm", terms.loadTerm),
    .delete("/governance/v1/terms/{term}", "dropTerm", terms.dropTerm),
    .post("/governance/v1/terms/{term}/links", "linkTerm", terms.linkTerm),

    .get("/governance/v1/owners", "loadOwners", owners.loadOwners),
    .post("/governance/v1/owners", "updateOwners", owners.updateOwners),
    .get("/governance/v1/owners/{principal}/objects", "listOwned", owners.listOwned),
    .get("/governance/v1/orphans", "listOrphans", owners.listOrphans),
    .get("/governance/v1/transfers", "listTransfers", owners.listTransfers),
    .post("/governance/v1/transfers", "offerOwnership", owners.offerOwnership),
    .post("/governance/v1/transfers/{transfer}", "answerTransfer", owners.answerTransfer),
    .get("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/tables/{table}/contract", "loadContract", contracts.loadContract),
    .post("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/tables/{table}/contract", "applyContract", contracts.applyContract),
    .delete(
      "/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/tables/{table}/contract", "retireContract", contracts.retireContract),
    .get(
      "/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/tables/{table}/contract/versions", "listContractVersions",
      contracts.listContractVersions),
    .get(
      "/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/tables/{table}/contract/versions/{number}", "loadContractVersion",
      contracts.loadContractVersion),
    .ask(
      "/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/tables/{table}/contract/check", "checkContract", contracts.checkContract
    ),
    .get(
      "/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/tables/{table}/contract/breaches", "listContractBreaches",
      contracts.listContractBreaches),
    .get("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/tables/{table}/quality", "listQuality", contracts.listQuality),
    .post("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/tables/{table}/quality", "recordQuality", contracts.recordQuality),

    .post("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/tables/{table}/publish", "publishTable", publishing.publishTable),
    .post("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/tables/{table}/promote", "promoteTable", publishing.promoteTable),
    .get(
      "/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/tables/{table}/promotions", "listPromotions", publishing.listPromotions),

    .get("/governance/v1/retention/rules", "listRetentionRules", retention.listRetentionRules),
    .post("/governance/v1/retention/rules", "defineRetentionRule", retention.defineRetentionRule),
    .delete("/governance/v1/retention/rules/{rule}", "removeRetentionRule", retention.removeRetentionRule),
    .get("/governance/v1/retention/plan", "planRetention", retention.planRetention),
    .post("/governance/v1/retention/apply", "applyRetention", retention.applyRetention),
    .get("/governance/v1/retention/runs", "listRetentionRuns", retention.listRetentionRuns),
    .get("/governance/v1/retention/runs/{run}", "loadRetentionRun", retention.loadRetentionRun),
    .get("/governance/v1/retention/runs/{run}/files", "listRetentionFiles", retention.listRetentionFiles),
    .get("/governance/v1/retention/decisions", "listRetentionDecisions", retention.listRetentionDecisions),
    .post("/governance/v1/retention/decisions/{decision}", "answerRetentionDecision", retention.answerRetentionDecision),
    .get(
      "/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/tables/{table}/retention", "explainRetention",
      retention.explainRetention),

    .get("/governance/v1/search", "search", search.search),
    .get("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/datasets", "listDatasets", datasets.listDatasets),
    .post("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/datasets", "registerDataset", datasets.registerDataset),
    .get("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/datasets/{dataset}", "loadDataset", datasets.loadDataset),
    .post("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/datasets/{dataset}", "updateDataset", datasets.updateDataset),
    .delete("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/datasets/{dataset}", "dropDataset", datasets.dropDataset),
    .post(
      "/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/datasets/{dataset}/rename", "renameDataset", datasets.renameDataset),
    .get("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/datasets/{dataset}/tags", "loadDatasetTags", tags.loadDatasetTags),
    .post(
      "/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/datasets/{dataset}/tags", "updateDatasetTags", tags.updateDatasetTags),
    .get("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/datasets/{dataset}/refresh", "loadRefresh", datasets.loadRefresh),
    .post(
      "/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/datasets/{dataset}/refresh", "refreshDataset", datasets.refreshDataset),
    .get("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/datasets/{dataset}/index", "loadIndex", fileSets.loadIndex),
    .post("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/datasets/{dataset}/index", "startIndex", fileSets.startIndex),
    .get("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/datasets/{dataset}/objects", "listObjects", fileSets.listObjects),
    .post(
      "/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/datasets/{dataset}/objects/tags", "updateObjectTags",
      fileSets.updateObjectTags),
    .get(
      "/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/datasets/{dataset}/snapshots", "listFileSetSnapshots",
      fileSets.listFileSetSnapshots),
    .post(
      "/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/datasets/{dataset}/snapshots", "freezeFileSet", fileSets.freezeFileSet),
    .post("/governance/v1/warehouses/{warehouse}/feature-imports", "importFeatures", features.importFeatures),
    .get("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/feature-views", "listFeatureViews", features.listFeatureViews),
    .get(
      "/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/feature-views/{dataset}", "loadFeatureView", features.loadFeatureView),
    .get(
      "/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/feature-services", "listFeatureServices", features.listFeatureServices),

    .get("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/tables/{table}/use", "loadTableUse", tables.loadTableUse),
    .get("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/tables/{table}/pins", "listTablePins", models.listTablePins),
    .get("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/datasets/{dataset}/pins", "listDatasetPins", models.listDatasetPins),
    .get("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/tables/{table}/holds", "listTableHolds", holds.listTableHolds),
    .get("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/views/{view}/holds", "listViewHolds", holds.listViewHolds),
    .get(
      "/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/datasets/{dataset}/holds", "listDatasetHolds", holds.listDatasetHolds),
    .get("/governance/v1/models", "listModels", models.listModels),
    .post("/governance/v1/models", "createModel", models.createModel),
    .get("/governance/v1/models/{model}", "loadModel", models.loadModel),
    .post("/governance/v1/models/{model}", "updateModel", models.updateModel),
    .delete("/governance/v1/models/{model}", "dropModel", models.dropModel),
    .get("/governance/v1/models/{model}/versions", "listModelVersions", models.listModelVersions),
    .post("/governance/v1/models/{model}/versions", "createModelVersion", models.createModelVersion),
    .get("/governance/v1/models/{model}/versions/{version}", "loadModelVersion", models.loadModelVersion),
    .post("/governance/v1/models/{model}/versions/{version}", "updateModelVersion", models.updateModelVersion),
    .post("/governance/v1/models/{model}/versions/{version}/retire", "retireModelVersion", models.retireModelVersion),
    .post("/governance/v1/models/{model}/versions/{version}/approvals", "approveModelVersion", models.approveModelVersion),
    .post("/governance/v1/models/{model}/versions/{version}/inputs", "bindTrainingInputs", models.bindTrainingInputs),
    .post("/governance/v1/models/{model}/versions/{version}/verify", "verifyModelVersion", models.verifyModelVersion),
    .get("/governance/v1/models/{model}/versions/{version}/overlaps", "listTrainingOverlaps", models.listTrainingOverlaps),
    .post(
      "/governance/v1/models/{model}/versions/{version}/inputs/{input}/withdraw", "withdrawTrainingInput", models.withdrawTrainingInput),

    .post("/governance/v1/model-captures", "captureModelVersion", controllers.captures.captureModelVersion),

    .get("/governance/v1/holds", "listHolds", holds.listHolds),
    .post("/governance/v1/holds", "placeHold", holds.placeHold),
    .get("/governance/v1/holds/{hold}", "loadHold", holds.loadHold),
    .post("/governance/v1/holds/{hold}/release", "releaseHold", holds.releaseHold),

    .get("/governance/v1/policy-sets", "listPolicySets", policySets.listPolicySets),
    .post("/governance/v1/policy-sets", "applyPolicySet", policySets.applyPolicySet),
    .get("/governance/v1/policy-sets/{number}", "loadPolicySet", policySets.loadPolicySet),
    .get("/governance/v1/policy-sets/{number}/diff/{other}", "comparePolicySets", policySets.comparePolicySets),
    .ask("/governance/v1/policies/why", "explainDecision", decisions.explainDecision),
    .ask("/governance/v1/policies/who-can", "whoCan", decisions.whoCan),
    .ask("/governance/v1/policies/what-can", "whatCan", decisions.whatCan),

    .get("/governance/v1/grants", "listGrants", grants.listGrants),
    .post("/governance/v1/grants", "grantPrivilege", grants.grantPrivilege),
    .delete("/governance/v1/grants/{grant}", "revokeGrant", grants.revokeGrant),

    .get("/governance/v1/events", "listEvents", events.listEvents),
    .get("/governance/v1/mlflow", "listMLflowServers", mlflow.listMLflowServers),
    .post("/governance/v1/mlflow", "createMLflowServer", mlflow.createMLflowServer),
    .get("/governance/v1/mlflow/{server}", "loadMLflowServer", mlflow.loadMLflowServer),
    .delete("/governance/v1/mlflow/{server}", "dropMLflowServer", mlflow.dropMLflowServer),
    .post("/governance/v1/mlflow/{server}/poll", "pollMLflowServer", mlflow.pollMLflowServer),
    .get("/governance/v1/log/keys", "listLogKeys", log.listLogKeys),
    .get("/governance/v1/log/checkpoint", "latestCheckpoint", log.latestCheckpoint),
    .get("/governance/v1/log/checkpoints", "listCheckpoints", log.listCheckpoints),
    .get("/governance/v1/log/checkpoints/{size}", "loadCheckpoint", log.loadCheckpoint),
    .get("/governance/v1/log/proofs/inclusion", "proveInclusion", log.proveInclusion),
    .get("/governance/v1/log/proofs/consistency", "proveConsistency", log.proveConsistency),
    .get("/governance/v1/log/tiles/{level}/{index}", "loadTile", log.loadTile),
    .get("/governance/v1/log/entries", "listLogEntries", log.listLogEntries),
    .get("/governance/v1/log/unplaced", "listEventsWithoutPlace", log.listEventsWithoutPlace),
    .get("/governance/v1/audit/events", "searchTrail", trail.searchTrail),
    .get("/governance/v1/audit/events/{event}", "loadAuditEvent", trail.loadAuditEvent),
    .get("/governance/v1/webhooks", "listWebhooks", webhooks.listWebhooks),
    .post("/governance/v1/webhooks", "createWebhook", webhooks.createWebhook),
    .get("/governance/v1/webhooks/{webhook}", "loadWebhook", webhooks.loadWebhook),
    .post("/governance/v1/webhooks/{webhook}", "updateWebhook", webhooks.updateWebhook),
    .delete("/governance/v1/webhooks/{webhook}", "dropWebhook", webhooks.dropWebhook),
    .get("/governance/v1/webhooks/{webhook}/deliveries", "listDeliveries", webhooks.listDeliveries),
    .ask("/governance/v1/webhooks/{webhook}/ping", "pingWebhook", webhooks.pingWebhook),

    .post("/api/v1/lineage", "postRunEvent", lineage.postRunEvent),
    .post("/api/v1/lineage/batch", "postEventBatch", lineage.postEventBatch),
    .get("/governance/v1/lineage", "traceLineage", lineage.traceLineage),

    .get("/api/v1/namespaces", "listLineageNamespaces", marquez.listLineageNamespaces),
    .get("/api/v1/namespaces/{namespace}", "loadLineageNamespace", marquez.loadLineageNamespace),
    .get("/api/v1/namespaces/{namespace}/jobs", "listLineageJobsOfNamespace", marquez.listLineageJobsOfNamespace),
    .get("/api/v1/namespaces/{namespace}/jobs/{job}", "loadLineageJob", marquez.loadLineageJob),
    .get("/api/v1/namespaces/{namespace}/jobs/{job}/runs", "listLineageRuns", marquez.listLineageRuns),
    .get("/api/v1/jobs", "listLineageJobs", marquez.listLineageJobs),
    .get("/api/v1/jobs/runs/{run}", "loadLineageRun", marquez.loadLineageRun),
    .get("/api/v1/jobs/runs/{run}/facets", "loadLineageRunFacets", marquez.loadLineageRunFacets),
    .get("/api/v1/namespaces/{namespace}/datasets", "listLineageDatasets", marquez.listLineageDatasets),
    .get("/api/v1/namespaces/{namespace}/datasets/{dataset}", "loadLineageDataset", marquez.loadLineageDataset),
    .get("/api/v1/namespaces/{namespace}/datasets/{dataset}/versions", "listLineageVersions", marquez.listLineageVersions),
    .get("/api/v1/namespaces/{namespace}/datasets/{dataset}/versions/{version}", "loadLineageVersion", marquez.loadLineageVersion),
    .get("/api/v1/lineage", "loadLineageGraph", marquez.loadLineageGraph),
    .get("/api/v1/column-lineage", "loadColumnLineage", marquez.loadColumnLineage),
    .get("/api/v1/search", "searchLineage", marquez.searchLineage),
    .get("/api/v1/tags", "listLineageTags", marquez.listLineageTags),
    .get("/api/v1/events/lineage", "listLineageEvents", marquez.listLineageEvents),
    .get("/api/v1/stats/lineage-events", "countLineageEvents", marquez.countLineageEvents),
    .get("/api/v1/stats/jobs", "countLineageJobs", marquez.countLineageJobs),
    .get("/api/v1/stats/datasets", "countLineageDatasets", marquez.countLineageDatasets),
    .get("/api/v1/stats/sources", "countLineageSources", marquez.countLineageSources),

    .get("/health/live", "live", health.live).forAnyone,
    .get("/health/ready", "ready", health.ready).forAnyone,
    .get("/metrics", "metrics", health.metrics),
  ]
}

/// What answers the routes, by resource.
package struct Controllers: Sendable {
  let config: ConfigController
  let namespaces: NamespaceController
  let tables: TableController
  let storage: StorageController
  let views: ViewController
  let warehouses: WarehouseController
  let zones: ZoneController
  let tags: TagController
  let terms: TermController
  let owners: OwnershipController
  let contracts: ContractController
  let publishing: PublishingController
  let retention: RetentionController
  let search: SearchController
  let datasets: DatasetController
  let fileSets: FileSetController
  let features: FeatureController
  let policySets: PolicySetController
  let grants: GrantController
  let decisions: DecisionController
  let events: EventController
  let webhooks: WebhookController
  let log: LogController
  let trail: TrailController
  let models: ModelController
  let mlflow: MLflowController
  let captures: CaptureController
  let holds: HoldController
  let lineage: LineageController
  let marquez: MarquezController
  let oauth: OAuthController
  let principals: PrincipalController
  let credentials: CredentialController
  let health: HealthController
}
