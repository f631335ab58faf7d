import Lineage
import Postgres

/// The nodes that a batch of events tells of: found, made, and, where two turn out to be one dataset, joined.
struct GraphNodes {
  private enum Kind: String {
    case dataset, job
  }

  /// A name of a node, as the table has it.
  private struct NameKey: Hashable {
    let kind: Kind
    let name: EntityName
  }

  private struct NewName {
    let node: Int64
    let location: String?
    let identifier: String?
  }

  private struct Seen {
    var first: PostgresTimestamp
    var last: PostgresTimestamp
    var lastEvent: Int64

    mutating func merge(_ other: Seen) {
      first = min(first, other.first)
      if (other.last, other.lastEvent) >= (last, lastEvent) { (last, lastEvent) = (other.last, other.lastEvent) }
    }
  }

  private var names: [NameKey: Int64] = [:]
  /// Of nodes that are datasets of the catalog.
  private var datasetOfNode: [Int64: DatasetID] = [:]
  private var nodeOfDataset: [DatasetID: Int64] = [:]
  private var nodeOfIdentity: [DatasetIdentity: Int64] = [:]
  private var freshIDs: [Int64] = []
  private var made: [(id: Int64, kind: Kind, name: EntityName)] = []
  private var adopted: [Int64: DatasetID] = [:]
  private var newNames: [NameKey: NewName] = [:]
  private var joined: [(from: Int64, into: Int64)] = []
  private var seen: [Int64: Seen] = [:]

  init(_ events: [GraphBatch.Event], aliases: [NamespaceAliases.Alias], on connection: PostgresConnection) throws {
    let aliases = try Self.aliases(aliases, on: connection)
    var candidates: [DatasetIdentity: DatasetCandidates] = [:]
    var order: [DatasetIdentity] = []
    var jobs: Set<EntityName> = []
    for event in events {
      for dataset in event.facts.datasets where candidates[dataset] == nil {
        candidates[dataset] = dataset.candidates(aliases)
        order.append(dataset)
      }
      jobs.formUnion(event.facts.jobs)
    }
    let found = try KnownNodes(Array(candidates.values), jobs, on: connection)
    for name in found.names {
      guard let kind = Kind(rawValue: name.kind) else { continue }
      names[NameKey(kind: kind, name: name.name)] = name.node
      if let dataset = name.dataset { link(name.node, dataset) }
    }
    for (dataset, node) in found.nodes { link(node, dataset) }
    let newJobs = jobs.filter { names[NameKey(kind: .job, name: $0)] == nil }
    let unknown = candidates.values.filter { candidates in
      let isNamed = candidates.names.contains { names[NameKey(kind: .dataset, name: $0)] != nil }
      return !isNamed || found.dataset(candidates).map { nodeOfDataset[$0] == nil } == true
    }
    freshIDs = try Self.freshIDs(newJobs.count + unknown.count, on: connection)
    for identity in order { if let candidates = candidates[identity] { resolve(identity, candidates, found) } }
    for job in newJobs { make(.job, job) }
    for event in events { note(event) }
  }

  func dataset(_ identity: DatasetIdentity) -> Int64 { current(nodeOfIdentity[identity] ?? 0) }

  func job(_ name: EntityName) -> Int64 { names[NameKey(kind: .job, name: name)] ?? 0 }

  // MARK: Finding

  static func aliases(_ own: [NamespaceAliases.Alias], on connection: PostgresConnection) throws -> NamespaceAliases {
    let warehouses = try connection.query("SELECT name, location FROM warehouses") { row in
      (name: try row[0] as String, location: try row[1] as String)
    }
    return NamespaceAliases(
      own
        + warehouses.flatMap { warehouse in
          [warehouse.name, warehouse.location].map { NamespaceAliases.Alias(namespace: $0, warehouse: warehouse.name) }
        })
  }

  private static func freshIDs(_ count: Int, on connection: PostgresConnection) throws -> [Int64] {
    guard count > 0 else { return [] }
    return try connection.query(
      "SELECT nextval(pg_get_serial_sequence('lineage_nodes', 'id')) FROM generate_series(1, \(Int64(count))::bigint)"
    ) { row in try row[0] as Int64 }
  }

  private mutating func resolve(_ identity: DatasetIdentity, _ candidates: DatasetCandidates, _ found: KnownNodes) {
    let known = candidates.names.compactMap { names[NameKey(kind: .dataset, name: $0)].map(current) }
    let node: Int64
    if let dataset = found.dataset(candidates) {
      let free = known.filter { datasetOfNode[$0] == nil }
      if let its = nodeOfDataset[dataset] {
        node = its
      } else if let first = free.first {
        node = first
        adopt(first, dataset)
      } else {
        node = make(.dataset, candidates.names[0])
        adopt(node, dataset)
      }
      for other in free where other != node { join(other, into: node) }
    } else if let first = known.first(where: { datasetOfNode[$0] != nil }) ?? known.first {
      node = first
      for other in known where other != node && datasetOfNode[other] == nil { join(other, into: node) }
    } else {
      node = make(.dataset, candidates.names[0])
    }
    nodeOfIdentity[identity] = node
    for (place, name) in candidates.names.enumerated() {
      let key = NameKey(kind: .dataset, name: name)
      guard names[key].map(current) != node || newNames[key] != nil else { continue }
      names[key] = node
      newNames[key] = NewName(
        node: node, location: StorageAddress(name)?.text, identifier: place == 0 ? candidates.paths.first?.identifierText : nil)
    }
  }

  private mutating func link(_ node: Int64, _ dataset: DatasetID) {
    datasetOfNode[node] = dataset
    nodeOfDataset[dataset] = node
  }

  private mutating func adopt(_ node: Int64, _ dataset: DatasetID) {
    link(node, dataset)
    adopted[node] = dataset
  }

  @discardableResult
  private mutating func make(_ kind: Kind, _ name: EntityName) -> Int64 {
    let id = freshIDs.removeLast()
    made.append((id, kind, name))
    let key = NameKey(kind: kind, name: name)
    names[key] = id
    newNames[key] = NewName(node: id, location: kind == .dataset ? StorageAddress(name)?.text : nil, identifier: nil)
    return id
  }

  private mutating func join(_ node: Int64, into other: Int64) {
    guard current(node) != current(other) else { return }
    joined.append((node, other))
  }

  /// The node that one was joined into.
  private func current(_ node: Int64) -> Int64 { joined.reduce(node) { $0 == $1.from ? $1.into : $0 } }

  private mutating func note(_ event: GraphBatch.Event) {
    let time = PostgresTimestamp(microseconds: event.facts.timeUs)
    let row = Seen(first: time, last: time, lastEvent: event.id)
    for dataset in event.facts.datasets { seen[self.dataset(dataset), default: row].merge(row) }
    for job in event.facts.jobs { seen[self.job(job), default: row].merge(row) }
  }

  // MARK: Writing

  func write(on connection: PostgresConnection) throws {
    let made = made.compactMap { node in seen[node.id].map { (node, $0) } }
    var statements: [SQL] = []
    if !made.isEmpty {
      statements.append(
        """
        INSERT INTO lineage_nodes (id, kind, namespace, name, dataset_id, first_seen_at, last_seen_at, last_event_id)
        SELECT * FROM unnest(\(made.map(\.0.id)), \(made.map(\.0.kind.rawValue)), \(made.map(\.0.name.namespace)), \(made.map(\.0.name.name)),
          \(made.map { adopted[$0.0.id]?.uuid }), \(made.map(\.1.first)), \(made.map(\.1.last)), \(made.map(\.1.lastEvent)))
        """)
    }
    let isMade = Set(made.map(\.0.id))
    let known = seen.filter { !isMade.contains($0.key) }.sorted { $0.key < $1.key }
    if !known.isEmpty {
      statements.append(
        """
        UPDATE lineage_nodes n SET first_seen_at = LEAST(n.first_seen_at, s.first), last_seen_at = GREATEST(n.last_seen_at, s.last),
          last_event_id = CASE WHEN s.last >= n.last_seen_at THEN s.event ELSE n.last_event_id END
        FROM unnest(\(known.map(\.key)), \(known.map(\.value.first)), \(known.map(\.value.last)), \(known.map(\.value.lastEvent)))
          AS s (id, first, last, event) WHERE n.id = s.id
        """)
    }
    let links = adopted.filter { !isMade.contains($0.key) }
    for (node, dataset) in links {
      statements.append("UPDATE lineage_nodes SET dataset_id = \(dataset) WHERE id = \(node)")
    }
    let names = newNames.filter { isMade.contains(current($0.value.node)) || seen[current($0.value.node)] != nil }.map { $0 }
    if !names.isEmpty {
      statements.append(
        """
        INSERT INTO lineage_names AS n (kind, namespace, name, node_id, location, identifier)
        SELECT * FROM unnest(\(names.map(\.key.kind.rawValue)), \(names.map(\.key.name.namespace)), \(names.map(\.key.name.name)),
          \(names.map { current($0.value.node) }), \(names.map(\.value.location)), \(names.map(\.value.identifier)))
        ON CONFLICT (kind, namespace, name) DO UPDATE SET node_id = excluded.node_id,
          location = coalesce(excluded.location, n.location), identifier = coalesce(excluded.identifier, n.identifier)
        """)
    }
    try connection.pipeline(statements)
    for (from, into) in joined { try LineageIntake.join(from, into: into, on: connection) }
  }
}

extension EventFacts {
  /// Every job that is named.
  var jobs: [EntityName] {
    var jobs = [job, run?.parent?.job].compactMap { $0 }
    for link in links {
      jobs.append(link.job)
      for case .job(let name) in [link.source, link.target] { jobs.append(name) }
    }
    return jobs
  }
}

extension CatalogPath {
  /// As `datasets.identifier` has it.
  var identifierText: String { ([warehouse] + namespace + [name]).joined(separator: "\u{1F}") }
}
