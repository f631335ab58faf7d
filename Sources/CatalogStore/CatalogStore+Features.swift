import Features
import Iceberg
import JSON
package import Postgres

/// A dataset that is a feature view, and what the last import read of it; no facts for one that was registered by hand.
package struct StoredFeatureView: Sendable {
  package let found: FoundDataset
  package let path: DatasetPath
  package let description: DatasetDescription
  package let facts: FeatureViewFacts?
  /// Names of the services of its namespace that have features of it, in their order.
  package let services: [String]
  /// When it was imported last.
  package let importedAt: PostgresTimestamp?
  package let importedBy: String?
}

/// A dataset by its name, as something else links to it.
package struct LinkedDataset: Sendable {
  package let found: FoundDataset
  package let path: DatasetPath
  package let location: String
}

extension CatalogStore {
  // MARK: Reading

  /// The living feature views of a namespace, by name.
  package func featureViews(in namespace: NamespaceID, _: Authorization) async throws -> [StoredFeatureView] {
    try await featureViews("d.namespace_id = \(namespace)")
  }

  /// Those of these datasets that are living feature views, by name.
  package func featureViews(_ ids: [DatasetID], _: Authorization) async throws -> [StoredFeatureView] {
    try await featureViews("d.id = ANY(\(ids.map(\.uuid)))")
  }

  /// One statement, so that a view and its parts agree.
  private func featureViews(_ condition: SQL) async throws -> [StoredFeatureView] {
    try await pool.run { connection in
      try connection.query(
        """
        SELECT d.identifier, d.head, v.project, v.kind, v.timestamp_field, v.created_timestamp_field, v.ttl_ms, v.is_online, v.description,
          v.owner, v.tags, v.imported_at, v.imported_by,
          (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('name', e.name, 'join-keys', e.join_keys, 'type', e.value_type,
            'description', e.description)) ORDER BY e.place) FROM feature_view_entities e WHERE e.dataset_id = d.id),
          (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('name', f.name, 'type', f.value_type, 'description', f.description,
            'tags', f.tags)) ORDER BY f.place) FROM features f WHERE f.dataset_id = d.id AND f.gone_at IS NULL),
          (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('role', s.role, 'name', s.name, 'kind', s.kind, 'location', s.location,
            'query', s.query, 'format', s.format, 'fields', s.fields, 'dataset-id', s.source_id)) ORDER BY s.place)
            FROM feature_view_sources s WHERE s.dataset_id = d.id),
          (SELECT array_agg(DISTINCT g.name) FROM feature_service_views w JOIN feature_services g ON g.id = w.service_id
            WHERE w.view_id = d.id),
          \(FoundDataset.columns)
        FROM datasets d LEFT JOIN feature_views v ON v.dataset_id = d.id
        WHERE d.kind = 'dataset' AND d.format = 'feature-view' AND d.dropped_at IS NULL AND \(condition) ORDER BY d.name
        """, Self.featureView)
    }
  }

  private static func featureView(_ row: PostgresRow) throws -> StoredFeatureView {
    StoredFeatureView(
      found: try FoundDataset(row, from: 17), path: try DatasetPath(text: row[0]),
      description: try DatasetDescription(json: JSONDocument(parsing: row.bytes(1)).root), facts: try FeatureViewFacts(row),
      services: try row[16] as [String]? ?? [], importedAt: try row[11], importedBy: try row[12])
  }

  /// The services of a namespace, by name.
  package func featureServices(in namespace: NamespaceID, _: Authorization) async throws -> [FeatureServiceFacts] {
    try await pool.run { connection in try Self.featureServices(in: namespace, on: connection) }
  }

  static func featureServices(in namespace: NamespaceID, on connection: PostgresConnection) throws -> [FeatureServiceFacts] {
    try connection.query(
      """
      SELECT g.name, g.project, g.description, g.owner, g.tags,
        (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('view', w.view_name, 'dataset-id', w.view_id, 'alias', w.alias,
          'features', w.features, 'join-keys', w.join_keys)) ORDER BY w.place) FROM feature_service_views w WHERE w.service_id = g.id)
      FROM feature_services g WHERE g.namespace_id = \(namespace) ORDER BY g.name
      """
    ) { row in
      FeatureServiceFacts(
        name: try row[0], project: try row[1], description: try row[2], owner: try row[3], tags: try StoredJSON.texts(row[4]),
        selections: try StoredJSON.list(row[5]) { json throws(JSONError) in try FeatureServiceFacts.Selection(stored: json) })
    }
  }

  // MARK: Finding sources

  /// Living datasets by ``DatasetPath/text``.
  package func linked(named identifiers: [PostgresText], _: Authorization) async throws -> [PostgresText: LinkedDataset] {
    guard !identifiers.isEmpty else { return [:] }
    let rows = try await linked("d.identifier = ANY(\(identifiers))")
    return Dictionary(rows.map { (PostgresText($0.path.text), $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Living datasets by id.
  package func linked(_ ids: [DatasetID], _: Authorization) async throws -> [DatasetID: LinkedDataset] {
    guard !ids.isEmpty else { return [:] }
    let rows = try await linked("d.id = ANY(\(ids.map(\.uuid)))")
    return Dictionary(rows.map { ($0.found.version.id, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// For each location, the living dataset whose files it is among: the one that lies closest around it.
  ///
  /// - Parameter locations: as the column holds them.
  package func linked(at locations: [PostgresText], _: Authorization) async throws -> [PostgresText: LinkedDataset] {
    guard !locations.isEmpty else { return [:] }
    let around = Dictionary(
      locations.map { ($0, Self.around($0.string, below: 0).map { PostgresText($0) }) }, uniquingKeysWith: { first, _ in first })
    let rows = try await linked("d.location = ANY(\(Array(Set(around.values.joined())))) AND d.kind <> 'view'")
    let byLocation = Dictionary(rows.map { (PostgresText($0.location), $0) }, uniquingKeysWith: { first, _ in first })
    return around.compactMapValues { places in places.reversed().lazy.compactMap { byLocation[$0] }.first }
  }

  private func linked(_ condition: SQL) async throws -> [LinkedDataset] {
    try await pool.run { connection in
      try connection.query(
        """
        SELECT d.identifier, d.location, \(FoundDataset.columns) FROM datasets d
        WHERE d.dropped_at IS NULL AND \(condition) ORDER BY d.identifier
        """
      ) { row in LinkedDataset(found: try FoundDataset(row, from: 2), path: try DatasetPath(text: row[0]), location: try row[1]) }
    }
  }
}

extension DatasetPath {
  /// The reverse of ``text``.
  init(text: String) throws {
    let parts = text.split(separator: "\u{1F}", omittingEmptySubsequences: false).map(String.init)
    guard parts.count > 2, let name = parts.last else { throw CatalogError.unavailable("\"\(text)\" is no dataset's name") }
    self.init(
      warehouse: parts[0], identifier: try TableIdentifier(namespace: Namespace(levels: Array(parts[1..<parts.count - 1])), name: name))
  }
}

extension FeatureViewFacts {
  /// From the columns of the statement above; `nil` for a view without facts.
  fileprivate init?(_ row: PostgresRow) throws {
    guard let kindText: String = try row[3], let project: String = try row[2] else { return nil }
    guard let kind = FeatureView.Kind(rawValue: kindText) else {
      throw CatalogError.unavailable("A feature view of kind \(kindText) needs a newer server")
    }
    self.init(
      project: project, kind: kind, entities: try StoredJSON.list(row[13]) { json throws(JSONError) in try Entity(stored: json) },
      features: try StoredJSON.list(row[14]) { json throws(JSONError) in try Feature(stored: json) }, timestampField: try row[4],
      createdTimestampField: try row[5], ttlMs: try row[6], isOnline: try row[7], description: try row[8], owner: try row[9],
      tags: try StoredJSON.texts(row[10]), sources: try StoredJSON.list(row[15]) { json throws(JSONError) in try Source(stored: json) })
  }
}

/// Columns that hold JSON.
private enum StoredJSON {
  /// An array; none for null, which an aggregate over no rows is.
  static func list<T>(_ text: PostgresJSONB?, _ element: (JSONValue) throws(JSONError) -> T) throws -> [T] {
    guard let text else { return [] }
    return try JSONDocument(parsing: text.bytes).root.array().decode(element)
  }

  static func texts(_ text: PostgresJSONB?) throws -> [String: String] {
    guard let text else { return [:] }
    return try JSONDocument(parsing: text.bytes).root.object().strings()
  }
}
