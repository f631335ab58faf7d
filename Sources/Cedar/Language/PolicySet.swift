/// Static policies, templates, and the links that make policies of templates (Cedar documentation, "Policy templates").
package struct PolicySet: Hashable, Sendable {
  /// Static policies and templates, in the order they were added.
  package private(set) var policies: [Policy] = []
  /// Links, in the order they were added.
  package private(set) var links: [TemplateLink] = []
  private var positions: [Text: Int] = [:]
  private var linkIDs: Set<Text> = []

  package init() {}

  /// What the policies of a text are called.
  package enum Naming: Sendable {
    /// `policy0`, `policy1` and so on, templates counted too.
    case byPosition
    /// By the annotation `@id`; those without one by their position.
    case byAnnotation
  }

  /// Reads the policies and templates of a text.
  package init(parsing text: String, naming: Naming = .byPosition) throws(PolicySetError) {
    let parsed: [Policy]
    do throws(SyntaxError) { parsed = try PolicyParser.policies(text) } catch { throw .syntax(error) }
    for var policy in parsed {
      if naming == .byAnnotation, let id = policy.annotation("id") { policy.id = id }
      try add(policy)
    }
  }

  /// The static policy or template of this id.
  package subscript(id: Text) -> Policy? { positions[id].map { policies[$0] } }

  package var templates: some Sequence<Policy> { policies.lazy.filter(\.isTemplate) }
  package var staticPolicies: some Sequence<Policy> { policies.lazy.filter { !$0.isTemplate } }

  package mutating func add(_ policy: Policy) throws(PolicySetError) {
    guard positions[policy.id] == nil, !linkIDs.contains(policy.id) else { throw .duplicate(policy.id) }
    positions[policy.id] = policies.count
    policies.append(policy)
  }

  /// Makes a policy of a template, one entity for each slot it has and none for others.
  package mutating func link(_ link: TemplateLink) throws(PolicySetError) {
    guard let template = self[link.template], template.isTemplate else { throw .unknownTemplate(link.template) }
    guard positions[link.id] == nil, !linkIDs.contains(link.id) else { throw .duplicate(link.id) }
    let slots = template.slots
    for slot in Slot.allCases where slots.contains(slot) != (link.entity(for: slot) != nil) {
      throw .slotMismatch(link: link.id, slot: slot, isMissing: slots.contains(slot))
    }
    linkIDs.insert(link.id)
    links.append(link)
  }
}

/// A policy made of a template.
package struct TemplateLink: Hashable, Sendable {
  package var id: Text
  package var template: Text
  package var principal: EntityUID?
  package var resource: EntityUID?

  package init(id: Text, template: Text, principal: EntityUID? = nil, resource: EntityUID? = nil) {
    self.id = id
    self.template = template
    self.principal = principal
    self.resource = resource
  }

  package func entity(for slot: Slot) -> EntityUID? { slot == .principal ? principal : resource }
}

/// Why policies do not make a set.
package enum PolicySetError: Error, Hashable, CustomStringConvertible {
  case syntax(SyntaxError)
  case duplicate(Text)
  case unknownTemplate(Text)
  case slotMismatch(link: Text, slot: Slot, isMissing: Bool)

  package var description: String {
    switch self {
    case .syntax(let error): error.description
    case .duplicate(let id): "The policy id \(StringLiteral.quoted(id.string)) is taken; expected each id once"
    case .unknownTemplate(let id): "There is no template \(StringLiteral.quoted(id.string))"
    case .slotMismatch(let link, let slot, true): "The link \(StringLiteral.quoted(link.string)) gives no entity for \(slot.name)"
    case .slotMismatch(let link, let slot, false):
      "The link \(StringLiteral.quoted(link.string)) gives an entity for \(slot.name), which its template does not have"
    }
  }
}
