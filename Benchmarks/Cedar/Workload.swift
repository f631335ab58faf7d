import Cedar
import Foundation
import JSON

/// What there is to decide, read from the files that every engine of the comparison reads.
struct Workload {
  let policies: PolicySet
  let entities: EntityStore
  let requests: [Request]
  /// Principal, action and context that a list is filtered for.
  let question: Request
  let listed: [EntityUID]
  private let folder: String

  init(folder: String) throws {
    self.folder = folder
    policies = try PolicySet(parsing: try text(folder + "/policies.cedar"), naming: .byAnnotation)
    entities = try EntityStore(EntityReader.entities(json(folder + "/entities.json")))
    requests = try json(folder + "/requests.json").array().map { try RequestReader.request($0) }
    let filter = try json(folder + "/filter.json").array().map { try RequestReader.request($0) }
    guard let first = filter.first else { throw Failure(message: "an empty list") }
    question = first
    listed = filter.map(\.resource)
  }

  /// The policies with the links of `NAME.links.json`.
  func policies(links name: String) throws -> PolicySet {
    var set = policies
    for link in try json("\(folder)/\(name).links.json").array() {
      let object = try link.object()
      let values = try object.required("values").object()
      try set.link(
        TemplateLink(
          id: Text(try object.required("new_id").string()), template: Text(try object.required("template_id").string()),
          principal: try ValueReader.entity(values.required("?principal")), resource: try ValueReader.entity(values.required("?resource"))))
    }
    return set
  }
}

/// Cedar's corpus, read and decided file by file.
struct CorpusRun {
  private(set) var requests = 0
  /// Requests with the decision, the determining policies and the erring policies of the reference.
  private(set) var agreed = 0

  /// Takes the folder that holds `corpus-tests`.
  init(folder: String) throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/corpus-tests")
    for name in names.sorted() where name.hasSuffix(".json") && !name.hasSuffix(".entities.json") {
      let test = try json("\(folder)/corpus-tests/\(name)").object()
      let policies = try PolicySet(parsing: try text(folder + "/" + test.required("policies").string()))
      let entities = try EntityStore(EntityReader.entities(json(folder + "/" + test.required("entities").string())))
      let authorizer = Authorizer(policies)
      for element in try test.required("requests").array() {
        let expected = try element.object()
        let response = authorizer.authorize(try RequestReader.request(element), entities: entities)
        let decision = try expected.required("decision").string()
        let reasons = try expected.required("reason").array().map { try $0.string() }
        let errors = try expected.required("errors").array().map { try $0.string() }
        requests += 1
        if response.decision.name == decision, Set(response.reasons.map(\.string)) == Set(reasons),
          Set(response.errors.map(\.policy.string)) == Set(errors)
        {
          agreed += 1
        }
      }
    }
  }
}

private func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

private func text(_ path: String) throws -> String { String(decoding: try bytes(path), as: UTF8.self) }

private func json(_ path: String) throws -> JSONValue { try JSONDocument(parsing: bytes(path), limits: ValueReader.limits).root }
