package import JSON

extension SchemaDocument: JSONEncodable {
  /// Writes the JSON format, in the order of the declarations.
  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      for namespace in namespaces {
        writer.key(namespace.name?.string ?? "")
        writer.value(namespace)
      }
    }
  }
}

extension SchemaNamespace: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      if !commonTypes.isEmpty {
        writer.field(
          "commonTypes",
          object: { writer in
            for declaration in commonTypes {
              writer.key(declaration.name.string)
              writer.object { writer in
                declaration.type.writeMembers(to: &writer)
                writer.annotations(declaration.annotations)
              }
            }
          })
      }
      writer.field(
        "entityTypes",
        object: { writer in
          for declaration in entityTypes {
            writer.key(declaration.name.string)
            writer.value(declaration)
          }
        })
      writer.field(
        "actions",
        object: { writer in
          for declaration in actions {
            writer.key(declaration.name.string)
            writer.value(declaration)
          }
        })
      writer.annotations(annotations)
    }
  }
}

extension JSONWriter {
  /// The member `annotations`, unless there are none.
  fileprivate mutating func annotations(_ annotations: [Annotation]) {
    if annotations.isEmpty { return }
    field(
      "annotations",
      object: { writer in
        for annotation in annotations {
          writer.key(annotation.name.string)
          if let value = annotation.value { writer.value(value.string) } else { writer.null() }
        }
      })
  }
}

extension EntityTypeDeclaration: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      switch kind {
      case .enumerated(let ids): writer.field("enum", ids.map(\.string))
      case .standard(let parents, let shape, let tags):
        if !parents.isEmpty { writer.field("memberOfTypes", parents.map(\.text.string)) }
        if shape != .emptyRecord { writer.field("shape", shape) }
        if let tags { writer.field("tags", tags) }
      }
      writer.annotations(annotations)
    }
  }
}

extension ActionDeclaration: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      if let appliesTo {
        writer.field(
          "appliesTo",
          object: { writer in
            writer.field("resourceTypes", appliesTo.resources.map(\.text.string))
            writer.field("principalTypes", appliesTo.principals.map(\.text.string))
            if appliesTo.context != .emptyRecord { writer.field("context", appliesTo.context) }
          })
      }
      if !parents.isEmpty {
        writer.field(
          "memberOf",
          array: { writer in
            for parent in parents {
              writer.object { writer in
                writer.field("id", parent.id.string)
                if let type = parent.type { writer.field("type", type.text.string) }
              }
            }
          })
      }
      writer.annotations(annotations)
    }
  }
}

extension TypeExpression: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object { writer in writeMembers(to: &writer) }
  }

  fileprivate func writeMembers(to writer: inout JSONWriter) {
    switch self {
    case .common(let name): writer.field("type", name.text.string)
    case .named(let name):
      writer.field("type", "EntityOrCommon")
      writer.field("name", name.text.string)
    case .entity(let name):
      writer.field("type", "Entity")
      writer.field("name", name.text.string)
    case .builtin(.bool): writer.field("type", "Boolean")
    case .builtin(.long): writer.field("type", "Long")
    case .builtin(.string): writer.field("type", "String")
    case .builtin(let type):
      writer.field("type", "Extension")
      writer.field("name", type.rawValue)
    case .set(let element):
      writer.field("type", "Set")
      writer.field("element", element)
    case .record(let fields):
      writer.field("type", "Record")
      writer.field(
        "attributes",
        object: { writer in
          for field in fields {
            writer.key(field.name.string)
            writer.object { writer in
              field.type.writeMembers(to: &writer)
              if !field.isRequired { writer.field("required", false) }
              writer.annotations(field.annotations)
            }
          }
        })
    }
  }
}
