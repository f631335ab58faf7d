package import CatalogStore
import Identity
import Postgres

// The operations on principals and on who is in which role or team.

extension Catalog {
  package func listPrincipals(
    of kind: StoredPrincipal.Kind?, _ page: PageRequest, _ context: OperationContext
  ) async throws -> Page<StoredPrincipal> {
    try await store.principals(of: kind, page, authorize(principals: .listPrincipals, context))
  }

  /// - Throws: ``CatalogError/noSuchPrincipal(_:)``
  package func loadPrincipal(_ reference: PrincipalReference, _ context: OperationContext) async throws -> StoredPrincipal {
    try await store.principal(reference, authorize(reference, .loadPrincipal, context))
  }

  /// - Throws: ``CatalogError/alreadyExists(_:)``, ``CatalogError/badRequest(_:)``
  package func createPrincipal(
    _ reference: PrincipalReference, description: String, cleared: [String], _ context: OperationContext,
    answer: (StoredPrincipal) -> [UInt8]
  ) async throws -> StoredPrincipal {
    let authorization = try await authorize(reference, .createPrincipal, context)
    try reference.check()
    try PrincipalChange(description: description, cleared: cleared).check()
    let principal = StoredPrincipal(
      id: .new(), reference: reference, description: description, cleared: cleared, createdAt: context.time)
    try await store.createPrincipal(principal, authorization, answer: answer(principal))
    return principal
  }

  /// - Throws: ``CatalogError/noSuchPrincipal(_:)``, ``CatalogError/badRequest(_:)``
  package func updatePrincipal(
    _ reference: PrincipalReference, _ change: PrincipalChange, _ context: OperationContext,
    answer: @escaping @Sendable (StoredPrincipal) -> [UInt8]
  ) async throws -> StoredPrincipal {
    let authorization = try await authorize(reference, .updatePrincipal, context)
    guard change != PrincipalChange() else {
      throw CatalogError.badRequest("Nothing of \(reference) is to change; give description, cleared or is-enabled")
    }
    try change.check()
    guard change.cleared == nil || change.cleared == [] || reference.kind.isCaller else {
      throw CatalogError.badRequest("Only users and services are cleared; \(reference) is neither")
    }
    return try await store.updatePrincipal(reference, change, authorization, answer: answer)
  }

  /// - Throws: ``CatalogError/noSuchPrincipal(_:)``, ``CatalogError/principalInUse(_:)``
  package func dropPrincipal(_ reference: PrincipalReference, _ context: OperationContext) async throws {
    let authorization = try await authorize(reference, .dropPrincipal, context)
    guard !reference.isPredefined else {
      throw CatalogError.principalInUse("The role \(reference.name) is named by the policies every catalog begins with, and stays")
    }
    try await store.dropPrincipal(reference, authorization)
  }

  // MARK: Members

  /// - Throws: ``CatalogError/noSuchPrincipal(_:)``
  package func listMembers(
    of group: PrincipalReference, _ page: PageRequest, _ context: OperationContext
  ) async throws -> Page<StoredPrincipal> {
    try await store.members(of: group, page, authorize(group, .loadPrincipal, context))
  }

  /// - Throws: ``CatalogError/noSuchPrincipal(_:)``, ``CatalogError/alreadyExists(_:)``, ``CatalogError/unprocessable(_:)``
  package func addMember(
    _ member: PrincipalReference, to group: PrincipalReference, _ context: OperationContext, answer: [UInt8]
  ) async throws {
    let authorization = try await authorize(group, .addMember, context)
    switch (member.kind, group.kind) {
    case (.user, .role), (.user, .team), (.service, .role), (.service, .team), (.team, .team), (.team, .role), (.role, .role): break
    case (_, .user), (_, .service): throw CatalogError.unprocessable("\(group) has no members; only roles and teams have")
    case (.role, .team): throw CatalogError.unprocessable("A role cannot be in a team; put the team \(group.name) in the role")
    }
    try await store.addMember(member, to: group, authorization, answer: answer)
  }

  /// - Throws: ``CatalogError/noSuchPrincipal(_:)``
  package func removeMember(_ member: PrincipalReference, from group: PrincipalReference, _ context: OperationContext) async throws {
    try await store.removeMember(member, from: group, authorize(group, .removeMember, context))
  }

  // MARK: The caller

  /// The roles and teams that the caller is in, directly or through others.
  package func groupsOfCaller(_ context: OperationContext) async throws -> [PrincipalReference] {
    let caller = context.caller
    guard case .principal = caller.authority else { return [] }
    return try await store.groups(of: caller.name, telling: caller.groups, authorize(.init(caller), .loadSelf, context))
  }

  // MARK: Authorization

  /// Principals are managed as a whole. What concerns the caller alone is asked of nobody, but that it is still welcome.
  func authorize(
    _ principal: PrincipalReference, _ action: CatalogAction, _ context: OperationContext
  ) async throws -> Authorization {
    let isOwn =
      context.caller.authority != .server && context.caller.authority != .anonymous && principal == PrincipalReference(context.caller)
    if isOwn && Self.ownActions.contains(action) { return try await authorized(action, [], catalog: principal.resource, context) }
    return try await authorize(action, principal.resource, context)
  }

  private static let ownActions: Set<CatalogAction> = [.loadPrincipal, .loadSelf, .listTokens, .createToken, .revokeToken]

  /// For what is asked of all principals or clients.
  func authorize(principals action: CatalogAction, _ context: OperationContext) async throws -> Authorization {
    try await authorize(action, CatalogResource(.server, ""), context)
  }

  /// Auditors may see who there is and who is in what.
  private func authorize(_ action: CatalogAction, _ resource: CatalogResource, _ context: OperationContext) async throws -> Authorization {
    let isReading = action == .listPrincipals || action == .loadPrincipal
    let catalog = try await authorizer.object(catalog: resource)
    let mayAudit = try isReading && authorizer.allows([PolicyQuestion(.readAudit)], on: catalog, context)
    return try await authorized(action, [PolicyQuestion(mayAudit ? .readAudit : .managePrincipals)], catalog: resource, context)
  }
}

extension PrincipalReference {
  /// A caller as a principal; only for callers that are one.
  init(_ caller: Caller) {
    self.init(caller.authority == .principal(.service) ? .service : .user, caller.name)
  }

  private static let reserved: Set<String> = ["server", "anonymous"]

  /// - Throws: ``CatalogError/badRequest(_:)`` for a name that it cannot have.
  func check() throws {
    let parts = name.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2 {
      guard kind != .role else {
        throw CatalogError.badRequest("The role name \"\(name)\" is not allowed: roles are named here, without \"/\"")
      }
      let isGood =
        Self.isAlias(parts[0]) && (1...512).contains(parts[1].utf8.count)
        && parts[1].unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
      guard isGood else {
        throw CatalogError.badRequest(
          "The name \"\(name)\" is not allowed; write whom another issuer vouches for as ISSUER-ALIAS/SUBJECT, the alias as configured")
      }
      return
    }
    guard Self.isLocalName(name) else {
      throw CatalogError.badRequest(
        "The name \"\(name)\" is not allowed; use 1 to 128 lower-case letters, digits, '.', '-', '_' and '@', starting with a letter or digit"
      )
    }
    guard !Self.reserved.contains(name) || !kind.isCaller else {
      throw CatalogError.badRequest("The name \"\(name)\" stands for something else already; choose another")
    }
  }

  /// Whether `text` may name a principal or a client of this catalog's own.
  static func isLocalName(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return (1...128).contains(bytes.count) && isLetterOrDigit(bytes[0])
      && bytes.allSatisfy { isLetterOrDigit($0) || ".-_@".utf8.contains($0) }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) }

  /// Whether `text` may be an issuer's short name: 1 to 63 lower-case letters, digits and '-'.
  package static func isAlias(_ text: some StringProtocol) -> Bool {
    let bytes = Array(text.utf8)
    return (1...63).contains(bytes.count) && isLetterOrDigit(bytes[0])
      && bytes.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
  }
}

extension PrincipalChange {
  fileprivate func check() throws {
    if let description, description.utf8.count > 10_000 { throw CatalogError.badRequest("The description is longer than 10000 bytes") }
    guard let cleared else { return }
    guard cleared.count <= 100, Set(cleared).count == cleared.count, cleared.allSatisfy({ Warehouse.isName($0) }) else {
      throw CatalogError.badRequest("\"cleared\" holds at most 100 different classifications, such as \"pii\"")
    }
  }
}
