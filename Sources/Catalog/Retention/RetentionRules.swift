package import CatalogStore
package import Governance

// The rules of retention.

extension Catalog {
  /// The rules that hold, for what the caller may see; those on tags are told to whoever is known here.
  package func listRetentionRules(_ page: PageRequest, _ context: OperationContext) async throws -> Page<StoredRetentionRule> {
    let authorization = try await authorized(.listRetentionRules, [], catalog: CatalogResource(.server, ""), context)
    let rules = try await store.retentionRules(page, authorization)
    var visible: [StoredRetentionRule] = []
    for rule in rules.elements {
      if case .object(let object)? = rule.scope {
        do {
          _ = try await authorized(.listRetentionRules, [PolicyQuestion(.getMetadata)], on: object, context)
        } catch is CatalogError {
          continue
        }
      }
      visible.append(rule)
    }
    return Page(elements: visible, next: rules.next)
  }

  /// Makes a rule, in place of one of the same name. Both what the old one and what the new one is for must be the caller's to govern.
  ///
  /// - Throws: ``CatalogError/badRequest(_:)``, and what says that the object is not there
  package func defineRetentionRule(
    _ rule: RetentionRule, for scope: RetentionScope, _ context: OperationContext, answer: (StoredRetentionRule) -> [UInt8]
  ) async throws -> StoredRetentionRule {
    let authorization = try await authorizeRetention(.defineRetentionRule, of: scope, context)
    if rule.trigger == .tagged {
      guard case .tag = scope else { throw CatalogError.badRequest("A rule that counts from being tagged must be for a tag") }
    }
    switch scope {
    case .object(.catalog): throw CatalogError.badRequest("A rule is for a warehouse, zone, namespace, dataset or tag")
    case .object: break
    case .tag(let key, let value):
      try TagDefinition.check(key: key)
      if let value { try TagDefinition.checkSize(of: value, key) }
    }
    let before = try await store.retentionRule(rule.name)
    if let before, before.scope != scope { _ = try await authorizeRetention(.defineRetentionRule, of: before.scope, context) }
    let stored = StoredRetentionRule(id: .new(), rule: rule, scope: scope, definedBy: context.principal, definedAt: context.time)
    let named = authorization.naming(CatalogResource(.retention, rule.name))
    try await store.define(stored, replacing: before, named, answer: answer(stored))
    return stored
  }

  /// Ends a rule. What was done by it stays done, and told.
  ///
  /// - Throws: ``CatalogError/noSuchWord(_:)``
  package func removeRetentionRule(_ name: String, _ context: OperationContext) async throws {
    // Names are known to everybody who may list them.
    let seen = try await authorized(.removeRetentionRule, [], catalog: CatalogResource(.server, ""), context)
    guard let rule = try await store.retentionRule(name) else { throw CatalogError.noSuchWord("Retention rule does not exist: \(name)") }
    let authorization = try await authorizeRetention(.removeRetentionRule, of: rule.scope, seen.context)
    try await store.end(rule, authorization.naming(CatalogResource(.retention, name)))
  }

  /// A tag may be carried by anything, so its rules are the catalog's; so are those of what is gone.
  private func authorizeRetention(
    _ action: CatalogAction, of scope: RetentionScope?, _ context: OperationContext
  ) async throws -> Authorization {
    switch scope {
    case .object(let object): try await authorized(action, [PolicyQuestion(.setRetention)], on: object, context)
    case .tag, nil: try await authorized(action, [PolicyQuestion(.setRetention)], catalog: CatalogResource(.server, ""), context)
    }
  }
}
