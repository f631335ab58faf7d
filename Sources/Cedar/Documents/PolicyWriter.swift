package import JSON

/// Policies as JSON (Cedar documentation, "JSON policy format").
///
/// Members stand in the order of their names' bytes, annotations and the members of records too, so that policies that say the same
/// have one text. As the real engine does it, the path of an extended `has` is written out, and a list of one action is that action.
extension Policy: JSONEncodable {
  /// Without the id, which stands outside.
  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("action")
      write(action, to: &writer)
      if !annotations.isEmpty {
        writer.field(
          "annotations",
          object: { writer in
            for annotation in annotations.sorted(by: { $0.name < $1.name }) {
              writer.key(annotation.name.string)
              if let value = annotation.value { writer.value(value.string) } else { writer.null() }
            }
          })
      }
      writer.field("conditions", conditions)
      writer.field("effect", effect.name)
      writer.key("principal")
      write(principal, .principal, to: &writer)
      writer.key("resource")
      write(resource, .resource, to: &writer)
    }
  }

  private func write(_ action: ActionConstraint, to writer: inout JSONWriter) {
    writer.object { writer in
      switch action {
      case .any: writer.field("op", "All")
      case .equal(let entity):
        writer.field("entity", entity)
        writer.field("op", "==")
      case .in(let entity): write(in: entity, to: &writer)
      case .inAny(let entities) where entities.count == 1: write(in: entities[0], to: &writer)
      case .inAny(let entities):
        writer.field("entities", entities)
        writer.field("op", "in")
      }
    }
  }

  private func write(in entity: EntityUID, to writer: inout JSONWriter) {
    writer.field("entity", entity)
    writer.field("op", "in")
  }

  private func write(_ constraint: ScopeConstraint, _ slot: Slot, to writer: inout JSONWriter) {
    writer.object { writer in
      switch constraint {
      case .any: writer.field("op", "All")
      case .equal(let reference): write("==", reference, slot, to: &writer)
      case .in(let reference): write("in", reference, slot, to: &writer)
      case .isType(let type):
        writer.field("entity_type", type.text.string)
        writer.field("op", "is")
      case .isTypeIn(let type, let reference):
        writer.field("entity_type", type.text.string)
        writer.field("in", object: { write(nil, reference, slot, to: &$0) })
        writer.field("op", "is")
      }
    }
  }

  private func write(_ operation: String?, _ reference: EntityReference, _ slot: Slot, to writer: inout JSONWriter) {
    if case .entity(let entity) = reference { writer.field("entity", entity) }
    if let operation { writer.field("op", operation) }
    if case .slot = reference { writer.field("slot", slot.name) }
  }
}

extension Condition: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("body", body)
      $0.field("kind", kind.name)
    }
  }
}

extension TemplateLink: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.field("newId", id.string)
      writer.field("templateId", template.string)
      writer.field(
        "values",
        object: { writer in
          if let principal { writer.field("?principal", principal) }
          if let resource { writer.field("?resource", resource) }
        })
    }
  }
}

/// The whole set, policies and links in its order.
extension PolicySet: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    Self.write(static: Array(staticPolicies), links: links, templates: Array(templates), to: &writer)
  }

  static func write(static policies: [Policy], links: [TemplateLink], templates: [Policy], to writer: inout JSONWriter) {
    func writeByID(_ policies: [Policy], to writer: inout JSONWriter) {
      for policy in policies {
        writer.key(policy.id.string)
        policy.write(to: &writer)
      }
    }
    writer.object { writer in
      writer.field("staticPolicies", object: { writeByID(policies, to: &$0) })
      writer.field("templateLinks", links)
      writer.field("templates", object: { writeByID(templates, to: &$0) })
    }
  }
}
