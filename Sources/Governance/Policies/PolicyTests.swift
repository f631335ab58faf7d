import Cedar
import JSON

/// How one request of a test came out.
package struct PolicyTestResult: Hashable, Sendable {
  package let file: String
  /// From 1.
  package let number: Int
  package let name: String
  /// What came out otherwise than expected; `nil` when it passed.
  package let failure: String?

  package var problem: PolicyProblem? {
    failure.map { PolicyProblem(file: file, "request \(number)\(name.isEmpty ? "" : " (\(name))"): \($0)") }
  }
}

/// The tests of a policy set, in the form of Cedar's own integration tests: `{"entities": FILE, "requests": [{"description", "principal",
/// "action", "resource", "context", "decision", "reason": [IDS], "errors": [IDS]}]}`. An array of entities is no test but what tests name.
///
/// A test always asks the whole set. It may name its policies and schema, for other engines.
struct PolicyTests {
  static let maximumRequests = 10_000

  let files: PolicyFiles

  init(_ files: PolicyFiles) { self.files = files }

  /// - Throws: ``PolicySetRefusal`` for tests that cannot be run.
  func run(_ policies: PolicySet, _ schema: Schema) throws(PolicySetRefusal) -> [PolicyTestResult] {
    let authorizer = Authorizer(policies)
    var results: [PolicyTestResult] = []
    var problems: [PolicyProblem] = []
    for name in files.names(of: .tests) {
      do {
        let limits = JSONLimits(maximumDepth: 128, maximumSizeBytes: PolicyFiles.maximumSizeBytes, allowsNUL: true)
        let root = try JSONDocument(parsing: Array((files.contents[name] ?? "").utf8), limits: limits).root
        if root.kind == .array { continue }
        results += try run(try root.object(), of: name, authorizer, schema)
      } catch {
        problems.append(PolicyProblem(file: name, (error as? PolicyProblem)?.message ?? "\(error)"))
      }
      if results.count > Self.maximumRequests {
        problems.append(PolicyProblem(file: name, "There are more than \(Self.maximumRequests) requests in the tests"))
        break
      }
    }
    guard problems.isEmpty else { throw PolicySetRefusal(problems: problems) }
    return results
  }

  private func run(_ test: JSONObject, of file: String, _ authorizer: Authorizer, _ schema: Schema) throws -> [PolicyTestResult] {
    let entities = try entities(try test.required("entities"), of: file, schema)
    return try test.required("requests").array().enumerated().map { index, json in
      let object = try json.object()
      let name = try object.optional("description")?.string() ?? ""
      return PolicyTestResult(
        file: file, number: index + 1, name: name, failure: try failure(object, authorizer, schema, entities))
    }
  }

  private func failure(_ object: JSONObject, _ authorizer: Authorizer, _ schema: Schema, _ entities: EntityStore) throws -> String? {
    let action = try ValueReader.entity(try object.required("action"))
    let request = try RequestReader.request(object.value, expecting: schema.expectedContext(of: action))
    let decision = try object.required("decision").string()
    let reasons = try object.optional("reason").map(Self.ids)
    let errors = try object.optional("errors").map(Self.ids)
    do { try schema.check(request) } catch { return "the schema has no such request: \(error)" }
    let response = authorizer.authorize(request, entities: entities)
    func list(_ ids: [String]) -> String { ids.isEmpty ? "none" : ids.joined(separator: ", ") }
    let found = response.reasons.map(\.string).sorted()
    if response.decision.name != decision.lowercased() {
      return "expected \(decision.lowercased()), found \(response.decision.name) by \(list(found))"
    }
    if let reasons, reasons != found { return "expected to be decided by \(list(reasons)), found \(list(found))" }
    let failed = response.errors.map(\.policy.string).sorted()
    if let errors, errors != failed { return "expected errors of \(list(errors)), found \(list(failed))" }
    return nil
  }

  private static func ids(_ json: JSONValue) throws -> [String] { try json.array().map { try $0.string() }.sorted() }

  /// Entities as they stand in the test, or of the file that it names: from the folder, or from any folder above it.
  private func entities(_ json: JSONValue, of file: String, _ schema: Schema) throws -> EntityStore {
    var json = json
    if json.kind == .string {
      let path = try json.string()
      guard let name = name(ofFile: path) else { throw PolicyProblem(file: file, "The file of entities \(path) is not in the policy set") }
      json = try JSONDocument(parsing: Array((files.contents[name] ?? "").utf8), limits: ValueReader.limits).root
    }
    let given = try EntityReader.entities(json, expecting: schema.expectation(of:))
    let store = try EntityStore(given)
    try schema.check(store)
    let known = Set(given.map(\.uid))
    return try store.adding(schema.actionEntities.filter { !known.contains($0.uid) })
  }

  private func name(ofFile path: String) -> String? {
    var rest = path.split(separator: "/")[...]
    while !rest.isEmpty {
      let name = rest.joined(separator: "/")
      if files.contents[name] != nil { return name }
      rest = rest.dropFirst()
    }
    return nil
  }
}
