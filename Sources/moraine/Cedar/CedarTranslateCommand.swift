import ArgumentParser
import Cedar
import JSON

struct CedarTranslateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "translate", abstract: "Write policies or a schema in Cedar's other form: its syntax as JSON, JSON as its syntax.")

  enum Direction: String, CaseIterable, ExpressibleByArgument {
    case cedarToJSON = "cedar-to-json"
    case jsonToCedar = "json-to-cedar"
  }

  @Option(name: .shortAndLong, help: ArgumentHelp("File of policies; - is standard input.", valueName: "file")) var policies: String?
  @Option(name: .shortAndLong, help: ArgumentHelp("File of a schema; - is standard input.", valueName: "file")) var schema: String?
  @Option(help: ArgumentHelp("cedar-to-json or json-to-cedar; without it, whichever fits.", valueName: "direction")) var direction:
    Direction?

  func run() throws {
    switch (policies, schema) {
    case (let path?, nil): try translate(path, CedarText.policySet, { try $0.cedarText }, { set in JSONWriter.text { set.write(to: &$0) } })
    case (nil, let path?):
      try translate(
        path,
        {
          let document = try CedarText.schemaDocument($0)
          _ = try Schema(document)
          return document
        }, { try $0.text() }, { document in JSONWriter.text { document.write(to: &$0) } })
    default: throw CommandFailure.usage("There is nothing to translate", hint: "Give --policies or --schema.")
    }
  }

  private func translate<T>(
    _ path: String, _ read: (String) throws -> T, _ cedar: (T) throws -> String, _ json: (T) throws -> [UInt8]
  ) throws {
    let text = try CedarFile.read(path)
    let isJSON = CedarText.isJSON(text)
    let direction = direction ?? (isJSON ? .jsonToCedar : .cedarToJSON)
    guard isJSON == (direction == .jsonToCedar) else {
      throw CommandFailure.usage("\(path) is \(isJSON ? "JSON" : "Cedar's syntax") already", hint: "Leave out --direction.")
    }
    let output = try CommandFailure.naming(path) {
      let value = try read(text)
      guard direction == .cedarToJSON else { return Array(try cedar(value).utf8) }
      return JSONText.pretty(try JSONDocument(parsing: try json(value), limits: PolicyReader.limits).root) + [0x0A]
    }
    try StandardStream.output.write(output)
  }
}

extension PolicySet {
  fileprivate var cedarText: String {
    get throws {
      guard let text else { throw CommandFailure.usage("Links of templates have no form in Cedar's syntax; keep them as JSON") }
      return try PolicyFormatter().format(text)
    }
  }
}
