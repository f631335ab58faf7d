import Cedar
import JSON

/// Where a policy set, a schema or entities come from.
enum CedarSource: Hashable {
  case path(String)
  case text(String)

  /// `TEXT` or `{"path": P}`.
  init(json: JSONValue) throws {
    self = json.kind == .string ? .text(try json.string()) : .path(try json.object().required("path").string())
  }

  /// Its path; `nil` where there is none.
  var path: String? {
    if case .path(let path) = self { path } else { nil }
  }

}

/// A policy set, and its form that decides.
struct CedarPolicies {
  let set: PolicySet
  let authorizer: Authorizer
}

/// Reads policies, schemas and entities; what comes from a file is read once, however often it is named.
struct CedarSources {
  private struct EntitiesKey: Hashable {
    let path: String
    let schema: String?
  }

  private var files: [String: String] = [:]
  private var policySets: [String: Result<CedarPolicies, CommandFailure>] = [:]
  private var schemas: [String: Result<Schema, CommandFailure>] = [:]
  private var entityStores: [EntitiesKey: Result<EntityStore, CommandFailure>] = [:]

  /// The text of a file.
  mutating func text(path: String) throws -> String {
    if let known = files[path] { return known }
    let text = try CedarFile.read(path)
    files[path] = text
    return text
  }

  private mutating func text(_ source: CedarSource) throws -> String {
    switch source {
    case .path(let path): try text(path: path)
    case .text(let text): text
    }
  }

  /// Policies are named by `@id`, those without it by their position.
  mutating func policies(_ source: CedarSource) throws -> CedarPolicies {
    try once("policies", source, in: \.policySets) { text in
      let set = try CedarText.policySet(text)
      return CedarPolicies(set: set, authorizer: Authorizer(set))
    }
  }

  mutating func schema(_ source: CedarSource) throws -> Schema {
    try once("schema", source, in: \.schemas) { try CedarText.schema($0) }
  }

  /// The entities of a file, with the schema's actions and checked against it.
  mutating func entities(path: String, _ schema: Schema?, from schemaSource: CedarSource?) throws -> EntityStore {
    let text = try text(path: path)
    func read() throws -> EntityStore {
      try CedarText.entities(try JSONDocument(parsing: Array(text.utf8), limits: ValueReader.limits).root, schema)
    }
    // The schema is part of what is read, and one without a path has no name to remember it by.
    if case .text? = schemaSource { return try CommandFailure.naming(path, read) }
    let key = EntitiesKey(path: path, schema: schemaSource?.path)
    if let known = entityStores[key] { return try known.get() }
    let outcome = Result(naming: path, read)
    entityStores[key] = outcome
    return try outcome.get()
  }

  private mutating func once<T>(
    _ what: String, _ source: CedarSource, in known: WritableKeyPath<CedarSources, [String: Result<T, CommandFailure>]>,
    _ read: (String) throws -> T
  ) throws -> T {
    if let path = source.path, let outcome = self[keyPath: known][path] { return try outcome.get() }
    let text = try text(source)
    let outcome = Result(naming: source.path ?? what) { try read(text) }
    if let path = source.path { self[keyPath: known][path] = outcome }
    return try outcome.get()
  }
}

/// What the texts say. Which of its two forms a text has is seen by its first character.
enum CedarText {
  static func isJSON(_ text: String) -> Bool { text.utf8.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: "{") }

  static func policySet(_ text: String) throws -> PolicySet {
    guard isJSON(text) else { return try PolicySet(parsing: text, naming: .byAnnotation) }
    let json = try JSONDocument(parsing: Array(text.utf8), limits: PolicyReader.limits).root
    guard json.isPolicy else { return try PolicyReader.policySet(json) }
    var set = PolicySet()
    let policy = try PolicyReader.policy(json, id: "policy0")
    try set.add(policy)
    return set
  }

  static func schema(_ text: String) throws -> Schema { try Schema(schemaDocument(text)) }

  static func schemaDocument(_ text: String) throws -> SchemaDocument {
    guard isJSON(text) else { return try SchemaDocument(text: text) }
    return try SchemaDocument(json: try JSONDocument(parsing: Array(text.utf8), limits: ValueReader.limits).root)
  }

  static func entities(_ json: JSONValue, _ schema: Schema?) throws -> EntityStore {
    guard let schema else { return try EntityStore(try EntityReader.entities(json)) }
    let given = try EntityReader.entities(json, expecting: schema.expectation(of:))
    let store = try EntityStore(given)
    try schema.check(store)
    let known = Set(given.map(\.uid))
    return try store.adding(schema.actionEntities.filter { !known.contains($0.uid) })
  }
}

extension JSONValue {
  /// Whether this is one policy and not a set of them.
  fileprivate var isPolicy: Bool { (try? object())?["effect"] != nil }
}

extension CommandFailure {
  /// Runs `body`; what it throws is said of `name`.
  static func naming<T>(_ name: String, _ body: () throws -> T) throws(CommandFailure) -> T { try Result(naming: name, body).get() }
}

extension Result where Failure == CommandFailure {
  fileprivate init(naming name: String, _ body: () throws -> Success) {
    do {
      self = .success(try body())
    } catch let failure as CommandFailure {
      self = .failure(failure)
    } catch {
      self = .failure(.usage("\(name): \(error)"))
    }
  }
}
