package import CatalogStore
import FoundationEssentials
package import JSON
import Postgres

/// An event as others read it: CloudEvents 1.0, in its JSON form.
package enum CloudEvent {
  /// `io.moraine.` and the action, as the audit trail calls it.
  package static func type(_ action: String) -> String { "io.moraine.\(action)" }

  package static func write(_ event: PlacedEvent, to writer: inout JSONWriter) {
    let warehouse =
      ["warehouse", "zone", "namespace", "table", "view", "dataset"].contains(event.objectKind) ? event.objectPath.first : nil
    writer.object {
      $0.field("specversion", "1.0")
      $0.field("id", event.id.description)
      $0.field("source", warehouse.map { "/moraine/\($0)" } ?? "/moraine")
      $0.field("type", type(event.action))
      if !event.objectPath.isEmpty { $0.field("subject", subject(event.objectPath)) }
      $0.field("time", time(event.time))
      // The extension `sequence`: of two events, the later one's is greater, also as text.
      let place = String(event.place)
      $0.field("sequence", String(repeating: "0", count: 19 - place.utf8.count) + place)
      $0.field("datacontenttype", "application/json")
      $0.field(
        "data",
        object: { data in
          data.field("place", event.place)
          data.field("action", event.action)
          for member in event.record where members.contains(member.key) {
            data.key(member.key)
            data.raw(member.value.raw)
          }
        })
    }
  }

  /// What an event says beside its attributes.
  private static let members: Set = ["decision", "object", "before", "after", "principal", "request-id"]

  package static func text(_ event: PlacedEvent) -> [UInt8] { JSONWriter.text(reservingBytes: 1_024) { write(event, to: &$0) } }

  /// What a receiver gets when it is tried out.
  static func ping(_ webhook: StoredWebhook, _ id: AuditEventID, _ context: OperationContext) -> [UInt8] {
    JSONWriter.text { writer in
      writer.object {
        $0.field("specversion", "1.0")
        $0.field("id", id.description)
        $0.field("source", "/moraine")
        $0.field("type", type("ping"))
        $0.field("subject", webhook.name)
        $0.field("time", time(context.time))
        $0.field("datacontenttype", "application/json")
        $0.field(
          "data",
          object: {
            $0.field("principal", context.principal)
            $0.field("request-id", context.requestID)
          })
      }
    }
  }

  /// The names of the path, joined by slashes; `%` and `/` within a name are escaped.
  private static func subject(_ path: [String]) -> String {
    path.map { $0.replacing("%", with: "%25").replacing("/", with: "%2F") }.joined(separator: "/")
  }

  /// RFC 3339, in UTC, to the microsecond.
  static func time(_ time: PostgresTimestamp) -> String {
    let fraction = time.microseconds - (time.microseconds / 1_000_000) * 1_000_000
    let seconds = Date(timeIntervalSince1970: Double(time.microseconds / 1_000_000)).formatted(.iso8601)
    return "\(seconds.dropLast()).\(String(1_000_000 + fraction).dropFirst())Z"
  }
}
