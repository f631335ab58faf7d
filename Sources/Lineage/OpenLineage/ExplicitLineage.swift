package import JSON

/// What flows into one target, as a producer declares it (LineageFacet): more exact than that all inputs of a run flow into all outputs.
package struct ExplicitLineage: Hashable, Sendable, JSONDecodable {
  package enum Entity: Hashable, Sendable {
    case dataset(EntityName)
    case job(EntityName)
    /// The job that the event tells of.
    case ownJob
  }

  /// What flows into a target.
  package struct Sources: Hashable, Sendable {
    package let entities: [Entity]
    /// Columns of datasets that columns of the target, or all of it, depend on.
    package let columns: [ColumnLineage.Dependency]

    init(_ object: JSONObject) throws(JSONError) {
      var entities: [Entity] = []
      var seen: Set<Entity> = []
      var columns: [ColumnLineage.Dependency] = []
      func take(_ json: JSONValue, into column: String?) throws(JSONError) {
        let entity = try Entity(json: json)
        if seen.insert(entity).inserted { entities.append(entity) }
        let input = try json.object()
        guard case .dataset(let name) = entity, let field = input.optional("field") else { return }
        let source = try ColumnLineage.column(field)
        let transformations = try input.list("transformations") { json throws(JSONError) in try Transformation(json: json) }
        let all: [Transformation?] = transformations.isEmpty ? [nil] : transformations
        for transformation in all {
          columns.append(.init(column: column, source: name, sourceColumn: source, transformation: transformation))
        }
      }
      if let inputs = try object.optional("inputs")?.array() {
        for input in inputs { try take(input, into: nil) }
      }
      if let fields = try object.optional("fields")?.object() {
        for member in fields {
          let column = try ColumnLineage.bounded(member.key, member.value)
          for input in try member.value.object().required("inputs").array() { try take(input, into: column) }
        }
      }
      self.entities = entities
      self.columns = columns
    }
  }

  package let target: Entity
  package let sources: Sources

  package init(json: JSONValue) throws(JSONError) {
    target = try Entity(json: json)
    sources = try Sources(json.object())
  }
}

extension ExplicitLineage.Entity: JSONDecodable {
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    let type = try object.required("type")
    switch try type.string().uppercased() {
    case "DATASET": self = .dataset(try EntityName(json: json))
    case "JOB":
      self = object.optional("namespace") == nil && object.optional("name") == nil ? .ownJob : .job(try EntityName(json: json))
    default: throw type.invalid("Expected DATASET or JOB")
    }
  }
}
