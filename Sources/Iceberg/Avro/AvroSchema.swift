import JSON

/// Reads `avro.schema`.
struct AvroSchema {
  private let limits: AvroLimits
  /// Types by full name, with how many types each stands for.
  private var named: [String: (type: AvroType, size: Int)] = [:]
  /// Named types whose inside is being read: one that names itself has no end here.
  private var open: Set<String> = []
  private var size = 0

  static func parse(_ text: [UInt8], limits: AvroLimits) throws(AvroError) -> AvroType {
    var reader = AvroSchema(limits: limits)
    do {
      let document = try JSONDocument(parsing: text, limits: JSONLimits(maximumDepth: limits.maximumSchemaDepth * 4))
      return try reader.type(document.root, namespace: "", depth: 1)
    } catch let error as AvroError {
      throw error
    } catch {
      throw .malformed("The Avro schema cannot be read: \(error)")
    }
  }

  private init(limits: AvroLimits) { self.limits = limits }

  private mutating func count(_ types: Int) throws(AvroError) {
    size += types
    guard size <= limits.maximumSchemaTypes else { throw .tooLarge("The Avro schema has more than \(limits.maximumSchemaTypes) types") }
  }

  private mutating func type(_ json: JSONValue, namespace: String, depth: Int) throws -> AvroType {
    guard depth <= limits.maximumSchemaDepth else {
      throw AvroError.tooLarge("The Avro schema is nested deeper than \(limits.maximumSchemaDepth)")
    }
    switch json.kind {
    case .string: return try type(named: try json.string(), namespace: namespace)
    case .array:
      try count(1)
      let branches = try json.array().map { branch in try type(branch, namespace: namespace, depth: depth + 1) }
      guard !branches.isEmpty else { throw json.invalid("An Avro union is empty") }
      return .union(branches)
    case .object: return try complex(try json.object(), namespace: namespace, depth: depth)
    default: throw json.invalid("Expected an Avro type")
    }
  }

  private mutating func complex(_ object: JSONObject, namespace: String, depth: Int) throws -> AvroType {
    let kind = try object.required("type")
    // {"type": {"type": "array", …}} says no more than what is inside.
    guard kind.kind == .string else { return try type(kind, namespace: namespace, depth: depth + 1) }
    switch try kind.string() {
    case "record", "error": return try record(object, namespace: namespace, depth: depth)
    case "enum": return try define(object, namespace: namespace) { _, _ in .enumeration }
    case "fixed":
      let size = try object.required("size")
      guard let bytes = Int(exactly: try size.int64()), (0...Int(Int32.max)).contains(bytes) else {
        throw size.invalid("An Avro fixed type has an impossible size")
      }
      return try define(object, namespace: namespace) { _, _ in .fixed(bytes) }
    case "array":
      try count(1)
      return .array(try type(try object.required("items"), namespace: namespace, depth: depth + 1))
    case "map":
      try count(1)
      return .map(try type(try object.required("values"), namespace: namespace, depth: depth + 1))
    case let name: return try type(named: name, namespace: namespace)
    }
  }

  private mutating func record(_ object: JSONObject, namespace: String, depth: Int) throws -> AvroType {
    let list = try object.required("fields").array()
    return try define(object, namespace: namespace) { reader, name in
      let inside = name.lastIndex(of: ".").map { String(name[..<$0]) } ?? ""
      var names = Set<String>()
      let fields = try list.map { json in
        let field = try json.object()
        let fieldName = try field.required("name").string()
        guard names.insert(fieldName).inserted else { throw json.invalid("Avro record \(name) has two fields \"\(fieldName)\"") }
        let id = try field.optional("field-id")?.int32()
        return AvroField(name: fieldName, id: id, type: try reader.type(try field.required("type"), namespace: inside, depth: depth + 1))
      }
      return .record(name: name, fields)
    }
  }

  /// Reads a named type and remembers it (Avro 1.12, "Names").
  private mutating func define(
    _ object: JSONObject, namespace: String, _ read: (inout AvroSchema, String) throws -> AvroType
  ) throws -> AvroType {
    let simple = try object.required("name").string()
    let space = try object.optional("namespace")?.string() ?? namespace
    let name = simple.contains(".") || space.isEmpty ? simple : space + "." + simple
    guard named[name] == nil, open.insert(name).inserted else { throw object.value.invalid("Avro type \"\(name)\" is defined twice") }
    let before = size
    try count(1)
    let type = try read(&self, name)
    open.remove(name)
    named[name] = (type, size - before)
    return type
  }

  private mutating func type(named name: String, namespace: String) throws(AvroError) -> AvroType {
    let primitive: AvroType? =
      switch name {
      case "null": .null
      case "boolean": .boolean
      case "int": .int
      case "long": .long
      case "float": .float
      case "double": .double
      case "bytes": .bytes
      case "string": .string
      default: nil
      }
    if let primitive {
      try count(1)
      return primitive
    }
    let full = name.contains(".") || namespace.isEmpty ? name : namespace + "." + name
    for candidate in [full, name] {
      if let known = named[candidate] {
        try count(known.size)
        return known.type
      }
      if open.contains(candidate) { throw .unsupported("Avro type \"\(candidate)\" holds itself") }
    }
    throw .malformed("The Avro schema names a type \"\(name)\" that it does not define")
  }
}
