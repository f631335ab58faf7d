package import JSON
package import Postgres

/// An audit event with its place in the order of all.
package struct PlacedEvent: Sendable {
  /// From 0, without gaps.
  package let place: Int64
  package let id: AuditEventID
  package let time: PostgresTimestamp
  /// What the audit trail says of it: the event's canonical text, parsed.
  package let record: JSONObject
  package let action: String
  package let objectKind: String
  /// The names that lead to the object, its warehouse's first where it lies in one; none for the catalog itself.
  package let objectPath: [String]
  /// Whether something was changed, or keys were handed out; else it was denied, or read.
  package let isChange: Bool

  package init(place: Int64, id: AuditEventID, time: PostgresTimestamp, canonical: [UInt8]) throws {
    self.place = place
    self.id = id
    self.time = time
    record = try JSONDocument(parsing: canonical).root.object()
    isChange = record.optional("after") != nil
    action = try record.required("action").string()
    let object = try record.required("object").object()
    objectKind = try object.required("kind").string()
    objectPath = try object.required("path").array().map { try $0.string() }
  }
}
