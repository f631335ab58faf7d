import Lineage
import Postgres

/// What the database knows of the datasets and jobs that a batch names.
struct KnownNodes {
  var locations: [String: DatasetID] = [:]
  var identifiers: [String: DatasetID] = [:]
  var names: [(kind: String, name: EntityName, node: Int64, dataset: DatasetID?)] = []
  var nodes: [(DatasetID, Int64)] = []

  init(_ candidates: [DatasetCandidates], _ jobs: Set<EntityName>, on connection: PostgresConnection) throws {
    let places = Array(Set(candidates.flatMap(\.locations)))
    let paths = Array(Set(candidates.flatMap { $0.paths.map(\.identifierText) }))
    let wanted = Set(candidates.flatMap(\.names)).map { ("dataset", $0) } + jobs.map { ("job", $0) }
    func pair(_ row: PostgresRow) throws -> (String, DatasetID) { (try row[0], try row[1]) }
    let (byLocation, byIdentifier, byName) = try connection.pipeline { batch in
      (
        batch.query("SELECT location, id FROM datasets WHERE location = ANY(\(places)) AND dropped_at IS NULL", pair),
        batch.query("SELECT identifier, id FROM datasets WHERE identifier = ANY(\(paths)) AND dropped_at IS NULL", pair),
        batch.query(
          """
          SELECT w.kind, w.namespace, w.name, n.node_id, d.dataset_id
          FROM unnest(\(wanted.map(\.0)), \(wanted.map(\.1.namespace)), \(wanted.map(\.1.name))) AS w (kind, namespace, name)
          JOIN lineage_names n ON n.kind = w.kind AND n.namespace = w.namespace AND n.name = w.name JOIN lineage_nodes d ON d.id = n.node_id
          """
        ) { row in
          (
            kind: try row[0] as String, name: EntityName(namespace: try row[1], name: try row[2]), node: try row[3] as Int64,
            dataset: try row[4] as DatasetID?
          )
        }
      )
    }
    // A location that two have is nobody's.
    locations = Dictionary(byLocation.map { ($0.0, [$0.1]) }, uniquingKeysWith: +).compactMapValues { $0.count == 1 ? $0[0] : nil }
    identifiers = Dictionary(byIdentifier) { first, _ in first }
    names = byName
    let ids = Set(locations.values).union(identifiers.values)
    guard !ids.isEmpty else { return }
    nodes = try connection.query("SELECT dataset_id, id FROM lineage_nodes WHERE dataset_id = ANY(\(ids.map(\.uuid)))") { row in
      (try row[0] as DatasetID, try row[1] as Int64)
    }
  }

  func dataset(_ candidates: DatasetCandidates) -> DatasetID? {
    for location in candidates.locations { if let found = locations[location] { return found } }
    for path in candidates.paths { if let found = identifiers[path.identifierText] { return found } }
    return nil
  }
}
