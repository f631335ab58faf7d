import Catalog
import CatalogStore
package import Identity
import JSON

/// An issuer whose tokens are accepted, as the configuration spells it; docs/identity.md describes its members.
package struct IssuerDefinition: Sendable {
  /// What its subjects and groups are prefixed with here: `okta/alice`.
  package let alias: String
  package let configuration: IssuerConfiguration

  /// Reads a list of issuers: `[{"alias":…,"issuer":…,"audiences":[…],…},…]`.
  ///
  /// - Throws: ``ServerConfigurationError``
  package static func list(parsing text: [UInt8]) throws -> [IssuerDefinition] {
    let definitions: [IssuerDefinition]
    do {
      let document = try JSONDocument(parsing: text, limits: JSONLimits(maximumDepth: 16, maximumSizeBytes: 1 << 20))
      definitions = try document.root.array().map { try IssuerDefinition(json: $0) }
    } catch let error as JSONError {
      throw ServerConfigurationError("The issuers cannot be read: \(error)")
    } catch let error as IdentityConfigurationError {
      throw ServerConfigurationError("The issuers cannot be used: \(error)")
    }
    for (index, definition) in definitions.enumerated() where definitions[..<index].contains(where: { $0.alias == definition.alias }) {
      throw ServerConfigurationError("Two issuers have the alias \(definition.alias); their subjects would be taken for each other")
    }
    return definitions
  }

  private init(json: JSONValue) throws {
    let object = try json.object()
    try Self.refuseUnknown(object, ["alias", "issuer", "audiences", "jwks-uri", "algorithms", "leeway-seconds", "types", "claims"])
    let alias = try object.required("alias")
    self.alias = try alias.string()
    guard PrincipalReference.isAlias(self.alias) else {
      throw alias.invalid("An alias has 1 to 63 lower-case letters, digits and '-', and begins with a letter or digit")
    }
    var algorithms = IssuerConfiguration.defaultAlgorithms
    if let names = object.optional("algorithms") {
      algorithms = Set(
        try names.array().map { value in
          guard let algorithm = SignatureAlgorithm(rawValue: try value.string()) else {
            throw value.invalid("No algorithm known here; there are \(SignatureAlgorithm.allCases.map(\.rawValue).joined(separator: ", "))")
          }
          return algorithm
        })
    }
    var issuer = try IssuerConfiguration(
      issuer: try object.required("issuer").string(),
      audiences: try object.required("audiences").array().map { try $0.string() },
      keyLocation: try object.optional("jwks-uri").map { .keySet(url: try $0.string()) } ?? .discovery,
      algorithms: algorithms, leewaySeconds: try object.optional("leeway-seconds")?.int64() ?? 30,
      claims: try object.optional("claims").map(Self.claims) ?? ClaimMapping())
    if let types = object.optional("types") { issuer.types = Set(try types.array().map { try $0.string().lowercased() }) }
    configuration = issuer
  }

  // MARK: Claims

  private static func claims(_ json: JSONValue) throws -> ClaimMapping {
    let object = try json.object()
    try refuseUnknown(object, ["subject", "groups", "display-name", "kind", "service"])
    var mapping = ClaimMapping()
    if let subject = object.optional("subject") { mapping.subject = try path(subject) }
    mapping.groups = try object.optional("groups")?.array().map(path) ?? []
    mapping.displayName = try object.optional("display-name").map(path)
    if let kind = object.optional("kind") {
      guard let known = PrincipalKind(rawValue: try kind.string()) else { throw kind.invalid("A subject is a user or a service") }
      mapping.kind = .always(known)
    }
    if let service = object.optional("service") {
      guard object.optional("kind") == nil else { throw service.invalid("Give either kind or service") }
      mapping.kind = try rule(service)
    }
    return mapping
  }

  /// How a service is told: `{"claim":…}`, `{"claim":…,"values":[…]}` or `{"claim":…,"prefix":…}`.
  private static func rule(_ json: JSONValue) throws -> ClaimMapping.KindRule {
    let object = try json.object()
    try refuseUnknown(object, ["claim", "values", "prefix"])
    let claim = try path(object.required("claim"))
    switch (object.optional("values"), object.optional("prefix")) {
    case (let values?, nil): return .serviceWhen(claim, isOneOf: try values.array().map { try $0.string() })
    case (nil, let prefix?): return .serviceWhenPrefixed(claim, prefix: try prefix.string())
    case (nil, nil): return .serviceWhenPresent(claim)
    case (_?, _?): throw json.invalid("Give values or prefix, not both")
    }
  }

  private static func path(_ json: JSONValue) throws -> ClaimPath {
    guard let path = ClaimPath(try json.string()) else {
      throw json.invalid("No path of a claim; write names from the outside in, with dots, and \\. for a dot of a name")
    }
    return path
  }

  /// A misspelt member would silently leave a check out.
  private static func refuseUnknown(_ object: JSONObject, _ known: [String]) throws {
    for member in object where !known.contains(member.key) {
      throw member.value.invalid("Unknown member; there are \(known.joined(separator: ", "))")
    }
  }
}
