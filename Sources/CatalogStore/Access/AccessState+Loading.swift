import Cedar
import Governance
import Iceberg
import JSON
import Policies
import Postgres

extension CatalogStore {
  /// The number that grows with everything decisions rest on.
  func accessRevision() async throws -> Int64 {
    try await pool.run { connection in try Self.accessRevision(on: connection) }
  }

  static func accessRevision(on connection: PostgresConnection) throws -> Int64 {
    try connection.first("SELECT revision FROM access_revision") { row in try row[0] as Int64 } ?? 0
  }

  /// Says, in the transaction of a change, that decisions may come out differently from now on.
  static func changeAccess(on connection: PostgresConnection) throws {
    try connection.execute("UPDATE access_revision SET revision = revision + 1")
  }

  /// Everything that decisions rest on, as of one moment.
  func accessState(allowsAnonymous: Bool) async throws -> AccessState {
    func contents() async throws -> AccessState.Contents {
      try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
        try AccessReader(connection: connection).contents()
      }
    }
    do {
      return try AccessState(try await contents(), allowsAnonymous: allowsAnonymous)
    } catch let error as PostgresError where error.outcomeUnknown {
      // It only read, so nothing is unknown.
      return try AccessState(try await contents(), allowsAnonymous: allowsAnonymous)
    }
  }
}

/// Reads the pieces of an access state in one transaction.
private struct AccessReader {
  let connection: PostgresConnection

  func contents() throws -> AccessState.Contents {
    let revision = try CatalogStore.accessRevision(on: connection)
    let (number, hash, text) = try policySet()
    var policies = try PolicySet(parsing: text, naming: .byAnnotation)
    try addLinks(to: &policies)
    let members = try principals()
    let warehouses = try warehouses()
    return AccessState.Contents(
      revision: revision, policySet: (number, hash), policies: policies,
      actions: try Schema(text: String(decoding: policySchema, as: UTF8.self)).actionEntities,
      groups: members.filter { $0.isGroup }.map(\.entity),
      principals: members.filter { !$0.isGroup }.map { ($0.name, $0.isEnabled, $0.entity) }, warehouses: warehouses,
      zones: try zones(warehouses), revoked: try texts("SELECT id FROM revoked_tokens WHERE expires_at > now()"),
      credentials: try texts(
        """
        SELECT id FROM clients WHERE is_enabled
        UNION ALL SELECT id FROM personal_access_tokens WHERE revoked_at IS NULL AND expires_at > now()
        """),
      held: try HeldPlaces(on: connection))
  }

  /// The newest policy set; before there is any, the one that a new catalog begins with.
  private func policySet() throws -> (number: Int64, hash: [UInt8], text: String) {
    let newest = try connection.first("SELECT number, hash FROM policy_sets ORDER BY number DESC LIMIT 1") { row in
      (number: try row[0] as Int64, hash: try row[1] as [UInt8])
    }
    guard let newest else {
      let text = String(decoding: initialPolicies, as: UTF8.self)
      return (0, try PolicySet(parsing: text, naming: .byAnnotation).digest, text)
    }
    let files = try connection.query(
      "SELECT content FROM policy_files WHERE set_number = \(newest.number) AND name LIKE '%.cedar' ORDER BY name"
    ) { row in try row[0] as String }
    return (newest.number, newest.hash, files.joined(separator: "\n"))
  }

  // MARK: Who

  private struct Member {
    let name: String
    let isGroup: Bool
    let isEnabled: Bool
    let entity: Entity
  }

  private func principals() throws -> [Member] {
    let groups = try connection.query(
      """
      SELECT m.member_id, g.kind, g.name FROM memberships m JOIN principals g ON g.id = m.group_id
      WHERE m.until IS NULL AND g.is_enabled
      """
    ) { row in (member: try row[0] as PostgresUUID, group: Self.uid(kind: try row[1], name: try row[2])) }
    let groupsByMember = Dictionary(grouping: groups, by: \.member)
    return try connection.query("SELECT id, kind, name, cleared, is_enabled FROM principals") { row in
      let id: PostgresUUID = try row[0]
      let kind: String = try row[1]
      let name: String = try row[2]
      let isGroup = kind == "role" || kind == "team"
      return Member(
        name: name, isGroup: isGroup, isEnabled: try row[4],
        entity: Entity(
          uid: Self.uid(kind: kind, name: name), attributes: isGroup ? .empty : AccessState.attributes(cleared: try row[3]),
          parents: (groupsByMember[id] ?? []).map(\.group)))
    }
  }

  private static func uid(kind: String, name: String) -> EntityUID {
    let type =
      switch kind {
      case "user": PolicyWord.user
      case "service": PolicyWord.service
      case "role": PolicyWord.role
      default: PolicyWord.team
      }
    return EntityUID(type: type, id: Text(name))
  }

  private func texts(_ query: SQL) throws -> [String] { try connection.query(query) { row in try row[0] as String } }

  // MARK: Where

  private func warehouses() throws -> [WarehouseFacts] {
    let parents = [PolicyWord.catalog]
    let ancestors = EntitySet(parents)
    return try connection.query("SELECT id, name FROM warehouses") { row in
      let name: String = try row[1]
      return WarehouseFacts(
        id: try row[0], name: name,
        entity: Entity(
          uid: EntityUID(type: PolicyWord.warehouse, id: PolicyWord.path([name])), attributes: .empty, parents: parents,
          ancestors: ancestors))
    }
  }

  private func zones(_ warehouses: [WarehouseFacts]) throws -> [ZoneFacts] {
    let byID = Dictionary(uniqueKeysWithValues: warehouses.map { ($0.id, $0) })
    return try connection.query("SELECT id, warehouse_id, name, kind, rules, owner, is_default FROM zones") { row -> ZoneFacts? in
      let warehouse: WarehouseID = try row[1]
      let kindName: String = try row[3]
      guard let kind = Zone.Kind(rawValue: kindName) else {
        throw CatalogError.unavailable("A zone of kind \(kindName) needs a newer server")
      }
      guard let warehouse = byID[warehouse] else { return nil }
      return ZoneFacts(
        id: try row[0], warehouse: warehouse, zone: Zone(name: try row[2], kind: kind),
        rules: try ZoneRules.stored(try row[4], for: kind), owner: try row[5], isDefault: try row[6])
    }.compactMap { $0 }
  }

  // MARK: Grants

  /// Each grant, and for each the way to what was granted: the names of what it lies in.
  private func addLinks(to policies: inout PolicySet) throws {
    var ways: Set<Way> = []
    let grants = try connection.query(
      """
      SELECT g.id, g.privilege, p.kind, p.name, g.object_kind, g.object_id, coalesce(w.name, zw.name, nw.name), z.name, coalesce(n.path, dn.path),
        d.kind, mo.name
      FROM grants g JOIN principals p ON p.id = g.principal_id
      LEFT JOIN warehouses w ON g.object_kind = 'warehouse' AND w.id = g.object_id
      LEFT JOIN datasets d ON g.object_kind = 'dataset' AND d.id = g.object_id AND d.dropped_at IS NULL
      LEFT JOIN namespaces dn ON dn.id = d.namespace_id
      LEFT JOIN namespaces n ON g.object_kind = 'namespace' AND n.id = g.object_id
      LEFT JOIN warehouses nw ON nw.id = coalesce(n.warehouse_id, dn.warehouse_id)
      LEFT JOIN zones z ON z.id = CASE WHEN g.object_kind = 'zone' THEN g.object_id ELSE coalesce(n.zone_id, dn.zone_id) END
      LEFT JOIN warehouses zw ON zw.id = z.warehouse_id
      LEFT JOIN models mo ON g.object_kind = 'model' AND mo.id = g.object_id
      WHERE g.revoked_at IS NULL
      """
    ) { row in
      Grant(
        id: try row[0], privilege: try row[1], principal: Self.uid(kind: try row[2], name: try row[3]), objectKind: try row[4],
        objectID: try row[5], warehouse: try row[6], zone: try row[7], namespace: try row[8], datasetKind: try row[9], model: try row[10])
    }
    for grant in grants {
      let template = Text("grant-\(grant.privilege)")
      guard let resource = grant.resource, policies[template] != nil else { continue }
      try policies.link(
        TemplateLink(id: Text("grant:\(grant.id)"), template: template, principal: grant.principal, resource: resource))
      for place in grant.way { ways.insert(Way(principal: grant.principal, place: place)) }
    }
    guard policies["grant-path"] != nil else { return }
    for way in ways.sorted() {
      try policies.link(
        TemplateLink(id: Text("path:\(way.principal)→\(way.place)"), template: "grant-path", principal: way.principal, resource: way.place))
    }
  }

  private struct Way: Hashable, Comparable {
    let principal: EntityUID
    let place: EntityUID

    static func < (left: Way, right: Way) -> Bool {
      left.principal == right.principal ? left.place < right.place : left.principal < right.principal
    }
  }

  private struct Grant {
    let id: PostgresUUID
    let privilege: String
    let principal: EntityUID
    let objectKind: String
    let objectID: PostgresUUID?
    let warehouse: String?
    let zone: String?
    /// Of the object or of what it lies in.
    let namespace: String?
    let datasetKind: String?
    let model: String?

    /// `nil` when the object is gone.
    var resource: EntityUID? {
      switch objectKind {
      case "catalog": return PolicyWord.catalog
      case "warehouse": return warehouse.map { EntityUID(type: PolicyWord.warehouse, id: PolicyWord.path([$0])) }
      case "zone": return zoneUID
      case "namespace": return namespaceUID(levels)
      case "model": return model.map { EntityUID(type: PolicyWord.model, id: Text($0)) }
      default:
        guard let objectID, let kind = datasetKind.flatMap(DatasetKind.init) else { return nil }
        return EntityUID(type: PolicyWord.type(of: kind), id: Text(objectID.description))
      }
    }

    /// What the object lies in, below the warehouse.
    var way: [EntityUID] {
      let above = objectKind == "namespace" ? levels.count - 1 : objectKind == "dataset" ? levels.count : 0
      let namespaces = above > 0 ? (1...above).compactMap { namespaceUID(Array(levels.prefix($0))) } : []
      return namespaces + (objectKind == "zone" ? [] : [zoneUID].compactMap { $0 })
    }

    private var levels: [String] { namespace.map { Namespace(pathText: $0).levels } ?? [] }

    private var zoneUID: EntityUID? {
      guard let warehouse, let zone else { return nil }
      return EntityUID(type: PolicyWord.zone, id: PolicyWord.path([warehouse, zone]))
    }

    private func namespaceUID(_ levels: [String]) -> EntityUID? {
      guard let warehouse, !levels.isEmpty else { return nil }
      return NamespaceFacts.uid(warehouse, levels[...])
    }
  }
}

extension ZoneRules {
  /// The rules of a zone as its row has them: its own, or those of its kind.
  static func stored(_ text: PostgresText?, for kind: Zone.Kind) throws -> ZoneRules {
    guard let text else { return standard(for: kind) }
    return try ZoneRules(json: JSONDocument(parsing: text.bytes).root)
  }
}
