import JSON
package import Postgres

/// What an event of the trail is.
package enum TrailKind: String, CaseIterable, Sendable {
  /// Something was changed, or keys were handed out.
  case change
  case denial
  /// What somebody was given to read, where the zone wants that to be known.
  case read

  package var decision: String { self == .denial ? "deny" : "allow" }
}

/// An event as the index of the trail has it.
package struct IndexedEvent: Hashable, Sendable {
  package let place: Int64
  /// `nil` when the place was taken away since.
  package let id: AuditEventID?
  package let facts: Facts?

  /// What an event says that it can be found by.
  package struct Facts: Hashable, Sendable {
    package let time: PostgresTimestamp
    package let actor: String
    package let action: String
    package let objectKind: String
    /// Joined by U+001F.
    package let objectPath: String
    package let kind: TrailKind
    package let requestID: String
  }
}

extension IndexedEvent.Facts {
  /// Reads an event's canonical text, of any version. `nil` for one that is none.
  init?(canonical: [UInt8]) {
    do {
      let record = try JSONDocument(parsing: canonical).root.object()
      guard let microseconds = Int64(try record.required("time-us").string()) else { return nil }
      time = PostgresTimestamp(microseconds: microseconds)
      actor = try record.required("principal").string()
      action = try record.required("action").string()
      requestID = try record.required("request-id").string()
      let object = try record.required("object").object()
      objectKind = try object.required("kind").string()
      objectPath = try object.required("path").array().map { try $0.string() }.joined(separator: "\u{1F}")
      if try record.required("decision").string() == "deny" {
        kind = .denial
      } else {
        kind = record.optional("read") == nil ? .change : .read
      }
      // No text of Postgres holds one.
      guard ![actor, action, requestID, objectKind, objectPath].contains(where: { $0.utf8.contains(0) }) else { return nil }
    } catch {
      return nil
    }
  }
}
