import JSON

/// Features of some entities, computed together.
package struct FeatureView: Hashable, Sendable {
  package enum Kind: String, Sendable {
    /// From a table or files.
    case batch
    /// Computed when they are asked for, from other views and from what the request says.
    case onDemand = "on-demand"
    /// From a stream, with a table or files behind it.
    case stream
    /// Written by people who judge.
    case label
  }

  /// What an on-demand view computes from.
  package enum Input: Hashable, Sendable {
    /// Some features of another view.
    case view(name: String, features: [String])
    /// What the request says.
    case request(FeatureSource)
  }

  package var name: String
  package var kind: Kind
  package var project: String?
  /// Names of entities, without Feast's stand-in for none.
  package var entities: [String]
  /// Columns that say which entity.
  package var joinKeys: [Feature]
  package var features: [Feature]
  /// How long a value holds; `nil` for ever.
  package var ttl: Duration?
  /// Where the past is. Views on demand have none.
  package var source: FeatureSource?
  package var streamSource: FeatureSource?
  /// Of a view on demand, by name.
  package var inputs: [Input]
  package var isOnline: Bool
  package var description: String?
  package var owner: String?
  package var tags: [String: String]

  /// The column by which a value's time is known.
  package var timestampField: String? { source?.timestampField ?? streamSource?.timestampField }

  static let lists: [(Kind, StaticString, StaticString)] = [
    (.batch, "featureViews", "feature_views"), (.onDemand, "onDemandFeatureViews", "on_demand_feature_views"),
    (.stream, "streamFeatureViews", "stream_feature_views"), (.label, "labelViews", "label_views"),
  ]
}

extension FeatureView {
  init(_ message: FeastMessage, kind: Kind) throws(JSONError) {
    let spec = try message.specification()
    name = try spec.name()
    self.kind = kind
    project = try spec.text("project")
    entities = try spec.list("entities").filter { $0 != "__dummy" }
    joinKeys = try spec.messages("entityColumns", "entity_columns").map { column throws(JSONError) in try Feature(column) }
      .filter { $0.name != "__dummy_id" }
    // Feast lists a stream view's join keys among its features.
    let keys = Set(joinKeys.map(\.name))
    features = try spec.messages("features").map { feature throws(JSONError) in try Feature(feature) }.filter { !keys.contains($0.name) }
    ttl = try spec.duration("ttl")
    source = try spec.message("batchSource", "batch_source", "source").map { source throws(JSONError) in try FeatureSource(source) }
    streamSource = try spec.message("streamSource", "stream_source").map { source throws(JSONError) in try FeatureSource(source) }
    inputs = []
    for (_, input) in try spec.entries("sources").sorted(by: { $0.0 < $1.0 }) { if let input = try Input(input) { inputs.append(input) } }
    isOnline = try spec.flag("online")
    description = try spec.text("description")
    owner = try spec.text("owner")
    tags = try spec.texts("tags")
  }
}

extension FeatureView.Input {
  /// - Returns: `nil` for a kind that is not known here.
  init?(_ message: FeastMessage) throws(JSONError) {
    if let projection = try message.message("featureViewProjection", "feature_view_projection") {
      self = .view(
        name: try projection.name("featureViewName", "feature_view_name"),
        features: try projection.messages("featureColumns", "feature_columns").map { feature throws(JSONError) in try feature.name() })
    } else if let view = try message.message("featureView", "feature_view")?.specification() {
      self = .view(
        name: try view.name(), features: try view.messages("features").map { feature throws(JSONError) in try feature.name() })
    } else if let source = try message.message("requestDataSource", "request_data_source") {
      self = .request(try FeatureSource(source))
    } else {
      return nil
    }
  }
}
