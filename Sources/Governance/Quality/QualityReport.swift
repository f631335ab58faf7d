package import JSON

/// Results of checks as a tool writes them down.
package struct QualityReport: Hashable, Sendable {
  /// The tools whose files are understood; `rawValue` is what results name as their source.
  package enum Tool: String, Sendable, CaseIterable {
    /// `target/run_results.json` (dbt, "Run results JSON file").
    case dbt
    /// A validation result of Great Expectations, 0.x or 1.x.
    case greatExpectations = "great-expectations"
    /// The results of a scan (Soda Core, `get_scan_results`, or `soda scan -srf`).
    case soda
    /// A run event with the facet `dataQualityAssertions` on one of its datasets.
    case openLineage = "openlineage"
  }

  package let tool: Tool
  /// One for each name, in the order in which they stand in the file. Of several by one name the worst counts: all must have passed.
  package let results: [QualityResult]

  /// - Throws: where the text is no such file, or tells of no check.
  package init(_ json: JSONValue, from tool: Tool) throws(JSONError) {
    let all: [QualityResult] =
      switch tool {
      case .dbt: try Self.dbt(json)
      case .greatExpectations: try Self.greatExpectations(json)
      case .soda: try Self.soda(json)
      case .openLineage: try Self.openLineage(json)
      }
    guard !all.isEmpty else { throw json.invalid("The file tells of no check") }
    var order: [String] = []
    var worst: [String: QualityResult] = [:]
    for result in all {
      guard let known = worst[result.check] else {
        order.append(result.check)
        worst[result.check] = result
        continue
      }
      if result.outcome.severity > known.outcome.severity { worst[result.check] = result }
    }
    self.tool = tool
    results = order.compactMap { worst[$0] }
  }

  // MARK: dbt

  /// Tests of a run, by their names. What only warns has not passed; what was skipped was not checked.
  private static func dbt(_ json: JSONValue) throws(JSONError) -> [QualityResult] {
    let object = try json.object()
    let at = try object.optional("metadata")?.object().optional("generated_at")?.string()
    var results: [QualityResult] = []
    for element in try object.required("results").array() {
      let result = try element.object()
      let id = try result.required("unique_id").string()
      // `test.<project>.<name>.<hash>`; models and seeds are none.
      let parts = id.split(separator: ".")
      guard parts.first == "test", parts.count >= 3 else { continue }
      let outcome: QualityResult.Outcome =
        switch try result.required("status").string() {
        case "pass": .passed
        case "fail", "warn": .failed
        default: .error
        }
      let details = JSONWriter.text { writer in
        writer.object {
          $0.field("unique-id", id)
          copy(result.optional("status"), "status", to: &$0)
          copy(result.optional("failures"), "failures", to: &$0)
          copy(result.optional("message"), "message", to: &$0)
        }
      }
      results.append(
        QualityResult(check: String(parts[2]), outcome: outcome, checkedAtMs: at.flatMap(RFC3339.milliseconds), details: details))
    }
    return results
  }

  private static func copy(_ value: JSONValue?, _ key: StaticString, to writer: inout JSONWriter) {
    if let value, value.raw.count <= 10_000 { writer.field(key, raw: value.raw) }
  }

  // MARK: Great Expectations

  /// The suite by its name, and each expectation as `type` or `type(column)`.
  private static func greatExpectations(_ json: JSONValue) throws(JSONError) -> [QualityResult] {
    let object = try json.object()
    let meta = try object.optional("meta")?.object()
    let suite = try (object.optional("suite_name") ?? meta?.optional("expectation_suite_name"))?.string()
    let run = meta?.optional("run_id")
    let at = run?.kind == .object ? try run?.object().optional("run_time")?.string() : nil
    let time = at.flatMap(RFC3339.milliseconds)
    var results: [QualityResult] = []
    var hasErrors = false
    for element in try object.required("results").array() {
      let result = try element.object()
      let configuration = try result.required("expectation_config").object()
      guard let type = configuration.optional("type") ?? configuration.optional("expectation_type") else {
        throw element.invalid("An expectation without a type")
      }
      let column = try configuration.optional("kwargs")?.object().optional("column")?.string()
      let isError = try raisedException(result.optional("exception_info"))
      hasErrors = hasErrors || isError
      let isPassed = try result.required("success").bool()
      let outcome: QualityResult.Outcome = isError ? .error : isPassed ? .passed : .failed
      let details = JSONWriter.text { writer in writer.object { copy(result.optional("result"), "result", to: &$0) } }
      results.append(
        QualityResult(check: try type.string() + (column.map { "(\($0))" } ?? ""), outcome: outcome, checkedAtMs: time, details: details))
    }
    guard let suite else { return results }
    let isPassed = try object.required("success").bool()
    let outcome: QualityResult.Outcome = hasErrors ? .error : isPassed ? .passed : .failed
    return [QualityResult(check: suite, outcome: outcome, checkedAtMs: time)] + results
  }

  /// It stands there itself, or under the name of each metric.
  private static func raisedException(_ json: JSONValue?) throws(JSONError) -> Bool {
    guard let object = try json?.object() else { return false }
    if let raised = object.optional("raised_exception") { return try raised.bool() }
    for member in object where member.value.kind == .object {
      if try member.value.object().optional("raised_exception")?.bool() == true { return true }
    }
    return false
  }

  // MARK: Soda

  /// Checks by their names. What only warns has not passed; what has no outcome was not checked.
  private static func soda(_ json: JSONValue) throws(JSONError) -> [QualityResult] {
    let object = try json.object()
    let at = try object.optional("scanEndTimestamp")?.string()
    return try object.required("checks").array().decode { element throws(JSONError) -> QualityResult in
      let check = try element.object()
      let outcome: QualityResult.Outcome =
        switch try check.optional("outcome")?.string() {
        case "pass": .passed
        case "fail", "warn": .failed
        default: .error
        }
      let details = JSONWriter.text { writer in
        writer.object {
          copy(check.optional("definition"), "definition", to: &$0)
          copy(check.optional("outcome"), "outcome", to: &$0)
          copy(check.optional("diagnostics"), "diagnostics", to: &$0)
        }
      }
      return QualityResult(
        check: try check.required("name").string(), outcome: outcome, checkedAtMs: at.flatMap(RFC3339.milliseconds), details: details)
    }
  }

  // MARK: OpenLineage

  /// Assertions on a run's datasets, as `assertion` or `assertion(column)`.
  private static func openLineage(_ json: JSONValue) throws(JSONError) -> [QualityResult] {
    let event = try json.object()
    let at = try event.optional("eventTime")?.string()
    var results: [QualityResult] = []
    for datasets in [event.optional("inputs"), event.optional("outputs")] {
      for element in try datasets?.array().map({ $0 }) ?? [] {
        let dataset = try element.object()
        for facets in [dataset.optional("inputFacets"), dataset.optional("facets")] {
          guard let facet = try facets?.object().optional("dataQualityAssertions")?.object() else { continue }
          for assertion in try facet.required("assertions").array() {
            let object = try assertion.object()
            let name = try object.required("assertion").string()
            let column = try object.optional("column")?.string()
            results.append(
              QualityResult(
                check: name + (column.map { "(\($0))" } ?? ""), outcome: try object.required("success").bool() ? .passed : .failed,
                checkedAtMs: at.flatMap(RFC3339.milliseconds), details: Array(assertion.raw)))
          }
        }
      }
    }
    return results
  }
}

extension QualityResult.Outcome {
  fileprivate var severity: Int {
    switch self {
    case .passed: 0
    case .failed: 1
    case .error: 2
    }
  }
}
