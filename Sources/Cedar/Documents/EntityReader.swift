package import JSON

/// What reading entities asks of a schema.
package struct EntityExpectation: Sendable {
  /// Attributes by name; others are refused unless `isOpen`.
  package var attributes: [Text: ExpectedType]
  package var isOpen: Bool
  /// The type of all tags; `nil` where no tags are allowed.
  package var tags: ExpectedType?

  package init(attributes: [Text: ExpectedType], isOpen: Bool = false, tags: ExpectedType? = nil) {
    self.attributes = attributes
    self.isOpen = isOpen
    self.tags = tags
  }
}

/// Reads entities from JSON (Cedar documentation, "Entities and context JSON syntax").
package enum EntityReader {
  /// The entities of an array, in order. `expectation` tells what a schema expects of a type, `nil` for a type it does not know, which is
  /// refused; without it values are read as they stand. Actions are always read as they stand.
  package static func entities(
    _ json: JSONValue, expecting expectation: ((EntityTypeName) -> EntityExpectation?)? = nil
  ) throws(JSONError) -> [Entity] {
    var names = TextTable()
    var entities: [Entity] = []
    for element in try json.array() { entities.append(try entity(element, expecting: expectation, &names)) }
    return entities
  }

  package static func entity(
    _ json: JSONValue, expecting expectation: ((EntityTypeName) -> EntityExpectation?)? = nil
  ) throws(JSONError) -> Entity {
    var names = TextTable()
    return try entity(json, expecting: expectation, &names)
  }

  private static func entity(
    _ json: JSONValue, expecting expectation: ((EntityTypeName) -> EntityExpectation?)?, _ names: inout TextTable
  ) throws(JSONError) -> Entity {
    let object = try json.object()
    let uid = try ValueReader.entity(try object.required("uid"), &names)
    var expected: EntityExpectation?
    if let expectation, !uid.type.isAction {
      expected = expectation(uid.type)
      guard expected != nil else { throw json.invalid("The schema has no entity type \(uid.type)") }
    }
    var parents: [EntityUID] = []
    for element in try object.required("parents").array() {
      let parent = try ValueReader.entity(element, &names)
      guard !uid.type.isAction || parent.type.isAction else {
        throw element.invalid("The parent \(parent) of the action \(uid) is not an action")
      }
      parents.append(parent)
    }
    return Entity(
      uid: uid, attributes: try attributes(try object.required("attrs"), expected, &names),
      tags: try tags(object["tags"], expected, &names),
      parents: parents)
  }

  private static func attributes(_ json: JSONValue, _ expected: EntityExpectation?, _ names: inout TextTable) throws(JSONError) -> Record {
    try fields(json, &names) { name, value, names throws(JSONError) in
      guard let expected else { return try ValueReader.value(value, &names) }
      let type = expected.attributes[name]
      guard type != nil || expected.isOpen else {
        throw value.invalid("The schema has no attribute \(StringLiteral.quoted(name.string)) here")
      }
      return try ValueReader.value(value, expecting: type, &names)
    }
  }

  private static func tags(_ json: JSONValue?, _ expected: EntityExpectation?, _ names: inout TextTable) throws(JSONError) -> Record {
    guard let json else { return .empty }
    return try fields(json, &names) { name, value, names throws(JSONError) in
      guard let expected else { return try ValueReader.value(value, &names) }
      guard let type = expected.tags else { throw value.invalid("The schema allows no tags here") }
      return try ValueReader.value(value, expecting: type, &names)
    }
  }

  private static func fields(
    _ json: JSONValue, _ names: inout TextTable, _ read: (Text, JSONValue, inout TextTable) throws(JSONError) -> Value
  ) throws(JSONError) -> Record {
    var fields: [(name: Text, value: Value)] = []
    for member in try json.object() {
      let name = names.intern(member.key)
      fields.append((name, try read(name, member.value, &names)))
    }
    return fields.isEmpty ? .empty : Record(fields)
  }
}

/// Reads requests from JSON.
package enum RequestReader {
  /// A context: an object, whose members are its attributes.
  package static func context(_ json: JSONValue, expecting type: ExpectedType? = nil) throws(JSONError) -> Record {
    guard case .record(let record) = try ValueReader.value(json, expecting: type) else { throw json.invalid("Expected a record") }
    return record
  }

  /// `{"principal": …, "action": …, "resource": …, "context": {…}}`; the context may be left out.
  package static func request(_ json: JSONValue, expecting type: ExpectedType? = nil) throws(JSONError) -> Request {
    let object = try json.object()
    return Request(
      principal: try ValueReader.entity(try object.required("principal")), action: try ValueReader.entity(try object.required("action")),
      resource: try ValueReader.entity(try object.required("resource")),
      context: try object["context"].map { (json) throws(JSONError) in try context(json, expecting: type) } ?? .empty)
  }
}
