package import Cedar
package import JSON
package import Postgres

/// A decision with all that it rests on.
package struct ExplainedDecision: Sendable {
  package struct Policy: Hashable, Sendable {
    package let id: String
    package let isPermit: Bool
    /// With the slots of a grant filled in.
    package let text: String
    /// What its author says about it.
    package let reason: String?
    package let grant: StoredGrant?
    /// Whom it is for where that is a role, a team, or one by name.
    package let principal: String?
  }

  /// Allowed, and no forbid was skipped over an error.
  package let isAllowed: Bool
  package let policies: [Policy]
  package let errors: [(id: String, message: String)]
  /// The whole context, what was assumed of it included.
  package let context: Record
  /// Principal and object, and what they are in.
  package let entities: [Entity]
}

/// Who asks, in a question about decisions.
package struct DecisionSubject: Sendable {
  package let name: GranteeName
  package let uid: EntityUID
  /// Whether the catalog knows it; else it is nobody's member.
  package let isKnown: Bool
  package let isEnabled: Bool
}

extension DecisionBasis {
  /// An action by its name, such as `readData`.
  ///
  /// - Throws: ``CatalogError/badRequest(_:)`` for one that is not asked about, with those that are.
  package func action(named name: String) throws -> EntityUID {
    let uid = DecisionName.action(name)
    guard let action = schema.actions[uid], !action.principals.isEmpty else {
      let names = schema.actions.values.filter { !$0.principals.isEmpty }.map(\.uid.id.string).sorted()
      throw CatalogError.badRequest("\"\(name)\" is no action; there are \(names.joined(separator: ", "))")
    }
    return uid
  }

  /// The actions that an object of this kind can be asked for, by name.
  package func actions(on object: DecisionObject) -> [EntityUID] {
    schema.actions.values.filter { $0.resources.contains(object.uid.type) }.map(\.uid).sorted()
  }

  /// A user or service by name; one that the catalog does not know is given its kind, or is a user.
  ///
  /// - Throws: ``CatalogError/badRequest(_:)`` for roles and teams, which do not ask.
  package func subject(_ name: GranteeName) throws -> DecisionSubject {
    guard name.kind != "role", name.kind != "team" else {
      throw CatalogError.badRequest("\(name) does not ask for anything itself; name a user or service that is in it")
    }
    let found = principals.filter { Text($0.name.name) == Text(name.name) && (name.kind == nil || $0.name.kind == name.kind) }
    if let found = found.first { return DecisionSubject(name: found.name, uid: found.uid, isKnown: true, isEnabled: found.isEnabled) }
    let assumed = GranteeName(kind: name.kind ?? "user", name: name.name)
    guard let uid = DecisionName.grantee(assumed) else { throw CatalogError.badRequest("\(name) is no user or service") }
    return DecisionSubject(name: assumed, uid: uid, isKnown: false, isEnabled: true)
  }

  /// The circumstances of a request: what is given, and what must be there.
  ///
  /// - Parameter given: a Cedar context as JSON.
  /// - Throws: ``CatalogError/badRequest(_:)`` for what the schema does not allow.
  package func context(of action: EntityUID, on object: DecisionObject, _ given: JSONValue?, at time: PostgresTimestamp) throws -> Record {
    var fields: [(name: Text, value: Value)] = []
    if let given {
      let record: Record
      do { record = try RequestReader.context(given, expecting: schema.expectedContext(of: action)?.partial) } catch {
        throw CatalogError.badRequest("The context does not fit \(action.id): \(error)")
      }
      fields = record.fields.map { ($0.name, $0.value) }
    }
    for attribute in schema.actions[action]?.context.attributes ?? [] where attribute.isRequired {
      guard !fields.contains(where: { $0.name == attribute.name }), let value = assumed(attribute.name, object, time) else { continue }
      fields.append((attribute.name, value))
    }
    return Record(fields)
  }

  private func assumed(_ name: Text, _ object: DecisionObject, _ time: PostgresTimestamp) -> Value? {
    if name.says("now") { return .extension(.datetime(CedarDatetime(millisecondsSinceEpoch: time.milliseconds))) }
    if name.says("branch") { return .string("main") }
    if name.says("gated") { return .bool(object.isGated) }
    if name.says("snapshot") { return .long(0) }
    if name.says("formatVersion") { return .long(object.formatVersion == 0 ? 2 : object.formatVersion) }
    return name.says("snapshots") ? .set(ValueSet([])) : nil
  }

  /// - Throws: ``CatalogError/badRequest(_:)`` for a question that the schema does not know.
  package func check(_ action: EntityUID, by principal: EntityUID, on object: DecisionObject, _ context: Record) throws {
    do {
      try schema.check(Request(principal: principal, action: action, resource: object.uid, context: context))
    } catch {
      throw CatalogError.badRequest("Nobody can be asked whether this is allowed: \(error)")
    }
  }

  // MARK: Decisions

  package func response(_ principal: EntityUID, _ action: EntityUID, _ object: DecisionObject, _ context: Record) -> Response {
    authorizer.authorize(
      Request(principal: principal, action: action, resource: object.uid, context: context), entities: entities(with: principal))
  }

  /// Somebody unknown is cleared for nothing.
  private func entities(with principal: EntityUID) -> EntityStore {
    guard entities[principal] == nil else { return entities }
    let unknown = Entity(uid: principal, attributes: Record([("cleared", .set(ValueSet([])))]))
    return (try? entities.adding([unknown])) ?? entities
  }

  package func explain(_ principal: EntityUID, _ action: EntityUID, _ object: DecisionObject, _ context: Record) -> ExplainedDecision {
    let response = response(principal, action, object, context)
    let store = entities(with: principal)
    let parties = [principal, object.uid].compactMap { store[$0] }
    let above = parties.flatMap { $0.ancestors.compactMap { store[$0] } }
    return ExplainedDecision(
      isAllowed: response.isSafelyAllowed, policies: policies(response), errors: response.errors.map { ($0.policy.string, "\($0.error)") },
      context: context, entities: parties + above.filter { entity in !parties.contains { $0.uid == entity.uid } })
  }

  /// The policies that decided.
  package func policies(_ response: Response) -> [ExplainedDecision.Policy] {
    response.reasons.compactMap { id in
      let link = links[id]
      guard var policy = policies[link?.template ?? id] else { return nil }
      if let link { policy.fill(link) }
      var principal: String?
      if case .entity(let uid)? = policy.principal.reference { principal = DecisionName.grantee(uid)?.description }
      return ExplainedDecision.Policy(
        id: id.string, isPermit: policy.effect == .permit, text: policy.shownText, reason: policy.annotation("reason")?.string,
        grant: grants[id], principal: principal)
    }
  }
}

extension ExpectedType {
  /// The same record, of which anything may be left out.
  fileprivate var partial: ExpectedType {
    guard case .record(let members, let isOpen) = self else { return self }
    return .record(members.mapValues { Member(type: $0.type, isRequired: false) }, isOpen: isOpen)
  }
}

extension Cedar.Policy {
  fileprivate mutating func fill(_ link: TemplateLink) {
    principal = principal.filled(link.principal)
    resource = resource.filled(link.resource)
  }

  fileprivate var shownText: String {
    let text = PolicyPrinter.text(of: self)
    return (try? PolicyFormatter().format(text)) ?? text
  }
}

extension ScopeConstraint {
  fileprivate func filled(_ entity: EntityUID?) -> ScopeConstraint {
    guard let entity, reference == .slot else { return self }
    switch self {
    case .any, .isType: return self
    case .equal: return .equal(.entity(entity))
    case .in: return .in(.entity(entity))
    case .isTypeIn(let type, _): return .isTypeIn(type, .entity(entity))
    }
  }
}
