import AsyncHTTPClient
import Catalog
package import CatalogStore
import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Identity
package import Logging
import Migrations
import NIOCore
import NIOSSL
import ObjectStorage
import Postgres
import ServiceLifecycle
import Synchronization

/// A running server, wired in one place.
package struct Server: Sendable {
  private let catalog: Catalog
  private let store: CatalogStore
  private let client: HTTPClient
  private let keyClient: HTTPClient
  private let identity: IdentityServices
  private let metrics: RequestMetrics
  private let state: ServerState
  private let configuration: ServerConfiguration
  private let tls: TLSConfiguration?
  private let logger: Logger
  /// Made when nobody could administer the catalog; to be shown once.
  package let mintedCredential: MintedCredential?

  /// Brings the database up to date and makes the warehouses that are asked for.
  package init(_ configuration: ServerConfiguration, logger: Logger) async throws {
    try configuration.check()
    // Before anything is begun that would have to be ended.
    tls = try configuration.tls?.configuration()
    self.configuration = configuration
    self.logger = logger
    let pool = PostgresPool(configuration.database)
    let report = try await Migrator(migrations).migrate(pool)
    for name in report.applied { logger.info("migrated", metadata: ["migration": "\(name)"]) }
    store = CatalogStore(pool: pool, gathering: configuration.database, logger: logger)
    client = HTTPClient(eventLoopGroupProvider: .singleton)
    keyClient = HTTPClient(eventLoopGroupProvider: .singleton, configuration: Self.keyConfiguration)
    state = ServerState()
    let objects = ObjectStoreFactory(client: client, credentials: S3Credentials(environment: configuration.environment), logger: logger)
    var options = configuration.catalog
    do {
      options.logKeys = try await LogKeys.load(configuration.logKeyFile, for: store, logger: logger)
    } catch {
      await Self.end(store, [client, keyClient])
      throw error
    }
    catalog = Catalog(
      store: store, objects: objects, authorizer: Authorizer(store, allowsAnonymous: configuration.identity.allowsAnonymous),
      options: options, logger: logger)
    do {
      identity = try IdentityServices(configuration.identity, store: store, client: keyClient, logger: logger)
      metrics = RequestMetrics(operations: Self.routes(catalog, identity, metrics: { "" }, isReady: { true }).map(\.operationID))
      try await identity.keys.rotate()
      try await catalog.ensureInitialPolicies()
      let start = OperationContext(.server, requestID: "start")
      try await catalog.ensureLogKeys(start)
      try await catalog.ensurePredefinedRoles(start)
      mintedCredential = configuration.identity.allowsAnonymous ? nil : try await catalog.mintFirstAdministrator(start)
      for warehouse in configuration.warehouses { try await ensure(warehouse) }
    } catch {
      await Self.end(store, [client, keyClient])
      throw error
    }
  }

  /// Issuers' keys come from where the configuration says, and from nowhere that points to.
  private static var keyConfiguration: HTTPClient.Configuration {
    var configuration = HTTPClient.Configuration()
    configuration.redirectConfiguration = .disallow
    return configuration
  }

  private static func end(_ store: CatalogStore, _ clients: [HTTPClient]) async {
    await store.shutdown()
    for client in clients { try? await client.shutdown() }
  }

  /// Serves until the process is told to stop; requests under way are finished.
  ///
  /// - Parameter onReady: called with the port once requests are answered.
  package func run(onReady: @escaping @Sendable (Int) -> Void) async throws {
    let state = state
    let application = Application(
      responder: responder(),
      server: try builder(),
      configuration: ApplicationConfiguration(address: .hostname(configuration.host, port: configuration.port), serverName: "moraine"),
      services: [
        JobService(catalog: catalog, logger: logger),
        RetentionService(catalog: catalog, logger: logger),
        MLflowService(catalog: catalog, logger: logger),
        SequencerService(configuration: configuration.database, logger: logger),
        LogService(configuration: configuration.database, keys: catalog.options.logKeys, logger: logger),
        TrailIndexService(configuration: configuration.database, logger: logger),
        WebhookService(catalog: catalog, logger: logger),
        LineageService(configuration: configuration.database, aliases: configuration.catalog.lineage.aliases, logger: logger),
        SearchIndexService(catalog: catalog, logger: logger),
        EvidenceService(catalog: catalog, logger: logger),
        IdentityService(keys: identity.keys, records: identity.records, logger: logger),
      ],
      onServerRunning: { channel in
        state.isServing = true
        onReady(channel.localAddress?.port ?? 0)
      },
      logger: logger)
    do {
      try await application.runService()
    } catch {
      await shutdown()
      throw error
    }
    await shutdown()
  }

  func shutdown() async {
    state.isServing = false
    await Self.end(store, [client, keyClient])
  }

  // MARK: Parts

  private func builder() throws -> HTTPServerBuilder {
    // Connections that nobody uses are closed; so are those of clients too slow to finish a request.
    let plain = HTTPServerBuilder.http1(configuration: HTTP1Channel.Configuration(idleTimeout: .seconds(300)))
    return try tls.map { try .tls(plain, tlsConfiguration: $0) } ?? plain
  }

  private func ensure(_ definition: WarehouseDefinition) async throws {
    let context = OperationContext(.server, requestID: "start")
    do {
      _ = try await catalog.createWarehouse(
        definition.name, location: definition.location, storage: definition.storage, context, answer: { _ in [] })
    } catch CatalogError.warehouseAlreadyExists {
      let found = try await catalog.loadWarehouse(definition.name, context)
      let isSame = try ObjectLocation(found.location) == ObjectLocation(definition.location) && found.storage == definition.storage
      guard isSame else {
        throw CatalogError.badRequest(
          "The warehouse \(definition.name) exists at \(found.location) with other options; drop it or choose another name")
      }
    }
  }

  /// The routes, with their controllers.
  static func routes(
    _ catalog: Catalog, _ identity: IdentityServices, metrics: @escaping @Sendable () async -> String,
    isReady: @escaping @Sendable () async -> Bool
  ) -> [Route] {
    func controllers(endpoints: [String]) -> Controllers {
      Controllers(
        config: ConfigController(catalog: catalog, endpoints: endpoints), namespaces: NamespaceController(catalog: catalog),
        tables: TableController(catalog: catalog), storage: StorageController(catalog: catalog), views: ViewController(catalog: catalog),
        warehouses: WarehouseController(catalog: catalog), zones: ZoneController(catalog: catalog), tags: TagController(catalog: catalog),
        terms: TermController(catalog: catalog), owners: OwnershipController(catalog: catalog),
        contracts: ContractController(catalog: catalog), publishing: PublishingController(catalog: catalog),
        retention: RetentionController(catalog: catalog),
        search: SearchController(catalog: catalog),
        datasets: DatasetController(catalog: catalog), fileSets: FileSetController(catalog: catalog),
        features: FeatureController(catalog: catalog),
        policySets: PolicySetController(catalog: catalog), grants: GrantController(catalog: catalog),
        decisions: DecisionController(catalog: catalog), events: EventController(catalog: catalog),
        webhooks: WebhookController(catalog: catalog), log: LogController(catalog: catalog),
        trail: TrailController(catalog: catalog),
        models: ModelController(catalog: catalog), mlflow: MLflowController(catalog: catalog),
        captures: CaptureController(catalog: catalog),
        holds: HoldController(catalog: catalog), lineage: LineageController(catalog: catalog),
        marquez: MarquezController(catalog: catalog),
        oauth: OAuthController(endpoint: identity.endpoint), principals: PrincipalController(catalog: catalog),
        credentials: CredentialController(catalog: catalog),
        health: HealthController(catalog: catalog, readiness: isReady, metricsText: metrics))
    }
    let endpoints = CatalogServer.routes(controllers(endpoints: [])).filter { $0.path.hasPrefix("/v1/{prefix}/") }.map(\.endpoint)
    return CatalogServer.routes(controllers(endpoints: endpoints))
  }

  private func responder() -> RouteResponder {
    let catalog = catalog
    let store = store
    let metrics = metrics
    let state = state
    let routes = Self.routes(
      catalog, identity, metrics: { await Self.metricsText(metrics, catalog, store) },
      isReady: {
        guard state.isServing else { return false }
        return (try? await store.unfinishedJobs()) != nil
      })
    let responder = Responder(
      catalog: catalog, authenticator: identity.authenticator, metrics: metrics,
      defaultWarehouse: configuration.warehouses.first?.name ?? "main", logger: logger)
    return RouteResponder(table: RouteTable(routes), responder: responder)
  }

  private static func metricsText(_ requests: RequestMetrics, _ catalog: Catalog, _ store: CatalogStore) async -> String {
    let pool = store.pool.statistics
    let cache = catalog.cache.statistics
    let lookups = store.lookupStatistics
    var gauges = [
      Gauge("moraine_postgres_connections", "Connections of the pool.", pool.size),
      Gauge("moraine_postgres_connections_in_use", "Connections that run something now.", pool.inUse),
      Gauge("moraine_postgres_waiting", "Callers that wait for a connection.", pool.waiting),
      Gauge("moraine_postgres_completed_total", "Pieces of work done by the pool.", pool.completed, counter: true),
      Gauge("moraine_lookups_total", "Dataset lookups.", lookups.loads, counter: true),
      Gauge("moraine_lookup_batches_total", "Queries that answered them.", lookups.batches, counter: true),
      Gauge("moraine_cache_entries", "Datasets in memory.", cache.entries),
      Gauge("moraine_cache_bytes", "Bytes of metadata in memory.", cache.sizeBytes),
      Gauge("moraine_cache_hits_total", "Reads answered from memory, the version having been checked.", cache.hits, counter: true),
      Gauge("moraine_cache_misses_total", "Reads that went to Postgres for the metadata.", cache.misses, counter: true),
    ]
    if let place = try? await store.lastPlace() {
      gauges.append(Gauge("moraine_events_total", "Events that have their place.", Int(place + 1), counter: true))
      if let size = try? await store.logSize() {
        gauges.append(Gauge("moraine_log_waiting", "Events that wait for a signed checkpoint.", Int(max(0, place + 1 - size))))
      }
      if let next = try? await store.nextIndexedPlace() {
        gauges.append(
          Gauge("moraine_trail_waiting", "Events that a search of the trail does not know of yet.", Int(max(0, place + 1 - next))))
      }
    }
    if let webhooks = try? await store.webhookCounts() {
      gauges.append(Gauge("moraine_webhooks", "Webhooks.", webhooks.all))
      gauges.append(Gauge("moraine_webhooks_paused", "Webhooks that failed for too long and are paused.", webhooks.paused))
    }
    if let jobs = try? await store.unfinishedJobs() { gauges.append(Gauge("moraine_jobs_unfinished", "Jobs that wait or run.", jobs)) }
    if let changes = try? await store.pendingSearchChanges() {
      gauges.append(Gauge("moraine_search_pending", "Changes that search does not know of yet.", changes))
    }
    if let waiting = try? await store.waitingLineageEvents(upTo: catalog.options.lineage.maximumWaitingEvents + 1) {
      gauges.append(Gauge("moraine_lineage_waiting", "Lineage events that wait to be taken into the graph.", waiting))
    }
    if let waiting = try? await store.waitingEvidenceCount() {
      gauges.append(Gauge("moraine_evidence_waiting", "Reports, runs and versions that wait to be joined.", waiting))
    }
    return requests.text + gauges.map(\.text).joined()
  }
}

/// Whether the server answers requests.
final class ServerState: Sendable {
  private let serving = Atomic(false)

  var isServing: Bool {
    get { serving.load(ordering: .relaxed) }
    set { serving.store(newValue, ordering: .relaxed) }
  }
}
