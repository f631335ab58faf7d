import Catalog
package import CatalogStore
package import JSON
import Postgres
import TransparencyLog

/// The audit trail for those who search it.
struct TrailController: Sendable {
  let catalog: Catalog

  private static let defaultLimit = 100

  func searchTrail(_ call: Call) async throws -> Reply {
    let page = try await catalog.searchTrail(
      Self.filter(call), Self.cursor(call), limit: call.number("limit", 1...Catalog.maximumTrailEvents) ?? Self.defaultLimit, call.context)
    return Reply(
      json: JSONWriter.text(reservingBytes: 256 + page.events.count * 384) { writer in
        writer.object {
          $0.field("events", page.events)
          switch page.next {
          case .before(let place?): $0.field("next-before", place)
          case .after(let place): $0.field("next-after", place)
          case .before(nil), nil: break
          }
          $0.field("indexed", page.indexed)
          $0.field("placed", page.placed)
        }
      })
  }

  func loadAuditEvent(_ call: Call) async throws -> Reply {
    guard let id = PostgresUUID(try call.parameter("event")) else {
      throw CatalogError.badRequest("The path names no event: its id is a UUID")
    }
    let found = try await catalog.loadAuditEvent(AuditEventID(id), call.context)
    let event = found.event
    return Reply(
      json: JSONWriter.text(reservingBytes: 512 + event.canonical.count * 2) { writer in
        writer.object {
          $0.field("id", event.id.description)
          if let place = event.place { $0.field("place", place) }
          $0.field("canonical", String(decoding: event.canonical, as: UTF8.self))
          $0.field("leaf-hash", event.leafHash.hexadecimal)
          // Computed now, from the text: who changed the text alone is seen at once.
          $0.field("is-intact", LeafHash.of(event.canonical) == event.leafHash)
          if let size = event.checkpoint { $0.field("checkpoint", size) }
          if let number = found.policySet { $0.field("policy-set-number", number) }
          $0.field("reasons", found.reasons)
        }
      })
  }

  // MARK: The query

  private static func cursor(_ call: Call) throws -> TrailCursor {
    let before = try call.count("before")
    guard let after = try call.query("after"), !after.isEmpty else { return .before(before) }
    guard before == nil else { throw CatalogError.badRequest("The query parameters after and before exclude each other") }
    guard let place = Int64(after), place >= -1 else {
      throw CatalogError.badRequest("The query parameter after is \"\(after)\"; it must be the place of an event, or -1")
    }
    return .after(place)
  }

  private static func filter(_ call: Call) throws -> TrailFilter {
    func text(_ name: String) throws -> String? { try call.query(name).flatMap { $0.isEmpty ? nil : $0 } }
    var filter = TrailFilter()
    filter.actor = try text("actor")
    filter.requestID = try text("request")
    filter.object = try object(call)
    filter.actions = Set(try (text("action") ?? "").split(separator: ",").map(String.init))
    filter.since = try call.count("since-ms").map(time)
    filter.until = try call.count("until-ms").map(time)
    if let kind = try text("kind") {
      guard let known = TrailKind(rawValue: kind) else {
        throw CatalogError.badRequest(
          "\"\(kind)\" is no kind of event; there are \(TrailKind.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      filter.kinds = [known]
    }
    if let decision = try text("decision") {
      guard ["allow", "deny"].contains(decision) else {
        throw CatalogError.badRequest("The decision is \"\(decision)\"; it must be allow or deny")
      }
      filter.kinds = filter.kinds.filter { $0.decision == decision }
    }
    return filter
  }

  private static func time(_ milliseconds: Int64) throws -> PostgresTimestamp {
    // The year 9999: further than Postgres is asked.
    guard milliseconds < 253_402_300_800_000 else { throw CatalogError.badRequest("\(milliseconds) is no time in milliseconds since 1970") }
    return PostgresTimestamp(milliseconds: milliseconds)
  }

  private static func object(_ call: Call) throws -> TrailObject? {
    guard let kind = try call.query("object-kind"), TrailObject.otherKinds.contains(kind) else {
      return try AccessObject(query: call).flatMap { TrailObject($0) }
    }
    let name = try call.query("name").flatMap { $0.isEmpty ? nil : $0 }
    // Principals are named by their kind as well: `user:alice`.
    let path = kind == "principal" ? name?.split(separator: ":", maxSplits: 1).joined(separator: "\u{1F}") : name
    return TrailObject(kind: kind, path: path)
  }
}

extension IndexedEvent: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("place", place)
      if let id { $0.field("id", id.description) }
      // Without them the event is gone or unreadable.
      guard let facts else { return }
      $0.field("time-us", String(facts.time.microseconds))
      $0.field("principal", facts.actor)
      $0.field("action", facts.action)
      $0.field(
        "object",
        object: {
          $0.field("kind", facts.objectKind)
          $0.field("path", facts.objectPath.split(separator: "\u{1F}").map(String.init))
        })
      $0.field("kind", facts.kind.rawValue)
      $0.field("decision", facts.kind.decision)
      $0.field("request-id", facts.requestID)
    }
  }
}
