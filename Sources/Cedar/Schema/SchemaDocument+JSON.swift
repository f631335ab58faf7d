package import JSON

extension SchemaDocument {
  /// Reads a schema in the JSON format (Cedar documentation, "JSON schema format"). Members it does not know are refused.
  package init(json: JSONValue) throws(SchemaError) {
    do throws(JSONError) {
      var namespaces: [SchemaNamespace] = []
      for member in try json.object() {
        let name = member.key
        guard name.isEmpty || SchemaReader.isName(name, allowsReserved: false) else {
          throw member.value.invalid("\(StringLiteral.quoted(name)) is not a namespace; expected identifiers with :: between them")
        }
        namespaces.append(try SchemaReader.namespace(name.isEmpty ? nil : Text(name), member.value))
      }
      self.init(namespaces: namespaces)
    } catch {
      throw SchemaError(error)
    }
  }
}

/// Reads the parts of a schema's JSON format.
enum SchemaReader {
  static func namespace(_ name: Text?, _ value: JSONValue) throws(JSONError) -> SchemaNamespace {
    let object = try members(of: value, known: ["commonTypes", "entityTypes", "actions", "annotations"])
    var namespace = SchemaNamespace(name: name, annotations: try annotations(object))
    if name == nil, !namespace.annotations.isEmpty {
      throw value.invalid("The namespace without a name has annotations; expected none")
    }
    if let types = object["commonTypes"] {
      for member in try types.object() {
        let name = try declaredName(member)
        guard !SchemaParser.isReservedCommonTypeName(name) else {
          throw member.value.invalid("The name \(name) is reserved; expected another name")
        }
        let type = try typeMembers(of: member.value, besides: ["annotations"])
        namespace.commonTypes.append(
          CommonTypeDeclaration(name: name, type: try self.type(type), annotations: try annotations(type), place: .json(member.value)))
      }
    }
    for member in try object.required("entityTypes").object() {
      namespace.entityTypes.append(try entityType(try declaredName(member), member.value))
    }
    for member in try object.required("actions").object() {
      namespace.actions.append(try action(Text(member.key), member.value))
    }
    return namespace
  }

  // MARK: Declarations

  private static func entityType(_ name: Text, _ value: JSONValue) throws(JSONError) -> EntityTypeDeclaration {
    let object = try members(of: value, known: ["memberOfTypes", "shape", "tags", "enum", "annotations"])
    let kind: EntityTypeDeclaration.Kind
    if let choices = object["enum"] {
      guard object["memberOfTypes"] == nil, object["shape"] == nil, object["tags"] == nil else {
        throw value.invalid("An enumerated entity type has parents, attributes or tags; expected \"enum\" alone")
      }
      let ids = try choices.array().decode { id throws(JSONError) in Text(try id.string()) }
      guard !ids.isEmpty else { throw choices.invalid("An enumeration is empty; expected at least one id") }
      kind = .enumerated(ids)
    } else {
      let parents = try object["memberOfTypes"].map(list) ?? []
      let shape = try object["shape"].map(type) ?? .emptyRecord
      kind = .standard(parents: parents, shape: shape, tags: try object["tags"].map(type))
    }
    return EntityTypeDeclaration(name: name, kind: kind, annotations: try annotations(object), place: .json(value))
  }

  private static func action(_ id: Text, _ value: JSONValue) throws(JSONError) -> ActionDeclaration {
    let object = try members(of: value, known: ["attributes", "appliesTo", "memberOf", "annotations"])
    if let attributes = object.optional("attributes") {
      throw attributes.invalid("An action has attributes, which is not supported; expected none")
    }
    var declaration = ActionDeclaration(name: id, annotations: try annotations(object), place: .json(value))
    if let appliesTo = object.optional("appliesTo") {
      let members = try members(of: appliesTo, known: ["principalTypes", "resourceTypes", "context"])
      declaration.appliesTo = ActionDeclaration.AppliesTo(
        principals: try list(members.required("principalTypes")), resources: try list(members.required("resourceTypes")),
        context: try members["context"].map(type) ?? .emptyRecord)
    }
    if let parents = object.optional("memberOf") {
      declaration.parents = try parents.array().decode { parent throws(JSONError) in
        let members = try members(of: parent, known: ["id", "type"])
        let type = try members.optional("type").map(name)
        return ActionReference(type: type, id: Text(try members.required("id").string()), place: .json(parent))
      }
    }
    return declaration
  }

  // MARK: Types

  private static let typeKeys: [StaticString] = ["type", "element", "attributes", "additionalAttributes", "name"]

  private static func typeMembers(of value: JSONValue, besides others: [StaticString]) throws(JSONError) -> JSONObject {
    try members(of: value, known: typeKeys + others)
  }

  private static func type(_ value: JSONValue) throws(JSONError) -> TypeExpression { try type(typeMembers(of: value, besides: [])) }

  private static func type(_ object: JSONObject) throws(JSONError) -> TypeExpression {
    let value = try object.required("type")
    switch try value.string() {
    case "String":
      try refuse(typeKeys.dropFirst(), in: object)
      return .builtin(.string)
    case "Long":
      try refuse(typeKeys.dropFirst(), in: object)
      return .builtin(.long)
    case "Boolean":
      try refuse(typeKeys.dropFirst(), in: object)
      return .builtin(.bool)
    case "Set":
      try refuse(["attributes", "additionalAttributes", "name"], in: object)
      return .set(try type(object.required("element")))
    case "Record":
      try refuse(["element", "name"], in: object)
      return try record(object)
    case "Entity":
      try refuse(["element", "attributes", "additionalAttributes"], in: object)
      return .entity(try name(object.required("name")))
    case "EntityOrCommon":
      try refuse(["element", "attributes", "additionalAttributes"], in: object)
      return .named(try name(object.required("name")))
    case "Extension":
      try refuse(["element", "attributes", "additionalAttributes"], in: object)
      let name = try object.required("name")
      guard let type = ExtensionType(rawValue: try name.string()), let builtin = BuiltinType(rawValue: type.rawValue) else {
        throw name.invalid("Not an extension type; expected decimal, ipaddr, datetime or duration")
      }
      return .builtin(builtin)
    default:
      try refuse(typeKeys.dropFirst(), in: object)
      return .common(try name(value))
    }
  }

  private static func record(_ object: JSONObject) throws(JSONError) -> TypeExpression {
    if let open = object["additionalAttributes"], try open.bool() {
      throw open.invalid("A record is open to further attributes, which is not supported; expected false")
    }
    var fields: [RecordField] = []
    for member in try object.required("attributes").object() {
      let members = try typeMembers(of: member.value, besides: ["required", "annotations"])
      let isRequired = try members["required"].map { value throws(JSONError) in try value.bool() } ?? true
      fields.append(
        RecordField(name: Text(member.key), type: try type(members), isRequired: isRequired, annotations: try annotations(members)))
    }
    return .record(fields)
  }

  // MARK: Names and members

  static func isName(_ name: String, allowsReserved: Bool) -> Bool {
    name.utf8Split(by: "::").allSatisfy { part in
      Identifier.isNamePart(part) || (allowsReserved && part == "__cedar")
    }
  }

  private static func name(_ value: JSONValue) throws(JSONError) -> SchemaName {
    let string = try value.string()
    guard isName(string, allowsReserved: true) else {
      throw value.invalid("\(StringLiteral.quoted(string)) is not a name; expected identifiers with :: between them")
    }
    return SchemaName(Text(string), place: .json(value))
  }

  private static func declaredName(_ member: JSONObject.Member) throws(JSONError) -> Text {
    guard Identifier.isNamePart(member.key) else {
      throw member.value.invalid("\(StringLiteral.quoted(member.key)) is not a name; expected an identifier that is not reserved")
    }
    return Text(member.key)
  }

  private static func list(_ value: JSONValue) throws(JSONError) -> [SchemaName] { try value.array().decode(name) }

  private static func annotations(_ object: JSONObject) throws(JSONError) -> [Annotation] {
    guard let value = object["annotations"] else { return [] }
    var annotations: [Annotation] = []
    for member in try value.object() {
      guard Identifier.hasShape(member.key) else {
        throw member.value.invalid("\(StringLiteral.quoted(member.key)) is not an annotation's name; expected an identifier")
      }
      annotations.append(Annotation(name: Text(member.key), value: member.value.isNull ? nil : Text(try member.value.string())))
    }
    return annotations
  }

  private static func members(of value: JSONValue, known: [StaticString]) throws(JSONError) -> JSONObject {
    let object = try value.object()
    for member in object where !known.contains(where: member.isNamed) {
      let names = known.map { "\"\($0)\"" }.joined(separator: ", ")
      throw member.value.invalid("Unknown member \(StringLiteral.quoted(member.key)); expected one of \(names)")
    }
    return object
  }

  private static func refuse(_ keys: some Sequence<StaticString>, in object: JSONObject) throws(JSONError) {
    for key in keys {
      if let value = object[key] { throw value.invalid("This type has no member \"\(key)\"; expected none") }
    }
  }
}
