import JSON

/// The facets of a run.
package struct RunFacets: Sendable {
  package let facets: Facets
  package let nominalTime: NominalTime?
  package let parent: ParentRun?
  package let processingEngine: ProcessingEngine?
  package let error: RunFailure?
  /// What the engine calls it: Spark's application, Flink's job, a warehouse's query.
  package let applicationID: String?

  init(_ json: JSONValue?) throws(JSONError) {
    facets = try Facets(json)
    nominalTime = try facets.facet("nominalTime").map { facet throws(JSONError) in
      NominalTime(startUs: try facet.time("nominalStartTime"), endUs: try facet.time("nominalEndTime"))
    }
    parent = try facets.facet("parent").map { facet throws(JSONError) in try ParentRun(facet) }
    processingEngine = try facets.facet("processing_engine").map { facet throws(JSONError) in
      ProcessingEngine(name: try facet.text("name"), version: try facet.required("version").string())
    }
    error = try facets.facet("errorMessage").map { facet throws(JSONError) in
      RunFailure(
        message: try facet.required("message").string(), programmingLanguage: try facet.text("programmingLanguage"),
        stackTrace: try facet.text("stackTrace"))
    }
    var application = try facets.facet("spark_applicationDetails")?.text("applicationId")
    if application == nil { application = try facets.facet("flink_jobid")?.text("jobId") }
    if application == nil { application = try facets.facet("externalQuery")?.text("externalQueryId") }
    applicationID = application
  }
}

/// For when a run was scheduled (NominalTimeRunFacet); microseconds since 1970.
package struct NominalTime: Hashable, Sendable {
  package let startUs: Int64?
  package let endUs: Int64?
}

/// The run that started this one, and the one that all began with (ParentRunFacet).
package struct ParentRun: Hashable, Sendable {
  package let run: RunID
  package let job: EntityName
  package let root: RunID?

  fileprivate init(_ facet: JSONObject) throws(JSONError) {
    run = try RunID(json: facet.required("run").object().required("runId"))
    job = try EntityName(json: facet.required("job"))
    root = try facet.optional("root")?.object().optional("run")?.object().optional("runId").map { json throws(JSONError) in
      try RunID(json: json)
    }
  }
}

/// What ran it (ProcessingEngineRunFacet).
package struct ProcessingEngine: Hashable, Sendable {
  package let name: String?
  package let version: String
}

/// Why it failed (ErrorMessageRunFacet).
package struct RunFailure: Hashable, Sendable {
  package let message: String
  package let programmingLanguage: String?
  package let stackTrace: String?
}
