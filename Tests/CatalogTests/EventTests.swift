import AsyncHTTPClient
import CatalogStore
import Iceberg
import JSON
import Logging
import ObjectStorage
import Postgres
import PostgresTestSupport
import Synchronization
import Testing
import Webhooks

@testable import Catalog

/// What is said of events, and which are wanted.
@Suite struct EventTests {
  private static func event(_ kind: String, _ path: [String], action: String = "update-table", place: Int64 = 7) throws -> PlacedEvent {
    let names = path.map { "\"\($0)\"" }.joined(separator: ",")
    return try PlacedEvent(
      place: place, id: AuditEventID(PostgresUUID("019a0000-0000-7000-8000-000000000001")!),
      time: PostgresTimestamp(microseconds: 1_777_803_630_000_042),
      canonical: Array(
        """
        {"action":"\(action)","after":{"version":2},"before":{"version":1},"decision":"allow","id":"x","object":{"kind":"\(kind)",\
        "path":[\(names)]},"principal":"alice","request-id":"r","time-us":"1","version":1}
        """.utf8))
  }

  @Test func isWrittenAsACloudEvent() throws {
    let text = String(decoding: CloudEvent.text(try Self.event("table", ["lake", "a", "x/y%"])), as: UTF8.self)
    #expect(
      text == """
        {"specversion":"1.0","id":"019a0000-0000-7000-8000-000000000001","source":"/moraine/lake","type":"io.moraine.update-table",\
        "subject":"lake/a/x%2Fy%25","time":"2026-05-03T10:20:30.000042Z","sequence":"0000000000000000007",\
        "datacontenttype":"application/json","data":{"place":7,"action":"update-table","after":{"version":2},"before":{"version":1},\
        "decision":"allow","object":{"kind":"table","path":["lake","a","x/y%"]},"principal":"alice","request-id":"r"}}
        """)
    let server = String(decoding: CloudEvent.text(try Self.event("server", [], action: "apply-policies")), as: UTF8.self)
    #expect(server.contains(#""source":"/moraine","type":"io.moraine.apply-policies","time""#))
  }

  @Test func filtersTakeAnObjectAndWhatLiesInIt() throws {
    let namespace = NamespacePath(warehouse: "w", namespace: Namespace(levels: ["a"]))
    let table = AccessObject.dataset(
      .table, DatasetPath(warehouse: "w", identifier: try TableIdentifier(namespace: namespace.namespace, name: "t")))
    let cases: [(AccessObject, [(kind: String, path: [String], isWanted: Bool)])] = [
      (
        .warehouse("w"),
        [("warehouse", ["w"], true), ("table", ["w", "a", "t"], true), ("table", ["v", "a", "t"], false), ("principal", ["w"], false)]
      ),
      (
        .namespace(namespace),
        [
          ("namespace", ["w", "a"], true), ("namespace", ["w", "a", "b"], true), ("view", ["w", "a", "v"], true),
          ("zone", ["w", "a"], false),
          ("namespace", ["w", "ab"], false), ("namespace", ["w"], false),
        ]
      ),
      (table, [("table", ["w", "a", "t"], true), ("view", ["w", "a", "t"], false), ("table", ["w", "a", "t", "t"], false)]),
      (.zone("a", warehouse: "w"), [("zone", ["w", "a"], true), ("namespace", ["w", "a"], false)]),
      (.catalog, [("server", [], true), ("job", ["x"], true)]),
    ]
    for (object, events) in cases {
      for (kind, path, isWanted) in events {
        #expect(EventFilter(object: object).matches(try Self.event(kind, path)) == isWanted, "\(object) \(kind) \(path)")
      }
    }
    #expect(EventFilter(actions: ["update-table", "drop-table"]).matches(try Self.event("table", ["w", "a", "t"])))
    #expect(!EventFilter(actions: ["drop-table"]).matches(try Self.event("table", ["w", "a", "t"])))
    // Two spellings of é are two names.
    let composed = AccessObject.namespace(NamespacePath(warehouse: "w", namespace: Namespace(levels: ["\u{E9}"])))
    #expect(!EventFilter(object: composed).matches(try Self.event("namespace", ["w", "e\u{301}"])))
  }

  @Test func pausesBetweenAttemptsGrowAndEnd() {
    let options = WebhookOptions()
    for attempts in 1...2_000 {
      let full = min(Duration.seconds(1 << min(attempts - 1, 20)), .seconds(900))
      let delay = options.delay(after: attempts)
      #expect(delay >= full * 0.5 && delay <= full)
    }
  }
}

/// Deliveries, with the house's clockwork turned by hand.
@Suite struct DeliveryTests {
  private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
  private static let origin = ReceiverRules(allowed: [NetworkRange("127.0.0.0/8")!], allowsPlainHTTP: true)

  /// A catalog whose webhooks are tried again at once, and one webhook whose receiver is not there.
  private static func with(
    patience: Duration = .seconds(3_600), resolve: @escaping @Sendable (String) async throws -> [NetworkAddress] = { _ in [] },
    _ body: (CatalogFixture, Catalog) async throws -> Void
  ) async throws {
    try await CatalogFixture.with { fixture in
      var options = CatalogOptions()
      options.webhooks.receivers = origin
      options.webhooks.firstDelay = .zero
      options.webhooks.patience = patience
      options.webhooks.resolve = resolve
      let catalog = Catalog(
        store: fixture.store, objects: ObjectStoreFactory(client: .shared, credentials: nil, logger: logger),
        authorizer: fixture.catalog.authorizer, options: options,
        logger: logger)
      try await body(fixture, catalog)
    }
  }

  private static func place(_ fixture: CatalogFixture, _ catalog: Catalog) async throws {
    let sequencer = EventSequencer(fixture.database.configuration, logger: logger)
    let count = try await fixture.count("audit_events")
    let deadline = ContinuousClock.now + .seconds(20)
    while try await fixture.store.lastPlace() < count - 1, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(20)) }
    await sequencer.shutdown()
    #expect(try await fixture.store.lastPlace() == count - 1)
  }

  @discardableResult
  private static func makeWebhook(_ catalog: Catalog, _ fixture: CatalogFixture, url: String) async throws -> StoredWebhook {
    try await catalog.createWebhook(
      "hook", url: url, EventFilter(), isEnabled: true, after: -1, fixture.context(), answer: { _ in [] }
    ).webhook
  }

  /// Nobody listens at port 1.
  private static let nobody = "http://127.0.0.1:1/"

  @Test func aWebhookGoesToOneServerAndIsTakenOverWhenItsLeaseEnds() async throws {
    try await Self.with { fixture, catalog in
      try await Self.makeWebhook(catalog, fixture, url: Self.nobody)
      #expect(try await catalog.webhooksToTell(limit: 8, fixture.serverContext).isEmpty, "nothing has its place yet")
      try await Self.place(fixture, catalog)
      let first = try await catalog.webhooksToTell(limit: 8, fixture.serverContext)
      #expect(first.count == 1)
      #expect(try await catalog.webhooksToTell(limit: 8, fixture.serverContext).isEmpty)
      _ = try await fixture.database.pool.run { try $0.execute("UPDATE webhook_cursors SET leased_until = now() - interval '1 second'") }
      let second = try await catalog.webhooksToTell(limit: 8, fixture.serverContext)
      #expect(second.count == 1)
      // What the first one does now changes nothing.
      try await catalog.deliver(to: first[0], fixture.serverContext)
      #expect(try await catalog.loadWebhook("hook", fixture.context()).progress.attempts == 0)
      try await catalog.deliver(to: second[0], fixture.serverContext)
      let progress = try await catalog.loadWebhook("hook", fixture.context()).progress
      #expect(progress.attempts == 1 && progress.after == -1 && progress.failingSince != nil)
      #expect(try await catalog.listDeliveries(of: "hook", limit: 10, fixture.context()).map(\.place) == [0])
    }
  }

  /// It fails again and again; when it has done so for long enough, it is paused, and the trail says why.
  @Test func aWebhookThatFailsForLongIsPaused() async throws {
    try await Self.with(patience: .milliseconds(300)) { fixture, catalog in
      try await Self.makeWebhook(catalog, fixture, url: Self.nobody)
      try await Self.place(fixture, catalog)
      var rounds = 0
      while try await catalog.loadWebhook("hook", fixture.context()).progress.pausedAt == nil {
        rounds += 1
        #expect(rounds < 50)
        for webhook in try await catalog.webhooksToTell(limit: 8, fixture.serverContext) {
          try await catalog.deliver(to: webhook, fixture.serverContext)
        }
        try await Task.sleep(for: .milliseconds(50))
      }
      #expect(rounds > 1)
      let paused = try await catalog.loadWebhook("hook", fixture.context()).progress
      #expect(paused.attempts == rounds && paused.lastError?.contains("could not be reached") == true)
      try await Self.place(fixture, catalog)
      #expect(try await catalog.webhooksToTell(limit: 8, fixture.serverContext).isEmpty)
      let filter = EventFilter(actions: ["pause-webhook"])
      let page = try await catalog.events(.after(-1), filter, limit: 10, wait: .zero, fixture.context())
      #expect(page.events.map(\.objectPath) == [["hook"]])
      // Enabled, it goes on where it stopped.
      var change = WebhookChange()
      change.isEnabled = true
      let enabled = try await catalog.updateWebhook("hook", change, fixture.context(), answer: { _ in [] })
      #expect(enabled.progress == WebhookProgress(after: -1))
      #expect(try await catalog.webhooksToTell(limit: 8, fixture.serverContext).count == 1)
    }
  }

  private final class Asked: Sendable {
    let names = Mutex<[String]>([])
  }

  /// What nobody wants is passed over without a request, and what cannot be sent is not passed over.
  @Test func onlyWhatIsWantedCounts() async throws {
    let asked = Asked()
    let resolve: @Sendable (String) async throws -> [NetworkAddress] = { host in
      asked.names.withLock { $0.append(host) }
      return [NetworkAddress("10.0.0.1")!]
    }
    try await Self.with(resolve: resolve) { fixture, catalog in
      _ = try await catalog.createWebhook(
        "hook", url: "http://receiver.invalid/", EventFilter(actions: ["drop-table"]), isEnabled: true, after: -1, fixture.context(),
        answer: { _ in [] })
      try await Self.place(fixture, catalog)
      for webhook in try await catalog.webhooksToTell(limit: 8, fixture.serverContext) {
        try await catalog.deliver(to: webhook, fixture.serverContext)
      }
      let last = try await fixture.store.lastPlace()
      #expect(try await catalog.loadWebhook("hook", fixture.context()).progress == WebhookProgress(after: last))
      #expect(asked.names.withLock { $0 }.isEmpty)

      try await fixture.createTable("t")
      try await catalog.dropTable(fixture.path("t"), purge: false, fixture.context())
      try await Self.place(fixture, catalog)
      for webhook in try await catalog.webhooksToTell(limit: 8, fixture.serverContext) {
        try await catalog.deliver(to: webhook, fixture.serverContext)
      }
      let progress = try await catalog.loadWebhook("hook", fixture.context()).progress
      #expect(progress.attempts == 1 && progress.lastError?.contains("10.0.0.1 is not an address") == true)
      #expect(progress.after == last)
      #expect(asked.names.withLock { $0 } == ["receiver.invalid"])
    }
  }

  @Test func privateAddressesAreRefusedWhenAWebhookIsMade() async throws {
    try await Self.with { fixture, catalog in
      for url in ["https://10.0.0.1/", "https://169.254.169.254/", "https://[::1]/", "ftp://example.com", "https://user@example.com"] {
        await #expect(throws: CatalogError.self, "\(url)") { try await Self.makeWebhook(catalog, fixture, url: url) }
      }
      let made = try await fixture.count("webhooks")
      #expect(made == 0)
    }
  }
}
