import Cedar
import Governance
import Iceberg
import Postgres
import Synchronization

/// The proof that a caller may do one thing to one object. Every store method that tells or changes something demands one and only
/// ``Authorizer`` makes them, so a path that forgot to ask does not compile.
package struct Authorization: Sendable {
  package let action: CatalogAction
  package let resource: CatalogResource
  package let context: OperationContext
  /// Of the access state that was asked; a change that rests on it is refused when there is another one by then.
  let revision: Int64
  /// The hash of the policies that were asked: 32 bytes; `nil` where nobody had to be asked.
  let policySet: [UInt8]?

  fileprivate init(
    _ action: CatalogAction, _ resource: CatalogResource, _ context: OperationContext, revision: Int64, policySet: [UInt8]? = nil
  ) {
    self.policySet = policySet
    self.action = action
    self.resource = resource
    self.context = context
    self.revision = revision
  }

  /// The same permission, for an event that names another object, on whose account it was asked.
  package func naming(_ resource: CatalogResource) -> Authorization {
    Authorization(action, resource, context, revision: revision, policySet: policySet)
  }
}

/// Decides who may do what, by the policies in force.
///
/// It keeps all that decisions rest on in memory, under a revision. What is looked up in Postgres comes with the revision of that
/// moment, so a decision never rests on less than what was in force when its object was found.
package final class Authorizer: Sendable {
  private struct Memory {
    var state: AccessState?
    var loading: Task<AccessState, any Error>?
  }

  let store: CatalogStore
  private let allowsAnonymous: Bool
  private let memory = Mutex(Memory())

  /// - Parameter allowsAnonymous: whether whoever shows no credential is an administrator: for trying things out.
  package init(_ store: CatalogStore, allowsAnonymous: Bool) {
    self.store = store
    self.allowsAnonymous = allowsAnonymous
  }

  // MARK: State

  /// The state as of now.
  package func state() async throws -> AccessState { try await state(atLeast: store.accessRevision()) }

  /// The state in memory, however old: for who finds out later whether it was the present one.
  var remembered: AccessState? { memory.withLock { $0.state } }

  func state(atLeast revision: Int64) async throws -> AccessState {
    while true {
      let loading = memory.withLock { memory -> Task<AccessState, any Error>? in
        if let state = memory.state, state.revision >= revision { return nil }
        if let loading = memory.loading { return loading }
        let loading = Task { [store, allowsAnonymous] in try await store.accessState(allowsAnonymous: allowsAnonymous) }
        memory.loading = loading
        return loading
      }
      guard let loading else {
        if let state = remembered { return state }
        continue
      }
      let result = await loading.result
      memory.withLock { memory in
        guard memory.loading == loading else { return }
        memory.loading = nil
        if case .success(let state) = result, state.revision >= memory.state?.revision ?? 0 { memory.state = state }
      }
      _ = try result.get()
    }
  }

  // MARK: Objects

  package func object(_ found: FoundDataset, at path: DatasetPath) async throws -> GovernedObject {
    let (namespace, state) = try await namespace(found.namespace, revision: found.revision)
    guard let namespace else { throw CatalogError.missing(found.version.kind, path.identifier) }
    return GovernedObject(found.version.id, found.version.kind, at: path, found.facts, in: namespace, state)
  }

  /// The same from memory alone; `nil` when something is not there.
  package func rememberedObject(_ found: FoundDataset, at path: DatasetPath) -> GovernedObject? {
    guard let state = remembered, let namespace = state.namespace(found.namespace) else { return nil }
    return GovernedObject(found.version.id, found.version.kind, at: path, found.facts, in: namespace, state)
  }

  /// The zone of a dataset that was found, from memory alone; `nil` when it is not there.
  package func rememberedZone(_ found: FoundDataset) -> ZoneFacts? { remembered?.namespace(found.namespace)?.zone }

  private func namespace(_ id: NamespaceID, revision: Int64) async throws -> (NamespaceFacts?, AccessState) {
    var state = try await state(atLeast: revision)
    if let known = state.namespace(id) { return (known, state) }
    guard let found = try await store.found(id) else { return (nil, state) }
    state = try await self.state(atLeast: found.revision)
    return (try facts(found, state), state)
  }

  /// A namespace, and what decisions know of it.
  package func object(_ found: FoundNamespace) async throws -> (object: GovernedObject, facts: NamespaceFacts) {
    let state = try await state(atLeast: found.revision)
    let facts = try facts(found, state)
    return (GovernedObject(facts, state), facts)
  }

  func facts(_ found: FoundNamespace, _ state: AccessState) throws -> NamespaceFacts {
    guard let zone = state.zones[found.zone] else { throw CatalogError.unavailable("The zone of \(found.path.namespace) is unknown") }
    let facts = NamespaceFacts(
      id: found.id, path: found.path, zone: zone, owner: found.owner, description: found.properties["comment"], held: state.held)
    state.remember(facts)
    return facts
  }

  /// A namespace that is to be made in a zone or in another namespace, as if it were there.
  package func object(ofNew path: NamespacePath, in above: GovernedObject, owner: String?) throws -> GovernedObject {
    guard let zone = above.zone else { throw CatalogError.unavailable("The zone of \(path.namespace) is unknown") }
    return GovernedObject(
      NamespaceFacts(id: .new(), path: path, zone: zone, owner: owner ?? above.owner, description: nil, held: above.state.held), above.state
    )
  }

  /// - Throws: ``CatalogError/noSuchWarehouse(_:)``
  package func object(warehouse name: String) async throws -> GovernedObject {
    let state = try await state()
    guard let found = state.warehouses[Text(name)] else { throw CatalogError.noSuchWarehouse("Warehouse does not exist: \(name)") }
    return GovernedObject(found, state)
  }

  /// - Throws: ``CatalogError/noSuchZone(_:)``, ``CatalogError/noSuchWarehouse(_:)``
  package func object(zone name: String, in warehouse: String) async throws -> GovernedObject {
    let state = try await state()
    guard state.warehouses[Text(warehouse)] != nil else { throw CatalogError.noSuchWarehouse("Warehouse does not exist: \(warehouse)") }
    let found = state.zones.values.first { Text($0.warehouse) == Text(warehouse) && Text($0.zone.name) == Text(name) }
    guard let found else { throw CatalogError.noSuchZone("Zone does not exist: \(name)") }
    return GovernedObject(found, state)
  }

  /// The zone that a new namespace of the first level goes into: the one it asks for, else one of its name, else the default.
  ///
  /// - Throws: ``CatalogError/noSuchWarehouse(_:)``, ``CatalogError/badRequest(_:)`` for a zone that does not exist
  package func zone(ofNew path: NamespacePath, asking wanted: String?) async throws -> (object: GovernedObject, id: ZoneID) {
    let state = try await state()
    guard state.warehouses[Text(path.warehouse)] != nil else {
      throw CatalogError.noSuchWarehouse("Warehouse does not exist: \(path.warehouse)")
    }
    let zones = state.zones.values.filter { Text($0.warehouse) == Text(path.warehouse) }
    func named(_ name: String) -> ZoneFacts? { zones.first { Text($0.zone.name) == Text(name) } }
    if let wanted, named(wanted) == nil {
      let names = zones.map(\.zone.name).sorted().joined(separator: ", ")
      throw CatalogError.badRequest("The zone \(wanted) does not exist; there are \(names)")
    }
    guard let zone = named(wanted ?? path.namespace.levels[0]) ?? zones.first(where: \.isDefault) else {
      throw CatalogError.unavailable("The warehouse has no default zone")
    }
    return (GovernedObject(zone, state), zone.id)
  }

  /// The catalog itself.
  ///
  /// - Parameter resource: what the audit trail names instead.
  package func object(catalog resource: CatalogResource = CatalogResource(.server, "")) async throws -> GovernedObject {
    GovernedObject(catalog: resource, try await state())
  }

  /// A model that was found, in the state of that moment or a later one.
  package func object(_ model: Model, atLeast revision: Int64) async throws -> GovernedObject {
    GovernedObject(of: model, try await state(atLeast: revision))
  }

  // MARK: Decisions

  /// The server's own work, which no policy is asked about.
  package func authorizeServer(_ action: CatalogAction, on resource: CatalogResource, _ context: OperationContext) throws -> Authorization {
    guard context.caller.authority == .server else { throw CatalogError.forbidden("Only the server itself may \(action.rawValue)") }
    return Authorization(action, resource, context, revision: remembered?.revision ?? 0)
  }

  /// What was decided before about the same question.
  func repeated(
    _ action: CatalogAction, on resource: CatalogResource, _ context: OperationContext, revision: Int64, policySet: [UInt8]
  ) -> Authorization { Authorization(action, resource, context, revision: revision, policySet: policySet) }

  /// Asks policies one or more questions about an object, all of which must be allowed.
  ///
  /// - Parameters:
  ///   - resource: what the audit trail names, if it is not the object.
  ///   - missing: what is thrown when the caller may not even know of the object.
  /// - Throws: `missing`, ``CatalogError/forbidden(_:)``, ``CatalogError/unauthenticated(_:)``; ``CatalogError/badRequest(_:)`` for something
  ///   new whose owner is nobody.
  package func authorize(
    _ action: CatalogAction, _ questions: [PolicyQuestion], on object: GovernedObject, as resource: CatalogResource? = nil,
    _ context: OperationContext, missing: @autoclosure () -> CatalogError
  ) throws -> Authorization {
    if context.caller.authority != .server {
      let principal = try object.state.principal(context.caller)
      for question in object.state.different(questions) {
        guard let denial = object.denial(question, of: principal, at: context.time) else { continue }
        let isVisible = object.isVisible(to: principal, at: context.time)
        context.trail.append(
          denial: AuditEvent(
            denying: action, resource ?? object.resource, context, by: denial, isVisible: isVisible, object.state.policySet.hash))
        guard isVisible else { throw missing() }
        throw CatalogError.forbidden(denial.message(context.caller, object))
      }
    }
    for question in questions { try object.state.requireTeam(question.ownerTeam) }
    let policySet = context.caller.authority == .server ? nil : object.state.policySet.hash
    return Authorization(action, resource ?? object.resource, context, revision: object.state.revision, policySet: policySet)
  }

  /// Whether all of the questions are allowed.
  package func allows(_ questions: [PolicyQuestion], on object: GovernedObject, _ context: OperationContext) throws -> Bool {
    if context.caller.authority == .server { return true }
    let principal = try object.state.principal(context.caller)
    return object.state.different(questions).allSatisfy { object.denial($0, of: principal, at: context.time) == nil }
  }
}

extension AccessState {
  /// Of questions about one object, those that may have different answers.
  fileprivate func different(_ questions: [PolicyQuestion]) -> [PolicyQuestion] {
    guard questions.count > 1 else { return questions }
    var asked: Set<PolicyAction> = []
    return questions.filter { actionsInContext.contains($0.action) || asked.insert($0.action).inserted }
  }
}

extension GovernedObject {
  private static let now: Text = "now"

  private func context(_ facts: [(name: Text, value: Value)], at time: PostgresTimestamp) -> Record {
    Record(facts + [(Self.now, .extension(.datetime(CedarDatetime(millisecondsSinceEpoch: time.milliseconds))))])
  }

  /// - Returns: `nil` when it is allowed.
  func denial(_ question: PolicyQuestion, of principal: Entity, at time: PostgresTimestamp) -> Denial? {
    let response = response(to: question, of: principal, at: time)
    return response.isSafelyAllowed ? nil : Denial(question.action, response, in: state.policies)
  }

  func response(to question: PolicyQuestion, of principal: Entity, at time: PostgresTimestamp) -> Response {
    state.authorizer.authorize(
      Request(
        principal: principal.uid, action: question.action.uid, resource: entity.uid, context: context(question.facts, at: time)),
      entities: state.entities.overlaid(with: [entity, principal]))
  }

  /// Whether the principal may know that the object is there.
  func isVisible(to principal: Entity, at time: PostgresTimestamp) -> Bool {
    denial(PolicyQuestion(.list), of: principal, at: time) == nil || denial(PolicyQuestion(.getMetadata), of: principal, at: time) == nil
  }
}

extension Authorizer {
  /// - Throws: ``CatalogError/unauthenticated(_:)`` for nobody, and for who is no longer welcome.
  package func requireCaller(_ context: OperationContext, in state: AccessState) throws {
    if context.caller.authority != .server { _ = try state.principal(context.caller) }
  }
}
