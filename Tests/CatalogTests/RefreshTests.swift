import AsyncHTTPClient
import CatalogStore
import Foundation
import Governance
import JSON
import ObjectStorage
import Postgres
import PostgresTestSupport
import TableFormats
import Testing

@testable import Catalog

/// What Delta and Hudi tables are, by their own logs.
@Suite struct RefreshTests {
  @Test func registeringReadsTheLogAndRefreshingFollowsIt() async throws {
    try await LoggedFixture.with { tables in
      try tables.copy("delta/three", only: ["00000000000000000000.json"])
      try await tables.register(.delta)
      #expect(try await tables.status().state == .underWay)
      #expect(try await tables.run().state == .finished)
      let first = try await tables.load()
      #expect(first.description.currentVersion == "0")
      #expect(first.description.columns.map(\.name) == ["id", "name", "day"])
      #expect(first.description.columns.map(\.type) == ["long", "string", "string"])
      #expect(first.description.columns.map(\.id) == [1, 2, 3])
      let table = try #require(first.description.table)
      #expect([table.fileCount, table.sizeBytes, table.rowCount, table.committedAtMs] == [1, 1_090, 5, 1_795_279_753_169])
      #expect(table.formatText == "reader 1, writer 2")
      #expect(table.operation == "WRITE")
      #expect(try await tables.events() == ["refresh of ns.d: columns, current-version, table"])

      // Nothing new: no event, and no new version of the dataset.
      #expect(try await tables.refresh().state == .finished)
      #expect(try await tables.load().found.version == first.found.version)
      #expect(try await tables.events().count == 1)

      try tables.copy("delta/three")
      #expect(try await tables.refresh().state == .finished)
      let second = try await tables.load().description
      #expect(second.currentVersion == "2")
      #expect([second.table?.fileCount, second.table?.sizeBytes, second.table?.rowCount] == [1, 1_050, 2])
      #expect(second.columns == first.description.columns)
      #expect(try await tables.events().last == "refresh of ns.d: current-version, table")
    }
  }

  /// A column keeps its id while it keeps its name, and a comment that somebody gave it; no id is given twice.
  @Test func columnsKeepIDsAndComments() async throws {
    try await LoggedFixture.with { tables in
      try tables.commit(0, [("a", "long", ""), ("b", "string", ""), ("c", "date", "")])
      try await tables.register(.delta)
      _ = try await tables.run()
      var change = DatasetChange()
      change.columns = try await tables.load().description.columns.map {
        DescribedColumn(name: $0.name, type: "by hand", isNullable: false, comment: "About \($0.name)", id: $0.id)
      }
      _ = try await tables.catalog.updateDataset(tables.path, change, tables.fixture.context(), answer: { _ in [] })
      // The log has not changed; what was written by hand has.
      #expect(try await tables.refresh().state == .finished)
      #expect(try await tables.load().description.columns.map(\.type) == ["long", "string", "date"])

      try tables.commit(1, [("c", "date", #""comment":"Theirs""#), ("a", "long", "")])
      try tables.commit(2, [("c", "date", #""comment":"Theirs""#), ("a", "long", ""), ("b", "string", "")])
      _ = try await tables.refresh()
      let columns = try await tables.load().description.columns
      #expect(columns.map(\.name) == ["c", "a", "b"])
      #expect(columns.map(\.comment) == ["Theirs", "About a", "About b"])
      #expect(columns.map(\.id) == [3, 1, 2])
      try tables.commit(3, [("a", "long", "")])
      _ = try await tables.refresh()
      try tables.commit(4, [("a", "long", ""), ("c", "long", "")])
      _ = try await tables.refresh()
      #expect(try await tables.load().description.columns.map(\.id) == [1, 4])
      // Where the format gives ids, they are its own.
      try tables.commit(5, [("x", "long", #""delta.columnMapping.id":7"#), ("c", "long", #""delta.columnMapping.id":2"#)])
      _ = try await tables.refresh()
      #expect(try await tables.load().description.columns.map(\.id) == [7, 2])
      // Longer than anybody may write one, and no hindrance to whoever changes something else.
      let long = String(repeating: "x", count: 20_000)
      try tables.commit(6, [("x", long, "")])
      _ = try await tables.refresh()
      change = DatasetChange()
      change.setProperties = ["comment": "Long"]
      _ = try await tables.catalog.updateDataset(tables.path, change, tables.fixture.context(), answer: { _ in [] })
      #expect(try await tables.load().description.columns.map(\.type) == [long])
    }
  }

  @Test(arguments: ["busy", "busy-gzip", "busy-parts", "busy-sidecars", "nested", "created"])
  func readsDeltaAtAnyVersion(_ name: String) async throws {
    try await LoggedFixture.with(pageSize: 7) { tables in
      try tables.copy("delta/\(name)")
      try await tables.register(.delta)
      #expect(try await tables.run().state == .finished)
      let all = try JSONDocument(parsing: LoggedFixture.bytes("delta/expected.json")).root.object()
      let versions = try #require(all.first { $0.key == name }).value.array().map { try $0.object() }
      for expected in versions {
        let version = "\(try expected.required("version").int64())"
        let found = try #require(try await tables.reading(at: version))
        #expect(found.version == version)
        let fields = try expected.required("schema").object().required("fields").array()
        #expect(try found.columns.map(\.name) == fields.map { try $0.object().required("name").string() })
        #expect(try found.table.rowCount == expected.required("rowCount").int64())
        #expect(try found.table.fileCount == expected.required("fileCount").int64())
        #expect(try found.table.sizeBytes == expected.required("sizeBytes").int64())
        #expect(try found.table.committedAtMs == expected.required("timestamp").int64())
      }
      let newest = try #require(versions.last)
      let description = try await tables.load().description
      #expect(try description.currentVersion == "\(newest.required("version").int64())")
      #expect(try description.table?.rowCount == newest.required("rowCount").int64())
      for missing in ["99", "-1", "", "007", "x", "9223372036854775808"] {
        #expect(try await tables.reading(at: missing) == nil, "\(missing)")
      }
    }
  }

  @Test(arguments: ["v6", "v8"]) func readsHudiAtAnyInstant(_ name: String) async throws {
    try await LoggedFixture.with(pageSize: 5) { tables in
      try tables.copy("hudi/\(name)")
      // The table of its own metadata lies beside the instants, or below.
      try tables.write(".hoodie/metadata/.hoodie/hoodie.properties", "hoodie.table.name=other")
      try await tables.register(.hudi)
      #expect(try await tables.run().state == .finished)
      let all = try JSONDocument(parsing: LoggedFixture.bytes("hudi/expected.json")).root.object()
      let instants = try #require(all.first { $0.key == name }).value.array().map { try $0.object() }
      for expected in instants {
        let at = try expected.optional("at")?.string()
        let found = try #require(try await tables.reading(at: at))
        if let at { #expect(found.version == at) }
        #expect(try found.columns.map(\.name).joined(separator: " ") == expected.required("columns").string())
        #expect(try found.table.partitionColumns == expected.required("partitionFields").array().map { try $0.string() })
        #expect(try found.table.operation == expected.required("operation").string())
        if try expected.required("isUTC").bool() { #expect(try found.table.committedAtMs == expected.required("timestampMs").int64()) }
      }
      let newest = try #require(try await tables.reading(at: nil))
      let description = try await tables.load().description
      #expect(description.currentVersion == newest.version)
      #expect(description.columns.map(\.name) == newest.columns.map(\.name))
      // The timeline does not tell how large the table is.
      #expect(description.table?.rowCount == nil)
      #expect(try await tables.reading(at: "20990101000000000") == nil)
    }
  }

  /// What goes wrong is how the refresh ended: the dataset stays as it was, and one event tells of one problem.
  @Test func problemsAreKeptAndPass() async throws {
    try await LoggedFixture.with { tables in
      try await tables.register(.delta)
      let none = try await tables.run()
      #expect(none.state == .failed)
      #expect(try #require(none.problem).hasPrefix("There is no Delta log in file://\(tables.folder)/_delta_log; see that "))
      #expect(try await tables.refresh().problem == none.problem)
      #expect(try await tables.events() == ["refresh of ns.d: problem, refresh"])

      try tables.commit(0, [("a", "long", "")])
      #expect(try await tables.refresh().problem == nil)
      let good = try await tables.load()
      for (content, said) in [
        ("{", "A line cannot be read"), (#"{"metaData":{"id":"x","schemaString":"{}"}}"#, "schema cannot be read"),
        (#"{"protocol":{"minReaderVersion":9,"minWriterVersion":9}}"#, "wants readers of version 9"),
        (
          #"{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["catalogManaged"],"writerFeatures":["catalogManaged"]}}"#,
          "(catalogManaged); its log may lack the newest"
        ),
        (LoggedFixture.metadata([("a", "long", ""), ("a", "long", "")]), "There are two columns a"),
      ] {
        try tables.write("_delta_log/00000000000000000001.json", content)
        let failed = try await tables.refresh()
        #expect(failed.problem?.contains(said) == true, "\(failed)")
        #expect(try await tables.load().found.version == good.found.version)
      }
      try tables.commit(1, [("b", "long", "")])
      #expect(try await tables.refresh().state == .finished)
      #expect(try await tables.load().description.columns.map(\.name) == ["b"])
      try tables.remove("_delta_log/00000000000000000000.json")
      #expect(try await tables.refresh().state == .finished, "there is nothing new")
      try tables.commit(2, [("b", "long", "")])
      #expect(try await tables.refresh().problem?.contains("00000000000000000000.json is gone") == true)
      #expect(try await tables.fixture.count("jobs") == 0)
    }
  }

  /// Outside of all warehouses nothing is opened, whatever lies there.
  @Test func foreignLocationsAreNeverOpened() async throws {
    try await LoggedFixture.with { tables in
      try tables.copy("delta/three")
      let elsewhere = "/tmp/moraine-elsewhere-\(PostgresUUID.random())"
      try FileManager.default.copyItem(atPath: tables.folder, toPath: elsewhere)
      defer { try? FileManager.default.removeItem(atPath: elsewhere) }
      for (name, location) in [("e", elsewhere), ("f", "abfss://lake@account/t")] {
        try await tables.fixture.register(name, .delta, at: location)
        let path = tables.fixture.path(name)
        let refresh = try await tables.catalog.loadRefresh(of: path, tables.fixture.context())
        #expect(refresh.state == .failed)
        #expect(refresh.problem?.contains("is outside the warehouse, where the server opens nothing") == true)
        await #expect(throws: CatalogError.badRequest(try #require(refresh.problem))) {
          try await tables.catalog.refreshDataset(path, tables.fixture.context(), answer: { _ in [] })
        }
        let dataset = try await tables.catalog.loadDataset(path, tables.fixture.context())
        #expect(dataset.description.columns == [])
      }
      try await tables.schedule(olderThan: .zero)
      #expect(try await tables.fixture.count("jobs") == 0)
      // Nor by a row that says otherwise.
      _ = try await tables.fixture.database.pool.run {
        try $0.execute("UPDATE dataset_refreshes SET is_readable = true, problem = NULL")
      }
      try await tables.schedule(olderThan: .zero)
      while try await tables.catalog.runNextJob(tables.fixture.serverContext) {}
      #expect(try await tables.fixture.count("dataset_refreshes", where: "problem LIKE '%outside the warehouse%' AND NOT is_readable") == 2)
    }
  }

  @Test func onlyLogsAreRefreshed() async throws {
    try await LoggedFixture.with { tables in
      try await tables.fixture.register("p", .parquet, at: "\(tables.fixture.folder)/p")
      for path in [tables.fixture.path("p")] {
        await #expect(throws: CatalogError.self) {
          try await tables.catalog.refreshDataset(path, tables.fixture.context(), answer: { _ in [] })
        }
        await #expect(throws: CatalogError.self) { try await tables.catalog.loadRefresh(of: path, tables.fixture.context()) }
      }
      #expect(try await tables.fixture.count("dataset_refreshes") == 0)
    }
  }

  /// What is due is put on the list once, and a dropped dataset no more.
  @Test func whatIsOldIsReadAgainByItself() async throws {
    try await LoggedFixture.with { tables in
      try tables.commit(0, [("a", "long", "")])
      try await tables.register(.delta)
      _ = try await tables.run()
      try await tables.schedule(olderThan: .seconds(3_600))
      #expect(try await tables.fixture.count("jobs") == 0)
      try tables.commit(1, [("b", "long", "")])
      try await tables.schedule(olderThan: .zero)
      try await tables.schedule(olderThan: .zero)
      #expect(try await tables.fixture.count("jobs") == 1)
      #expect(try await tables.run().state == .finished)
      #expect(try await tables.load().description.currentVersion == "1")
      _ = try await tables.start()
      let events = try await tables.events()
      try await tables.catalog.dropDataset(tables.path, tables.fixture.context())
      while try await tables.catalog.runNextJob(tables.fixture.serverContext) {}
      try await tables.schedule(olderThan: .zero)
      #expect(try await tables.fixture.count("jobs") == 0)
      #expect(try await tables.events() == events)
    }
  }

  /// Who asks while a log is being read has it read again: it may have been read before what they mean was written.
  @Test func askingWhileItIsReadReadsAgain() async throws {
    try await LoggedFixture.with { tables in
      try tables.commit(0, [("a", "long", "")])
      try await tables.register(.delta)
      let server = try tables.catalog.authorizer.authorizeServer(.runJob, on: CatalogResource(.job, ""), tables.fixture.serverContext)
      let job = try #require(try await tables.fixture.store.leaseJob(server))
      let work = try #require(try await tables.fixture.store.beginRefresh(job, server))
      #expect(try await tables.start().isNew)
      #expect(try await !tables.start().isNew)
      #expect(try await tables.fixture.count("jobs") == 1)
      try await tables.fixture.store.finish(work, by: job, problem: nil, server)
      #expect(try await tables.status().state == .underWay)
      #expect(try await tables.run().state == .finished)
      #expect(try await tables.load().description.currentVersion == "0")
      // Whoever lost the job changes nothing.
      await #expect(throws: CatalogError.commitFailed("The job was taken over by another server")) {
        try await tables.fixture.store.finish(work, by: job, problem: "late", server)
      }
      #expect(try await tables.status().problem == nil)
      #expect(try await tables.fixture.count("jobs") == 0)
    }
  }

  /// A store that is away is waited for, and said to be.
  @Test func aStoreThatIsAwayIsTriedAgain() async throws {
    try await LoggedFixture.with { tables in
      try tables.commit(0, [("a", "long", "")])
      try await tables.register(.delta)
      tables.plan.arm([.listFails])
      while try await tables.catalog.runNextJob(tables.fixture.serverContext) {}
      let waiting = try await tables.status()
      #expect(waiting.state == .underWay)
      #expect(waiting.waitsFor == "the store is away")
      for _ in 0..<10 {
        _ = try await tables.fixture.database.pool.run { try $0.execute("UPDATE jobs SET run_at = now()") }
        while try await tables.catalog.runNextJob(tables.fixture.serverContext) {}
      }
      #expect(try await tables.status().state == .failed)
      #expect(try await tables.status().problem == "the store is away")
      tables.plan.arm([])
      #expect(try await tables.refresh().state == .finished)
    }
  }

  /// A log that takes too long, or that servers die of, is given up.
  @Test func noLogKeepsAServerBusyForEver() async throws {
    try await LoggedFixture.with(patience: .zero) { tables in
      try tables.commit(0, [("a", "long", "")])
      try await tables.register(.delta)
      #expect(try await tables.run().problem?.hasPrefix("After 0 seconds 1 of at least 1 files of the log had been read") == true)
    }
    try await LoggedFixture.with { tables in
      try tables.commit(0, [("a", "long", "")])
      try await tables.register(.delta)
      _ = try await tables.fixture.database.pool.run { try $0.execute("UPDATE jobs SET attempts = 8") }
      #expect(try await tables.run().problem?.hasPrefix("The log was begun to be read 8 times and never to its end") == true)
      #expect(try await tables.refresh().state == .finished)
    }
  }

  @Test func aWarehouseGoesThoughALogWasToBeRead() async throws {
    try await LoggedFixture.with { tables in
      try await tables.register(.delta)
      try await tables.catalog.dropDataset(tables.path, tables.fixture.context())
      try await tables.catalog.dropNamespace(tables.fixture.namespace, tables.fixture.context())
      try await tables.catalog.dropWarehouse("main", tables.fixture.context())
      #expect(try await tables.fixture.count("dataset_refreshes") == 0)
    }
  }

  /// A log is read with bounds on what it may cost.
  @Test func whatIsTooLargeIsRefused() async throws {
    try await LoggedFixture.with { tables in
      try tables.copy("delta/busy")
      let objects = try ObjectStoreFactory(client: .shared, credentials: nil, logger: tables.catalog.logger).store(
        for: StorageProfile(root: ObjectLocation(tables.fixture.folder), endpoint: nil, region: nil, pathStyleAccess: false))
      let place = try ObjectLocation(tables.folder)
      for change: (inout TableFormatReader.Limits) -> Void in [
        { $0.maximumFileSizeBytes = 100 }, { $0.maximumSizeBytes = 5_000 },
        {
          $0.maximumNames = 3
          $0.pageSize = 2
        },
      ] {
        var limits = TableFormatReader.Limits()
        change(&limits)
        await #expect(throws: (any Error).self) { try await TableFormatReader(objects, place, limits: limits).read(.delta) }
      }
      // A hint that leads nowhere is none.
      for hint in ["{", #"{"version":99,"size":1}"#] {
        try tables.write("_delta_log/_last_checkpoint", hint)
        #expect(try await tables.reading(objects, place)?.version == "25")
      }
      try tables.copy("delta/busy")
      let whole = try #require(try await tables.reading(objects, place))
      #expect(try await TableFormatReader(objects, place).read(.delta, unless: whole.table.mark) == nil)
    }
  }
}

/// A dataset `ns.d` with a folder of its own, for a Delta or Hudi table.
private struct LoggedFixture {
  let fixture: CatalogFixture
  let catalog: Catalog
  let plan: FaultingObjectStore.Plan
  let folder: String

  var path: DatasetPath { fixture.path("d") }

  static func with(pageSize: Int = 5_000, patience: Duration = .seconds(600), _ body: (LoggedFixture) async throws -> Void) async throws {
    try await CatalogFixture.with { fixture in
      let plan = FaultingObjectStore.Plan()
      var options = CatalogOptions()
      options.tableFormatLimits.pageSize = pageSize
      options.tableFormatLimits.patience = patience
      let objects = ObjectStoreFactory(
        client: .shared, credentials: nil, logger: fixture.catalog.logger, wrap: { FaultingObjectStore(plan: plan, store: $0) })
      let catalog = Catalog(
        store: fixture.store, objects: objects, authorizer: Authorizer(fixture.store, allowsAnonymous: true), options: options,
        logger: fixture.catalog.logger)
      let folder = "\(fixture.folder)/tables/d"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let result: Result<Void, any Error>
      do {
        result = .success(try await body(LoggedFixture(fixture: fixture, catalog: catalog, plan: plan, folder: folder)))
      } catch {
        result = .failure(error)
      }
      try? FileManager.default.removeItem(atPath: fixture.folder)
      try result.get()
    }
  }

  // MARK: Files

  private static func fixturePath(_ name: String, file: String = #filePath) -> URL {
    URL(filePath: file).deletingLastPathComponent().deletingLastPathComponent().appending(path: "TableFormatsTests/Fixtures/\(name)")
  }

  static func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: fixturePath(name))) }

  /// Copies a committed table, whole or only some files of its log.
  func copy(_ name: String, only: Set<String>? = nil) throws {
    let source = Self.fixturePath(name).resolvingSymlinksInPath()
    let found = try #require(FileManager.default.enumerator(at: source, includingPropertiesForKeys: [.isRegularFileKey]))
    for case let file as URL in found {
      guard try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { continue }
      if let only, !only.contains(file.lastPathComponent) { continue }
      let relative = file.resolvingSymlinksInPath().path.dropFirst(source.path.count + 1)
      try write(String(relative), Data(contentsOf: file))
    }
  }

  func write(_ name: String, _ content: String) throws { try write(name, Data(content.utf8)) }

  private func write(_ name: String, _ content: Data) throws {
    let file = URL(filePath: folder).appending(path: name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try content.write(to: file)
  }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(folder)/\(name)") }

  typealias Column = (name: String, type: String, metadata: String)

  static func metadata(_ columns: [Column]) -> String {
    let fields = columns.map { #"{"name":"\#($0.name)","type":"\#($0.type)","nullable":true,"metadata":{\#($0.metadata)}}"# }
    let schema = JSONWriter.text { $0.value(#"{"type":"struct","fields":[\#(fields.joined(separator: ","))]}"#) }
    return #"{"metaData":{"id":"1","schemaString":\#(String(decoding: schema, as: UTF8.self)),"partitionColumns":[],"configuration":{}}}"#
  }

  /// Writes a Delta commit that gives the table these columns.
  func commit(_ version: Int, _ columns: [Column]) throws {
    let digits = "\(version)"
    let name = String(repeating: "0", count: 20 - digits.count) + digits
    try write(
      "_delta_log/\(name).json", #"{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}"# + "\n" + Self.metadata(columns) + "\n")
  }

  // MARK: The catalog

  func register(_ format: DatasetFormat) async throws { try await fixture.register("d", format, at: folder) }

  func load() async throws -> GenericDataset { try await catalog.loadDataset(path, fixture.context()) }

  func status() async throws -> DatasetRefresh { try await catalog.loadRefresh(of: path, fixture.context()) }

  func start() async throws -> (refresh: DatasetRefresh, isNew: Bool) {
    try await catalog.refreshDataset(path, fixture.context(), answer: { _ in [] })
  }

  /// Runs the jobs that wait.
  func run() async throws -> DatasetRefresh {
    while try await catalog.runNextJob(fixture.serverContext) {}
    return try await status()
  }

  func refresh() async throws -> DatasetRefresh {
    _ = try await start()
    return try await run()
  }

  func schedule(olderThan age: Duration) async throws {
    let server = try catalog.authorizer.authorizeServer(.runJob, on: CatalogResource(.job, ""), fixture.serverContext)
    _ = try await fixture.store.scheduleRefreshes(olderThan: age, limit: 100, server)
  }

  func reading(at version: String?) async throws -> TableReading? {
    let server = try catalog.authorizer.authorizeServer(.runJob, on: CatalogResource(.job, ""), fixture.serverContext)
    return try await catalog.reading(of: load(), at: version, server)
  }

  func reading(_ objects: any ObjectStore, _ place: ObjectLocation) async throws -> TableReading? {
    try await TableFormatReader(objects, place).read(.delta)
  }

  /// What the server's events say has changed, in order.
  func events() async throws -> [String] {
    let all = try await fixture.database.pool.run { connection in
      try connection.query("SELECT canonical FROM audit_events ORDER BY id") { row in try row[0] as [UInt8] }
    }
    return try all.compactMap { bytes in
      let event = try JSONDocument(parsing: bytes).root.object()
      guard try event.required("action").string() == "finish-refresh" else { return nil }
      let path = try event.required("object").object().required("path").array().map { try $0.string() }
      return try "refresh of \(path.dropFirst().joined(separator: ".")): "
        + event.required("after").object().map(\.key).sorted().joined(separator: ", ")
    }
  }
}
