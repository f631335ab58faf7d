import JSON
import Testing

@testable import Features

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A registry that Feast made, in each form that people have it in. `Fixtures/make.py` makes them.
@Suite struct FeatureRegistryTests {
  private static func registry(_ name: String, file: String = #filePath) throws -> FeatureRegistry {
    let path = String(file.prefix(through: try #require(file.lastIndex(of: "/")))) + "Fixtures/" + name
    let stream = try #require(fopen(path, "r"), "no fixture at \(path)")
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&chunk, 1, chunk.count, stream), count > 0 { bytes += chunk[..<count] }
    return try FeatureRegistry(jsonText: bytes)
  }

  private static func view(_ name: String) throws -> FeatureView {
    try #require(try registry("registry.json").views.first { $0.name == name }, "no view \(name)")
  }

  @Test func spellingsSayTheSame() throws { #expect(try Self.registry("registry.json") == Self.registry("preserved.json")) }

  /// A dump leaves the project out of what it holds, and sorts it.
  @Test func theDumpSaysTheSame() throws {
    func comparable(_ registry: FeatureRegistry) -> FeatureRegistry {
      var registry = registry
      registry.entities = registry.entities.map { entity in
        var entity = entity
        entity.project = nil
        return entity
      }.sorted { $0.name < $1.name }
      registry.views = registry.views.map { view in
        var view = view
        view.project = nil
        return view
      }.sorted { $0.name < $1.name }
      registry.services = registry.services.map { service in
        var service = service
        service.project = nil
        return service
      }
      registry.sources = registry.sources.map { source in
        var source = source
        source.project = nil
        return source
      }.sorted { $0.name < $1.name }
      return registry
    }
    let (dump, whole) = try (Self.registry("dump.json"), Self.registry("registry.json"))
    #expect(dump.projects == ["credit"] && whole.projects == ["credit"])
    #expect(comparable(dump).entities == comparable(whole).entities)
    #expect(comparable(dump).views == comparable(whole).views)
    #expect(comparable(dump).services == comparable(whole).services)
    #expect(comparable(dump).sources == comparable(whole).sources)
  }

  @Test func entities() throws {
    let entities = try Self.registry("dump.json").entities
    #expect(entities.map(\.name) == ["customer", "merchant"])
    #expect(entities.map(\.joinKeys) == [["customer_id"], ["merchant_key"]])
    #expect(entities.map(\.valueType) == ["INT64", "STRING"])
    #expect(entities[0].description == "Who borrows")
    #expect(entities[0].owner == "risk@example.com")
    #expect(entities[0].tags == ["domain": "risk"])
  }

  @Test func aViewOfFiles() throws {
    let view = try Self.view("customer_payments")
    #expect(view.kind == .batch && view.isOnline && view.project == "credit")
    #expect(view.entities == ["customer"])
    #expect(view.joinKeys.map(\.name) == ["customer_id"])
    #expect(view.features.map(\.name) == ["total", "last_amounts"])
    #expect(view.features.map(\.valueType) == ["DOUBLE", "FLOAT_LIST"])
    #expect(view.features[0].description == "Euro, thirty days")
    #expect(view.features[0].tags == ["pii": "no"])
    #expect(view.ttl == .seconds(86_400))
    #expect(view.tags == ["team": "risk"])
    #expect(view.description == "Payments by customer")
    #expect(view.owner == "risk@example.com")
    #expect(view.timestampField == "paid_at")
    let source = try #require(view.source)
    #expect(source.name == "payments" && source.kind == "BATCH_FILE" && source.path == "payments.parquet" && source.format == "parquet")
    #expect(source.createdTimestampColumn == "loaded_at")
    #expect(source.location == "payments.parquet")
    #expect(source.tags == ["tier": "gold"])
  }

  @Test func viewsOfTablesAndQueries() throws {
    let balances = try #require(try Self.view("customer_balances").source)
    #expect(balances.kind == "BATCH_SPARK" && balances.table == "main.curated.balances" && balances.timestampField == "as_of")
    #expect(try Self.view("customer_balances").ttl == nil)
    let visits = try Self.view("merchant_visits")
    #expect(visits.ttl == .seconds(36 * 3_600 + 1))
    #expect(visits.entities == ["merchant", "customer"])
    #expect(visits.source?.query == "SELECT * FROM main.raw.visits WHERE ok" && visits.source?.location == nil)
    #expect(visits.source?.fieldMapping == ["mid": "merchant_key"])
    let ratings = try #require(try Self.view("merchant_ratings").source)
    #expect(ratings.kind == "BATCH_SNOWFLAKE" && ratings.table == "ICE.CURATED.RATINGS")
  }

  @Test func pushedAndStreamed() throws {
    let pushed = try Self.view("pushed")
    #expect(pushed.streamSource?.kind == "PUSH_SOURCE")
    #expect(pushed.streamSource?.batchSource?.name == "payments")
    #expect(pushed.source?.path == "payments.parquet")
    let clicks = try Self.view("customer_clicks")
    #expect(clicks.kind == .stream && clicks.ttl == .seconds(2 * 86_400))
    #expect(clicks.streamSource?.kind == "STREAM_KAFKA" && clicks.streamSource?.topic == "clicks")
    #expect(clicks.streamSource?.servers == "broker:9092")
    #expect(clicks.source?.table == "main.curated.balances")
    #expect(clicks.features.map(\.name) == ["n"])
  }

  @Test func onDemand() throws {
    let share = try Self.view("amount_share")
    #expect(share.kind == .onDemand && share.source == nil && share.entities == [] && share.joinKeys == [])
    #expect(share.features.map(\.name) == ["share"])
    guard share.inputs.count == 2, case .request(let asked) = share.inputs[0], case .view(let name, let features) = share.inputs[1] else {
      Issue.record("\(share.inputs)")
      return
    }
    #expect(asked.name == "asked" && asked.kind == "REQUEST_SOURCE" && asked.requestFields.map(\.name) == ["amount"])
    #expect(name == "customer_balances" && features == ["balance", "is_overdrawn", "opened"])
  }

  @Test func services() throws {
    let services = try Self.registry("dump.json").services
    #expect(services.map(\.name) == ["scoring"])
    #expect(services[0].tags == ["model": "credit-risk"] && services[0].owner == "risk@example.com")
    #expect(services[0].description == "What the score is made from")
    #expect(
      services[0].selections == [
        .init(view: "customer_payments", features: ["total"], joinKeys: [:]),
        .init(view: "customer_balances", features: ["balance", "is_overdrawn", "opened"], joinKeys: [:]),
        .init(view: "amount_share", features: ["share"], joinKeys: [:]),
      ])
  }

  @Test func sources() throws {
    let registry = try Self.registry("dump.json")
    #expect(
      registry.sources.map(\.name) == ["asked", "balances", "clicks", "clicks_push", "payments", "ratings", "visits"])
    #expect(registry.source(named: "clicks")?.batchSource?.table == "main.curated.balances")
    #expect(registry.source(named: "clicks_push")?.batchSource?.timestampField == "paid_at")
  }

  @Test func nothing() throws {
    let registry = try FeatureRegistry(jsonText: Array("{}".utf8))
    #expect(registry.entities.isEmpty && registry.views.isEmpty && registry.services.isEmpty && registry.projects.isEmpty)
  }

  @Test func formatsOfTables() throws {
    func source(_ options: String) throws -> FeatureSource? {
      let text = #"{"dataSources":[{"name":"s","type":11,"sparkOptions":{"table":"t",\#(options)}}]}"#
      return try FeatureRegistry(jsonText: Array(text.utf8)).sources.first
    }
    #expect(try source(#""tableFormat":{"icebergFormat":{"catalog":"c"}}"#)?.format == "iceberg")
    #expect(try source(#""table_format":{"hudi_format":{}}"#)?.format == "hudi")
    #expect(try source(#""fileFormat":"orc""#)?.format == "orc")
    #expect(try source(#""fileFormat":"""#)?.kind == "BATCH_SPARK")
  }

  /// As Feast's IcebergSource writes itself, and PostgreSQL's; nobody but its own source reads the last.
  @Test func customSources() throws {
    func source(_ base64: String) throws -> FeatureSource? {
      let text = #"{"dataSources":[{"name":"s","type":"CUSTOM_SOURCE","customOptions":{"configuration":"\#(base64)"}}]}"#
      return try FeatureRegistry(jsonText: Array(text.utf8)).sources.first
    }
    // {"catalog_type": "rest", "endpoint": "http://h:1", "warehouse": "main", "namespace": "risk.eu", "table": "loans"}
    let iceberg = try source(
      "eyJjYXRhbG9nX3R5cGUiOiAicmVzdCIsICJlbmRwb2ludCI6ICJodHRwOi8vaDoxIiwgIndhcmVob3VzZSI6ICJtYWluIiwgIm5hbWVzcGFjZSI6ICJyaXNrLmV1IiwgInRhYmxlIjogImxvYW5zIn0="
    )
    #expect(iceberg?.table == "main.risk.eu.loans" && iceberg?.query == nil)
    // {"name": "s", "query": "SELECT 1", "table": ""}
    let postgres = try source("eyJuYW1lIjogInMiLCAicXVlcnkiOiAiU0VMRUNUIDEiLCAidGFibGUiOiAiIn0")
    #expect(postgres?.table == nil && postgres?.query == "SELECT 1")
    #expect(try source("gASVBQAAAA==")?.location == nil)
  }

  @Test func partsOfProjects() throws {
    let text =
      #"{"featureViews":[{"spec":{"name":"a","project":"p"}},{"spec":{"name":"b","project":"q"}}],"entities":[{"spec":{"name":"e"}}]}"#
    let registry = try FeatureRegistry(jsonText: Array(text.utf8))
    #expect(registry.projects == ["p", "q"])
    #expect(registry.part(of: "q").views.map(\.name) == ["b"])
    #expect(registry.part(of: "q").entities.map(\.name) == ["e"])
  }

  @Test func durations() throws {
    func ttl(_ text: String) throws -> Duration? {
      let registry = try FeatureRegistry(jsonText: Array(#"{"featureViews":[{"spec":{"name":"v","ttl":"\#(text)"}}]}"#.utf8))
      return registry.views.first?.ttl
    }
    #expect(try ttl("0s") == nil)
    #expect(try ttl("1.500s") == .milliseconds(1_500))
    #expect(try ttl("-1.000000001s") == .seconds(-1) - .nanoseconds(1))
    for text in ["", "s", "1", "1.s1", "x s", "1.1234567890s", "1.-5s", "99999999999999s", "1.2.3s"] {
      #expect(throws: JSONError.self, "\(text)") { try ttl(text) }
    }
  }

  @Test(arguments: [
    (#"{"entities":{}}"#, "$.entities"), (#"{"entities":[{}]}"#, "$.entities[0]"), (#"{"entities":[{"spec":{}}]}"#, "$.entities[0].spec"),
    (#"{"featureViews":[{"spec":{"name":"a","features":[{"name":7}]}}]}"#, "$.featureViews[0].spec.features[0].name"),
    (#"{"feature_views":[{"spec":{"name":"a","ttl":"x"}}]}"#, "$.feature_views[0].spec.ttl"),
    (#"{"featureServices":[{"spec":{"name":"a","features":[{"featureColumns":[]}]}}]}"#, "$.featureServices[0].spec.features[0]"),
    (#"{"dataSources":[{"name":"a","tags":{"k":1}}]}"#, "$.dataSources[0].tags.k"),
    (#"{"onDemandFeatureViews":[{"spec":{"name":"a","sources":{"s":1}}}]}"#, "$.onDemandFeatureViews[0].spec.sources.s"),
  ])
  func errorsSayWhere(_ text: String, _ path: String) {
    let error = #expect(throws: JSONError.self) { try FeatureRegistry(jsonText: Array(text.utf8)) }
    #expect(error?.path == path)
  }
}
