import JSON

/// The facets of a job.
package struct JobFacets: Sendable {
  package let facets: Facets
  package let type: JobType?
  package let documentation: String?
  package let owners: [ReportedOwner]
  package let sourceCode: SourceCode?
  package let sourceLocation: SourceLocation?
  package let sql: String?
  /// What flows into what, where the producer says so itself.
  package let lineage: [ExplicitLineage]

  init(_ json: JSONValue?) throws(JSONError) {
    facets = try Facets(json)
    type = try facets.facet("jobType").map { facet throws(JSONError) in
      JobType(
        processingType: try facet.text("processingType"), integration: try facet.text("integration"), jobType: try facet.text("jobType"))
    }
    documentation = try facets.facet("documentation")?.text("description")
    owners = try ReportedOwner.list(facets.facet("ownership"))
    sourceCode = try facets.facet("sourceCode").map { facet throws(JSONError) in
      SourceCode(language: try facet.text("language"), text: try facet.text("sourceCode"))
    }
    sourceLocation = try facets.facet("sourceCodeLocation").map { facet throws(JSONError) in
      SourceLocation(
        type: try facet.text("type"), url: try facet.text("url"), version: try facet.text("version"), tag: try facet.text("tag"),
        branch: try facet.text("branch"))
    }
    sql = try facets.facet("sql")?.text("query")
    lineage = try facets.facet("lineage")?.list("entries") { json throws(JSONError) in try ExplicitLineage(json: json) } ?? []
  }
}

/// What kind of job it is (JobTypeJobFacet).
package struct JobType: Hashable, Sendable {
  package let processingType: String?
  package let integration: String?
  package let jobType: String?
}

/// A job's own text (SourceCodeJobFacet).
package struct SourceCode: Hashable, Sendable {
  package let language: String?
  package let text: String?
}

/// Where a job's text lies (SourceCodeLocationJobFacet).
package struct SourceLocation: Hashable, Sendable {
  package let type: String?
  package let url: String?
  package let version: String?
  package let tag: String?
  package let branch: String?
}
