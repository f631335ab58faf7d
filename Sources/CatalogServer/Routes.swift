/// Every route served, in the order of the specification: the table of contents.
///
/// `openapi/` describes each of these and no other; a test holds one against the other.
package func routes(_ controllers: Controllers) -> [Route] {
  let config = controllers.config
  let namespaces = controllers.namespaces
  let tables = controllers.tables
  let views = controllers.views
  let warehouses = controllers.warehouses
  let zones = controllers.zones
  let tags = controllers.tags
  let policySets = controllers.policySets
  let grants = controllers.grants
  let decisions = controllers.decisions
  let health = controllers.health
  return [
    .get("/v1/config", "getConfig", config.getConfig),

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

    .get("/governance/v1/warehouses/{warehouse}/zones", "listZones", zones.listZones),
    .post("/governance/v1/warehouses/{warehouse}/zones", "createZone", zones.createZone),
    .get("/governance/v1/warehouses/{warehouse}/zones/{zone}", "loadZone", zones.loadZone),
    .post("/governance/v1/warehouses/{warehouse}/zones/{zone}", "updateZone", zones.updateZone),

    .get("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/tables/{table}/tags", "loadTableTags", tags.loadTableTags),
    .post("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/tables/{table}/tags", "updateTableTags", tags.updateTableTags),
    .get("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/views/{view}/tags", "loadViewTags", tags.loadViewTags),
    .post("/governance/v1/warehouses/{warehouse}/namespaces/{namespace}/views/{view}/tags", "updateViewTags", tags.updateViewTags),

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

    .get("/health/live", "live", health.live),
    .get("/health/ready", "ready", health.ready),
    .get("/metrics", "metrics", health.metrics),
  ]
}

/// What answers the routes, by resource.
package struct Controllers: Sendable {
  let config: ConfigController
  let namespaces: NamespaceController
  let tables: TableController
  let views: ViewController
  let warehouses: WarehouseController
  let zones: ZoneController
  let tags: TagController
  let policySets: PolicySetController
  let grants: GrantController
  let decisions: DecisionController
  let health: HealthController
}
