import Cedar
import Governance
import Iceberg
import JSON
import Postgres

/// Reads objects, and the entities that stand for them and for all they lie in.
struct DecisionPlaces {
  let connection: PostgresConnection

  private struct ZoneRow {
    let warehouse: String
    let name: String
    let owner: String?
    /// Whether main changes by publishing only.
    let isGated: Bool
    let entity: Entity
  }

  private struct NamespaceRow {
    let id: PostgresUUID
    let parent: PostgresUUID?
    let zone: PostgresUUID
    let path: NamespacePath
    let owner: String?
    let description: String?
  }

  private struct DatasetRow {
    let id: PostgresUUID
    let namespace: PostgresUUID
    let kind: DatasetKind
    let path: DatasetPath
    let owner: String?
    let description: String?
    let formatVersion: Int64
    let tags: DatasetTags
    let pinned: [Int64]
  }

  private struct ModelRow {
    let name: String
    let owner: String?
    let description: String
    let isRegulated: Bool
  }

  func objects(_ scope: DecisionScope) throws -> (objects: [DecisionObject], next: String?, entities: [Entity]) {
    let warehouses = try warehouses()
    let zones = try zones()
    let (chosen, next) = try DecisionObjectList(connection: connection).rows(scope)
    let datasets = try datasets(chosen.filter { $0.kind == .dataset }.compactMap(\.id))
    let namespaces = try namespaces(chosen.filter { $0.kind == .namespace }.compactMap(\.id) + datasets.values.map(\.namespace))
    let held = try HeldPlaces(on: connection)
    let models = try models(chosen.filter { $0.kind == .model }.compactMap(\.id))
    let objects = chosen.compactMap { row -> DecisionObject? in
      switch row.kind {
      case .catalog: return DecisionObject(object: .catalog, uid: DecisionName.catalog, formatVersion: 0)
      case .warehouse:
        guard let name = row.id.flatMap({ warehouses[$0] }) else { return nil }
        return DecisionObject(object: .warehouse(name), uid: DecisionName.warehouse(name), formatVersion: 0)
      case .zone:
        guard let zone = row.id.flatMap({ zones[$0] }) else { return nil }
        return DecisionObject(object: .zone(zone.name, warehouse: zone.warehouse), uid: zone.entity.uid, formatVersion: 0)
      case .namespace:
        guard let found = row.id.flatMap({ namespaces[$0] }) else { return nil }
        return DecisionObject(object: .namespace(found.path), uid: DecisionName.namespace(found.path), formatVersion: 0)
      case .model:
        guard let found = row.id.flatMap({ models[$0] }) else { return nil }
        return DecisionObject(object: .model(found.name), uid: DecisionName.model(found.name), formatVersion: 0)
      case .dataset:
        guard let found = row.id.flatMap({ datasets[$0] }) else { return nil }
        let zone = namespaces[found.namespace].flatMap { zones[$0.zone] }
        return DecisionObject(
          object: .dataset(found.kind, found.path), uid: DecisionName.dataset(found.kind, found.id), formatVersion: found.formatVersion,
          isGated: zone?.isGated ?? false)
      }
    }
    let entities =
      [Entity(uid: DecisionName.catalog)]
      + warehouses.values.map { Entity(uid: DecisionName.warehouse($0), parents: [DecisionName.catalog]) } + zones.values.map(\.entity)
      + namespaces.values.map { entity($0, namespaces, zones, held) } + datasets.values.map { entity($0, namespaces, zones, held) }
      + models.values.map(Self.entity)
    return (objects, next, entities)
  }

  // MARK: Rows

  private func warehouses() throws -> [PostgresUUID: String] {
    let rows = try connection.query("SELECT id, name FROM warehouses") { row in (try row[0] as PostgresUUID, try row[1] as String) }
    return Dictionary(uniqueKeysWithValues: rows)
  }

  private func zones() throws -> [PostgresUUID: ZoneRow] {
    let rows = try connection.query(
      "SELECT z.id, w.name, z.name, z.kind, z.owner, z.rules FROM zones z JOIN warehouses w ON w.id = z.warehouse_id"
    ) { row in
      let (warehouse, name): (String, String) = (try row[1], try row[2])
      let kindName: String = try row[3]
      guard let kind = Zone.Kind(rawValue: kindName) else {
        throw CatalogError.unavailable("A zone of kind \(kindName) needs a newer server")
      }
      let parents = [DecisionName.warehouse(warehouse), DecisionName.uid("ZoneKind", kindName)]
      let entity = Entity(uid: DecisionName.zone(name, of: warehouse), parents: parents)
      return (
        try row[0] as PostgresUUID,
        ZoneRow(
          warehouse: warehouse, name: name, owner: try row[4], isGated: try ZoneRules.stored(try row[5], for: kind).isGated, entity: entity)
      )
    }
    return Dictionary(uniqueKeysWithValues: rows)
  }

  /// The namespaces and all above them.
  private func namespaces(_ ids: [PostgresUUID]) throws -> [PostgresUUID: NamespaceRow] {
    let rows = try connection.query(
      """
      WITH RECURSIVE up AS (
        SELECT n.* FROM namespaces n WHERE n.id = ANY(\(ids))
        UNION SELECT n.* FROM namespaces n JOIN up ON n.id = up.parent_id)
      SELECT up.id, up.parent_id, up.zone_id, w.name, up.path, up.owner, up.properties FROM up JOIN warehouses w ON w.id = up.warehouse_id
      """
    ) { row in
      NamespaceRow(
        id: try row[0], parent: try row[1], zone: try row[2],
        path: NamespacePath(warehouse: try row[3], namespace: Namespace(pathText: try row[4])), owner: try row[5],
        description: try storedProperties(row[6] as PostgresText)["comment"])
    }
    return Dictionary(uniqueKeysWithValues: rows.map { ($0.id, $0) })
  }

  private func datasets(_ ids: [PostgresUUID]) throws -> [PostgresUUID: DatasetRow] {
    let rows = try connection.query(
      """
      SELECT d.id, d.namespace_id, d.kind, w.name, n.path, d.name, d.owner, d.description, coalesce(d.format_version, 0), d.tags::text,
        ARRAY(SELECT DISTINCT p.snapshot_id FROM pins p WHERE p.dataset_id = d.id AND p.snapshot_id IS NOT NULL ORDER BY 1)
      FROM datasets d JOIN namespaces n ON n.id = d.namespace_id JOIN warehouses w ON w.id = d.warehouse_id WHERE d.id = ANY(\(ids))
      """
    ) { row in
      let kind = try DatasetKind(stored: row[2])
      let version: Int16 = try row[8]
      let identifier = try TableIdentifier(namespace: Namespace(pathText: try row[4]), name: try row[5])
      return DatasetRow(
        id: try row[0], namespace: try row[1], kind: kind,
        path: DatasetPath(warehouse: try row[3], identifier: identifier), owner: try row[6], description: try row[7],
        formatVersion: Int64(version), tags: try DatasetTags(stored: row[9]), pinned: try row[10])
    }
    return Dictionary(uniqueKeysWithValues: rows.map { ($0.id, $0) })
  }

  private func models(_ ids: [PostgresUUID]) throws -> [PostgresUUID: ModelRow] {
    let rows = try connection.query("SELECT id, name, owner, purpose, is_regulated FROM models WHERE id = ANY(\(ids))") { row in
      (
        try row[0] as PostgresUUID,
        ModelRow(name: try row[1], owner: try row[2], description: try row[3], isRegulated: try row[4])
      )
    }
    return Dictionary(uniqueKeysWithValues: rows)
  }

  // MARK: Entities

  private static func entity(_ row: ModelRow) -> Entity {
    let governed = governed(owner: row.owner, description: row.description, restricted: [], isRegulated: row.isRegulated)
    return Entity(uid: DecisionName.model(row.name), attributes: Record([("gov", governed)]), parents: [DecisionName.catalog])
  }

  /// Its own owner, or that of the nearest thing it lies in.
  private func owner(_ start: NamespaceRow, _ namespaces: [PostgresUUID: NamespaceRow], _ zones: [PostgresUUID: ZoneRow]) -> String? {
    var row: NamespaceRow? = start
    while let found = row {
      if let owner = found.owner { return owner }
      row = found.parent.flatMap { namespaces[$0] }
    }
    return zones[start.zone]?.owner
  }

  /// Itself and all that it lies in.
  private func places(_ start: NamespaceRow, _ namespaces: [PostgresUUID: NamespaceRow], _ zones: [PostgresUUID: ZoneRow]) -> EntitySet {
    var uids = [DecisionName.warehouse(start.path.warehouse)]
    if let zone = zones[start.zone] { uids.append(zone.entity.uid) }
    var row: NamespaceRow? = start
    while let found = row {
      uids.append(DecisionName.namespace(found.path))
      row = found.parent.flatMap { namespaces[$0] }
    }
    return EntitySet(uids)
  }

  private func entity(
    _ row: NamespaceRow, _ namespaces: [PostgresUUID: NamespaceRow], _ zones: [PostgresUUID: ZoneRow], _ held: HeldPlaces
  ) -> Entity {
    let parent = row.parent.flatMap { namespaces[$0] }.map { DecisionName.namespace($0.path) } ?? zones[row.zone]?.entity.uid
    let uid = DecisionName.namespace(row.path)
    let isHeld = !held.holds(on: uid, in: places(row, namespaces, zones), carrying: DatasetTags()).isEmpty
    let governed = Self.governed(
      owner: owner(row, namespaces, zones), description: row.description, restricted: [], isHeld: isHeld)
    return Entity(
      uid: uid, attributes: Record([("gov", governed)]), parents: parent.map { [$0] } ?? [])
  }

  private func entity(
    _ row: DatasetRow, _ namespaces: [PostgresUUID: NamespaceRow], _ zones: [PostgresUUID: ZoneRow], _ held: HeldPlaces
  ) -> Entity {
    let namespace = namespaces[row.namespace]
    let uid = DecisionName.dataset(row.kind, row.id)
    let places = namespace.map { self.places($0, namespaces, zones) } ?? EntitySet.empty
    let governed = Self.governed(
      owner: row.owner ?? namespace.flatMap { owner($0, namespaces, zones) }, description: row.description,
      restricted: row.tags.own[DatasetTags.classification].map { [$0] } ?? [],
      isHeld: !held.holds(on: uid, in: places, carrying: row.tags).isEmpty)
    var fields: [(name: Text, value: Value)] = [("gov", governed)]
    if row.kind == .table {
      fields += [("formatVersion", .long(row.formatVersion)), ("pinned", .set(ValueSet(row.pinned.map { .long($0) })))]
    }
    return Entity(
      uid: uid, attributes: Record(fields),
      tags: Record(row.tags.own.map { (Text($0.key), .string(Text($0.value))) }),
      parents: namespace.map { [DecisionName.namespace($0.path)] } ?? [])
  }

  private static func governed(owner: String?, description: String?, restricted: [String], isRegulated: Bool = false, isHeld: Bool = false)
    -> Value
  {
    var fields: [(name: Text, value: Value)] = [
      ("restricted", .set(ValueSet(restricted.filter(DatasetTags.restrictions.contains).map { .entity(DecisionName.uid("Tag", $0)) }))),
      ("regulated", .bool(isRegulated)), ("legalHold", .bool(isHeld)),
    ]
    if let description { fields.append(("description", .string(Text(description)))) }
    if let owner, let uid = DecisionName.grantee(GranteeName(owner)) {
      let name: Text? =
        switch GranteeName(owner).kind {
        case "user": "ownerUser"
        case "service": "ownerService"
        case "team": "ownerTeam"
        default: nil
        }
      if let name { fields.append((name, .entity(uid))) }
    }
    return .record(Record(fields))
  }
}
