package import Cedar
import JSON
package import Postgres

/// Where what decisions rest on is read from, all of it as of one moment.
package protocol DecisionFacts: Sendable {
  /// - Parameter time: `nil` for now. Policies, grants and memberships are those of that time; objects and what is known of them, today's.
  /// - Throws: ``CatalogError/noSuchPolicySet(_:)`` when none was in force, and what says that an object is not there.
  func basis(asOf time: PostgresTimestamp?, _ scope: DecisionScope) async throws -> DecisionBasis
}

/// The objects that decisions are asked about.
package enum DecisionScope: Sendable {
  case object(AccessObject)
  /// All there are, from the catalog down.
  case page(PageRequest)
}

/// All that decisions about some objects rest on.
package struct DecisionBasis: Sendable {
  package let policySet: StoredPolicySet
  /// With grants as links.
  package let policies: PolicySet
  package let authorizer: Cedar.Authorizer
  package let schema: Schema
  package let entities: EntityStore
  /// Users and services, by kind and name.
  package let principals: [DecisionPrincipal]
  package let objects: [DecisionObject]
  /// Where the next page of objects begins.
  package let next: String?
  /// Grants by the id of their link.
  package let grants: [Text: StoredGrant]
  let links: [Text: TemplateLink]

  package init(
    policySet: StoredPolicySet, policies: PolicySet, schema: Cedar.Schema, entities: EntityStore, principals: [DecisionPrincipal],
    objects: [DecisionObject], next: String?, grants: [Text: StoredGrant]
  ) {
    self.policySet = policySet
    self.policies = policies
    authorizer = Cedar.Authorizer(policies)
    self.schema = schema
    self.entities = entities
    self.principals = principals
    self.objects = objects
    self.next = next
    self.grants = grants
    links = Dictionary(uniqueKeysWithValues: policies.links.map { ($0.id, $0) })
  }
}

/// A user or service.
package struct DecisionPrincipal: Hashable, Sendable {
  package let name: GranteeName
  package let uid: EntityUID
  package let isEnabled: Bool
}

/// An object, and what stands for it in policies.
package struct DecisionObject: Hashable, Sendable {
  package let object: AccessObject
  package let uid: EntityUID
  /// Of a table's metadata; 0 for anything else.
  let formatVersion: Int64
  /// Whether main of what lies there changes by publishing only.
  let isGated: Bool

  init(object: AccessObject, uid: EntityUID, formatVersion: Int64, isGated: Bool = false) {
    self.object = object
    self.uid = uid
    self.formatVersion = formatVersion
    self.isGated = isGated
  }
}

/// How the catalog's things are called in policies.
enum DecisionName {
  static func type(_ name: String) -> EntityTypeName { EntityTypeName(unchecked: Text("Gov::\(name)")) }
  static func uid(_ type: String, _ id: String) -> EntityUID { EntityUID(type: Self.type(type), id: Text(id)) }
  static func model(_ name: String) -> EntityUID { uid("Model", name) }

  static let catalog = uid("Catalog", "catalog")

  static func warehouse(_ name: String) -> EntityUID { uid("Warehouse", AccessObject.warehouse(name).title) }
  static func zone(_ name: String, of warehouse: String) -> EntityUID { uid("Zone", AccessObject.zone(name, warehouse: warehouse).title) }
  static func namespace(_ path: NamespacePath) -> EntityUID { uid("Namespace", AccessObject.namespace(path).title) }
  static func dataset(_ kind: DatasetKind, _ id: PostgresUUID) -> EntityUID { uid(kind.title, id.description) }
  /// - Parameter id: of a dataset; others go by their names.
  static func uid(of object: AccessObject, _ id: PostgresUUID?) -> EntityUID {
    switch object {
    case .catalog: catalog
    case .warehouse(let name): warehouse(name)
    case .zone(let name, let warehouse): zone(name, of: warehouse)
    case .namespace(let path): namespace(path)
    case .dataset(let kind, _): uid(kind.title, id?.description ?? "")
    case .model(let name): model(name)
    }
  }

  static func action(_ name: String) -> EntityUID { uid("Action", name) }

  static func grantee(_ name: GranteeName) -> EntityUID? {
    switch name.kind {
    case "user": uid("User", name.name)
    case "service": uid("Service", name.name)
    case "role": uid("Role", name.name)
    case "team": uid("Team", name.name)
    default: nil
    }
  }

  /// The reverse of ``grantee(_:)``.
  static func grantee(_ uid: EntityUID) -> GranteeName? {
    GranteeName.kinds.lazy.map { GranteeName(kind: $0, name: uid.id.string) }.first { grantee($0) == uid }
  }
}
