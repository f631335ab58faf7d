package import Features
package import JSON
import Postgres
package import TransparencyLog

/// What a registry says of a feature view, with its sources found among our datasets.
package struct FeatureViewFacts: Hashable, Sendable {
  package var project: String
  package var kind: FeatureView.Kind
  package var entities: [Entity]
  package var features: [Feature]
  /// The column by which a value's time is known: the point-in-time key.
  package var timestampField: String?
  package var createdTimestampField: String?
  /// `nil` for ever.
  package var ttlMs: Int64?
  package var isOnline: Bool
  package var description: String?
  package var owner: String?
  package var tags: [String: String]
  package var sources: [Source]

  /// Who is described by it.
  package struct Entity: Hashable, Sendable {
    package var name: String
    /// Columns that say which one, and their types.
    package var joinKeys: [Field]
    package var valueType: String?
    package var description: String?

    package init(name: String, joinKeys: [Field], valueType: String?, description: String?) {
      self.name = name
      self.joinKeys = joinKeys
      self.valueType = valueType
      self.description = description
    }
  }

  package struct Field: Hashable, Sendable {
    package var name: String
    package var valueType: String?

    package init(name: String, valueType: String?) {
      self.name = name
      self.valueType = valueType
    }
  }

  /// What it is computed from.
  package struct Source: Hashable, Sendable {
    package enum Role: String, Sendable {
      case batch, stream, request, view
    }

    package var role: Role
    package var name: String
    /// Such as `BATCH_FILE`.
    package var kind: String?
    /// A table, a path or a topic, in the registry's words.
    package var location: String?
    package var query: String?
    package var format: String?
    /// Of a request, or those that are taken of another view.
    package var fields: [Field]
    /// The dataset that it is; `nil` when it is none of ours.
    package var dataset: DatasetID?

    package init(
      role: Role, name: String, kind: String? = nil, location: String? = nil, query: String? = nil, format: String? = nil,
      fields: [Field] = [], dataset: DatasetID? = nil
    ) {
      self.role = role
      self.name = name
      self.kind = kind
      self.location = location
      self.query = query
      self.format = format
      self.fields = fields
      self.dataset = dataset
    }
  }

  package init(
    project: String, kind: FeatureView.Kind, entities: [Entity], features: [Feature], timestampField: String?,
    createdTimestampField: String?, ttlMs: Int64?, isOnline: Bool, description: String?, owner: String?, tags: [String: String],
    sources: [Source]
  ) {
    self.project = project
    self.kind = kind
    self.entities = entities
    self.features = features
    self.timestampField = timestampField
    self.createdTimestampField = createdTimestampField
    self.ttlMs = ttlMs
    self.isOnline = isOnline
    self.description = description
    self.owner = owner
    self.tags = tags
    self.sources = sources
  }
}

/// What features a model asks for together, in the registry's words.
package struct FeatureServiceFacts: Hashable, Sendable {
  package struct Selection: Hashable, Sendable {
    package var view: String
    /// The dataset that the view is; `nil` when it is none of ours.
    package var dataset: DatasetID?
    package var alias: String?
    package var features: [String]
    package var joinKeys: [String: String]

    package init(view: String, dataset: DatasetID?, alias: String?, features: [String], joinKeys: [String: String]) {
      self.view = view
      self.dataset = dataset
      self.alias = alias
      self.features = features
      self.joinKeys = joinKeys
    }
  }

  package var name: String
  package var project: String
  package var description: String?
  package var owner: String?
  package var tags: [String: String]
  package var selections: [Selection]

  package init(
    name: String, project: String, description: String?, owner: String?, tags: [String: String], selections: [Selection]
  ) {
    self.name = name
    self.project = project
    self.description = description
    self.owner = owner
    self.tags = tags
    self.selections = selections
  }
}

// MARK: JSON, as rows are written from it and read into it

extension Feature: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("name", name)
      if let valueType { $0.field("type", valueType) }
      if let description { $0.field("description", description) }
      $0.field("tags", tags)
    }
  }

  init(stored json: JSONValue) throws(JSONError) {
    let object = try json.object()
    self.init(
      name: try object.required("name").string(), valueType: try object.optional("type")?.string(),
      description: try object.optional("description")?.string(), tags: try object.required("tags").object().strings())
  }
}

extension FeatureViewFacts.Field: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("name", name)
      if let valueType { $0.field("type", valueType) }
    }
  }

  init(stored json: JSONValue) throws(JSONError) {
    let object = try json.object()
    self.init(name: try object.required("name").string(), valueType: try object.optional("type")?.string())
  }
}

extension FeatureViewFacts.Entity: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("name", name)
      $0.field("join-keys", joinKeys)
      if let valueType { $0.field("type", valueType) }
      if let description { $0.field("description", description) }
    }
  }

  init(stored json: JSONValue) throws(JSONError) {
    let object = try json.object()
    self.init(
      name: try object.required("name").string(),
      joinKeys: try object.required("join-keys").array().decode { json throws(JSONError) in try FeatureViewFacts.Field(stored: json) },
      valueType: try object.optional("type")?.string(), description: try object.optional("description")?.string())
  }
}

extension FeatureViewFacts.Source: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      writeMembers(to: &$0)
      if let dataset { $0.field("dataset-id", dataset.description) }
    }
  }

  /// All but which dataset it is.
  package func writeMembers(to writer: inout JSONWriter) {
    writer.field("role", role.rawValue)
    writer.field("name", name)
    if let kind { writer.field("kind", kind) }
    if let location { writer.field("location", location) }
    if let query { writer.field("query", query) }
    if let format { writer.field("format", format) }
    writer.field("fields", fields)
  }

  init(stored json: JSONValue) throws(JSONError) {
    let object = try json.object()
    let role = try object.required("role")
    guard let known = Role(rawValue: try role.string()) else { throw role.invalid("Expected a role that this server knows") }
    self.init(
      role: known, name: try object.required("name").string(), kind: try object.optional("kind")?.string(),
      location: try object.optional("location")?.string(), query: try object.optional("query")?.string(),
      format: try object.optional("format")?.string(),
      fields: try object.required("fields").array().decode { json throws(JSONError) in try FeatureViewFacts.Field(stored: json) },
      dataset: try object.optional("dataset-id").map { json throws(JSONError) in try DatasetID(stored: json) })
  }
}

extension FeatureServiceFacts.Selection: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      writeMembers(to: &$0)
      if let dataset { $0.field("dataset-id", dataset.description) }
    }
  }

  /// All but which dataset the view is.
  package func writeMembers(to writer: inout JSONWriter) {
    writer.field("view", view)
    if let alias { writer.field("alias", alias) }
    writer.field("features", features)
    writer.field("join-keys", joinKeys)
  }

  init(stored json: JSONValue) throws(JSONError) {
    let object = try json.object()
    self.init(
      view: try object.required("view").string(),
      dataset: try object.optional("dataset-id").map { json throws(JSONError) in try DatasetID(stored: json) },
      alias: try object.optional("alias")?.string(),
      features: try object.required("features").array().decode { json throws(JSONError) in try json.string() },
      joinKeys: try object.required("join-keys").object().strings())
  }
}

extension DatasetID {
  fileprivate init(stored json: JSONValue) throws(JSONError) {
    guard let uuid = PostgresUUID(try json.string()) else { throw json.invalid("Expected a UUID") }
    self.init(uuid)
  }
}

// MARK: What the audit trail says

extension FeatureViewFacts {
  /// By name, so that what changed can be told from what did not.
  package var canonical: [String: CanonicalValue] {
    [
      "project": .string(project), "feature-view-kind": .string(kind.rawValue),
      "entities": .array(
        entities.map {
          .object([
            "name": .string($0.name), "join-keys": .array($0.joinKeys.map(\.canonical)), "type": .text($0.valueType),
            "description": .text($0.description),
          ])
        }),
      "features": .array(
        features.map {
          .object([
            "name": .string($0.name), "type": .text($0.valueType), "description": .text($0.description), "tags": .map($0.tags),
          ])
        }),
      "timestamp-field": .text(timestampField), "created-timestamp-field": .text(createdTimestampField),
      // In text: it may be beyond what JSON numbers hold exactly.
      "ttl-ms": .text(ttlMs.map(String.init)), "online": .bool(isOnline), "registry-description": .text(description),
      "registry-owner": .text(owner), "registry-tags": .map(tags),
      "sources": .array(
        sources.map {
          .object([
            "role": .string($0.role.rawValue), "name": .string($0.name), "kind": .text($0.kind), "location": .text($0.location),
            "query": .text($0.query), "format": .text($0.format), "fields": .array($0.fields.map(\.canonical)),
            "dataset-id": .text($0.dataset?.description),
          ])
        }),
    ]
  }
}

extension FeatureViewFacts.Field {
  fileprivate var canonical: CanonicalValue { .object(["name": .string(name), "type": .text(valueType)]) }
}

extension FeatureServiceFacts {
  package var canonical: CanonicalValue {
    .object([
      "project": .string(project), "description": .text(description), "owner": .text(owner), "tags": .map(tags),
      "views": .array(
        selections.map {
          .object([
            "view": .string($0.view), "dataset-id": .text($0.dataset?.description), "alias": .text($0.alias),
            "features": .array($0.features.map { .string($0) }), "join-keys": .map($0.joinKeys),
          ])
        }),
    ])
  }
}

extension CanonicalValue {
  fileprivate static func text(_ text: String?) -> CanonicalValue { text.map { .string($0) } ?? .null }
}
