import Cedar
import JSON
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Cedar's conformance data under `cedar` in the folder that `MORAINE_CONFORMANCE` names: hand-written tests, and a corpus as an archive.
enum Corpus {
  static let folder: String? = getenv("MORAINE_CONFORMANCE").map { String(cString: $0) + "/cedar" }

  static let absence: Comment = "MORAINE_CONFORMANCE does not say where the conformance data is, so Cedar's corpus was not tested"

  /// The corpus, unpacked into a temporary folder the first time it is asked for; several suites read it, so it stays until the process ends.
  static let unpacked: Result<String, Failure> = Result { () throws(Failure) in
    guard let folder else { throw Failure(message: "no conformance data") }
    var template = Array("/tmp/cedar-corpus-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure(message: "no temporary folder") }
    let target = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    try run(["tar", "xzf", folder + "/corpus-tests.tar.gz", "-C", target])
    atexit { if case .success(let folder) = Corpus.unpacked { try? Corpus.run(["rm", "-r", folder]) } }
    return target
  }

  struct Failure: Error {
    let message: String
  }

  private static func run(_ words: [String]) throws(Failure) {
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var pid: pid_t = 0
    var status: Int32 = 0
    guard posix_spawnp(&pid, words[0], nil, nil, &arguments, environ) == 0, waitpid(pid, &status, 0) == pid, status == 0 else {
      throw Failure(message: "\(words.joined(separator: " ")) failed")
    }
  }

  /// Files in `folder` that describe tests, sorted.
  static func tests(in folder: String) throws -> [String] {
    let directory = try #require(opendir(folder), "no folder at \(folder)")
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name.hasSuffix(".json"), !name.hasSuffix(".entities.json") { names.append("\(folder)/\(name)") }
    }
    return names.sorted()
  }

  static func bytes(_ path: String) throws -> [UInt8] {
    let stream = try #require(fopen(path, "r"), "no file at \(path)")
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&chunk, 1, chunk.count, stream), count > 0 { bytes += chunk[..<count] }
    return bytes
  }

  static func json(_ path: String) throws -> JSONValue { try JSONDocument(parsing: bytes(path), limits: ValueReader.limits).root }
}

/// One file of tests: policies, entities, and requests with the answers of the real engine.
struct CorpusTest {
  struct Case {
    let request: Request
    let decision: String
    let reasons: [String]
    let errors: [String]
    let description: String
  }

  let path: String
  let policies: PolicySet
  let entities: EntityStore
  let cases: [Case]

  /// Reads the file at `path`, whose own paths start in `root`; `expectation` is what its schema says of entities.
  init(_ path: String, root: String, expecting expectation: EntityExpectation? = nil) throws {
    self.path = path
    let object = try Corpus.json(path).object()
    let policyText = String(decoding: try Corpus.bytes(root + "/" + object.required("policies").string()), as: UTF8.self)
    policies = try PolicySet(parsing: policyText)
    let entities = try Corpus.json(root + "/" + object.required("entities").string())
    self.entities = try EntityStore(EntityReader.entities(entities, expecting: expectation.map { expected in { _ in expected } }))
    cases = try object.required("requests").array().map { json in
      let object = try json.object()
      return Case(
        request: try RequestReader.request(json), decision: try object.required("decision").string(),
        reasons: try object.required("reason").array().map { try $0.string() }.sorted(),
        errors: try object.required("errors").array().map { try $0.string() }.sorted(),
        description: try object.required("description").string())
    }
  }

  /// What went otherwise than the real engine says, one line each.
  func disagreements() -> [String] {
    let authorizer = Authorizer(policies)
    return cases.flatMap { item in
      let response = authorizer.authorize(item.request, entities: entities)
      let batch = authorizer.authorize(
        principal: item.request.principal, action: item.request.action, resources: [item.request.resource], context: item.request.context,
        entities: entities)
      var lines: [String] = []
      func expect(_ what: String, _ found: String, _ wanted: String) {
        if found != wanted { lines.append("\(path) \(item.description): \(what) \(found), not \(wanted)") }
      }
      expect("decision", response.decision.name, item.decision)
      expect("decision of the batch", batch[0].decision.name, item.decision)
      expect("safety of the batch", "\(batch[0].isSafelyAllowed)", "\(response.isSafelyAllowed)")
      expect("reasons", "\(response.reasons.map(\.string).sorted())", "\(item.reasons)")
      expect("errors", "\(response.errors.map(\.policy.string).sorted())", "\(item.errors)")
      return lines
    }
  }
}
