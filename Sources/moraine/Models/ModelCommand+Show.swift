import ArgumentParser
import JSON

extension ModelCommand {
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show a model, or one of its versions with all that it was trained on.")

    @Argument(help: ArgumentHelp("credit-risk, or credit-risk@7.", valueName: "model[@version]"), transform: ModelOrVersion.init(parsing:))
    var name: ModelOrVersion
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        switch name {
        case .model(let model):
          let document = try await client.get(path + [model]).json()
          try output.show(document) { isBold in try Self.text(of: document.object(), isBold: isBold) }
        case .version(let version):
          let document = try await client.get(version.path).json()
          let overlaps = output.format == .table ? try await TrainingOverlaps.load(version, client) : []
          try output.show(document) { isBold in try Self.text(ofVersion: document.object(), overlaps, isBold: isBold) }
        }
      }
    }

    private static func text(of model: JSONObject, isBold: Bool) throws -> String {
      var sheet = FactSheet(isBold: isBold)
      sheet.add("Model", try model.required("name").string())
      sheet.add("Purpose", try model.required("purpose").string())
      sheet.add("Owner", try model.optional("owner")?.string() ?? "nobody")
      sheet.add("Risk tier", try model.required("risk-tier").string())
      let days = try model.required("keep-days-after-retirement").int64()
      sheet.add("Regulated", try model.required("regulated").bool() ? "yes; training data is kept \(days) days after retirement" : "no")
      let profiles = try model.required("profiles").array().map { try $0.string() }
      if !profiles.isEmpty { sheet.add("Profiles", profiles.joined(separator: ", ")) }
      sheet.add(
        "Created", "\(Instant(milliseconds: try model.required("created-at-ms").int64())) by \(try model.required("created-by").string())")
      return sheet.text
    }

    private static func text(ofVersion version: JSONObject, _ overlaps: [JSONValue], isBold: Bool) throws -> String {
      var sheet = FactSheet(isBold: isBold)
      let title = "\(try version.required("model").string())@\(try version.required("version").string())"
      try ModelEvidence.addContradictions(of: version, named: title, to: &sheet)
      sheet.add("Model version", title)
      sheet.add("Stage", try version.required("stage").string())
      sheet.add("Developer", try version.required("developer").string())
      let facts: [(String, StaticString)] = [
        ("Code", "code-reference"), ("Container", "container-digest"), ("Source", "source"), ("Run", "run"),
      ]
      for (title, key) in facts { if let text = try version.optional(key)?.string() { sheet.add(title, text) } }
      sheet.add("Created", "\(Instant(milliseconds: try version.required("created-at-ms").int64()))")
      if let time = try version.optional("retired-at-ms")?.int64() {
        sheet.add("Retired", "\(Instant(milliseconds: time)): \(try version.required("retirement-reason").string())")
      }
      try MLflowSection.add(version, to: &sheet)
      let approvals = try version.required("approvals").array().map { try $0.object() }
      if approvals.isEmpty { sheet.add("Approved", "by nobody") }
      if !approvals.isEmpty {
        let rows = try approvals.map { approval in
          [
            "\(Instant(milliseconds: try approval.required("decided-at-ms").int64()))", try approval.required("decision").string(),
            try approval.required("approver").string(), try approval.required("comment").string(),
          ]
        }
        sheet.add("Approvals", [.fixed("AT"), .fixed("DECISION"), .text("BY"), .text("COMMENT")], rows)
      }
      try TrainingInputs.add(version.required("inputs"), to: &sheet)
      try MLflowSection.addGaps(of: version, to: &sheet)
      try TrainingSources.add(version.required("inputs"), to: &sheet)
      try TrainingOverlaps.add(overlaps, to: &sheet)
      try ModelEvidence.add(version, to: &sheet)
      try ModelEvidence.addRuns(of: version, to: &sheet)
      for (title, key) in [("Parameters", "parameters"), ("Metrics", "metrics"), ("Artifacts", "artifacts")] as [(String, StaticString)] {
        let map = try version.required(key).object().texts
        if !map.isEmpty { sheet.add(title, properties: map) }
      }
      return sheet.text
    }
  }
}

/// What a version was trained on, as a section.
enum TrainingInputs {
  static func add(_ inputs: JSONValue, to sheet: inout FactSheet) throws {
    var rows: [[String]] = []
    for input in try inputs.array() {
      let input = try input.object()
      guard input.optional("withdrawn-at-ms") == nil else { continue }
      let levels = try input.required("namespace").array().map { try $0.string() }
      let name = DatasetName(namespace: NamespaceName(levels: levels), name: try input.required("name").string())
      let state = try input.optional("snapshot-id").map { "\(try $0.int64())" } ?? input.required("version").string()
      rows.append([
        try input.required("role").string(), "\(name)", state,
        try input.optional("committed-at-ms").map { "\(Instant(milliseconds: try $0.int64()))" } ?? "",
        try input.optional("record-count").map { "\(try $0.int64())" } ?? "", try input.required("grade").string(),
        try input.required("pinned").bool() ? "pinned" : "",
      ])
    }
    sheet.add(
      "Training data",
      [.fixed("ROLE"), .text("DATASET"), .fixed("STATE"), .fixed("COMMITTED"), .number("ROWS"), .fixed("EVIDENCE"), .fixed("")], rows)
  }
}
