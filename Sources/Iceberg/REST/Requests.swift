package import JSON

// Bodies of requests (REST specification, "components/schemas"). Fields that are null count as absent: Spark sends such.

package struct CreateNamespaceRequest: JSONDecodable, Sendable {
  package let namespace: Namespace
  package let properties: [String: String]

  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    namespace = try Namespace(json: object.required("namespace"))
    properties = try object.optional("properties")?.object().strings() ?? [:]
  }
}

package struct UpdateNamespacePropertiesRequest: JSONDecodable, Sendable {
  package let removals: [String]
  package let updates: [String: String]

  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    var seen = Set<String>()
    removals = try object.optional("removals")?.strings().filter { seen.insert($0).inserted } ?? []
    updates = try object.optional("updates")?.object().strings() ?? [:]
  }

  /// The key that is both set and removed, if there is one.
  package var conflictingKey: String? { removals.first { updates[$0] != nil } }
}

package struct CreateTableRequest: JSONDecodable, Sendable {
  package let name: String
  package let location: String?
  package let schema: Schema
  package let partitionSpec: UnboundPartitionSpec?
  package let writeOrder: SortOrder?
  package let stageCreate: Bool
  package let properties: [String: String]

  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    name = try object.required("name").string()
    location = try object.optional("location")?.string()
    schema = try Schema(json: object.required("schema"))
    partitionSpec = try object.optional("partition-spec").map { value throws(JSONError) in try UnboundPartitionSpec(json: value) }
    writeOrder = try object.optional("write-order").map { value throws(JSONError) in try SortOrder(json: value) }
    stageCreate = try object.optional("stage-create")?.bool() ?? false
    properties = try object.optional("properties")?.object().strings() ?? [:]
  }
}

package struct RegisterTableRequest: JSONDecodable, Sendable {
  package let name: String
  package let metadataLocation: String
  package let overwrite: Bool

  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    name = try object.required("name").string()
    metadataLocation = try object.required("metadata-location").string()
    overwrite = try object.optional("overwrite")?.bool() ?? false
  }
}

package struct RegisterViewRequest: JSONDecodable, Sendable {
  package let name: String
  package let metadataLocation: String

  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    name = try object.required("name").string()
    metadataLocation = try object.required("metadata-location").string()
  }
}

/// A commit to one table, alone or as an entry of a transaction, which needs the identifier.
package struct CommitTableRequest: JSONDecodable, Sendable {
  package let identifier: TableIdentifier?
  package let requirements: [TableRequirement]
  package let updates: [TableUpdate]

  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    identifier = try object.optional("identifier").map { value throws(JSONError) in try TableIdentifier(json: value) }
    requirements = try object.required("requirements").array().decode(TableRequirement.init(json:))
    updates = try object.required("updates").array().decode(TableUpdate.init(json:))
  }
}

package struct CommitTransactionRequest: JSONDecodable, Sendable {
  package let tableChanges: [CommitTableRequest]

  package init(json: JSONValue) throws(JSONError) {
    tableChanges = try json.object().required("table-changes").array().decode(CommitTableRequest.init(json:))
  }
}

/// For tables and views alike.
package struct RenameTableRequest: JSONDecodable, Sendable {
  package let source: TableIdentifier
  package let destination: TableIdentifier

  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    source = try TableIdentifier(json: object.required("source"))
    destination = try TableIdentifier(json: object.required("destination"))
  }
}

package struct CreateViewRequest: JSONDecodable, Sendable {
  package let name: String
  package let location: String?
  package let schema: Schema
  package let viewVersion: ViewVersion
  package let properties: [String: String]

  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    name = try object.required("name").string()
    location = try object.optional("location")?.string()
    schema = try Schema(json: object.required("schema"))
    viewVersion = try ViewVersion(json: object.required("view-version"))
    properties = try object.optional("properties")?.object().strings() ?? [:]
  }
}

package struct CommitViewRequest: JSONDecodable, Sendable {
  package let requirements: [TableRequirement]
  package let updates: [ViewUpdate]

  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    requirements = try object.optional("requirements")?.array().decode(TableRequirement.init(json:)) ?? []
    updates = try object.required("updates").array().decode(ViewUpdate.init(json:))
  }
}

/// A scan or commit report, of which only the parts that are looked up are read.
package struct ReportMetricsRequest: JSONDecodable, Sendable {
  package let reportType: String
  package let tableName: String
  package let snapshotID: Int64?
  /// What the client says of itself: `engine-name`, `app-id`, ….
  package let metadata: [String: String]
  /// Of a scan, as the client writes it; `nil` for all rows.
  package let filter: String?
  /// Of a scan, names of columns.
  package let projection: [String]?
  package let text: ArraySlice<UInt8>

  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    let type = try object.required("report-type")
    reportType = try type.string()
    guard ["scan-report", "commit-report"].contains(reportType) else {
      throw type.invalid("Unknown report-type \"\(reportType)\"; it is scan-report or commit-report")
    }
    tableName = try object.required("table-name").string()
    snapshotID = try object.required("snapshot-id").int64()
    _ = try object.required("metrics").object()
    metadata = try object.optional("metadata")?.object().strings() ?? [:]
    filter = object.optional("filter").flatMap { $0.rawText == "true" ? nil : $0.rawText }
    projection = try? object.optional("projected-field-names")?.array().map { json throws(JSONError) in try json.string() }
    text = json.raw
  }
}
