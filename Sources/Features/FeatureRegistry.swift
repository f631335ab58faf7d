package import JSON

/// What a Feast registry holds: who is described, by which features, from which sources, and what is asked for together.
///
/// Read from what `feast registry-dump` prints, or from the registry's protobuf message as JSON (`MessageToJson`), with names of either
/// spelling and enums as names or as numbers (Feast, `protos/feast/core`). Errors say where in the document they are.
package struct FeatureRegistry: Hashable, Sendable {
  /// Names, each once and in order. A dump is of one.
  package var projects: [String]
  package var entities: [FeatureEntity]
  package var sources: [FeatureSource]
  /// Batch views first, then those on demand, from streams, and of labels.
  package var views: [FeatureView]
  package var services: [FeatureService]

  package func source(named name: String) -> FeatureSource? { sources.first { $0.name == name } }

  /// What belongs to one project. A dump does not say of its parts whose they are: they are all of its one project.
  package func part(of project: String) -> FeatureRegistry {
    func isOf(_ named: String?) -> Bool { named == nil || named == project }
    return FeatureRegistry(
      projects: [project], entities: entities.filter { isOf($0.project) }, sources: sources.filter { isOf($0.project) },
      views: views.filter { isOf($0.project) }, services: services.filter { isOf($0.project) })
  }
}

/// What features describe, such as a customer.
package struct FeatureEntity: Hashable, Sendable {
  package var name: String
  package var project: String?
  /// Columns that say which one.
  package var joinKeys: [String]
  /// Such as `INT64`.
  package var valueType: String?
  package var description: String?
  package var owner: String?
  package var tags: [String: String]
}

/// A value of an entity at a time, or a column that says which entity.
package struct Feature: Hashable, Sendable {
  package var name: String
  /// Such as `DOUBLE` or `FLOAT_LIST`.
  package var valueType: String?
  package var description: String?
  package var tags: [String: String]

  package init(name: String, valueType: String?, description: String?, tags: [String: String]) {
    self.name = name
    self.valueType = valueType
    self.description = description
    self.tags = tags
  }
}

/// What several features of a model are asked for by.
package struct FeatureService: Hashable, Sendable {
  /// Some features of a view.
  package struct Selection: Hashable, Sendable {
    package var view: String
    /// Another name for the view.
    package var alias: String?
    package var features: [String]
    /// Join keys of the view and what they are called instead.
    package var joinKeys: [String: String]
  }

  package var name: String
  package var project: String?
  package var selections: [Selection]
  package var description: String?
  package var owner: String?
  package var tags: [String: String]
}

// MARK: JSON

extension FeatureRegistry: JSONDecodable {
  package init(json: JSONValue) throws(JSONError) {
    let registry = try FeastMessage(json)
    // Feast has a stand-in for views of no entity.
    entities = try registry.messages("entities").map { message throws(JSONError) in try FeatureEntity(message) }
      .filter { $0.name != "__dummy" }
    sources = try registry.messages("dataSources", "data_sources").map { message throws(JSONError) in try FeatureSource(message) }
    views = []
    for (kind, camel, snake) in FeatureView.lists {
      views += try registry.messages(camel, snake).map { message throws(JSONError) in try FeatureView(message, kind: kind) }
    }
    services = try registry.messages("featureServices", "feature_services").map { message throws(JSONError) in try FeatureService(message) }
    projects = try registry.text("project").map { [$0] } ?? []
    for project in try registry.messages("projects") { projects.append(try project.specification().name()) }
    for project in entities.map(\.project) + views.map(\.project) + services.map(\.project) {
      if let project, !projects.contains(project) { projects.append(project) }
    }
  }
}

extension FeatureEntity {
  init(_ message: FeastMessage) throws(JSONError) {
    let spec = try message.specification()
    name = try spec.name()
    project = try spec.text("project")
    let joinKey = try spec.text("joinKey", "join_key")
    joinKeys = [joinKey ?? name]
    valueType = try spec.enumeration(FeastNames.valueTypes, "valueType", "value_type")
    description = try spec.text("description")
    owner = try spec.text("owner")
    tags = try spec.texts("tags")
  }
}

extension Feature {
  init(_ message: FeastMessage) throws(JSONError) {
    name = try message.name()
    valueType = try message.enumeration(FeastNames.valueTypes, "valueType", "value_type")
    description = try message.text("description")
    tags = try message.texts("tags")
  }
}

extension FeatureService {
  init(_ message: FeastMessage) throws(JSONError) {
    let spec = try message.specification()
    name = try spec.name()
    project = try spec.text("project")
    description = try spec.text("description")
    owner = try spec.text("owner")
    tags = try spec.texts("tags")
    selections = try spec.messages("features").map { projection throws(JSONError) in
      Selection(
        view: try projection.name("featureViewName", "feature_view_name"),
        alias: try projection.text("featureViewNameAlias", "feature_view_name_alias"),
        features: try projection.messages("featureColumns", "feature_columns").map { feature throws(JSONError) in try feature.name() },
        joinKeys: try projection.texts("joinKeyMap", "join_key_map"))
    }
  }
}
