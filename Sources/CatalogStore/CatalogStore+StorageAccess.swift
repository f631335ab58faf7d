import Postgres
import TransparencyLog

/// Keys that are about to be given to somebody, as the trail records them: what they open, never what they are.
package struct VendedKeys: Sendable {
  package let accessKeyID: String
  /// `nil` for keys without an end.
  package let expiresAtMs: Int64?
  /// `read`, `write` or `delete`.
  package let access: String
  /// Who holds them: `client`, or `signing` for the server, which signs with them.
  package let use: String
  package let locations: [String]

  package init(accessKeyID: String, expiresAtMs: Int64?, access: String, use: String, locations: [String]) {
    self.accessKeyID = accessKeyID
    self.expiresAtMs = expiresAtMs
    self.access = access
    self.use = use
    self.locations = locations
  }
}

/// A place that keys are to open for one table.
package struct TablePlace: Sendable {
  /// `nil` for a table that is not there yet.
  package let dataset: DatasetID?
  /// ``DatasetPath/text``
  package let identifier: String
  package let tableUUID: String
  /// Canonical, as the column holds it.
  package let location: String

  package init(dataset: DatasetID?, identifier: String, tableUUID: String, location: String) {
    self.dataset = dataset
    self.identifier = identifier
    self.tableUUID = tableUUID
    self.location = location
  }
}

extension CatalogStore {
  /// Records keys before anybody is given them.
  package func recordVending(_ keys: VendedKeys, _ authorization: Authorization) async throws {
    let event = AuditEvent(
      .vendCredentials, authorization.resource, authorization.context,
      after: [
        "access-key-id": .string(keys.accessKeyID),
        // In text: it may be beyond what JSON numbers hold exactly.
        "expires-at-ms": keys.expiresAtMs.map { .string(String($0)) } ?? .null,
        "access": .string(keys.access), "use": .string(keys.use),
        "locations": .array(keys.locations.map { .string($0) }),
      ])
    // A read's trail: whatever key its request carried, there is no answer to remember.
    _ = try await pool.run { connection in
      try connection.execute(
        """
        INSERT INTO audit_events (id, occurred_at, canonical, leaf_hash)
        VALUES (\(event.id), \(event.time), \(event.canonical), \(event.leafHash)) ON CONFLICT (id) DO NOTHING
        """)
    }
  }

  /// Whether another table's location is a place, in it, or around it, or that of a dataset of another kind.
  ///
  /// A dropped table still has its files. It counts unless it had the same name or was the same table, taken in again.
  package func isShared(_ place: TablePlace, _: Authorization) async throws -> Bool {
    let around = Self.around(place.location, below: 0)
    let other = place.dataset ?? .new()
    return try await pool.run { connection in
      try connection.first(
        """
        SELECT 1::bigint FROM datasets d WHERE d.kind <> 'view' AND d.id <> \(other)
          AND (d.location = ANY(\(around)) OR starts_with(d.location, \(place.location + "/")))
          AND (d.dropped_at IS NULL
            OR (d.kind = 'table' AND d.identifier <> \(place.identifier) AND strpos(d.head, \("\"table-uuid\":\"\(place.tableUUID)\"")) = 0))
        LIMIT 1
        """
      ) { row in try row[0] as Int64 } != nil
    }
  }

  /// Whether another table's metadata names a place, one in it, or one around it: reads all heads, and so is for the few tables that
  /// write outside their location. Says yes where it cannot be sure.
  ///
  /// - Parameter root: the warehouse's, which no table may name.
  package func isNamedElsewhere(_ place: TablePlace, below root: String, _: Authorization) async throws -> Bool {
    // In a head, some characters may be escaped.
    guard place.location.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }) else { return true }
    // Without the scheme: s3, s3a and s3n are one.
    func bare(_ location: String) -> Substring { location.firstIndex(of: "/").map { location[$0...] } ?? location[...] }
    let named =
      Self.around(place.location, below: root.utf8.count).flatMap { ["\(bare($0))\"", "\(bare($0))/\""] } + ["\(bare(place.location))/"]
    let other = place.dataset ?? .new()
    return try await pool.run { connection in
      try connection.first(
        """
        SELECT 1::bigint FROM datasets d WHERE d.kind = 'table' AND d.id <> \(other) AND d.dropped_at IS NULL
          AND EXISTS (SELECT 1 FROM unnest(\(named)) AS n (text) WHERE strpos(d.head, n.text) > 0)
        LIMIT 1
        """
      ) { row in try row[0] as Int64 } != nil
    }
  }

  /// A location and those around it that are longer than so many bytes.
  static func around(_ location: String, below count: Int) -> [String] {
    // Bytes: to a Swift character, a slash with a combining accent behind it is no slash.
    let bytes = Array(location.utf8)
    let ends = bytes.indices.filter { bytes[$0] == UInt8(ascii: "/") && $0 > count } + [bytes.count]
    return ends.map { String(decoding: bytes[..<$0], as: UTF8.self) }
  }
}
