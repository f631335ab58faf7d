import JSON

/// What the feature views of a version were computed from, as a section.
enum TrainingSources {
  static func add(_ inputs: JSONValue, to sheet: inout FactSheet) throws {
    let inputs = try inputs.array().map { try $0.object() }
    let names = Dictionary(try inputs.map { (try $0.required("id").string(), try TrainingInputName($0)) }) { first, _ in first }
    var rows: [[String]] = []
    for input in inputs where input.optional("withdrawn-at-ms") == nil {
      guard let sources = try input.optional("sources")?.array() else { continue }
      let view = try TrainingInputName(input).text
      for source in try sources.map({ try $0.object() }) {
        let state = try source.optional("input").flatMap { names[try $0.string()]?.text }
        rows.append([
          view, try source.required("role").string(), try source.required("name").string(),
          try state ?? source.optional("note")?.string() ?? "",
        ])
      }
    }
    guard !rows.isEmpty else { return }
    sheet.add("Behind feature views", [.text("VIEW"), .fixed("AS"), .text("SOURCE"), .text("STATE")], rows)
  }
}
