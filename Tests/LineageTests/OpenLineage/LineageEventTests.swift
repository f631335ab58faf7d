import JSON
import Testing

@testable import Lineage

struct LineageEventTests {
  static let run = "3b452093-782c-4ef2-9c0c-aafe2aa6f34d"

  /// An event with these members beside the required ones.
  static func text(_ members: String, time: String = "2026-05-03T12:00:00Z") -> String {
    #"{"eventTime":"\#(time)","producer":"https://example.com/p","schemaURL":"https://openlineage.io/spec/2-0-2/OpenLineage.json",\#(members)}"#
  }

  static func event(_ members: String) throws -> LineageEvent { try LineageEvent(jsonText: Array(text(members).utf8)) }

  static func runEvent(
    _ members: String = "", runFacets: String = "{}", jobFacets: String = "{}", type: String = "COMPLETE"
  ) throws -> RunEvent {
    let event = try event(
      #""eventType":"\#(type)","run":{"runId":"\#(run)","facets":\#(runFacets)},"job":{"namespace":"n","name":"j","facets":\#(jobFacets)}\#(members)"#
    )
    guard case .run(let run) = event else { throw Unexpected() }
    return run
  }

  struct Unexpected: Error {}

  // MARK: Documents

  @Test func everyExampleIsRead() throws {
    let events = try OpenLineageDocuments.events()
    #expect(events.count >= 5)
    for (name, json) in events {
      let event = try LineageEvent(json: json)
      let kind =
        switch event {
        case .run: "run"
        case .job: "job"
        case .dataset: "dataset"
        }
      let expected = name.contains("dataset_event") ? "dataset" : name.contains("job_event") ? "job" : "run"
      #expect(kind == expected, "\(name)")
      #expect(event.timeUs > 1_500_000_000_000_000)
    }
  }

  /// Each example of a facet, on the entity that its schema is for.
  @Test func everyFacetIsRead() throws {
    let facets = try OpenLineageDocuments.facets()
    #expect(facets.count >= 40)
    for (schema, json) in facets {
      let text = json.rawText
      let dataset = #"{"namespace":"n","name":"d","facets":\#(text)}"#
      let event: LineageEvent
      switch schema {
      case _ where schema.hasSuffix("RunFacet"): event = .run(try Self.runEvent(runFacets: text))
      case _ where schema.hasSuffix("JobFacet"), "LineageFacet" where text.contains("\"entries\""):
        event = .run(try Self.runEvent(jobFacets: text))
      case "BaseSubsetDatasetFacet" where text.contains("outputCondition"), _ where schema.hasSuffix("OutputDatasetFacet"):
        event = .run(try Self.runEvent(#","outputs":[{"namespace":"n","name":"d","outputFacets":\#(text)}]"#))
      case "BaseSubsetDatasetFacet",
        _ where schema.hasSuffix("InputDatasetFacet"), "DataQualityAssertionsDatasetFacet":
        event = .run(try Self.runEvent(#","inputs":[{"namespace":"n","name":"d","inputFacets":\#(text)}]"#))
      default: event = try Self.event(#""dataset":\#(dataset)"#)
      }
      #expect(try Self.isUnderstood(schema, event), "\(schema) \(text)")
    }
  }

  /// Whether what the facet says is there, of those that are typed.
  private static func isUnderstood(_ schema: String, _ event: LineageEvent) throws -> Bool {
    switch event {
    case .dataset(let event):
      let facets = event.dataset.facets
      #expect(facets.facets.all.count == 1)
      switch schema {
      case "DatasetVersionDatasetFacet": return facets.version == "2"
      case "SchemaDatasetFacet": return !facets.schema.isEmpty && facets.schema.contains { !$0.fields.isEmpty }
      case "SymlinksDatasetFacet": return facets.symlinks.first?.name.name == "default.alter_table_test_new"
      case "ColumnLineageDatasetFacet":
        return facets.columnLineage?.dependencies.contains { $0.transformation?.type == "DIRECT" } == true
      case "LifecycleStateChangeDatasetFacet": return facets.lifecycleStateChange?.change.isEmpty == false
      case "DocumentationDatasetFacet": return facets.documentation?.isEmpty == false
      case "OwnershipDatasetFacet": return !facets.owners.isEmpty
      case "LineageFacet": return facets.lineage?.entities.isEmpty == false && facets.lineage?.columns.isEmpty == false
      case "DatasourceDatasetFacet": return facets.source?.uri?.isEmpty == false
      default: return true
      }
    case .run(let event):
      switch schema {
      case "ParentRunFacet": return event.runFacets.parent?.job.name == "dbt-job-name" || event.runFacets.parent?.root != nil
      case "NominalTimeRunFacet": return event.runFacets.nominalTime?.startUs != nil
      case "ProcessingEngineRunFacet": return event.runFacets.processingEngine?.version.isEmpty == false
      case "ErrorMessageRunFacet": return event.runFacets.error?.message.isEmpty == false
      case "ExternalQueryRunFacet": return event.runFacets.applicationID != nil
      case "SQLJobFacet": return event.job.facets.sql?.isEmpty == false
      case "SourceCodeJobFacet": return event.job.facets.sourceCode?.text != nil
      case "SourceCodeLocationJobFacet": return event.job.facets.sourceLocation?.url != nil
      case "OwnershipJobFacet": return !event.job.facets.owners.isEmpty
      case "JobTypeJobFacet": return event.job.facets.type?.integration != nil
      case "DocumentationJobFacet": return event.job.facets.documentation?.isEmpty == false
      case "LineageFacet": return !event.job.facets.lineage.isEmpty
      case "BaseSubsetDatasetFacet": return (event.inputs.first?.inputFacets.subset ?? event.outputs.first?.outputFacets.subset) != nil
      case "DataQualityAssertionsDatasetFacet": return event.inputs.first?.inputFacets.assertions.isEmpty == false
      case "OutputStatisticsOutputDatasetFacet": return event.outputs.first?.outputFacets.statistics?.rowCount != nil
      default: return true
      }
    case .job: return false
    }
  }

  // MARK: What is refused

  @Test(arguments: [
    (#""run":{"runId":"x"},"job":{"namespace":"n","name":"j"}"#, "$.run.runId", "UUID"),
    (#""run":{},"job":{"namespace":"n","name":"j"}"#, "$.run", "runId"),
    (#""run":{"runId":"3b452093-782c-4ef2-9c0c-aafe2aa6f34d"}"#, "$", "job"),
    (#""job":{"namespace":"n"}"#, "$.job", "name"),
    (#""job":{"namespace":"n","name":""}"#, "$.job", "empty"),
    (#""job":{"namespace":"n","name":"j"},"inputs":[{"name":"d"}]"#, "$.inputs[0]", "namespace"),
    (#""job":{"namespace":"n","name":"j"},"inputs":{}"#, "$.inputs", "array"),
    (#""dataset":{"namespace":"n","name":"d","facets":[]}"#, "$.dataset.facets", "object"),
    (
      #""dataset":{"namespace":"n","name":"d","facets":{"symlinks":{"identifiers":[{"name":"x"}]}}}"#,
      "$.dataset.facets.symlinks.identifiers[0]", "namespace"
    ),
    (
      #""eventType":"PAUSE","run":{"runId":"3b452093-782c-4ef2-9c0c-aafe2aa6f34d"},"job":{"namespace":"n","name":"j"}"#, "$.eventType",
      "START"
    ),
    (#""x":1"#, "$", "dataset"),
  ]) func whatIsMalformedSaysWhereAndWhat(members: String, path: String, what: String) throws {
    let error = #expect(throws: JSONError.self) { try Self.event(members) }
    #expect(error?.path == path)
    #expect(error?.message.contains(what) == true, "\(String(describing: error))")
  }

  @Test func timeAndProducerAreNeeded() throws {
    for text in [
      #"{"producer":"p","job":{"namespace":"n","name":"j"}}"#,
      #"{"eventTime":"yesterday","producer":"p","job":{"namespace":"n","name":"j"}}"#,
      #"{"eventTime":"2026-05-03T12:00:00Z","job":{"namespace":"n","name":"j"}}"#, "[]", "1",
    ] {
      #expect(throws: JSONError.self) { try LineageEvent(jsonText: Array(text.utf8)) }
    }
  }

  // MARK: What is told apart

  @Test func kindsAreToldApart() throws {
    let both = #""job":{"namespace":"n","name":"j"},"dataset":{"namespace":"n","name":"d"}"#
    guard case .job = try Self.event(both) else { throw Unexpected() }
    let text = Self.text(both).replacing("OpenLineage.json", with: "OpenLineage.json#/$defs/DatasetEvent")
    guard case .dataset = try LineageEvent(jsonText: Array(text.utf8)) else { throw Unexpected() }
    guard case .dataset = try Self.event(#""run":{"runId":"x"},"dataset":{"namespace":"n","name":"d"}"#) else { throw Unexpected() }
  }

  @Test func unknownFacetsStayAsTheyAre() throws {
    let event = try Self.runEvent(runFacets: #"{"acme_cost":{"usd":1.50,"id":9223372036854775807},"gone":null}"#)
    #expect(event.runFacets.facets.all.map(\.name) == ["acme_cost", "gone"])
    #expect(event.runFacets.facets.all[0].facet.rawText == #"{"usd":1.50,"id":9223372036854775807}"#)
  }

  @Test func deletedFacetsAreNone() throws {
    guard
      case .dataset(let event) = try Self.event(
        #""dataset":{"namespace":"n","name":"d","facets":{"documentation":{"_deleted":true,"description":"x"}}}"#)
    else { throw Unexpected() }
    #expect(event.dataset.facets.documentation == nil)
  }

  @Test func idsOf64BitsAreExact() throws {
    for (text, expected) in [
      ("9223372036854775807", Int64.max), ("-9223372036854775808", .min), (#""7320157238427934977""#, 7_320_157_238_427_934_977),
    ] {
      let event = try Self.runEvent(
        #","inputs":[{"namespace":"n","name":"d","inputFacets":{"icebergScanReport":{"snapshotId":\#(text)}}}]"#)
      #expect(event.inputs[0].inputFacets.scanReport?.snapshotID == expected)
      #expect(DatasetVersionClaim(event.inputs[0])?.snapshotID == expected)
    }
    for text in ["9223372036854775808", "1.5", "1e3", #""x""#] {
      #expect(throws: JSONError.self) {
        try Self.runEvent(#","inputs":[{"namespace":"n","name":"d","inputFacets":{"icebergScanReport":{"snapshotId":\#(text)}}}]"#)
      }
    }
  }

  @Test func columnsInBothForms() throws {
    let event = try Self.runEvent(
      #"""
      ,"outputs":[{"namespace":"n","name":"o","facets":{"columnLineage":{"fields":{
        "a":{"inputFields":[{"namespace":"n","name":"i","field":"x"}],"transformationType":"MASKED","transformationDescription":"hash"},
        "b":{"inputFields":[{"namespace":"n","name":"i","field":"y","transformations":[
          {"type":"DIRECT","subtype":"AGGREGATION"},{"type":"INDIRECT","subtype":"CONDITIONAL","masking":false}]}]}},
        "dataset":[{"namespace":"n","name":"i","field":"z","transformations":[{"type":"INDIRECT","subtype":"FILTER"}]}]}}}]
      """#)
    let found = event.outputs[0].dataset.facets.columnLineage?.dependencies.map {
      "\($0.column ?? "*") \($0.sourceColumn) \($0.transformation?.type ?? "-") \($0.transformation?.subtype ?? "-") \($0.transformation?.isMasking ?? false)"
    }
    #expect(
      found == [
        "a x DIRECT MASKED true", "b y DIRECT AGGREGATION false", "b y INDIRECT CONDITIONAL false", "* z INDIRECT FILTER false",
      ])
  }
}
