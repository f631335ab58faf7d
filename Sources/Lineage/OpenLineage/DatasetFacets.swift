package import JSON

/// The facets of a dataset, whatever a job does to it.
package struct DatasetFacets: Sendable {
  package let facets: Facets
  /// As the producer writes it; of an Iceberg table, a snapshot's id.
  package let version: String?
  package let schema: [SchemaField]
  package let symlinks: [Symlink]
  package let catalog: CatalogReference?
  package let source: DataSource?
  package let columnLineage: ColumnLineage?
  /// What flows into this dataset, where the producer says so itself.
  package let lineage: ExplicitLineage.Sources?
  package let lifecycleStateChange: LifecycleStateChange?
  package let documentation: String?
  package let owners: [ReportedOwner]

  init(_ json: JSONValue?) throws(JSONError) {
    facets = try Facets(json)
    version = try facets.facet("version")?.text("datasetVersion")
    schema = try facets.facet("schema")?.list("fields") { json throws(JSONError) in try SchemaField(json: json) } ?? []
    symlinks =
      try facets.facet("symlinks")?.list("identifiers") { json throws(JSONError) in
        Symlink(name: try EntityName(json: json), type: try json.object().text("type"))
      } ?? []
    catalog = try facets.facet("catalog").map { facet throws(JSONError) in
      CatalogReference(
        framework: try facet.text("framework"), type: try facet.text("type"), name: try facet.text("name"),
        metadataURI: try facet.text("metadataUri"), warehouseURI: try facet.text("warehouseUri"), source: try facet.text("source"))
    }
    source = try facets.facet("dataSource").map { facet throws(JSONError) in
      DataSource(name: try facet.text("name"), uri: try facet.text("uri"))
    }
    columnLineage = try facets.facet("columnLineage").map { facet throws(JSONError) in try ColumnLineage(facet) }
    lineage = try facets.facet("lineage").map { facet throws(JSONError) in try ExplicitLineage.Sources(facet) }
    lifecycleStateChange = try facets.facet("lifecycleStateChange").map { facet throws(JSONError) in try LifecycleStateChange(facet) }
    documentation = try facets.facet("documentation")?.text("description")
    owners = try ReportedOwner.list(facets.facet("ownership"))
  }
}

/// A column, or a part of one (SchemaDatasetFacet).
package struct SchemaField: Hashable, Sendable, JSONDecodable {
  package let name: String
  package let type: String?
  package let description: String?
  package let fields: [SchemaField]

  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    name = try object.required("name").string()
    type = try object.text("type")
    description = try object.text("description")
    fields = try object.list("fields") { json throws(JSONError) in try SchemaField(json: json) }
  }
}

/// Another name of a dataset (SymlinksDatasetFacet): `TABLE` in a catalog, `LOCATION` on storage.
package struct Symlink: Hashable, Sendable {
  package let name: EntityName
  package let type: String?
}

/// The catalog in which an engine found a dataset (CatalogDatasetFacet).
package struct CatalogReference: Hashable, Sendable {
  package let framework: String?
  package let type: String?
  /// As the engine's configuration calls it.
  package let name: String?
  package let metadataURI: String?
  package let warehouseURI: String?
  package let source: String?
}

/// Where a dataset lies (DatasourceDatasetFacet).
package struct DataSource: Hashable, Sendable {
  package let name: String?
  package let uri: String?
}

/// What became of a dataset (LifecycleStateChangeDatasetFacet).
package struct LifecycleStateChange: Hashable, Sendable {
  /// `ALTER`, `CREATE`, `DROP`, `OVERWRITE`, `RENAME`, `TRUNCATE`; others may come.
  package let change: String
  package let previous: EntityName?

  fileprivate init(_ facet: JSONObject) throws(JSONError) {
    change = try facet.required("lifecycleStateChange").string()
    previous = try facet.optional("previousIdentifier").map { json throws(JSONError) in try EntityName(json: json) }
  }
}

/// The facets of a dataset as a run read it.
package struct InputFacets: Sendable {
  package let facets: Facets
  package let scanReport: ScanReport?
  package let assertions: [QualityAssertion]
  package let statistics: Statistics?
  /// A part of the dataset, as JSON (InputSubsetInputDatasetFacet).
  package let subset: JSONValue?

  /// - Parameter common: the dataset's own facets, among which older producers put their assertions.
  init(_ json: JSONValue?, besides common: JSONValue?) throws(JSONError) {
    facets = try Facets(json)
    scanReport = try facets.facet("icebergScanReport").map { facet throws(JSONError) in try ScanReport(facet) }
    var facet = try facets.facet("dataQualityAssertions")
    if facet == nil { facet = try Facets(common).facet("dataQualityAssertions") }
    assertions = try facet?.list("assertions") { json throws(JSONError) in try QualityAssertion(json: json) } ?? []
    statistics = try facets.facet("inputStatistics").map { facet throws(JSONError) in try Statistics(facet) }
    subset = try facets.facet("subset")?.optional("inputCondition")
  }
}

/// The facets of a dataset as a run wrote it.
package struct OutputFacets: Sendable {
  package let facets: Facets
  package let commitReport: CommitReport?
  package let statistics: Statistics?
  /// A part of the dataset, as JSON (OutputSubsetOutputDatasetFacet).
  package let subset: JSONValue?

  init(_ json: JSONValue?) throws(JSONError) {
    facets = try Facets(json)
    commitReport = try facets.facet("icebergCommitReport").map { facet throws(JSONError) in
      CommitReport(snapshotID: try facet.snapshotID("snapshotId"), operation: try facet.text("operation"))
    }
    statistics = try facets.facet("outputStatistics").map { facet throws(JSONError) in try Statistics(facet) }
    subset = try facets.facet("subset")?.optional("outputCondition")
  }
}

/// What Iceberg says of a scan (IcebergScanReportInputDatasetFacet).
package struct ScanReport: Hashable, Sendable {
  package let snapshotID: Int64?
  package let filter: String?
  package let projectedFieldNames: [String]
  package let applicationID: String?

  fileprivate init(_ facet: JSONObject) throws(JSONError) {
    snapshotID = try facet.snapshotID("snapshotId")
    filter = try facet.text("filterDescription")
    projectedFieldNames = try facet.list("projectedFieldNames") { json throws(JSONError) in try json.string() }
    applicationID = try facet.optional("metadata")?.object().text("app-id")
  }
}

/// What Iceberg says of a commit (IcebergCommitReportOutputDatasetFacet).
package struct CommitReport: Hashable, Sendable {
  package let snapshotID: Int64?
  package let operation: String?
}

/// How much was read or written (InputStatisticsInputDatasetFacet, OutputStatisticsOutputDatasetFacet).
package struct Statistics: Hashable, Sendable {
  package let rowCount: Int64?
  package let sizeBytes: Int64?
  package let fileCount: Int64?

  fileprivate init(_ facet: JSONObject) throws(JSONError) {
    rowCount = try facet.count("rowCount")
    sizeBytes = try facet.count("size")
    fileCount = try facet.count("fileCount")
  }
}

/// A test of a dataset or of one of its columns, and how it went (DataQualityAssertionsDatasetFacet).
package struct QualityAssertion: Sendable, JSONDecodable {
  package let assertion: String
  package let column: String?
  package let isPassed: Bool
  package let severity: String?
  package let json: JSONValue

  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    assertion = try object.required("assertion").string()
    column = try object.text("column")
    isPassed = try object.required("success").bool()
    severity = try object.text("severity")
    self.json = json
  }
}
