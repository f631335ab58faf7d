import Cedar
import SeededRandom
import Testing

@Suite struct AuthorizerTests {
  private static func entity(_ type: String, _ id: String) -> EntityUID {
    EntityUID(type: EntityTypeName(unchecked: Text(type)), id: Text(id))
  }

  private func authorize(_ policies: String) throws -> Response {
    let request = Request(
      principal: Self.entity("User", "alice"), action: Self.entity("Action", "view"), resource: Self.entity("Table", "t"))
    return Authorizer(try PolicySet(parsing: policies)).authorize(request, entities: .empty)
  }

  @Test func deniesByDefaultAndLetsForbidsOverride() throws {
    let permit = "permit(principal, action, resource);"
    let forbid = "forbid(principal, action, resource);"
    #expect(try authorize("") == Response(decision: .deny, reasons: [], errors: []))
    #expect(try authorize(permit + permit) == Response(decision: .allow, reasons: ["policy0", "policy1"], errors: []))
    #expect(try authorize(permit + forbid + forbid) == Response(decision: .deny, reasons: ["policy1", "policy2"], errors: []))
    #expect(try authorize(forbid + "permit(principal, action, resource) unless { true };").reasons == ["policy0"])
    #expect(try authorize("permit(principal, action, resource) when { false };") == Response(decision: .deny, reasons: [], errors: []))
  }

  @Test func skipsAndReportsErrors() throws {
    let response = try authorize(
      """
      permit(principal, action, resource);
      forbid(principal, action, resource) when { 1 + "a" == 2 };
      permit(principal, action, resource) unless { 1 };
      forbid(principal == User::"bob", action, resource) when { 1 };
      permit(principal, action, resource) when { false } when { 1 };
      """)
    #expect(response.decision == .allow && response.reasons == ["policy0"])
    #expect(response.errors.map(\.policy) == ["policy1", "policy2"])
    #expect(response.hasErroringForbid && !response.isSafelyAllowed)
    #expect(response.errors[0].description == "Policy policy1: Expected Long, found String")
    let permitOnly = try authorize("permit(principal, action, resource); permit(principal, action, resource) when { 1 };")
    #expect(!permitOnly.hasErroringForbid && permitOnly.isSafelyAllowed)
  }

  /// Resources of which policies cannot say more than what they have are alike.
  @Test(arguments: [
    ("resource.size > 1", false), ("resource has owner && principal == resource.owner", false), ("resource is Table", false),
    ("resource.hasTag(\"a\") && resource.getTag(\"a\") == \"b\"", false), ("[1].contains(resource.size)", false), ("true", false),
    ("resource == Table::\"t\"", true), ("resource in principal.tables", true), ("resource is Table in Table::\"t\"", true),
    ("principal.tables.contains(resource)", true), ("{a: resource}.a.size > 1", true),
    ("(if true then resource else principal) has size", true),
  ])
  func knowsWhatTellsEqualsApart(condition: String, expected: Bool) throws {
    let set = try PolicySet(parsing: "permit(principal, action, resource) when { \(condition) };")
    #expect(Authorizer(set).tellsEqualsApart == expected)
  }

  /// Where nothing tells equals apart, all that have the same get the same answer, but those that scopes name.
  @Test func alikeGetTheSame() throws {
    let conditions = ["", "when { resource.size > 1 }", "when { resource has owner }", "unless { resource.owner == principal }"]
    var random = SeededGenerator(seed: 7)
    let (staff, alice, folder) = (Self.entity("Group", "staff"), Self.entity("User", "alice"), Self.entity("Folder", "f"))
    let scopes = [
      "resource", "resource in Folder::\"f\"", "resource == Table::\"1\"", "resource is Table", "resource is Table in Table::\"2\"",
      "resource in Table::\"3\"",
    ]
    let principals = ["principal", "principal in Group::\"staff\"", "principal == User::\"bob\"", "principal == User::\"alice\""]
    for _ in 0..<300 {
      let policies = (0..<Int.random(in: 1...6, using: &random)).map { _ in
        let effect = Bool.random(using: &random) ? "permit" : "forbid"
        return "\(effect)(\(principals.randomElement(using: &random)!), action, \(scopes.randomElement(using: &random)!)) "
          + "\(conditions.randomElement(using: &random)!);"
      }
      let authorizer = Authorizer(try PolicySet(parsing: policies.joined(separator: "\n")))
      let attributes = Record(Bool.random(using: &random) ? [("size", .long(2)), ("owner", .entity(alice))] : [("size", .long(1))])
      let tables = (0..<6).map { Entity(uid: Self.entity("Table", "\($0)"), attributes: attributes, parents: [folder]) }
      let entities = try EntityStore([Entity(uid: alice, parents: [staff]), Entity(uid: folder)] + tables)
      #expect(!authorizer.tellsEqualsApart)
      let principal = try #require(entities[alice])
      let named = Set(authorizer.resourcesNamed(to: principal))
      #expect(named.isSubset(of: ["f"].map { Self.entity("Folder", $0) } + ["1", "2", "3"].map { Self.entity("Table", $0) }))
      let answers = tables.filter { !named.contains($0.uid) }.map {
        authorizer.authorize(Request(principal: alice, action: Self.entity("Action", "view"), resource: $0.uid), entities: entities)
      }
      #expect(Set(answers.map { $0.decision }).count == 1, "\(policies)")
      #expect(Set(answers.map { $0.hasErroringForbid }).count == 1, "\(policies)")
    }
  }

  @Test func decidesByLinks() throws {
    var set = try PolicySet(parsing: "permit(principal in ?principal, action == Action::\"view\", resource == ?resource);")
    let (staff, alice) = (Self.entity("Group", "staff"), Self.entity("User", "alice"))
    let tables = (0..<3).map { Self.entity("Table", "\($0)") }
    try set.link(TemplateLink(id: "l0", template: "policy0", principal: staff, resource: tables[0]))
    try set.link(TemplateLink(id: "l1", template: "policy0", principal: alice, resource: tables[1]))
    let entities = try EntityStore([Entity(uid: alice, parents: [staff])])
    let authorizer = Authorizer(set)
    let view = Self.entity("Action", "view")
    let reasons = tables.map {
      authorizer.authorize(Request(principal: alice, action: view, resource: $0), entities: entities).reasons
    }
    #expect(reasons == [["l0"], ["l1"], []])
    let decisions = authorizer.authorize(principal: alice, action: view, resources: tables, entities: entities).map(\.decision)
    #expect(decisions == [.allow, .allow, .deny])
    #expect(authorizer.authorize(principal: alice, action: view, resources: [], entities: entities) == [])
  }

  /// The index and the batch must find what looking at every policy, one at a time, finds.
  @Test func findsEveryPolicyThatApplies() throws {
    var random = SeededGenerator(seed: 7)
    for _ in 0..<200 {
      let world = try World(&random)
      let authorizer = Authorizer(world.set)
      for request in world.requests {
        let response = authorizer.authorize(request, entities: world.entities)
        // The same entities, laid in front of none, a few of them before the rest.
        let entities = Array(world.entities.all)
        let laid = EntityStore.empty.joined(by: Array(entities.dropFirst(3))).overlaid(with: Array(entities.prefix(3)))
        #expect(laid.count == world.entities.count)
        #expect(authorizer.authorize(request, entities: laid) == response)
        let expected = try world.expected(request)
        #expect(response.reasons == expected.reasons && response.decision == expected.decision)
        #expect(response.errors.map(\.policy) == expected.errors)
        let batch = authorizer.authorize(
          principal: request.principal, action: request.action, resources: world.uids, context: request.context, entities: world.entities)
        let single = world.uids.map { resource in
          var request = request
          request.resource = resource
          let response = authorizer.authorize(request, entities: world.entities)
          return ResourceDecision(decision: response.decision, hasErroringForbid: response.hasErroringForbid)
        }
        #expect(batch == single)
      }
    }
  }

  /// A small random world: a hierarchy, policies, templates with links, requests.
  private struct World {
    let uids: [EntityUID]
    let entities: EntityStore
    let set: PolicySet
    let requests: [Request]

    init(_ random: inout SeededGenerator) throws {
      let uids = (0..<12).map { AuthorizerTests.entity($0 % 2 == 0 ? "User" : "Group", "\($0)") }
      let actions = (0..<4).map { AuthorizerTests.entity("Action", "\($0)") }
      func parents(_ position: Int, _ all: [EntityUID], _ random: inout SeededGenerator) -> [EntityUID] {
        all[(position + 1)...].filter { _ in random.next() % 5 == 0 }
      }
      var entities: [Entity] = []
      for (position, uid) in uids.enumerated() where random.next() % 4 > 0 {
        entities.append(
          Entity(uid: uid, attributes: Record([("b", .bool(random.next() % 2 == 0))]), parents: parents(position, uids, &random)))
      }
      for (position, uid) in actions.enumerated() { entities.append(Entity(uid: uid, parents: parents(position, actions, &random))) }
      func pick(_ from: [EntityUID], _ random: inout SeededGenerator) -> EntityUID { from[Int(random.next() % UInt64(from.count))] }
      func scope(_ random: inout SeededGenerator) -> ScopeConstraint {
        let reference: EntityReference = random.next() % 4 == 0 ? .slot : .entity(pick(uids, &random))
        let type = EntityTypeName(unchecked: random.next() % 2 == 0 ? "User" : "Group")
        return switch random.next() % 5 {
        case 0: .any
        case 1: .equal(reference)
        case 2: .in(reference)
        case 3: .isType(type)
        default: .isTypeIn(type, reference)
        }
      }
      func action(_ random: inout SeededGenerator) -> ActionConstraint {
        switch random.next() % 4 {
        case 0: .any
        case 1: .equal(pick(actions, &random))
        case 2: .in(pick(actions, &random))
        default: .inAny([pick(actions, &random), pick(actions, &random)])
        }
      }
      let bodies = ["true", "resource.b", "principal.b", "context.b", "principal == resource"]
      var set = PolicySet()
      for position in 0..<20 {
        let conditions =
          random.next() % 2 == 0
          ? []
          : [
            Condition(
              kind: random.next() % 2 == 0 ? .when : .unless,
              body: try PolicyParser.expression(bodies[Int(random.next() % UInt64(bodies.count))]))
          ]
        let policy = Policy(
          id: Text("p\(position)"), effect: random.next() % 3 == 0 ? .forbid : .permit, principal: scope(&random), action: action(&random),
          resource: scope(&random), conditions: conditions)
        try set.add(policy)
        guard policy.isTemplate else { continue }
        for link in 0..<3 {
          try set.link(
            TemplateLink(
              id: Text("l\(position)-\(link)"), template: policy.id,
              principal: policy.slots.contains(.principal) ? pick(uids, &random) : nil,
              resource: policy.slots.contains(.resource) ? pick(uids, &random) : nil))
        }
      }
      self.uids = uids
      self.set = set
      self.entities = try EntityStore(entities)
      requests = (0..<8).map { _ in
        let context = random.next() % 2 == 0 ? Record.empty : Record([("b", .bool(true))])
        return Request(principal: pick(uids, &random), action: pick(actions, &random), resource: pick(uids, &random), context: context)
      }
    }

    /// The answer by the definition: every policy's scope and conditions as one expression, in order.
    func expected(_ request: Request) throws -> (decision: Decision, reasons: [Text], errors: [Text]) {
      var (permits, forbids, errors): ([Text], [Text], [Text]) = ([], [], [])
      func check(_ id: Text, _ policy: Policy, _ link: TemplateLink?) {
        do throws(EvaluationError) {
          guard try Evaluator.evaluate(condition(policy, link), request, entities: entities) == .bool(true) else { return }
          if policy.effect == .permit { permits.append(id) } else { forbids.append(id) }
        } catch {
          errors.append(id)
        }
      }
      for policy in set.policies where !policy.isTemplate { check(policy.id, policy, nil) }
      for link in set.links { if let template = set[link.template] { check(link.id, template, link) } }
      return (forbids.isEmpty && !permits.isEmpty ? .allow : .deny, forbids.isEmpty ? permits : forbids, errors)
    }

    private func condition(_ policy: Policy, _ link: TemplateLink?) -> Expression {
      func literal(_ uid: EntityUID) -> Expression { Expression(.literal(.entity(uid))) }
      func scope(_ constraint: ScopeConstraint, _ variable: Variable, _ filler: EntityUID?) -> Expression {
        let variable = Expression(.variable(variable))
        func filled(_ reference: EntityReference) -> Expression {
          if case .entity(let uid) = reference { return literal(uid) }
          return filler.map(literal) ?? Expression(.slot(.principal))
        }
        return switch constraint {
        case .any: Expression(.literal(.bool(true)))
        case .equal(let reference): Expression(.binary(.equal, variable, filled(reference)))
        case .in(let reference): Expression(.binary(.in, variable, filled(reference)))
        case .isType(let type): Expression(.isType(variable, type, in: nil))
        case .isTypeIn(let type, let reference): Expression(.isType(variable, type, in: filled(reference)))
        }
      }
      let action = Expression(.variable(.action))
      let actionScope: Expression =
        switch policy.action {
        case .any: Expression(.literal(.bool(true)))
        case .equal(let uid): Expression(.binary(.equal, action, literal(uid)))
        case .in(let uid): Expression(.binary(.in, action, literal(uid)))
        case .inAny(let uids): Expression(.binary(.in, action, Expression(.set(uids.map(literal)))))
        }
      let conditions = policy.conditions.map { $0.kind == .when ? $0.body : Expression(.not($0.body)) }
      return Expression(
        .and(
          [scope(policy.principal, .principal, link?.principal), actionScope, scope(policy.resource, .resource, link?.resource)]
            + conditions))
    }
  }
}
