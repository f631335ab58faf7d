package import Cedar

/// What policies know how to forbid: the actions of `policies/moraine.cedarschema`.
package enum PolicyAction: String, Sendable, CaseIterable {
  case list, getMetadata
  case readData, readCredentials, exportData
  case append, overwrite, delete, replace, moveRef, publish, writeCredentials
  case createNamespace, createTable, createView, createDataset
  case evolveSchema, breakSchema, setProperties, describe, rename
  case drop, purge, expireSnapshots
  case setOwner, setTags, setContract, setRetention, recordQuality, grant, setLocation
  case createWarehouse, applyPolicies, managePrincipals, manageWebhooks, readAudit, readMetrics, reportLineage
  case createZone, updateZone, dropWarehouse
  case createModel, updateModel, approveModel
  case readHolds, manageHolds
  case manageMLflow

  package var uid: EntityUID { Self.uids[self]! }

  private static let uids = Dictionary(
    uniqueKeysWithValues: allCases.map { ($0, EntityUID(type: PolicyWord.type("Action"), id: Text($0.rawValue))) })

  /// As people say it: "alice may not *append to* …".
  package var phrase: String {
    switch self {
    case .list: "list"
    case .getMetadata: "see the metadata of"
    case .readData: "read"
    case .readCredentials: "get keys for reading"
    case .exportData: "export"
    case .append: "append to"
    case .overwrite: "overwrite data of"
    case .delete: "delete data of"
    case .replace: "rewrite files of"
    case .moveRef: "move refs of"
    case .publish: "publish to"
    case .writeCredentials: "get keys for writing to"
    case .createNamespace: "create a namespace in"
    case .createTable: "create a table in"
    case .createView: "create a view in"
    case .createDataset: "create a dataset in"
    case .evolveSchema: "change the schema of"
    case .breakSchema: "change the schema, in a way that breaks readers, of"
    case .setProperties: "set properties of"
    case .describe: "describe"
    case .rename: "rename"
    case .drop: "drop"
    case .purge: "purge"
    case .expireSnapshots: "expire snapshots of"
    case .setOwner: "set the owner of"
    case .setTags: "tag"
    case .setContract: "set the contract of"
    case .setRetention: "set the retention of"
    case .recordQuality: "record results of checks of"
    case .grant: "grant privileges on"
    case .setLocation: "move the files of"
    case .createWarehouse: "create warehouses in"
    case .applyPolicies: "apply policies to"
    case .managePrincipals: "manage the principals of"
    case .manageWebhooks: "manage the webhooks of"
    case .readAudit: "read the audit trail of"
    case .readMetrics: "read the metrics of"
    case .reportLineage: "report lineage to"
    case .createZone: "create a zone in"
    case .updateZone: "change"
    case .dropWarehouse: "drop"
    case .createModel: "create a model in"
    case .updateModel: "change"
    case .approveModel: "approve"
    case .readHolds: "see the legal holds of"
    case .manageMLflow: "manage the MLflow servers of"
    case .manageHolds: "place or release legal holds in"
    }
  }
}

/// The entity types and attribute names of the schema.
package enum PolicyWord {
  package static func type(_ name: String) -> EntityTypeName { EntityTypeName(unchecked: Text("Gov::\(name)")) }

  static let user = type("User")
  static let service = type("Service")
  static let role = type("Role")
  static let team = type("Team")
  static let warehouse = type("Warehouse")
  static let zone = type("Zone")
  static let zoneKind = type("ZoneKind")
  static let namespace = type("Namespace")
  static let table = type("Table")
  static let view = type("View")
  static let dataset = type("Dataset")
  static let tag = type("Tag")
  static let model = type("Model")

  static func type(of kind: DatasetKind) -> EntityTypeName {
    switch kind {
    case .table: table
    case .view: view
    case .dataset: dataset
    }
  }

  static func uid(of id: DatasetID, _ kind: DatasetKind) -> EntityUID { EntityUID(type: type(of: kind), id: Text(id.description)) }

  package static let catalog = EntityUID(type: type("Catalog"), id: "catalog")

  /// `lake/a/b`: what lies in a warehouse is named by its path; `%` and `/` within a name are escaped.
  package static func path(_ parts: [String]) -> Text {
    Text(parts.map { $0.replacing("%", with: "%25").replacing("/", with: "%2F") }.joined(separator: "/"))
  }

  /// The reverse of ``path(_:)``.
  static func parts(_ path: Text) -> [String] {
    path.string.split(separator: "/", omittingEmptySubsequences: false).map { part in
      String(part).replacing("%2F", with: "/").replacing("%25", with: "%")
    }
  }
}

/// One thing to be decided: may this be done, under these circumstances?
package struct PolicyQuestion: Sendable {
  package let action: PolicyAction
  /// Of the context, beside the time.
  package let facts: [(name: Text, value: Value)]

  package init(_ action: PolicyAction, _ facts: [(name: Text, value: Value)] = []) {
    self.action = action
    self.facts = facts
  }

  private static let ownerTeamWord: Text = "ownerTeam"

  /// About something to be made: of a team or of whoever makes it.
  package static func making(_ action: PolicyAction, ownerTeam: String?, description: String?, formatVersion: Int) -> PolicyQuestion {
    var facts: [(name: Text, value: Value)] = [("formatVersion", .long(Int64(formatVersion)))]
    if let ownerTeam { facts.append((ownerTeamWord, .entity(EntityUID(type: PolicyWord.team, id: Text(ownerTeam))))) }
    if let description { facts.append(("description", .string(Text(description)))) }
    return PolicyQuestion(action, facts)
  }

  /// The team that is to own what is made.
  var ownerTeam: String? {
    guard case .entity(let team)? = facts.first(where: { $0.name == Self.ownerTeamWord })?.value else { return nil }
    return team.id.string
  }
}

extension PolicyQuestion: Hashable {
  package static func == (left: Self, right: Self) -> Bool {
    left.action == right.action && left.facts.elementsEqual(right.facts) { $0.name == $1.name && $0.value == $1.value }
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(action)
    for fact in facts { hasher.combine(fact.value) }
  }
}
