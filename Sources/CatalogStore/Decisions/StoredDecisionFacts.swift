import Cedar
import Governance
import Iceberg
import JSON
package import Postgres

/// What decisions rest on, read from the tables in one transaction.
package struct StoredDecisionFacts: DecisionFacts {
  private let store: CatalogStore
  private let schema: Cedar.Schema

  package init(_ store: CatalogStore) throws {
    self.store = store
    schema = try Cedar.Schema(text: PolicyBundle.schemaText)
  }

  package func basis(asOf time: PostgresTimestamp?, _ scope: DecisionScope) async throws -> DecisionBasis {
    let schema = schema
    return try await store.pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
      try DecisionReader(connection: connection, schema: schema, time: time).basis(scope)
    }
  }
}

/// Reads the pieces in one transaction.
private struct DecisionReader {
  let connection: PostgresConnection
  let schema: Cedar.Schema
  let time: PostgresTimestamp?

  func basis(_ scope: DecisionScope) throws -> DecisionBasis {
    let set = try CatalogStore.policySet(time.map(PolicySetChoice.at) ?? .current, on: connection)
    var policies = try CatalogStore.policyFiles(of: set, on: connection).policies
    let grants = try link(into: &policies)
    let members = try members()
    let places = DecisionPlaces(connection: connection)
    let (objects, next, entities) = try places.objects(scope)
    return DecisionBasis(
      policySet: set, policies: policies, schema: schema,
      entities: try EntityStore(schema.actionEntities + members.map(\.entity) + entities),
      principals: members.compactMap { member in
        guard member.name.kind == "user" || member.name.kind == "service" else { return nil }
        return DecisionPrincipal(name: member.name, uid: member.entity.uid, isEnabled: member.isEnabled)
      },
      objects: objects, next: next, grants: grants)
  }

  // MARK: Who

  private struct Member {
    let name: GranteeName
    let isEnabled: Bool
    let entity: Entity
  }

  private func members() throws -> [Member] {
    let condition: SQL = time.map { "m.since <= \($0) AND (m.until IS NULL OR m.until > \($0))" } ?? "m.until IS NULL"
    let groups = try connection.query(
      """
      SELECT m.member_id, g.kind, g.name FROM memberships m JOIN principals g ON g.id = m.group_id WHERE g.is_enabled AND \(condition)
      """
    ) { row in (member: try row[0] as PostgresUUID, group: DecisionName.grantee(GranteeName(kind: try row[1], name: try row[2]))) }
    let groupsByMember = Dictionary(grouping: groups, by: \.member)
    return try connection.query(
      "SELECT id, kind, name, cleared, is_enabled FROM principals ORDER BY kind COLLATE \"C\", name"
    ) { row -> Member? in
      let name = GranteeName(kind: try row[1], name: try row[2])
      guard let uid = DecisionName.grantee(name) else { return nil }
      let cleared: [String] = try row[3]
      let tags = Value.set(ValueSet(cleared.map { .entity(DecisionName.uid("Tag", $0)) }))
      let parents = (groupsByMember[try row[0] as PostgresUUID] ?? []).compactMap(\.group)
      let isGroup = name.kind == "role" || name.kind == "team"
      return Member(
        name: name, isEnabled: try row[4],
        entity: Entity(uid: uid, attributes: isGroup ? .empty : Record([("cleared", tags)]), parents: parents))
    }.compactMap { $0 }
  }

  // MARK: Grants

  /// Links a template for each grant, and one for the way to what was granted where the policies have one for that.
  private func link(into policies: inout PolicySet) throws -> [Text: StoredGrant] {
    let filter = GrantFilter(time: time.map(GrantFilter.Time.at) ?? .now)
    var grants: [Text: StoredGrant] = [:]
    var ways: Set<[EntityUID]> = []
    for grant in try CatalogStore.grants(filter.timeCondition, limit: .max, on: connection) {
      let template = Text("grant-\(grant.privilege.rawValue)")
      guard let principal = DecisionName.grantee(grant.grantee), let resource = grant.resource, policies[template] != nil else { continue }
      let id = Text("grant:\(grant.id)")
      try policies.link(TemplateLink(id: id, template: template, principal: principal, resource: resource))
      grants[id] = grant
      for place in grant.way { ways.insert([principal, place]) }
    }
    guard policies["grant-path"] != nil else { return grants }
    for way in ways.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      try policies.link(
        TemplateLink(id: Text("path:\(way[0])→\(way[1])"), template: "grant-path", principal: way[0], resource: way[1]))
    }
    return grants
  }
}

extension StoredGrant {
  /// What the object is called in policies; `nil` when it is gone.
  fileprivate var resource: EntityUID? {
    switch object {
    case nil: nil
    case .catalog: DecisionName.catalog
    case .warehouse(let name): DecisionName.warehouse(name)
    case .zone(let name, let warehouse): DecisionName.zone(name, of: warehouse)
    case .namespace(let path): DecisionName.namespace(path)
    case .dataset(let kind, _): objectID.map { DecisionName.dataset(kind, $0) }
    case .model(let name): DecisionName.model(name)
    }
  }

  /// What the object lies in, below the warehouse.
  fileprivate var way: [EntityUID] {
    let path: NamespacePath
    var count: Int
    switch object {
    case .namespace(let found): (path, count) = (found, found.namespace.levels.count - 1)
    case .dataset(_, let found): (path, count) = (found.namespace, found.identifier.namespace.levels.count)
    default: return []
    }
    var way = zone.map { [DecisionName.zone($0, of: path.warehouse)] } ?? []
    while count > 0 {
      let above = Namespace(levels: Array(path.namespace.levels.prefix(count)))
      way.append(DecisionName.namespace(NamespacePath(warehouse: path.warehouse, namespace: above)))
      count -= 1
    }
    return way
  }
}
