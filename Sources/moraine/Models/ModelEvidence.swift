import JSON

/// How it is known what a version was trained on: what the sources disagree about, who said what, and what is missing.
enum ModelEvidence {
  /// What must be looked at, above all else.
  static func addContradictions(of version: JSONObject, named title: String, to sheet: inout FactSheet) throws {
    let found = try version.required("contradictions").array()
    guard found.count > 0 else { return }
    var lines: [String] = []
    for contradiction in found {
      let contradiction = try contradiction.object()
      lines.append("\(try name(of: contradiction)): sources disagree about what was read.")
      for word in try contradiction.required("words").array() {
        let word = try word.object()
        let states = try word.required("states").array().map { try $0.string() }.joined(separator: ", ")
        let names = try word.required("said-by").array().map { try $0.string() }.joined(separator: ", ")
        lines.append("  \(try word.required("source").string()) says \(states) (\(names))")
      }
    }
    lines.append("All of it stays bound. Find out which run made the model, then withdraw what is wrong:")
    lines.append("  moraine model withdraw \(title) INPUT --reason TEXT     (ids of inputs: moraine model show \(title) -o json)")
    sheet.add("CONTRADICTION", lines: lines.map(TerminalText.plain))
  }

  /// Each input's words, and what is no input.
  static func add(_ version: JSONObject, to sheet: inout FactSheet) throws {
    var rows: [[String]] = []
    for input in try version.required("inputs").array() {
      let input = try input.object()
      guard input.optional("withdrawn-at-ms") == nil else { continue }
      for word in try input.required("evidence").array() {
        let word = try word.object()
        let state = try input.optional("snapshot-id").map { "\(try $0.int64())" } ?? input.required("version").string()
        rows.append([
          try name(of: input), state, try word.required("source").string(), try word.required("grade").string(),
          try word.required("said-by").string(), "\(Instant(milliseconds: try word.required("said-at-ms").int64()))",
          try word.required("details").object().texts.map { "\($0.key)=\($0.value)" }.joined(separator: " "),
        ])
      }
    }
    if !rows.isEmpty {
      sheet.add(
        "Evidence",
        [.text("DATASET"), .fixed("STATE"), .fixed("SOURCE"), .fixed("GRADE"), .text("SAID BY"), .fixed("AT"), .text("DETAILS")], rows)
    }
    let gaps = try version.required("gaps").array().map { gap in
      let gap = try gap.object()
      return [
        try name(of: gap), try gap.optional("state")?.string() ?? "?", try gap.required("kind").string(),
        try gap.required("source").string(), try gap.required("said-by").string(), try gap.required("reason").string(),
      ]
    }
    guard !gaps.isEmpty else { return }
    sheet.add(
      "Said, and not bound",
      [.text("DATASET"), .fixed("STATE"), .fixed("WHY"), .fixed("SOURCE"), .text("SAID BY"), .text("REASON")], gaps)
  }

  static func addRuns(of version: JSONObject, to sheet: inout FactSheet) throws {
    let rows = try version.required("runs").array().map { run in
      let run = try run.object()
      func time(_ key: StaticString) throws -> String { try run.optional(key).map { "\(Instant(milliseconds: try $0.int64()))" } ?? "" }
      return [
        try run.required("id").string(), try run.optional("principal")?.string() ?? "", try time("started-at-ms"), try time("ended-at-ms"),
      ]
    }
    guard !rows.isEmpty else { return }
    sheet.add("Runs", [.text("RUN"), .text("RAN AS"), .fixed("STARTED"), .fixed("ENDED")], rows)
  }

  private static func name(of object: JSONObject) throws -> String {
    let levels = try object.required("namespace").array().map { try $0.string() }
    return "\(DatasetName(namespace: NamespaceName(levels: levels), name: try object.required("name").string()))"
  }
}
