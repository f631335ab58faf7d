import Catalog
import CatalogStore
import Iceberg
import JSON
import Lineage
import Postgres

/// What Marquez's web interface and its clients read (Marquez's `spec/openapi.yml`, 0.51): namespaces, jobs, runs, datasets and their
/// graph, as lineage knows them. Nothing is changed here; events come in by ``LineageController``.
struct MarquezController: Sendable {
  let catalog: Catalog

  private static let defaultLimit = 100
  private static let defaultSearchLimit = 10
  private static let defaultDepth = 20

  // MARK: Namespaces

  func listLineageNamespaces(_ call: Call) async throws -> Reply {
    let names = try await catalog.lineageNamespaces(Self.page(call), call.context)
    return Self.reply { writer in writer.field("namespaces", array: { for name in names { $0.object { $0.marquezNamespace(name) } } }) }
  }

  func loadLineageNamespace(_ call: Call) async throws -> Reply {
    let name = try await catalog.lineageNamespace(call.parameter("namespace"), call.context)
    return Self.reply { $0.marquezNamespace(name) }
  }

  // MARK: Jobs

  func listLineageJobs(_ call: Call) async throws -> Reply {
    let jobs = try await catalog.lineageJobs(states: Self.states(call), Self.page(call), call.context)
    return Self.reply { $0.marquez(jobs, "jobs") }
  }

  func listLineageJobsOfNamespace(_ call: Call) async throws -> Reply {
    let jobs = try await catalog.lineageJobs(
      in: call.parameter("namespace"), states: Self.states(call), Self.page(call), call.context)
    return Self.reply { $0.marquez(jobs, "jobs") }
  }

  func loadLineageJob(_ call: Call) async throws -> Reply { Reply(try await catalog.lineageJob(call.lineageName("job"), call.context)) }

  func listLineageRuns(_ call: Call) async throws -> Reply {
    let runs = try await catalog.lineageRuns(of: call.lineageName("job"), Self.page(call), call.context)
    return Self.reply { $0.marquez(runs, "runs") }
  }

  func loadLineageRun(_ call: Call) async throws -> Reply { Reply(try await catalog.lineageRun(Self.run(call), call.context)) }

  func loadLineageRunFacets(_ call: Call) async throws -> Reply {
    let type = try call.query("type")?.lowercased() ?? ""
    guard type == "run" || type == "job" else {
      throw CatalogError.badRequest("The query parameter type is \"\(type)\"; it may be run or job")
    }
    let run = try await catalog.lineageRun(Self.run(call), call.context)
    return Self.reply { writer in
      writer.field("runId", run.run.id.description)
      writer.field("facets", (type == "run" ? run.facets : run.jobFacets) ?? FacetSet())
    }
  }

  private static func run(_ call: Call) throws -> RunID {
    let text = try call.parameter("run")
    guard let id = RunID(text) else { throw CatalogError.badRequest("\"\(text.prefix(80))\" is no run; runs are named by a UUID") }
    return id
  }

  /// `lastRunStates=FAILED`, several with commas or given several times.
  private static func states(_ call: Call) throws -> Set<RunCondition>? {
    let words = try call.queries("lastRunStates").flatMap { $0.split(separator: ",") }
    guard !words.isEmpty else { return nil }
    return Set(
      try words.map { word in
        guard let state = RunCondition(rawValue: word.uppercased()) else {
          let states = RunCondition.allCases.map(\.rawValue).joined(separator: ", ")
          throw CatalogError.badRequest("The query parameter lastRunStates is \"\(word.prefix(40))\"; it may be \(states)")
        }
        return state
      })
  }

  // MARK: Datasets

  func listLineageDatasets(_ call: Call) async throws -> Reply {
    let datasets = try await catalog.lineageDatasets(in: call.parameter("namespace"), Self.page(call), call.context)
    return Self.reply { $0.marquez(datasets, "datasets") }
  }

  func loadLineageDataset(_ call: Call) async throws -> Reply {
    Reply(try await catalog.lineageDataset(call.lineageName("dataset"), call.context))
  }

  func listLineageVersions(_ call: Call) async throws -> Reply {
    let versions = try await catalog.lineageVersions(of: call.lineageName("dataset"), Self.page(call), call.context)
    return Self.reply { $0.marquez(versions, "versions") }
  }

  func loadLineageVersion(_ call: Call) async throws -> Reply {
    Reply(try await catalog.lineageVersion(call.parameter("version"), of: call.lineageName("dataset"), call.context))
  }

  // MARK: Graphs

  func loadLineageGraph(_ call: Call) async throws -> Reply {
    Reply(
      try await catalog.marquezGraph(
        of: NodeIdentifier(query: call), depth: call.number("depth", 0...Catalog.maximumTraceDepth) ?? Self.defaultDepth, call.context))
  }

  func loadColumnLineage(_ call: Call) async throws -> Reply {
    Reply(
      try await catalog.marquezColumns(
        of: NodeIdentifier(query: call), depth: call.number("depth", 0...Catalog.maximumTraceDepth) ?? Self.defaultDepth,
        downstream: call.flag("withDownstream"), call.context))
  }

  // MARK: Search, tags, events

  func searchLineage(_ call: Call) async throws -> Reply {
    guard let text = try call.query("q"), !text.allSatisfy(\.isWhitespace) else {
      throw CatalogError.badRequest("Say what to look for with q, part of the name of a dataset or job")
    }
    guard text.utf8.count <= EntityName.maximumSizeBytes else {
      throw CatalogError.badRequest("The query parameter q is too long for a name")
    }
    let kinds: [String]
    switch try call.query("filter")?.lowercased() {
    case nil, "", "all": kinds = []
    case "dataset": kinds = ["dataset"]
    case "job": kinds = ["job"]
    case let other?: throw CatalogError.badRequest("The query parameter filter is \"\(other.prefix(40))\"; it may be dataset or job")
    }
    let order: LineageSearch.Order
    switch try call.query("sort")?.lowercased() {
    case nil, "", "name": order = .name
    case "updated_at", "update_at": order = .updatedAt
    case let other?: throw CatalogError.badRequest("The query parameter sort is \"\(other.prefix(40))\"; it may be name or updated_at")
    }
    var search = LineageSearch(
      text: text, kinds: kinds, order: order, limit: try call.number("limit", 0...LineagePage.maximumLimit) ?? Self.defaultSearchLimit)
    search.namespace = try call.query("namespace")
    search.after = try Self.time(call, "after")
    search.before = try Self.time(call, "before")
    let found = try await catalog.searchLineage(search, call.context)
    return Self.reply { writer in
      writer.field("totalCount", found.count)
      writer.field(
        "results",
        array: {
          for node in found {
            $0.object {
              $0.field("type", node.kind.uppercased())
              $0.field("name", node.name.name)
              $0.field("updatedAt", node.lastSeenAt.marquezText)
              $0.field("namespace", node.name.namespace)
              $0.field("nodeId", node.marquezID)
            }
          }
        })
    }
  }

  /// The vocabulary of tags: those that may say certain things only, once for each of these, as datasets show them.
  func listLineageTags(_ call: Call) async throws -> Reply {
    let page = try Self.page(call)
    var tags: [(name: String, description: String)] = []
    var request = PageRequest()
    while tags.count < page.offset + page.limit {
      let read = try await catalog.listTagDefinitions(request, call.context)
      for tag in read.elements {
        tags += (tag.values.map { $0.map { "\(tag.key)=\($0)" } } ?? [tag.key]).map { ($0, tag.description) }
      }
      guard let next = read.next else { break }
      request = PageRequest(after: next)
    }
    return Self.reply { writer in
      writer.field(
        "tags",
        array: {
          for tag in tags.dropFirst(page.offset).prefix(page.limit) {
            $0.object {
              $0.field("name", tag.name)
              $0.field("description", tag.description)
            }
          }
        })
    }
  }

  func listLineageEvents(_ call: Call) async throws -> Reply {
    let isAscending: Bool
    switch try call.query("sortDirection")?.lowercased() {
    case nil, "", "desc": isAscending = false
    case "asc": isAscending = true
    case let other?: throw CatalogError.badRequest("The query parameter sortDirection is \"\(other.prefix(40))\"; it may be asc or desc")
    }
    let events = try await catalog.lineageEvents(
      from: Self.time(call, "after"), until: Self.time(call, "before"), isAscending: isAscending, Self.page(call), call.context)
    return Self.reply { writer in
      writer.field("events", array: { for event in events.elements { $0.raw(event) } })
      writer.field("totalCount", events.count)
    }
  }

  // MARK: Statistics

  func countLineageEvents(_ call: Call) async throws -> Reply {
    let activity = try await catalog.lineageActivity(Self.period(call), call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.array {
          for one in activity {
            $0.object {
              $0.marquezInterval(one.interval)
              $0.field("fail", one.events[.fail] ?? 0)
              $0.field("start", one.events[.start] ?? 0)
              $0.field("complete", one.events[.complete] ?? 0)
              $0.field("abort", one.events[.abort] ?? 0)
            }
          }
        }
      })
  }

  func countLineageJobs(_ call: Call) async throws -> Reply {
    Self.reply(try await catalog.lineageGrowth(of: "job", Self.period(call), call.context))
  }

  func countLineageDatasets(_ call: Call) async throws -> Reply {
    Self.reply(try await catalog.lineageGrowth(of: "dataset", Self.period(call), call.context))
  }

  func countLineageSources(_ call: Call) async throws -> Reply {
    Self.reply(try await catalog.lineageSources(Self.period(call), call.context))
  }

  private static func period(_ call: Call) throws -> StatisticsPeriod {
    let text = try call.query("period") ?? ""
    guard let period = StatisticsPeriod(rawValue: text.uppercased()) else {
      throw CatalogError.badRequest("The query parameter period is \"\(text.prefix(40))\"; it may be DAY or WEEK")
    }
    return period
  }

  private static func reply(_ counts: [IntervalCount]) -> Reply {
    Reply(
      json: JSONWriter.text { writer in
        writer.array {
          for one in counts {
            $0.object {
              $0.marquezInterval(one.interval)
              $0.field("count", one.count)
            }
          }
        }
      })
  }

  // MARK: Parts

  private static func reply(_ body: (inout JSONWriter) -> Void) -> Reply { Reply(json: JSONWriter.text { $0.object(body) }) }

  /// `limit` and `offset`.
  private static func page(_ call: Call) throws -> LineagePage {
    LineagePage(
      offset: try call.number("offset", 0...LineagePage.maximumOffset) ?? 0,
      limit: try call.number("limit", 0...LineagePage.maximumLimit) ?? defaultLimit)
  }

  private static func time(_ call: Call, _ name: String) throws -> PostgresTimestamp? {
    guard let text = try call.query(name), !text.isEmpty else { return nil }
    guard let time = EventTime.microseconds(text) else {
      throw CatalogError.badRequest("The query parameter \(name) is \"\(text.prefix(60))\"; it must be a time such as 2026-05-03T12:00:00Z")
    }
    return PostgresTimestamp(microseconds: time)
  }
}

extension Call {
  /// The job or dataset of a path.
  fileprivate func lineageName(_ parameter: String) throws -> EntityName {
    EntityName(namespace: try self.parameter("namespace"), name: try self.parameter(parameter))
  }
}

extension NodeIdentifier {
  /// More colons than that are in nobody's names.
  private static let maximumColons = 32

  init(query call: Call) throws {
    guard let text = try call.query("nodeId"), !text.isEmpty else {
      throw CatalogError.badRequest("Say where to start with nodeId: dataset:NAMESPACE:NAME or job:NAMESPACE:NAME")
    }
    try self.init(text)
  }

  /// `dataset:s3://bucket:path`: every way to read it, the one that Marquez itself takes first. It divides at the first colon that no `//`
  /// and no digit follows.
  ///
  /// - Throws: ``CatalogError/badRequest(_:)``
  init(_ text: String) throws {
    func invalid() -> CatalogError {
      .badRequest(
        "\"\(text.prefix(200))\" names no node; write dataset:NAMESPACE:NAME, job:NAMESPACE:NAME or datasetField:NAMESPACE:NAME:COLUMN")
    }
    guard let colon = text.firstIndex(of: ":"), !text.utf8.contains(0), text.utf8.count <= 2 * EntityName.maximumSizeBytes else {
      throw invalid()
    }
    let rest = text[text.index(after: colon)...]
    let colons = rest.indices.filter { rest[$0] == ":" }
    guard colons.count <= Self.maximumColons else { throw invalid() }
    func isMarquezs(_ colon: Substring.Index) -> Bool {
      let behind = rest[rest.index(after: colon)...]
      return !behind.hasPrefix("//") && behind.first?.isNumber != true
    }
    let ordered = colons.filter(isMarquezs) + colons.filter { !isMarquezs($0) }
    func names(in whole: Substring) -> [EntityName] {
      ordered.filter { $0 < whole.endIndex }.compactMap { colon in
        let name = whole[whole.index(after: colon)...]
        return name.isEmpty ? nil : EntityName(namespace: String(whole[..<colon]), name: String(name))
      }
    }
    switch text[..<colon] {
    case "dataset", "job":
      let readings = names(in: rest)
      guard !readings.isEmpty else { throw invalid() }
      self = text[..<colon] == "job" ? .job(readings: readings) : .dataset(readings: readings)
    case "datasetField":
      let readings = colons.reversed().flatMap { last -> [(dataset: EntityName, column: String)] in
        let column = String(rest[rest.index(after: last)...])
        return column.isEmpty ? [] : names(in: rest[..<last]).map { ($0, column) }
      }
      guard !readings.isEmpty else { throw invalid() }
      self = .column(readings: readings)
    default: throw invalid()
    }
  }
}
