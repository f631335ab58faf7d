package import Cedar
import Governance
import Identity
import Postgres
import Search
import Synchronization

/// All that decisions rest on but the facts of a dataset itself: policies, grants, principals, zones, as of one revision.
package final class AccessState: Sendable {
  package let revision: Int64
  /// The number of the policy set in force, and its hash of 32 bytes.
  package let policySet: (number: Int64, hash: [UInt8])
  package let policies: PolicySet
  let authorizer: Cedar.Authorizer
  /// What may be decided otherwise another time or under other circumstances, by the same policies about the same objects.
  let actionsInContext: Set<PolicyAction>
  /// What permits demand of who reads by them, by the ids of policies and links.
  let terms: [Text: PermitTerms]
  package let held: HeldPlaces
  /// Actions, principals, roles, teams, the catalog, warehouses, zones.
  package let entities: EntityStore
  package let zones: [ZoneID: ZoneFacts]
  package let warehouses: [Text: WarehouseFacts]
  private let principals: [Text: Principal]
  private let revoked: Set<Text>
  private let credentials: Set<Text>
  private let anonymous: Entity?
  private let namespaces = Mutex<[NamespaceID: NamespaceFacts]>([:])
  private let callers = Mutex<[Caller: Entity]>([:])
  private let named = Mutex<[Caller: Set<DatasetID>]>([:])

  /// A user or service that is known by name.
  struct Principal: Sendable {
    let uid: EntityUID
    let isEnabled: Bool
  }

  /// What is read of the database.
  struct Contents: Sendable {
    var revision: Int64
    var policySet: (number: Int64, hash: [UInt8])
    var policies: PolicySet
    var actions: [Entity]
    var groups: [Entity]
    var principals: [(name: String, isEnabled: Bool, entity: Entity)]
    var warehouses: [WarehouseFacts]
    var zones: [ZoneFacts]
    /// Ids of access tokens that were taken back.
    var revoked: [String]
    /// Ids of the clients and personal access tokens that are good.
    var credentials: [String]
    var held: HeldPlaces
  }

  /// - Parameter allowsAnonymous: whether whoever shows no credential is an administrator and an engineer: for trying things out.
  init(_ contents: Contents, allowsAnonymous: Bool) throws(EntityStoreError) {
    revision = contents.revision
    policySet = contents.policySet
    policies = contents.policies
    authorizer = Cedar.Authorizer(contents.policies)
    terms = PermitTerms.all(in: contents.policies)
    held = contents.held
    let places = contents.warehouses.map(\.entity) + contents.zones.map(\.entity)
    entities = try EntityStore(
      contents.actions + contents.groups + contents.principals.map(\.entity) + places + [Entity(uid: PolicyWord.catalog)])
    actionsInContext = Set(PolicyAction.allCases.filter { [authorizer, entities] in authorizer.looksAtContext($0.uid, entities: entities) })
    zones = Dictionary(uniqueKeysWithValues: contents.zones.map { ($0.id, $0) })
    warehouses = Dictionary(uniqueKeysWithValues: contents.warehouses.map { (Text($0.name), $0) })
    principals = Dictionary(
      uniqueKeysWithValues: contents.principals.map { (Text($0.name), Principal(uid: $0.entity.uid, isEnabled: $0.isEnabled)) })
    revoked = Set(contents.revoked.map { Text($0) })
    credentials = Set(contents.credentials.map { Text($0) })
    guard allowsAnonymous else {
      anonymous = nil
      return
    }
    // Administrators manage, engineers write: whoever tries things out does both.
    let roles = ["admin", "data_engineer"].map { EntityUID(type: PolicyWord.role, id: Text($0)) }
    anonymous = Entity(
      uid: EntityUID(type: PolicyWord.user, id: Text(Caller.anonymous.name)),
      attributes: Self.attributes(cleared: DatasetTags.restrictions),
      parents: roles, ancestors: entities.ancestors(over: roles))
  }

  static func attributes(cleared: [String]) -> Record {
    Record([("cleared", .set(ValueSet(cleared.map { .entity(EntityUID(type: PolicyWord.tag, id: Text($0))) })))])
  }

  // MARK: Who

  /// The caller as policies know it.
  ///
  /// - Throws: ``CatalogError/unauthenticated(_:)`` for nobody, and for who is no longer welcome.
  func principal(_ caller: Caller) throws -> Entity {
    let kind: PrincipalKind
    switch caller.authority {
    case .server: throw CatalogError.forbidden("The server does not ask policies about itself")
    case .anonymous:
      guard let anonymous else {
        throw CatalogError.unauthenticated("Nobody is known by this request: send a bearer token, or log in with: moraine login")
      }
      return anonymous
    case .principal(let found): kind = found
    }
    if let known = callers.withLock({ $0[caller] }) { return known }
    // A personal access token is its own credential.
    let isGood = caller.credentialID.map { credentials.contains(Text($0)) } ?? true
    guard isGood, caller.tokenID.map({ !revoked.contains(Text($0)) }) ?? true else {
      throw CatalogError.unauthenticated("The credential of \(caller.name) was taken back; log in anew")
    }
    let known = principals[Text(caller.name)]
    guard known != nil || caller.name.contains("/") else {
      throw CatalogError.unauthenticated("\(caller.name) is not known here any more")
    }
    guard known?.isEnabled ?? true else {
      throw CatalogError.unauthenticated("\(caller.name) is disabled; an administrator can enable it again")
    }
    let entity = try entity(of: caller, kind, known)
    callers.withLock { callers in
      if callers.count >= 50_000 { callers = [:] }
      callers[caller] = entity
    }
    return entity
  }

  private func entity(of caller: Caller, _ kind: PrincipalKind, _ known: Principal?) throws -> Entity {
    let type = kind == .user ? PolicyWord.user : PolicyWord.service
    if let known {
      guard known.uid.type == type else {
        throw CatalogError.unauthenticated("\(caller.name) is no \(kind.rawValue) here; an administrator must remove one of the two")
      }
      if caller.groups.isEmpty, let entity = entities[known.uid] { return entity }
    }
    let base = known.flatMap { entities[$0.uid] }
    let groups = caller.groups.map { EntityUID(type: PolicyWord.team, id: Text($0)) }
    let parents = (base?.parents ?? []) + groups
    return Entity(
      uid: known?.uid ?? EntityUID(type: type, id: Text(caller.name)), attributes: base?.attributes ?? Self.attributes(cleared: []),
      parents: parents, ancestors: entities.ancestors(over: parents))
  }

  /// A user or service of this catalog as it would ask by itself; `nil` for others, and for what another issuer vouches for: which groups
  /// those are in, only their tokens tell.
  func caller(named name: String) -> Caller? {
    if name == Caller.anonymous.name { return anonymous == nil ? nil : .anonymous }
    guard let known = principals[Text(name)], !name.contains("/") else { return nil }
    return Caller(known.uid.type == PolicyWord.user ? .user : .service, name: name)
  }

  /// The datasets that policies and grants name which may concern this caller. Of others, those that are alike get the same answers.
  ///
  /// - Returns: `nil` where policies tell even those apart.
  func datasetsNamed(to principal: Entity, _ caller: Caller) -> Set<DatasetID>? {
    guard !authorizer.tellsEqualsApart else { return nil }
    if let known = named.withLock({ $0[caller] }) { return known }
    let datasets = Set(
      authorizer.resourcesNamed(to: principal).lazy
        .filter { uid in DatasetKind.allCases.contains { uid.type == PolicyWord.type(of: $0) } }
        .compactMap { PostgresUUID($0.id.string).map { DatasetID($0) } })
    named.withLock { named in
      if named.count >= 1_000 { named = [:] }
      named[caller] = datasets
    }
    return datasets
  }

  /// The callers' own name and those of the teams that it is in, as owners are written.
  package func namesOfOwner(_ caller: Caller) throws -> [String] {
    guard caller.authority != .server else { return [] }
    let principal = try principal(caller)
    return ([principal.uid] + principal.ancestors.elements).compactMap(OwnerName.text)
  }

  /// A team that is to own something must be there; a group of another issuer (`issuer/group`) need not be known here.
  ///
  /// - Throws: ``CatalogError/badRequest(_:)``
  package func requireTeam(_ name: String?) throws {
    guard let name, !name.contains("/"), entities[EntityUID(type: PolicyWord.team, id: Text(name))] == nil else { return }
    throw CatalogError.badRequest("There is no team named \(name), so it cannot own anything; make it first: moraine team create \(name)")
  }

  /// Where datasets lie that permits may let this principal see, and those that they name by themselves, at most so many of each.
  func likelyPlaces(_ principal: Entity, limit: Int = 10_000) -> LikelyPlaces {
    var places = LikelyPlaces()
    var lexemes: Set<String> = []
    for uid in authorizer.resourcesPermitted(to: principal, action: PolicyAction.getMetadata.uid, entities: entities) {
      let parts = PolicyWord.parts(uid.id)
      switch uid.type {
      case PolicyWord.table, PolicyWord.view, PolicyWord.dataset:
        if places.datasets.count < limit, let id = PostgresUUID(uid.id.string) { places.datasets.append(DatasetID(id)) }
      case PolicyWord.warehouse: lexemes.insert(Lexeme.warehouse(parts[0]))
      case PolicyWord.zone: if parts.count == 2 { lexemes.insert(Lexeme.zone(parts[1])) }
      case PolicyWord.zoneKind:
        for zone in zones.values where zone.zone.kind.rawValue == uid.id.string { lexemes.insert(Lexeme.zone(zone.zone.name)) }
      case PolicyWord.namespace: lexemes.insert(Lexeme.namespace(warehouse: parts[0], parts.dropFirst()))
      default: break
      }
    }
    places.areNamed = !lexemes.isEmpty || !places.datasets.isEmpty
    lexemes.formUnion(([principal.uid] + principal.ancestors.elements).compactMap(OwnerName.text).map { Lexeme.owner($0) })
    places.lexemes = Array(lexemes.sorted().prefix(500))
    return places
  }

  // MARK: Where

  func namespace(_ id: NamespaceID) -> NamespaceFacts? { namespaces.withLock { $0[id] } }

  func remember(_ facts: NamespaceFacts) {
    namespaces.withLock { namespaces in
      if namespaces.count >= 100_000 { namespaces = [:] }
      namespaces[facts.id] = facts
    }
  }
}
