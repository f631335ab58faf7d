package import JSON

/// Which columns of its inputs a dataset's columns were made from (ColumnLineageDatasetFacet). Both forms: the transformation beside each
/// column that was read, and, deprecated, beside the column that was written.
package struct ColumnLineage: Hashable, Sendable {
  package static let maximumColumnBytes = 400
  private static let maximumCount = 100_000

  package let dependencies: [Dependency]

  /// One column that another one, or the whole dataset, depends on.
  package struct Dependency: Hashable, Sendable {
    /// `nil` where every row depends on it: it filters, joins, groups, sorts.
    package let column: String?
    package let source: EntityName
    package let sourceColumn: String
    package let transformation: Transformation?
  }

  init(_ facet: JSONObject) throws(JSONError) {
    var dependencies: [Dependency] = []
    func take(_ json: JSONValue, into column: String?, otherwise deprecated: Transformation?) throws(JSONError) {
      let object = try json.object()
      let source = try EntityName(json: json)
      let sourceColumn = try Self.column(object.required("field"))
      let transformations = try object.list("transformations") { json throws(JSONError) in try Transformation(json: json) }
      let all: [Transformation?] = transformations.isEmpty ? [deprecated] : transformations
      for transformation in all {
        dependencies.append(Dependency(column: column, source: source, sourceColumn: sourceColumn, transformation: transformation))
      }
      guard dependencies.count <= Self.maximumCount else { throw json.invalid("More than \(Self.maximumCount) columns are named") }
    }
    if let fields = try facet.optional("fields")?.object() {
      for member in fields {
        let column = try Self.bounded(member.key, member.value)
        let entry = try member.value.object()
        let deprecated = try Transformation(
          deprecated: entry.text("transformationType"), description: entry.text("transformationDescription"))
        guard let inputs = try entry.optional("inputFields")?.array() else { continue }
        for input in inputs { try take(input, into: column, otherwise: deprecated) }
      }
    }
    if let inputs = try facet.optional("dataset")?.array() {
      for input in inputs { try take(input, into: nil, otherwise: nil) }
    }
    self.dependencies = dependencies
  }

  static func column(_ json: JSONValue) throws(JSONError) -> String { try bounded(json.string(), json) }

  static func bounded(_ name: String, _ json: JSONValue) throws(JSONError) -> String {
    guard name.utf8.count <= maximumColumnBytes else { throw json.invalid("The column's name is longer than \(maximumColumnBytes) bytes") }
    return name
  }
}

/// What became of a column on its way.
package struct Transformation: Hashable, Sendable, JSONDecodable {
  private static let maximumWordBytes = 100

  /// `DIRECT`: its values come from the other's; `INDIRECT`: the other decides which values. Deprecated: `IDENTITY`, `MASKED`.
  package let type: String
  /// `IDENTITY`, `TRANSFORMATION`, `AGGREGATION`, `FILTER`, `JOIN`, `GROUP_BY`, `SORT`, `WINDOW`, `CONDITIONAL`.
  package let subtype: String?
  package let description: String?
  package let isMasking: Bool

  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    func word(_ json: JSONValue?) throws(JSONError) -> String? {
      guard let json else { return nil }
      let text = try json.string()
      guard text.utf8.count <= Self.maximumWordBytes else { throw json.invalid("Expected at most \(Self.maximumWordBytes) bytes") }
      return text
    }
    type = try word(object.required("type")) ?? ""
    subtype = try word(object.optional("subtype"))
    description = try object.text("description")
    isMasking = try object.optional("masking")?.bool() ?? false
  }

  /// The form of before 1-1-0: all of it is direct.
  init?(deprecated type: String?, description: String?) {
    guard type != nil || description != nil else { return nil }
    self.type = "DIRECT"
    subtype = type.map { String($0.prefix(Self.maximumWordBytes)) }
    self.description = description
    isMasking = type == "MASKED"
  }
}
