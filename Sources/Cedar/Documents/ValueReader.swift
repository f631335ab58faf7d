package import JSON

/// What a schema expects of a value in a JSON document, so far as reading needs it; it is no validation.
///
/// Where an entity or an extension value is expected, the `__entity` and `__extn` around it may be left out.
package indirect enum ExpectedType: Hashable, Sendable {
  case bool, long, string
  case entity
  case decimal, ip, datetime, duration
  case set(ExpectedType)
  /// Members in no order; `isOpen` lets others through.
  case record([Text: Member], isOpen: Bool)

  package struct Member: Hashable, Sendable {
    package var type: ExpectedType
    package var isRequired: Bool

    package init(type: ExpectedType, isRequired: Bool) {
      self.type = type
      self.isRequired = isRequired
    }
  }

  /// The function that makes such a value of one argument.
  var constructor: ExtensionFunction? {
    switch self {
    case .decimal: .decimal
    case .ip: .ip
    case .datetime: .datetime
    case .duration: .duration
    default: nil
    }
  }
}

/// Reads values from the JSON of entities and contexts (Cedar documentation, "Entities and context JSON syntax").
///
/// Numbers are exact: whole, in 64 bits, without fraction or exponent; null is no value. No object names a key twice, which the
/// document's parser sees to.
package enum ValueReader {
  /// Cedar's strings hold any scalar, U+0000 too.
  package static let limits = JSONLimits(maximumDepth: 128, allowsNUL: true)

  package static func value(_ json: JSONValue, expecting type: ExpectedType? = nil) throws(JSONError) -> Value {
    var names = TextTable()
    return try value(json, expecting: type, &names)
  }

  /// An entity's uid: `{"type": …, "id": …}`, alone or within `__entity`.
  package static func entity(_ json: JSONValue) throws(JSONError) -> EntityUID {
    var names = TextTable()
    return try entity(json, &names)
  }

  /// As above; names of attributes and types come from `names`, so that they are one object wherever they are met again.
  static func value(_ json: JSONValue, expecting type: ExpectedType? = nil, _ names: inout TextTable) throws(JSONError) -> Value {
    switch type {
    case .entity?: return .entity(try entity(json, &names))
    case .set(let element)?:
      var values: [Value] = []
      for part in try json.array() { values.append(try value(part, expecting: element, &names)) }
      return .set(ValueSet(values))
    case .record(let members, let isOpen)?: return .record(try record(json, members, isOpen: isOpen, &names))
    case let type?:
      if let constructor = type.constructor { return try extensionValue(json, constructor, &names) }
      return try plain(json, &names)
    case nil: return try plain(json, &names)
    }
  }

  static func entity(_ json: JSONValue, _ names: inout TextTable) throws(JSONError) -> EntityUID {
    guard json.kind == .object else { throw json.invalid("Expected an entity, as in {\"type\": \"User\", \"id\": \"alice\"}") }
    let object = try json.object()
    if let text = object["__expr"], text.kind == .string { throw text.invalid("The escape __expr is no longer supported") }
    if let inner = object["__entity"], inner.kind == .object, let entity = try typeAndID(try inner.object(), &names) { return entity }
    guard let entity = try typeAndID(object, &names) else {
      throw json.invalid("Expected an entity, as in {\"type\": \"User\", \"id\": \"alice\"}")
    }
    return entity
  }

  /// `nil` unless both members are strings; an error if the type is no name.
  private static func typeAndID(_ object: JSONObject, _ names: inout TextTable) throws(JSONError) -> EntityUID? {
    guard let type = object["type"], let id = object["id"], type.kind == .string, id.kind == .string else { return nil }
    guard let name = EntityTypeName(try type.string(), &names) else { throw type.invalid("Expected the name of an entity type") }
    return names.intern(EntityUID(type: name, id: Text(try id.string())))
  }

  // MARK: Without a schema

  private static func plain(_ json: JSONValue, _ names: inout TextTable) throws(JSONError) -> Value {
    switch json.kind {
    case .bool: return .bool(try json.bool())
    case .string: return .string(Text(try json.string()))
    case .number: return .long(try long(json))
    case .null: throw json.invalid("null is no Cedar value; expected the member to be left out")
    case .array:
      var values: [Value] = []
      for element in try json.array() { values.append(try plain(element, &names)) }
      return .set(ValueSet(values))
    case .object:
      let object = try json.object()
      if let escaped = try escape(object, &names) { return escaped }
      var fields: [(name: Text, value: Value)] = []
      for member in object { fields.append((names.intern(member.key), try plain(member.value, &names))) }
      return .record(Record(fields))
    }
  }

  /// What an object with the one member `__entity` or `__extn` stands for; `nil` for any other object, which is a record.
  private static func escape(_ object: JSONObject, _ names: inout TextTable) throws(JSONError) -> Value? {
    var members = object.makeIterator()
    guard let member = members.next(), members.next() == nil else { return nil }
    if member.isNamed("__expr"), member.value.kind == .string {
      throw member.value.invalid("The escape __expr is no longer supported")
    }
    guard member.value.kind == .object else { return nil }
    let inner = try member.value.object()
    var escaped: Value?
    if member.isNamed("__entity") {
      escaped = try typeAndID(inner, &names).map { .entity($0) }
    } else if member.isNamed("__extn") {
      escaped = try functionCall(inner, &names)
    }
    if escaped != nil { try checkNumbers(member.value) }
    return escaped
  }

  private static func long(_ json: JSONValue) throws(JSONError) -> Int64 {
    guard json.rawText != "-0" else { throw json.invalid("-0 is no whole number; expected 0") }
    return try json.int64()
  }

  /// Cedar ignores the members of an escape that it does not know, but not their numbers, which are exact there, too.
  private static func checkNumbers(_ json: JSONValue) throws(JSONError) {
    switch json.kind {
    case .number: _ = try long(json)
    case .array: for element in try json.array() { try checkNumbers(element) }
    case .object: for member in try json.object() { try checkNumbers(member.value) }
    case .bool, .string, .null: break
    }
  }

  /// `{"fn": …, "arg": …}` or `{"fn": …, "args": […]}`; `nil` for another form.
  private static func functionCall(_ object: JSONObject, _ names: inout TextTable) throws(JSONError) -> Value? {
    guard let name = object["fn"], name.kind == .string else { return nil }
    var arguments: [Value] = []
    if let argument = object["arg"] {
      arguments = [try plain(argument, &names)]
    } else if let list = object["args"], list.kind == .array {
      for argument in try list.array() { arguments.append(try plain(argument, &names)) }
    } else {
      return nil
    }
    guard let function = ExtensionFunction(rawValue: try name.string()) else { throw name.invalid("There is no such function") }
    return try call(function, arguments, at: object.value)
  }

  private static func call(_ function: ExtensionFunction, _ arguments: [Value], at json: JSONValue) throws(JSONError) -> Value {
    switch ExtensionCalls.call(function, arguments) {
    case .success(let value): return value
    case .failure(let failure): throw json.invalid(EvaluationError(kind: failure.kind, range: .none).description)
    }
  }

  // MARK: With a schema

  private static func record(_ json: JSONValue, _ members: [Text: ExpectedType.Member], isOpen: Bool, _ names: inout TextTable)
    throws(JSONError) -> Record
  {
    guard json.kind == .object else { throw json.invalid("Expected a record") }
    var fields: [(name: Text, value: Value)] = []
    for member in try json.object() {
      let name = names.intern(member.key)
      if let expected = members[name] {
        fields.append((name, try value(member.value, expecting: expected.type, &names)))
      } else if !isOpen {
        throw member.value.invalid("The schema has no attribute \(StringLiteral.quoted(name.string)) here")
      }
    }
    for (name, member) in members where member.isRequired && !fields.contains(where: { $0.name == name }) {
      throw json.invalid("Missing required attribute \(StringLiteral.quoted(name.string))")
    }
    return Record(fields)
  }

  /// A call with or without `__extn`, or the constructor's argument alone.
  private static func extensionValue(_ json: JSONValue, _ constructor: ExtensionFunction, _ names: inout TextTable) throws(JSONError)
    -> Value
  {
    guard json.kind == .object else { return try call(constructor, [try plain(json, &names)], at: json) }
    let object = try json.object()
    if let text = object["__expr"], text.kind == .string { throw text.invalid("The escape __expr is no longer supported") }
    let inner = if let escaped = object["__extn"], escaped.kind == .object { try escaped.object() } else { object }
    if let value = try expectingCall(inner, &names) { return value }
    if let value = try expectingCall(object, &names) { return value }
    return try call(constructor, [try plain(json, &names)], at: json)
  }

  /// A call whose arguments are read as the function's parameters expect them.
  private static func expectingCall(_ object: JSONObject, _ names: inout TextTable) throws(JSONError) -> Value? {
    guard let name = object["fn"], name.kind == .string else { return nil }
    var given: [JSONValue] = []
    if let argument = object["arg"] {
      given = [argument]
    } else if let list = object["args"], list.kind == .array {
      given = Array(try list.array())
    } else {
      return nil
    }
    guard let function = ExtensionFunction(rawValue: try name.string()) else { throw name.invalid("There is no such function") }
    let types = function.parameterTypes
    guard given.count == types.count else { return try call(function, [], at: object.value) }
    var arguments: [Value] = []
    for (argument, type) in zip(given, types) { arguments.append(try value(argument, expecting: type, &names)) }
    return try call(function, arguments, at: object.value)
  }
}

extension ExtensionFunction {
  /// The types of the arguments, the receiver of a method first.
  package var parameterTypes: [ExpectedType] {
    switch self {
    case .decimal, .ip, .datetime, .duration: [.string]
    case .lessThan, .lessThanOrEqual, .greaterThan, .greaterThanOrEqual: [.decimal, .decimal]
    case .isIpv4, .isIpv6, .isLoopback, .isMulticast: [.ip]
    case .isInRange: [.ip, .ip]
    case .offset: [.datetime, .duration]
    case .durationSince: [.datetime, .datetime]
    case .toDate, .toTime: [.datetime]
    case .toMilliseconds, .toSeconds, .toMinutes, .toHours, .toDays: [.duration]
    }
  }
}
