import CatalogStore
import Features

/// What differs between a feature view as it is and as its registry has it, for people.
struct FeatureDifferences {
  private(set) var details: [String] = []
  /// Names of datasets, for those that are linked to.
  private let names: [DatasetID: String]

  /// All that there is of something new.
  init(creating facts: FeatureViewFacts, names: [DatasetID: String]) {
    self.names = names
    let entities = facts.entities.map(\.name)
    details.append(
      "\(facts.features.count) feature\(facts.features.count == 1 ? "" : "s")"
        + (entities.isEmpty ? "" : " of \(entities.joined(separator: ", "))"))
    for source in facts.sources { details.append(text(source)) }
  }

  /// What becomes different.
  init(_ old: FeatureViewFacts, _ new: FeatureViewFacts, names: [DatasetID: String]) {
    self.names = names
    note("kind", old.kind.rawValue, new.kind.rawValue)
    note("description", old.description, new.description)
    note("owner in the registry", old.owner, new.owner)
    note("tags in the registry", Self.text(old.tags), Self.text(new.tags))
    note("entities", Self.text(old.entities), Self.text(new.entities))
    note("point-in-time key", old.timestampField, new.timestampField)
    note("created timestamp", old.createdTimestampField, new.createdTimestampField)
    note("time to live", old.ttlMs.map { "\($0) ms" } ?? "for ever", new.ttlMs.map { "\($0) ms" } ?? "for ever")
    note("online", old.isOnline ? "yes" : "no", new.isOnline ? "yes" : "no")
    note("project", old.project, new.project)
    for feature in new.features {
      guard let before = old.features.first(where: { $0.name == feature.name }) else {
        details.append("+ feature \(feature.name) \(feature.valueType ?? "of no type")")
        continue
      }
      note("feature \(feature.name)", before.valueType, feature.valueType)
      note("feature \(feature.name), description", before.description, feature.description)
      note("feature \(feature.name), tags", Self.text(before.tags), Self.text(feature.tags))
    }
    for feature in old.features where !new.features.contains(where: { $0.name == feature.name }) {
      details.append("- feature \(feature.name)")
    }
    if old.sources != new.sources {
      for source in new.sources where !old.sources.contains(source) { details.append("+ " + text(source)) }
      for source in old.sources where !new.sources.contains(source) { details.append("- " + text(source)) }
    }
    if details.isEmpty { details.append("the order of its features or sources") }
  }

  private func text(_ source: FeatureViewFacts.Source) -> String {
    let what = "source \(source.name.isEmpty ? source.role.rawValue : source.name)"
    if source.role == .request { return "\(what): what the request says" }
    if let dataset = source.dataset { return "\(what): \(names[dataset] ?? "the dataset \(dataset)")" }
    return "\(what): unresolved, \(source.location ?? source.query.map { "query \($0.prefix(60))" } ?? "it does not say where it is")"
  }

  private mutating func note(_ what: String, _ old: String?, _ new: String?) {
    guard old != new else { return }
    details.append("\(what): \(old ?? "none") → \(new ?? "none")")
  }

  private static func text(_ tags: [String: String]) -> String? {
    tags.isEmpty ? nil : tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
  }

  private static func text(_ entities: [FeatureViewFacts.Entity]) -> String? {
    entities.isEmpty
      ? nil
      : entities.map { entity in
        let keys = entity.joinKeys.map { $0.name + ($0.valueType.map { " \($0)" } ?? "") }.joined(separator: ", ")
        return "\(entity.name) (\(keys))" + (entity.description.map { " \($0)" } ?? "")
      }.joined(separator: ", ")
  }
}

extension FeatureServiceFacts {
  /// What it has of which views, for people.
  var details: [String] {
    selections.map { selection in
      "\(selection.view)\(selection.alias.map { " as \($0)" } ?? ""): \(selection.features.joined(separator: ", "))"
    }
  }
}
