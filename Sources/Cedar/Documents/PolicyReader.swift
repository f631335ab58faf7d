package import JSON

/// Reads policies from JSON (Cedar documentation, "JSON policy format").
///
/// What the real engine refuses is refused: unknown members of a policy, of a set and of an operation, a member named twice, null where
/// something is asked for, numbers that are not whole or need more than 64 bits. Two things it reads are refused besides: a template
/// without slots, which could not be told from a static policy, and functions that do not exist.
package enum PolicyReader {
  /// Deep enough for chains of `&&` and `||`, which nest with every operand; other nesting is counted while reading.
  package static let limits = JSONLimits(maximumDepth: 1 << 16, maximumSizeBytes: 64 << 20, allowsNUL: true)

  /// One static policy or template.
  package static func policy(_ json: JSONValue, id: Text) throws(JSONError) -> Policy {
    let object = try json.object(of: ["effect", "principal", "action", "resource", "conditions", "annotations"])
    let effect: Effect
    switch try object.required("effect").string() {
    case "permit": effect = .permit
    case "forbid": effect = .forbid
    default: throw try object.required("effect").invalid("Expected \"permit\" or \"forbid\"")
    }
    var conditions: [Condition] = []
    for element in try object.required("conditions").array() { conditions.append(try condition(element)) }
    return Policy(
      id: id, annotations: try object["annotations"].map(annotations) ?? [], effect: effect,
      principal: try scope(try object.required("principal"), .principal), action: try action(try object.required("action")),
      resource: try scope(try object.required("resource"), .resource), conditions: conditions)
  }

  /// A whole set: `{"staticPolicies": {…}, "templates": {…}, "templateLinks": […]}`, the policies by their ids.
  package static func policySet(_ json: JSONValue) throws(JSONError) -> PolicySet {
    let object = try json.object(of: ["staticPolicies", "templates", "templateLinks"])
    var set = PolicySet()
    for member in try object.required("staticPolicies").object() {
      let policy = try policy(member.value, id: Text(member.key))
      guard !policy.isTemplate else { throw member.value.invalid("A static policy has a slot; expected it among the templates") }
      do throws(PolicySetError) { try set.add(policy) } catch { throw member.value.invalid(error.description) }
    }
    for member in try object.required("templates").object() {
      let policy = try policy(member.value, id: Text(member.key))
      guard policy.isTemplate else { throw member.value.invalid("A template has no slot; expected it among the static policies") }
      do throws(PolicySetError) { try set.add(policy) } catch { throw member.value.invalid(error.description) }
    }
    for element in try object.required("templateLinks").array() {
      let link = try link(element)
      do throws(PolicySetError) { try set.link(link) } catch { throw element.invalid(error.description) }
    }
    return set
  }

  /// `{"templateId": …, "newId": …, "values": {"?principal": {"type": …, "id": …}}}`.
  package static func link(_ json: JSONValue) throws(JSONError) -> TemplateLink {
    let object = try json.object(of: ["templateId", "newId", "values"])
    let values = try object.required("values").object(of: ["?principal", "?resource"])
    return TemplateLink(
      id: Text(try object.required("newId").string()), template: Text(try object.required("templateId").string()),
      principal: try values["?principal"].map(ValueReader.entity), resource: try values["?resource"].map(ValueReader.entity))
  }

  private static func annotations(_ json: JSONValue) throws(JSONError) -> [Annotation] {
    var annotations: [Annotation] = []
    for member in try json.object() {
      let name = member.key
      guard Identifier.hasShape(name) else {
        throw member.value.invalid("\(StringLiteral.quoted(name)) is no name of an annotation; expected an identifier")
      }
      annotations.append(Annotation(name: Text(name), value: member.value.isNull ? nil : Text(try member.value.string())))
    }
    return annotations
  }

  private static func condition(_ json: JSONValue) throws(JSONError) -> Condition {
    let object = try json.object(of: ["kind", "body"])
    let kind: Condition.Kind
    switch try object.required("kind").string() {
    case "when": kind = .when
    case "unless": kind = .unless
    default: throw try object.required("kind").invalid("Expected \"when\" or \"unless\"")
    }
    return Condition(kind: kind, body: try ExpressionReader.expression(try object.required("body")))
  }

  // MARK: Scopes

  private static func scope(_ json: JSONValue, _ slot: Slot) throws(JSONError) -> ScopeConstraint {
    let object = try json.object()
    let operation = try object.required("op")
    switch try operation.string() {
    case "All", "all": return .any
    case "==": return .equal(try reference(object, slot))
    case "in": return .in(try reference(object, slot))
    case "is":
      try json.allowOnly(["op", "entity_type", "in"])
      let type = try ExpressionReader.typeName(try object.required("entity_type"))
      guard let ancestor = object.optional("in") else { return .isType(type) }
      return .isTypeIn(type, try reference(try ancestor.object(), slot))
    default: throw operation.invalid("Expected \"All\", \"==\", \"in\" or \"is\"")
    }
  }

  private static func reference(_ object: JSONObject, _ slot: Slot) throws(JSONError) -> EntityReference {
    if let entity = object.optional("entity") { return .entity(try ValueReader.entity(entity)) }
    guard let name = object.optional("slot") else { throw object.value.invalid("Expected \"entity\" or \"slot\"") }
    guard try name.string() == slot.name else { throw name.invalid("Expected the slot \"\(slot.name)\" here") }
    return .slot
  }

  private static func action(_ json: JSONValue) throws(JSONError) -> ActionConstraint {
    let object = try json.object()
    let operation = try object.required("op")
    switch try operation.string() {
    case "All", "all": return .any
    case "==": return .equal(try actionEntity(try object.required("entity")))
    case "in":
      if let entity = object.optional("entity") { return .in(try actionEntity(entity)) }
      var entities: [EntityUID] = []
      for element in try object.required("entities").array() { entities.append(try actionEntity(element)) }
      return .inAny(entities)
    default: throw operation.invalid("Expected \"All\", \"==\" or \"in\"")
    }
  }

  private static func actionEntity(_ json: JSONValue) throws(JSONError) -> EntityUID {
    let entity = try ValueReader.entity(json)
    guard entity.type.isAction else {
      throw json.invalid("\(entity) is not an action; expected an entity whose type is Action or ends in ::Action")
    }
    return entity
  }
}

extension JSONValue {
  /// The object, which may have no members but these.
  func object(of known: [StaticString]) throws(JSONError) -> JSONObject {
    try allowOnly(known)
    return try object()
  }

  func allowOnly(_ known: [StaticString]) throws(JSONError) {
    for member in try object() where !known.contains(where: { member.isNamed($0) }) {
      throw member.value.invalid("There is no member \(StringLiteral.quoted(member.key)) here")
    }
  }
}
