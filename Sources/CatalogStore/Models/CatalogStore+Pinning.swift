import FoundationEssentials
import Iceberg
import Postgres
import TransparencyLog

extension CatalogStore {
  private static let pinColumns: SQL = """
    p.id, p.dataset_id, p.snapshot_id, p.file_set_snapshot_id, p.format_version, m.name || '@' || v.name, p.keep_until, p.reason, p.set_by,
    p.set_at, p.tag
    """
  private static let pinTables: SQL =
    "pins p LEFT JOIN model_versions v ON v.id = p.model_version_id LEFT JOIN models m ON m.id = v.model_id"

  private static func pin(_ row: PostgresRow) throws -> Pin {
    let snapshot: Int64? = try row[2]
    let frozen: Int64? = try row[3]
    let version: String? = try row[4]
    let state: DatasetState = snapshot.map { .snapshot($0) } ?? frozen.map { .fileSetSnapshot($0) } ?? .formatVersion(version ?? "")
    return Pin(
      id: try row[0], dataset: try row[1], state: state, modelVersion: try row[5], keepUntil: try row[6], reason: try row[7],
      setBy: try row[8], setAt: try row[9], tag: try row[10])
  }

  /// What must be kept of a dataset, and why; the oldest duty first.
  package func allPins(of dataset: DatasetID, _: Authorization) async throws -> [Pin] {
    try await pool.run { connection in try Self.pins("p.dataset_id = \(dataset)", on: connection) }
  }

  /// Some of a dataset's pins, the oldest first, to say why it stays.
  package func firstPins(of dataset: DatasetID) async throws -> [Pin] {
    try await pool.run { connection in try Self.pins("p.dataset_id = \(dataset)", limit: 5, on: connection) }
  }

  static func pins(_ condition: SQL, limit: Int64 = 10_000, on connection: PostgresConnection) throws -> [Pin] {
    try connection.query("SELECT \(pinColumns) FROM \(pinTables) WHERE \(condition) ORDER BY p.id LIMIT \(limit)", pin)
  }

  /// Pins a state of a dataset in the transaction that `connection` is in. From its end on nobody can remove that state or the dataset.
  ///
  /// - Throws: ``CatalogError/noSuchSnapshot(_:)`` when it is gone already.
  static func pin(
    _ state: DatasetState, of dataset: DatasetID, for version: ModelVersionID, named title: String, until end: PostgresTimestamp?,
    _ context: OperationContext, on connection: PostgresConnection
  ) throws {
    let (snapshot, frozen, formatVersion): (Int64?, Int64?, String?) =
      switch state {
      case .snapshot(let id): (id, nil, nil)
      case .fileSetSnapshot(let id): (nil, id, nil)
      case .formatVersion(let text): (nil, nil, text)
      }
    do {
      // One whose duty has ended and that is not taken away yet goes on.
      try connection.execute(
        """
        UPDATE pins SET keep_until = \(end) WHERE model_version_id = \(version) AND dataset_id = \(dataset)
          AND coalesce(snapshot_id::text, file_set_snapshot_id::text, format_version) = \(state.text)
          AND keep_until IS NOT NULL AND (\(end)::timestamptz IS NULL OR keep_until < \(end))
        """)
      try connection.execute(
        """
        INSERT INTO pins (id, dataset_id, snapshot_id, file_set_snapshot_id, format_version, model_version_id, keep_until, reason, set_by,
          set_at)
        SELECT \(PostgresUUID.timeOrdered()), \(dataset), \(snapshot), \(frozen), \(formatVersion), \(version), \(end),
          \("\(title) was trained on it"), \(context.principal), \(context.time)
        WHERE NOT EXISTS (SELECT FROM pins WHERE model_version_id = \(version) AND dataset_id = \(dataset)
          AND coalesce(snapshot_id::text, file_set_snapshot_id::text, format_version) = \(state.text))
        """)
    } catch let error as PostgresError where error.isForeignKeyViolation {
      throw CatalogError.noSuchSnapshot(
        "What \(title) is to be bound to (\(state.text)) was removed meanwhile, so nothing was bound; bind what is still there")
    }
  }

  /// Pins what all versions of a model were trained on, as far as it is still there.
  static func pinInputs(of model: Model, _ context: OperationContext, on connection: PostgresConnection) throws {
    try connection.execute(
      """
      INSERT INTO pins (id, dataset_id, snapshot_id, file_set_snapshot_id, format_version, model_version_id, keep_until, reason, set_by,
        set_at)
      SELECT DISTINCT ON (i.model_version_id, i.dataset_id, coalesce(i.snapshot_id::text, i.format_version))
        i.id, i.dataset_id, s.snapshot_id, f.snapshot_id, i.format_version, v.id,
        v.retired_at + make_interval(days => \(Int32(model.description.keepDaysAfterRetirement))),
        \(model.name) || '@' || v.name || ' was trained on it', \(context.principal), \(context.time)
      FROM model_versions v JOIN training_inputs i ON i.model_version_id = v.id AND i.withdrawn_at IS NULL
      JOIN datasets d ON d.id = i.dataset_id AND d.dropped_at IS NULL
      LEFT JOIN snapshots s ON s.dataset_id = d.id AND i.dataset_kind = 'table' AND s.snapshot_id = i.snapshot_id
      LEFT JOIN file_set_snapshots f ON f.dataset_id = d.id AND i.dataset_kind = 'dataset' AND f.snapshot_id = i.snapshot_id
      WHERE v.model_id = \(model.id) AND coalesce(s.snapshot_id::text, f.snapshot_id::text, i.format_version) IS NOT NULL
        AND NOT EXISTS (SELECT FROM pins p WHERE p.model_version_id = v.id AND p.dataset_id = i.dataset_id
          AND coalesce(p.snapshot_id::text, p.file_set_snapshot_id::text, p.format_version) = coalesce(i.snapshot_id::text, i.format_version))
      """)
  }

  /// Pins of tables that no tag tells of yet, by the table.
  package func untaggedPins(limit: Int, _: Authorization) async throws -> [(path: DatasetPath, pin: Pin)] {
    try await pool.run { connection in
      try connection.query(
        """
        SELECT \(Self.pinColumns), d.identifier FROM \(Self.pinTables) JOIN datasets d ON d.id = p.dataset_id
        WHERE p.tag IS NULL AND p.snapshot_id IS NOT NULL ORDER BY p.id LIMIT \(Int64(limit))
        """
      ) { row in (try DatasetPath(storedText: row[11]), try Self.pin(row)) }
    }
  }

  package func setTag(_ tag: String, of pin: PinID, _: Authorization) async throws {
    _ = try await pool.run { connection in try connection.execute("UPDATE pins SET tag = \(tag) WHERE id = \(pin)") }
  }

  /// Pins whose duty has ended, by their dataset.
  package func endedPins(limit: Int, _: Authorization) async throws -> [(path: DatasetPath, kind: DatasetKind, pin: Pin)] {
    try await pool.run { connection in
      try connection.query(
        """
        SELECT \(Self.pinColumns), d.identifier, d.kind FROM \(Self.pinTables) JOIN datasets d ON d.id = p.dataset_id
        WHERE p.keep_until <= now() ORDER BY p.keep_until, p.id LIMIT \(Int64(limit))
        """
      ) { row in (try DatasetPath(storedText: row[11]), try DatasetKind(stored: row[12]), try Self.pin(row)) }
    }
  }

  /// Takes a pin away whose duty has ended. One that goes on after all is given its tag anew.
  package func end(_ pin: Pin, of path: DatasetPath, _ authorization: Authorization) async throws {
    let event = AuditEvent(
      authorization,
      before: [
        "dataset": .string(path.identifier.description), "state": .string(pin.state.text), "reason": .string(pin.reason),
        "keep-until-ms": pin.keepUntil.map { .int64($0.milliseconds) } ?? .null,
      ])
    do {
      try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
        guard try connection.execute("DELETE FROM pins WHERE id = \(pin.id) AND keep_until <= now()") == 1 else { throw VersionMoved() }
      }
    } catch is VersionMoved {
      _ = try await pool.run { connection in try connection.execute("UPDATE pins SET tag = NULL WHERE id = \(pin.id)") }
    }
  }

  /// Runs a change of a dataset that a pin may forbid, and says which one did.
  ///
  /// - Throws: ``CatalogError/forbidden(_:)``
  static func sayingPinned<T>(
    _ path: DatasetPath, _ dataset: DatasetID, in pool: PostgresPool, _ body: () async throws -> T
  ) async throws -> T {
    do { return try await body() } catch let error as PostgresError where error.isPin {
      let pins = try await pool.run { connection in try Self.pins("p.dataset_id = \(dataset)", limit: 5, on: connection) }
      throw CatalogError.forbidden(pins.refusal(of: path))
    }
  }

  /// The same for commits, which a pin forbids that remove its snapshot.
  static func sayingPinned<T>(_ swaps: [DatasetSwap], in pool: PostgresPool, _ body: () async throws -> T) async throws -> T {
    do { return try await body() } catch let error as PostgresError where error.isPin {
      for swap in swaps {
        let pins = try await pool.run { connection in
          try Self.pins(
            "p.dataset_id = \(swap.base.id) AND p.snapshot_id = ANY(\(swap.rows.removedSnapshotIDs))", limit: 5, on: connection)
        }
        if !pins.isEmpty { throw CatalogError.forbidden(pins.refusal(of: swap.path)) }
      }
      throw CatalogError.commitFailed("Commit failed: a snapshot that it removes was pinned until a moment ago; try again")
    }
  }
}

extension PostgresError {
  /// Whether the foreign key of a pin refused it.
  fileprivate var isPin: Bool { isForeignKeyViolation && constraint?.hasPrefix("pins_keep_") == true }
}

extension [Pin] {
  /// Why something that they keep may not go.
  package func refusal(of path: DatasetPath) -> String {
    guard !isEmpty else { return "\(path.identifier) was pinned until a moment ago; try again" }
    let lines = map { pin in
      let end = pin.keepUntil.map { "until \($0.day)" } ?? "without an end yet"
      return "\(path.identifier)@\(pin.state.text) is pinned \(end): \(pin.reason)"
    }
    let version = self[0].modelVersion.map { "; see: moraine model show \($0)" } ?? ""
    return lines.joined(separator: "\n") + "\nNothing removes it before the duty ends\(version)"
  }
}

extension PostgresTimestamp {
  /// `2036-05-03`, in UTC.
  fileprivate var day: String {
    Date(timeIntervalSince1970: Double(milliseconds) / 1_000).formatted(.iso8601.year().month().day())
  }
}
