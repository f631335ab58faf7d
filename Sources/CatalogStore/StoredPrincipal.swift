package import Postgres

/// A user, service, role or team as it is stored.
package struct StoredPrincipal: Hashable, Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    case user, service, role, team

    /// Whether it asks for things itself, and may have credentials.
    package var isCaller: Bool { self == .user || self == .service }
  }

  package let id: PrincipalID
  package let reference: PrincipalReference
  package let description: String
  /// Restricted classifications whose data it may read.
  package let cleared: [String]
  package let isEnabled: Bool
  package let version: Int64
  package let createdAt: PostgresTimestamp

  package init(
    id: PrincipalID, reference: PrincipalReference, description: String, cleared: [String], isEnabled: Bool = true, version: Int64 = 1,
    createdAt: PostgresTimestamp
  ) {
    self.id = id
    self.reference = reference
    self.description = description
    self.cleared = cleared
    self.isEnabled = isEnabled
    self.version = version
    self.createdAt = createdAt
  }
}

/// A principal by what it is and what it is called: `user:alice`, `team:okta/finance`.
package struct PrincipalReference: Hashable, Sendable, CustomStringConvertible {
  package let kind: StoredPrincipal.Kind
  package let name: String

  package init(_ kind: StoredPrincipal.Kind, _ name: String) {
    self.kind = kind
    self.name = name
  }

  package var description: String { "\(kind.rawValue):\(name)" }

  package var resource: CatalogResource { CatalogResource(.principal, "\(kind.rawValue)\u{1F}\(name)") }

  var missing: CatalogError { .noSuchPrincipal("There is no \(kind.rawValue) named \(name)") }

  /// Where a list that ended with it goes on.
  var pageKey: String { "\(kind.rawValue)\u{1F}\(name)" }

  /// Roles that a catalog has from its first start and keeps, for the default policies name them.
  package static let predefinedRoles: [(name: String, description: String)] = [
    ("admin", "May do everything."),
    ("data_engineer", "Brings data in, shapes and publishes it."),
    ("data_scientist", "Reads curated data and works in sandboxes."),
    ("analyst", "Reads curated data."),
    ("auditor", "Reads metadata and the audit trail."),
    ("data_steward", "Looks after owners, tags and descriptions."),
    ("legal", "Places and releases legal holds."),
    ("model_validator", "Approves versions of models that others made."),
  ]

  package static let adminRole = PrincipalReference(.role, "admin")

  package var isPredefined: Bool { kind == .role && Self.predefinedRoles.contains { $0.name == name } }
}

/// What is to become different about a principal; `nil` stays as it is.
package struct PrincipalChange: Hashable, Sendable {
  package var description: String?
  package var cleared: [String]?
  package var isEnabled: Bool?

  package init(description: String? = nil, cleared: [String]? = nil, isEnabled: Bool? = nil) {
    self.description = description
    self.cleared = cleared
    self.isEnabled = isEnabled
  }
}

extension PageRequest {
  /// What a principal's page key says: kind and name after which the page begins.
  var principalAfter: (kind: String, name: String) {
    let parts = (after ?? "").split(separator: "\u{1F}", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    return (parts[0], parts.count > 1 ? parts[1] : "")
  }
}
