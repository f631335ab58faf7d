package import JSON

/// A view's metadata (view spec, "View Metadata").
package struct ViewMetadata: Hashable, Sendable {
  package var uuid: String
  package var formatVersion: Int
  package var location: String
  package var schemas: [Schema]
  package var currentVersionID: Int32
  package var versions: [ViewVersion]
  package var history: [ViewHistoryEntry]
  package var properties: [String: String]
  var unknown = JSONFields()

  package static let supportedFormatVersion = 1

  package var currentVersion: ViewVersion? { versions.first { $0.id == currentVersionID } }

  /// The metadata of a new view.
  package static func creating(
    uuid: String, location: String, schema: Schema, version: ViewVersion, properties: [String: String], nowMs: Int64
  ) throws(ModelError) -> ViewMetadata {
    var builder = ViewMetadataBuilder(creating: uuid, location: location, nowMs: nowMs)
    try builder.apply(.setProperties(properties))
    try builder.apply(.addSchema(schema))
    var version = version
    version.schemaID = -1
    try builder.apply(.addViewVersion(version))
    try builder.apply(.setCurrentViewVersion(-1))
    guard let metadata = try builder.build() else { throw .invalid("Invalid view: no versions were added") }
    return metadata
  }

  /// Checks a requirement of a commit.
  package func check(_ requirement: TableRequirement) throws(ModelError) {
    switch requirement {
    case .assertViewUUID(let expected):
      guard expected.lowercased() == uuid.lowercased() else {
        throw TableRequirement.failed("view UUID does not match: expected \(uuid) != \(expected)")
      }
    case .assertCreate: throw TableRequirement.failed("view already exists")
    default: throw .invalid("A view knows the requirements assert-view-uuid and assert-create only")
    }
  }
}

/// One definition of a view.
package struct ViewVersion: Hashable, Sendable {
  package var id: Int32
  package var schemaID: Int32
  package var timestampMs: Int64
  package var summary: [String: String]
  package var representations: [ViewRepresentation]
  package var defaultCatalog: String?
  package var defaultNamespace: Namespace
  var unknown = JSONFields()

  /// Whether both do the same, whatever their ids and times (Java's `sameViewVersion`).
  func behavesLike(_ other: ViewVersion) -> Bool {
    summary == other.summary && representations == other.representations && defaultCatalog == other.defaultCatalog
      && defaultNamespace == other.defaultNamespace && schemaID == other.schemaID
  }

  /// Dialects that it is written in, in lower case.
  var dialects: [String] { representations.compactMap { $0.dialect?.lowercased() } }
}

/// A view's text in one dialect; of other kinds only the text is kept.
package struct ViewRepresentation: Hashable, Sendable {
  package let kind: String
  package let dialect: String?
  package let sql: String?
  let text: ArraySlice<UInt8>

  package static func == (left: Self, right: Self) -> Bool {
    left.kind == "sql"
      ? right.kind == "sql" && left.sql == right.sql && left.dialect == right.dialect : left.kind == right.kind && left.text == right.text
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(kind)
    hasher.combine(sql)
    hasher.combine(dialect)
  }
}

/// When a version became the current one.
package struct ViewHistoryEntry: Hashable, Sendable {
  package let timestampMs: Int64
  package let versionID: Int32
  var unknown = JSONFields()

  init(timestampMs: Int64, versionID: Int32) {
    self.timestampMs = timestampMs
    self.versionID = versionID
  }
}

// MARK: JSON (view spec)

extension ViewMetadata: JSONDecodable, JSONEncodable {
  private static let known: [StaticString] = [
    "view-uuid", "format-version", "location", "schemas", "current-version-id", "versions", "version-log", "properties",
  ]

  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    uuid = try object.required("view-uuid").string()
    formatVersion = try object.required("format-version").int()
    location = try object.required("location").string()
    schemas = try object.required("schemas").array().decode(Schema.init(json:))
    currentVersionID = try object.required("current-version-id").int32()
    versions = try object.required("versions").array().decode(ViewVersion.init(json:))
    history = try object.required("version-log").array().decode(ViewHistoryEntry.init(json:))
    properties = try object.optional("properties")?.object().strings() ?? [:]
    unknown = object.unknown(besides: Self.known)
    guard formatVersion == Self.supportedFormatVersion else { throw json.invalid("Unsupported format version: \(formatVersion)") }
    guard let current = currentVersion else {
      throw json.invalid("Cannot find current version \(currentVersionID) in view versions: \(versions.map(\.id))")
    }
    guard schemas.contains(where: { $0.id == current.schemaID }) else {
      throw json.invalid("Cannot find current schema with id \(current.schemaID) in schemas: \(schemas.map(\.id))")
    }
  }

  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("view-uuid", uuid)
      $0.field("format-version", formatVersion)
      $0.field("location", location)
      $0.field("properties", properties)
      $0.field("schemas", schemas)
      $0.field("current-version-id", currentVersionID)
      $0.field("versions", versions)
      $0.field("version-log", history)
      $0.fields(unknown)
    }
  }
}

extension ViewVersion: JSONDecodable, JSONEncodable {
  private static let known: [StaticString] = [
    "version-id", "schema-id", "timestamp-ms", "summary", "representations", "default-catalog", "default-namespace",
  ]

  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    id = try object.required("version-id").int32()
    schemaID = try object.required("schema-id").int32()
    timestampMs = try object.required("timestamp-ms").int64()
    summary = try object.required("summary").object().strings()
    representations = try object.required("representations").array().decode(ViewRepresentation.init(json:))
    defaultCatalog = try object.optional("default-catalog")?.string()
    defaultNamespace = try Namespace(json: object.required("default-namespace"), mayBeEmpty: true)
    unknown = object.unknown(besides: Self.known)
  }

  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("version-id", id)
      $0.field("schema-id", schemaID)
      $0.field("timestamp-ms", timestampMs)
      $0.field("summary", summary)
      if let defaultCatalog { $0.field("default-catalog", defaultCatalog) }
      $0.field("default-namespace", defaultNamespace.levels)
      $0.field("representations", representations)
      $0.fields(unknown)
    }
  }
}

extension ViewRepresentation: JSONDecodable, JSONEncodable {
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    kind = try object.required("type").string()
    text = json.raw
    guard kind == "sql" else {
      dialect = nil
      sql = nil
      return
    }
    sql = try object.required("sql").string()
    let dialect = try object.required("dialect").string()
    guard !dialect.isEmpty else { throw json.invalid("Invalid dialect: (empty string)") }
    self.dialect = dialect
  }

  package func write(to writer: inout JSONWriter) { writer.raw(text) }
}

extension ViewHistoryEntry: JSONDecodable, JSONEncodable {
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    timestampMs = try object.required("timestamp-ms").int64()
    versionID = try object.required("version-id").int32()
    unknown = object.unknown(besides: ["timestamp-ms", "version-id"])
  }

  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("timestamp-ms", timestampMs)
      $0.field("version-id", versionID)
      $0.fields(unknown)
    }
  }
}
