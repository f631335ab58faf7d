import Features
import JSON
import Postgres
import TransparencyLog

/// What an import changes, all of it or nothing; each part with its event.
package struct FeatureImport: Sendable {
  package var creations: [(dataset: NewDataset, facts: FeatureViewFacts, event: AuditEvent)] = []
  package var swaps: [(swap: DatasetSwap, facts: FeatureViewFacts, event: AuditEvent)] = []
  package var drops: [(found: FoundDataset, path: DatasetPath, event: AuditEvent)] = []
  /// As they were when the import was planned.
  package var services: [FeatureServiceFacts]
  package var setServices: [FeatureServiceFacts] = []
  package var dropServices: [String] = []
  /// Of both.
  package var serviceEvent: AuditEvent?

  package init(services: [FeatureServiceFacts]) { self.services = services }

  fileprivate var events: [AuditEvent] {
    creations.map(\.event) + swaps.map(\.event) + drops.map(\.event) + (serviceEvent.map { [$0] } ?? [])
  }
}

extension CatalogStore {
  /// Makes feature views and services of a namespace what a registry says, in one transaction.
  ///
  /// - Returns: `false`, with nothing changed, when one of them is not what it was when the import was planned.
  /// - Throws: ``CatalogError/noSuchNamespace(_:)``
  package func importFeatures(
    _ features: FeatureImport, in namespace: NamespaceID, _ authorization: Authorization, answer: [UInt8]
  ) async throws -> Bool {
    guard let first = features.events.first else { return true }
    let change = Change(authorization, event: first, answer: .json(answer))
    let context = authorization.context
    // One order for everybody, so that two of these never wait for each other.
    let swaps = features.swaps.sorted { $0.swap.base.id.uuid < $1.swap.base.id.uuid }
    do {
      try await commit(change) { connection in
        // One import of a namespace at a time: services have no versions of their own.
        let isThere = try connection.first("SELECT true FROM namespaces WHERE id = \(namespace) FOR NO KEY UPDATE") { row in
          try row[0] as Bool
        }
        guard isThere != nil, try Self.featureServices(in: namespace, on: connection) == features.services else { throw VersionMoved() }
        for creation in features.creations {
          // Somebody made it meanwhile; who plans again sees whether it is the same.
          do { try Self.insert(creation.dataset, on: connection) } catch CatalogError.alreadyExists { throw VersionMoved() }
        }
        for (swap, _, _) in swaps {
          let count = try connection.first("\(swap.expression(at: change.revision)) SELECT count(*) FROM swapped") { row in
            try row[0] as Int64
          }
          guard count == 1 else { throw VersionMoved() }
        }
        for (found, path, _) in features.drops {
          guard try Self.drop(found.version.id, path, on: connection) == found.version.version else { throw VersionMoved() }
        }
        // Views may be made of each other, so their rows come when all of them are there.
        for (id, facts) in features.creations.map({ ($0.dataset.id, $0.facts) }) + swaps.map({ ($0.swap.base.id, $0.facts) }) {
          try Self.put(facts, of: id, context, on: connection)
        }
        for service in features.setServices { try Self.put(service, in: namespace, context, on: connection) }
        if !features.dropServices.isEmpty {
          try connection.execute(
            "DELETE FROM feature_services WHERE namespace_id = \(namespace) AND name = ANY(\(features.dropServices))")
        }
        for event in features.events.dropFirst() { try Change(recording: event).record(on: connection) }
      }
      return true
    } catch is VersionMoved {
      return false
    }
  }

  private static func put(
    _ facts: FeatureViewFacts, of view: DatasetID, _ context: OperationContext, on connection: PostgresConnection
  ) throws {
    try connection.execute(
      """
      INSERT INTO feature_views (dataset_id, project, kind, timestamp_field, created_timestamp_field, ttl_ms, is_online, description, owner,
        tags, imported_by, imported_at)
      VALUES (\(view), \(facts.project), \(facts.kind.rawValue), \(facts.timestampField), \(facts.createdTimestampField), \(facts.ttlMs),
        \(facts.isOnline), \(facts.description), \(facts.owner), \(jsonb(facts.tags)), \(context.principal), \(context.time))
      ON CONFLICT (dataset_id) DO UPDATE SET project = excluded.project, kind = excluded.kind, timestamp_field = excluded.timestamp_field,
        created_timestamp_field = excluded.created_timestamp_field, ttl_ms = excluded.ttl_ms, is_online = excluded.is_online,
        description = excluded.description, owner = excluded.owner, tags = excluded.tags, imported_by = excluded.imported_by,
        imported_at = excluded.imported_at
      """)
    try connection.execute("DELETE FROM feature_view_entities WHERE dataset_id = \(view)")
    try connection.execute(
      """
      INSERT INTO feature_view_entities (dataset_id, place, name, join_keys, value_type, description)
      SELECT \(view), place, e ->> 'name', e -> 'join-keys', e ->> 'type', e ->> 'description'
      FROM jsonb_array_elements(\(jsonb(facts.entities))) WITH ORDINALITY AS a (e, place)
      """)
    try connection.execute(
      """
      UPDATE features SET gone_at = \(context.time)
      WHERE dataset_id = \(view) AND name <> ALL(\(facts.features.map(\.name))) AND gone_at IS NULL
      """)
    try connection.execute(
      """
      INSERT INTO features (dataset_id, name, place, value_type, description, tags)
      SELECT \(view), f ->> 'name', place, f ->> 'type', f ->> 'description', f -> 'tags'
      FROM jsonb_array_elements(\(jsonb(facts.features))) WITH ORDINALITY AS a (f, place)
      ON CONFLICT (dataset_id, name) DO UPDATE SET place = excluded.place, value_type = excluded.value_type,
        description = excluded.description, tags = excluded.tags, gone_at = NULL
      """)
    try connection.execute("DELETE FROM feature_view_sources WHERE dataset_id = \(view)")
    // A source that has gone meanwhile is one that was not found.
    try connection.execute(
      """
      INSERT INTO feature_view_sources (dataset_id, place, role, name, kind, location, query, format, fields, source_id)
      SELECT \(view), place, s ->> 'role', s ->> 'name', s ->> 'kind', s ->> 'location', s ->> 'query', s ->> 'format', s -> 'fields',
        (SELECT id FROM datasets WHERE id = (s ->> 'dataset-id')::uuid)
      FROM jsonb_array_elements(\(jsonb(facts.sources))) WITH ORDINALITY AS a (s, place)
      """)
  }

  private static func put(
    _ service: FeatureServiceFacts, in namespace: NamespaceID, _ context: OperationContext, on connection: PostgresConnection
  ) throws {
    let id = try connection.first(
      """
      INSERT INTO feature_services (id, namespace_id, name, project, description, owner, tags, imported_by, imported_at)
      VALUES (\(PostgresUUID.timeOrdered()), \(namespace), \(service.name), \(service.project), \(service.description), \(service.owner),
        \(jsonb(service.tags)), \(context.principal), \(context.time))
      ON CONFLICT (namespace_id, name) DO UPDATE SET project = excluded.project, description = excluded.description,
        owner = excluded.owner, tags = excluded.tags, imported_by = excluded.imported_by, imported_at = excluded.imported_at
      RETURNING id
      """
    ) { row in try row[0] as PostgresUUID }
    try connection.execute("DELETE FROM feature_service_views WHERE service_id = \(id)")
    try connection.execute(
      """
      INSERT INTO feature_service_views (service_id, place, view_name, view_id, alias, features, join_keys)
      SELECT \(id), place, s ->> 'view', (SELECT id FROM datasets WHERE id = (s ->> 'dataset-id')::uuid), s ->> 'alias', s -> 'features',
        s -> 'join-keys'
      FROM jsonb_array_elements(\(jsonb(service.selections))) WITH ORDINALITY AS a (s, place)
      """)
  }

  private static func jsonb(_ values: [some JSONEncodable]) -> PostgresJSONB {
    PostgresJSONB(JSONWriter.text { $0.values(values) })
  }

  private static func jsonb(_ texts: [String: String]) -> PostgresJSONB {
    PostgresJSONB(
      JSONWriter.text { writer in
        writer.object {
          for (key, value) in texts.sorted(by: { $0.key < $1.key }) {
            $0.key(key)
            $0.value(value)
          }
        }
      })
  }
}
