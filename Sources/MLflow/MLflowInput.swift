import JSON

/// A dataset that a run said it read.
package struct MLflowInput: Hashable, Sendable {
  /// What it was for.
  package enum Role: String, Hashable, Sendable { case train, validate, test, reference }

  package var runID: String
  package var name: String
  package var digest: String
  /// Such as `iceberg`, `delta_table`, `spark`, `http`, `s3` or `local`.
  package var sourceType: String
  package var source: MLflowSource
  /// In the words of whoever logged it; `nil` when nothing was said.
  package var context: String?
  package var tags: [String: String]

  /// `nil` when nothing was said, or in words that we do not know.
  package var role: Role? {
    switch context?.lowercased() {
    case "train", "training": .train
    case "validate", "validation", "val", "valid", "eval", "evaluate", "evaluation": .validate
    case "test", "testing": .test
    case "reference": .reference
    default: nil
    }
  }

  init(_ message: MLflowMessage, runID: String) throws(JSONError) {
    self.runID = runID
    var tags = try message.pairs("tags")
    context = tags.removeValue(forKey: "mlflow.data.context")
    self.tags = tags
    let dataset = try message.required("dataset")
    name = try dataset.name("name")
    digest = try dataset.text("digest") ?? ""
    let type = try dataset.text("source_type") ?? ""
    sourceType = type
    source = MLflowSource(type: type, text: try dataset.text("source") ?? "")
  }
}

/// Where a dataset is from.
package enum MLflowSource: Hashable, Sendable {
  /// A snapshot of an Iceberg table, exactly.
  case iceberg(MLflowIcebergSource)
  /// A place. What was there at the time cannot be told.
  case location(MLflowLocation)
  /// Nothing that says where; why.
  case unknown(String)

  /// Whether it says which rows they were.
  package var isExact: Bool {
    if case .iceberg = self { true } else { false }
  }

  /// - Parameters:
  ///   - type: MLflow's source type.
  ///   - text: what the source type's `to_json` wrote.
  package init(type: String, text: String) {
    do {
      let message = try MLflowMessage(try JSONDocument(parsing: text, limits: JSONLimits(maximumDepth: 64, allowsNUL: true)).root)
      if type == "iceberg" {
        self = .iceberg(try MLflowIcebergSource(message))
      } else if let location = try MLflowLocation(message) {
        self = .location(location)
      } else {
        self = .unknown("a source of type \(type) says no place")
      }
    } catch {
      self = .unknown("the source cannot be read: \(error)")
    }
  }
}

/// What `moraine-mlflow` records (clients/mlflow/README.md).
package struct MLflowIcebergSource: Hashable, Sendable {
  /// Without credentials; `nil` for a table that was opened by its metadata file.
  package var catalogURI: String?
  package var warehouse: String?
  package var namespace: [String]
  package var name: String
  /// In lower case.
  package var tableUUID: String
  package var snapshotID: Int64
  /// The branch or tag that was asked for; `nil` when a snapshot was.
  package var reference: String?
  package var metadataLocation: String?
  package var schemaID: Int32
  /// A JSON expression of the Iceberg REST specification; `nil` for all rows.
  package var rowFilter: String?
  /// `nil` for all columns.
  package var columns: [String]?
  package var isCaseSensitive: Bool
  /// At most so many rows; `nil` for all.
  package var limit: Int64?

  init(_ message: MLflowMessage) throws(JSONError) {
    catalogURI = try message.text("catalog_uri")
    warehouse = try message.text("warehouse")
    let identifier = try message.texts("identifier")
    guard identifier.count >= 2, let name = identifier.last else {
      throw JSONError("Expected a namespace and a name", path: "$.identifier")
    }
    self.name = name
    namespace = identifier.dropLast()
    tableUUID = try message.name("table_uuid").lowercased()
    guard let snapshot = try message.int64("snapshot_id"), let schema = try message.int64("schema_id"),
      let schemaID = Int32(exactly: schema)
    else { throw JSONError("Expected the ids of a snapshot and a schema") }
    snapshotID = snapshot
    self.schemaID = schemaID
    reference = try message.text("ref")
    metadataLocation = try message.text("metadata_location")
    rowFilter = message.value("row_filter")?.rawText
    columns = message.value("selected_fields") == nil ? nil : try message.texts("selected_fields")
    isCaseSensitive = try message.bool("case_sensitive") ?? true
    limit = try message.int64("limit")
  }
}

/// A place of data, as well as a source of another type says it.
package struct MLflowLocation: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable {
    /// A file or a folder, by URI or path.
    case path
    /// The name of a table somewhere.
    case table
    /// Of a query, its text.
    case query
  }

  package var kind: Kind
  /// A URL that is fetched without its user, password and query, which may hold secrets.
  package var value: String
  /// Such as the version of a Delta table or the revision of a dataset of Hugging Face.
  package var version: String?

  /// Members that say where, by kind; sources have one of them (MLflow, `mlflow/data/*_source.py`).
  private static let members: [(StaticString, Kind)] = [
    ("delta_table_name", .table), ("table_name", .table), ("uri", .path), ("url", .path), ("path", .path), ("sql", .query),
  ]

  /// `nil` when no member says where.
  init?(_ message: MLflowMessage) throws(JSONError) {
    for (member, kind) in Self.members {
      guard let text = try message.text(member) else { continue }
      self.kind = kind
      value = kind == .path ? Self.withoutSecrets(text) : text
      let revision = try message.text("revision")
      version = try message.int64("delta_table_version").map { String($0) } ?? revision
      return
    }
    return nil
  }

  private static func withoutSecrets(_ text: String) -> String {
    guard let colon = text.firstRange(of: "://"), ["http", "https"].contains(text[..<colon.lowerBound].lowercased()) else { return text }
    let address = text[colon.upperBound...].prefix { $0 != "?" && $0 != "#" }
    let authority = address.prefix { $0 != "/" }
    let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
    return String(text[..<colon.upperBound] + host + address.dropFirst(authority.count))
  }
}
