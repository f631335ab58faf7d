import ArgumentParser
import FoundationEssentials
import JSON

/// Which events of the trail are wanted.
struct TrailOptions: ParsableArguments {
  enum Kind: String, CaseIterable, ExpressibleByArgument { case change, denial, read }
  enum Decision: String, CaseIterable, ExpressibleByArgument { case allow, deny }

  @Option(help: ArgumentHelp("By this user or service only: NAME, or user:NAME, service:NAME.", valueName: "principal"))
  var actor: String?
  @Option(
    name: .customLong("on"), parsing: .upToNextOption,
    help: ArgumentHelp(
      """
      On this object and what lies in it only: warehouse [NAME], zone NAME, namespace NAME, table NAME, view NAME, dataset NAME, model NAME; \
      or principal KIND:NAME, webhook, job, tag, term, hold, retention, mlflow [NAME], without a name all of that kind.
      """, valueName: "object"))
  var object: [String] = []
  @Option(name: .customLong("action"), help: "Of this action only, such as update-table. Repeatable.") var actions: [String] = []
  @Option(
    help: ArgumentHelp("From then on: 2026-05-03, which means the start of that day in UTC, or 2026-05-03T12:00:00Z.", valueName: "time"),
    transform: Self.start)
  var since: Int64?
  @Option(
    help: ArgumentHelp("Until then: 2026-05-03, which means the end of that day in UTC, or 2026-05-03T12:00:00Z.", valueName: "time"),
    transform: PastOptions.milliseconds)
  var until: Int64?
  @Option(help: "allow or deny.") var decision: Decision?
  @Option(help: "change, denial or read.") var kind: Kind?
  @Option(help: ArgumentHelp("Of this request only: its X-Request-Id.", valueName: "id")) var request: String?

  /// Kinds that only the trail has objects of.
  private static let otherKinds = ["principal", "webhook", "job", "tag", "term", "hold", "retention", "mlflow"]

  @Sendable
  private static func start(_ text: String) throws -> Int64 {
    try PastOptions.milliseconds(text.utf8.count == 10 ? text + "T00:00:00Z" : text)
  }

  /// As the server is asked.
  func query(in warehouse: String) throws -> [(String, String)] {
    var query: [(String, String)] = []
    // Users and services have names of their own among each other; roles and teams do nothing.
    if let actor {
      let principal = PrincipalName(argument: actor)
      if let principal, !["user", "service"].contains(principal.kind) {
        throw CommandFailure.usage("A \(principal.kind) does nothing itself", hint: "Name a user or a service.")
      }
      query.append(("actor", principal?.name ?? actor))
    }
    if let kind = object.first, Self.otherKinds.contains(kind) {
      guard object.count <= 2 else { throw CommandFailure.usage("\"\(object.joined(separator: " "))\" is no name of an object") }
      query.append(("object-kind", kind))
      if object.count == 2 { query.append(("name", object[1])) }
    } else if !object.isEmpty {
      query += try ObjectName(object).query(in: warehouse)
    }
    if !actions.isEmpty { query.append(("action", actions.joined(separator: ","))) }
    if let since { query.append(("since-ms", String(since))) }
    // The server's end is the first moment that is no longer wanted.
    if let until { query.append(("until-ms", String(until + 1))) }
    if let decision { query.append(("decision", decision.rawValue)) }
    if let kind { query.append(("kind", kind.rawValue)) }
    if let request { query.append(("request", request)) }
    return query
  }
}

/// Events of the trail as rows for people.
enum TrailRow {
  static let path = ["governance", "v1", "audit", "events"]
  static let columns: [TextTable.Column] = [
    .number("PLACE"), .fixed("TIME"), .fixed("KIND"), .text("ACTOR"), .text("ACTION"), .text("OBJECT"),
  ]

  static func cells(_ json: JSONValue) throws -> [String] {
    let event = try json.object()
    let place = String(try event.required("place").int64())
    guard let kind = try event.optional("kind")?.string() else { return [place, "", "unreadable", "", "", ""] }
    return [
      place, try time(event.required("time-us")), kind, try event.required("principal").string(), try event.required("action").string(),
      try object(event.required("object")),
    ]
  }

  /// UTC to the second, of microseconds since 1970.
  static func time(_ json: JSONValue) throws -> String {
    let text = try json.string()
    return Int64(text).map { "\(Instant(milliseconds: $0 / 1000))" } ?? text
  }

  /// `table lake/a/t`
  static func object(_ json: JSONValue) throws -> String {
    let object = try json.object()
    let path = try object.required("path").array().map { try $0.string().replacing("%", with: "%25").replacing("/", with: "%2F") }
    return "\(try object.required("kind").string()) \(path.joined(separator: "/"))"
  }
}
