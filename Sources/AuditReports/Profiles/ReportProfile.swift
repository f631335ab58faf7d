package import JSON

/// What a regulation or a standard asks of the evidence for a model, as versioned data (`policies/profiles/*.json`).
///
/// A requirement names the fields of `report.json` that speak to it, and the gaps that break or weaken it. What a catalog cannot know is said in
/// `outside`: such a requirement is never met by a report alone.
package struct ReportProfile: Hashable, Sendable {
  package struct Requirement: Hashable, Sendable {
    package var id: String
    /// Where the source asks for it, such as `Art. 10(2)(b)`.
    package var citation: String
    /// In our own words.
    package var text: String
    /// All of them must be there.
    package var fields: [FieldPath]
    /// With one of these gaps it is unmet.
    package var breaks: Set<ReportGap.Kind>
    /// With one of these gaps it is met in part.
    package var weakens: Set<ReportGap.Kind>
    /// What of it no catalog knows; `nil` when the report can answer all of it.
    package var outside: String?
  }

  package var name: String
  package var version: Int64
  package var title: String
  /// The texts that the citations are of.
  package var sources: [String]
  package var requirements: [Requirement]

  /// Such as `eu-annex-iv@1`.
  package var id: String { "\(name)@\(version)" }

  package init(parsing bytes: [UInt8]) throws(JSONError) {
    let json = try JSONDocument(parsing: bytes).root
    let object = try json.object()
    try Self.refuseUnknown(object, ["name", "version", "title", "sources", "requirements"])
    name = try object.required("name").string()
    version = try object.required("version").int64()
    title = try object.required("title").string()
    sources = try object.required("sources").array().decode { value throws(JSONError) in try value.string() }
    requirements = try object.required("requirements").array().decode { value throws(JSONError) in try Requirement(json: value) }
    var ids: Set<String> = []
    for requirement in requirements where !ids.insert(requirement.id).inserted {
      throw json.invalid("Two requirements have the id \"\(requirement.id)\"")
    }
  }

  /// A misspelt `breaks` would make a requirement met that is not.
  fileprivate static func refuseUnknown(_ object: JSONObject, _ known: Set<String>) throws(JSONError) {
    for member in object where !known.contains(member.key) { throw member.value.invalid("Unknown field \"\(member.key)\"") }
  }
}

extension ReportProfile.Requirement {
  fileprivate init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    try ReportProfile.refuseUnknown(object, ["id", "citation", "text", "fields", "breaks", "weakens", "outside"])
    id = try object.required("id").string()
    citation = try object.required("citation").string()
    text = try object.required("text").string()
    func kinds(_ json: JSONValue?) throws(JSONError) -> Set<ReportGap.Kind> {
      Set(
        try json?.array().decode { value throws(JSONError) in
          guard let kind = ReportGap.Kind(rawValue: try value.string()) else { throw value.invalid("Not a kind of gap") }
          return kind
        } ?? [])
    }
    fields = try object.optional("fields")?.array().decode { value throws(JSONError) in try FieldPath(json: value) } ?? []
    breaks = try kinds(object.optional("breaks"))
    weakens = try kinds(object.optional("weakens"))
    outside = try object.optional("outside")?.string()
    guard !fields.isEmpty || outside != nil else { throw json.invalid("A requirement needs fields, or says what is outside") }
  }
}
