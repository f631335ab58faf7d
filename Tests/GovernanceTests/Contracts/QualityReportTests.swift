import Governance
import JSON
import Testing

@Suite struct QualityReportTests {
  private func outcomes(_ text: String, _ tool: QualityReport.Tool) throws -> [String] {
    let report = try QualityReport(JSONDocument(parsing: Array(text.utf8)).root, from: tool)
    // What is read can be sent.
    for result in report.results { #expect(try QualityResult(jsonText: result.jsonText) == result) }
    return report.results.map { "\($0.check) \($0.outcome) \($0.checkedAtMs ?? -1)" }
  }

  @Test func dbt() throws {
    let text = """
      {"metadata":{"dbt_schema_version":"https://schemas.getdbt.com/dbt/run-results/v6.json","generated_at":"2026-05-03T12:00:00.123456Z"},
       "results":[
        {"unique_id":"model.lake.loans","status":"success"},
        {"unique_id":"test.lake.not_null_loans_id.aa","status":"pass","failures":0,"message":null},
        {"unique_id":"test.lake.unique_loans_id.bb","status":"fail","failures":3,"message":"Got 3 results"},
        {"unique_id":"test.lake.recent.cc","status":"warn","failures":1},
        {"unique_id":"test.lake.late.dd","status":"skipped"},
        {"unique_id":"test.lake.broken.ee","status":"error","message":"no such table"}]}
      """
    #expect(
      try outcomes(text, .dbt) == [
        "not_null_loans_id passed 1777809600123", "unique_loans_id failed 1777809600123", "recent failed 1777809600123",
        "late error 1777809600123", "broken error 1777809600123",
      ])
  }

  @Test func greatExpectations() throws {
    let old = """
      {"success":false,"meta":{"expectation_suite_name":"loans","run_id":{"run_name":null,"run_time":"2026-05-03T14:00:00+02:00"}},"results":[
        {"success":true,"expectation_config":{"expectation_type":"expect_column_values_to_not_be_null","kwargs":{"column":"id"}},
         "exception_info":{"raised_exception":false,"exception_message":null,"exception_traceback":null},"result":{"unexpected_count":0}},
        {"success":false,"expectation_config":{"expectation_type":"expect_table_row_count_to_be_between","kwargs":{"min_value":1}}}]}
      """
    #expect(
      try outcomes(old, .greatExpectations) == [
        "loans failed 1777809600000", "expect_column_values_to_not_be_null(id) passed 1777809600000",
        "expect_table_row_count_to_be_between failed 1777809600000",
      ])
    let new = """
      {"success":true,"suite_name":"loans","results":[
        {"success":true,"expectation_config":{"type":"expect_column_to_exist","kwargs":{"column":"id"}},
         "exception_info":{"('table.columns', '1')":{"raised_exception":true}}}]}
      """
    #expect(try outcomes(new, .greatExpectations) == ["loans error -1", "expect_column_to_exist(id) error -1"])
  }

  @Test func soda() throws {
    let text = """
      {"scanEndTimestamp":"2026-05-03T12:00:00+00:00","hasErrors":false,"checks":[
        {"name":"row_count > 0","outcome":"pass","definition":"checks for loans:"},{"name":"fresh","outcome":"fail"},
        {"name":"odd","outcome":"warn"},{"name":"lost","outcome":null},{"name":"fresh","outcome":"pass"}]}
      """
    #expect(
      try outcomes(text, .soda) == [
        "row_count > 0 passed 1777809600000", "fresh failed 1777809600000", "odd failed 1777809600000", "lost error 1777809600000",
      ], "of two by one name the worst counts")
  }

  @Test func openLineage() throws {
    let text = """
      {"eventType":"COMPLETE","eventTime":"2026-05-03T12:00:00Z","inputs":[{"namespace":"lake","name":"loans","inputFacets":{
        "dataQualityAssertions":{"_producer":"p","_schemaURL":"s","assertions":[
          {"assertion":"not_null","success":true,"column":"id"},{"assertion":"row_count","success":false}]}}}],"outputs":[]}
      """
    #expect(try outcomes(text, .openLineage) == ["not_null(id) passed 1777809600000", "row_count failed 1777809600000"])
  }

  @Test(arguments: QualityReport.Tool.allCases) func otherFilesAreRefused(tool: QualityReport.Tool) {
    for text in ["[]", "{}", #"{"results":[],"checks":[]}"#, #"{"results":[{}],"checks":[{}],"inputs":[{}]}"#] {
      #expect(throws: JSONError.self) { try QualityReport(JSONDocument(parsing: Array(text.utf8)).root, from: tool) }
    }
  }

  @Test func times() {
    #expect(RFC3339.milliseconds("1970-01-01T00:00:00Z") == 0)
    #expect(RFC3339.milliseconds("2000-02-29 23:59:59.9-01:30") == 951_874_199_900)
    #expect(RFC3339.milliseconds("1969-12-31T23:59:59.999Z") == -1)
    for text in ["", "2026-05-03", "2026-13-01T00:00:00Z", "2026-05-03T24:00:00Z", "2026-05-03T12:00:00+2", "2026-05-03T12:00:00.Z", "é"] {
      #expect(RFC3339.milliseconds(text) == nil)
    }
  }
}
