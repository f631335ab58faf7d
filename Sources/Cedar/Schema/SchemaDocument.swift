internal import JSON

/// A schema as it was written, names unresolved (Cedar documentation, "Schema").
///
/// Both formats, text and JSON, are read into it and written from it; ``Schema`` is what it means.
package struct SchemaDocument: Hashable, Sendable {
  /// In the order written; declarations outside any namespace are in one without a name. No name twice.
  package var namespaces: [SchemaNamespace]
  /// The text it was read from, for the places of errors.
  package var source: SchemaSource

  package init(namespaces: [SchemaNamespace], source: SchemaSource = SchemaSource(text: nil)) {
    self.namespaces = namespaces
    self.source = source
  }

  func error(_ message: String, at place: SchemaPlace) -> SchemaError {
    switch place {
    case .text(let range): SchemaError(message, at: source.text.map { .text($0.position(of: range.start)) } ?? .unknown)
    case .json(let value): SchemaError(message, at: .json(path: value.path))
    case .none: SchemaError(message)
    }
  }
}

/// The text of a schema. Like places, all sources are equal.
package struct SchemaSource: Hashable, Sendable {
  package var text: SourceText?

  package static func == (left: SchemaSource, right: SchemaSource) -> Bool { true }
  package func hash(into hasher: inout Hasher) {}
}

package struct SchemaNamespace: Hashable, Sendable {
  /// `nil` for what is declared outside any namespace.
  package var name: Text?
  package var annotations: [Annotation] = []
  package var entityTypes: [EntityTypeDeclaration] = []
  package var commonTypes: [CommonTypeDeclaration] = []
  package var actions: [ActionDeclaration] = []

  /// The full name of something declared here.
  func qualified(_ name: Text) -> Text { self.name.map { Text("\($0)::\(name)") } ?? name }
}

package struct EntityTypeDeclaration: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// The shape is a record or names one.
    case standard(parents: [SchemaName], shape: TypeExpression, tags: TypeExpression?)
    /// The ids that exist; at least one.
    case enumerated([Text])
  }

  package var name: Text
  package var kind: Kind
  package var annotations: [Annotation] = []
  package var place: SchemaPlace
}

package struct CommonTypeDeclaration: Hashable, Sendable {
  package var name: Text
  package var type: TypeExpression
  package var annotations: [Annotation] = []
  package var place: SchemaPlace
}

package struct ActionDeclaration: Hashable, Sendable {
  package struct AppliesTo: Hashable, Sendable {
    package var principals: [SchemaName]
    package var resources: [SchemaName]
    /// A record, or the name of one.
    package var context: TypeExpression
  }

  /// The id of the action.
  package var name: Text
  package var parents: [ActionReference] = []
  package var appliesTo: AppliesTo?
  package var annotations: [Annotation] = []
  package var place: SchemaPlace
}

package struct ActionReference: Hashable, Sendable {
  /// `nil` for `Action` in the namespace it stands in.
  package var type: SchemaName?
  package var id: Text
  package var place: SchemaPlace
}

/// A type's name as it was written, with or without namespace.
package struct SchemaName: Hashable, Sendable {
  package var text: Text
  package var place: SchemaPlace

  package init(_ text: Text, place: SchemaPlace = .none) {
    self.text = text
    self.place = place
  }

  package var isQualified: Bool { text.string.utf8Split(by: "::").count > 1 }
}

/// A type as it was written.
package indirect enum TypeExpression: Hashable, Sendable {
  /// A common type, an entity type or a built-in one, whichever is found first.
  case named(SchemaName)
  /// A common type, never an entity type; only JSON can say so.
  case common(SchemaName)
  /// An entity type, never a common type; only JSON can say so.
  case entity(SchemaName)
  /// A built-in type, whatever the schema may declare under its name; only JSON can say so.
  case builtin(BuiltinType)
  case set(TypeExpression)
  case record([RecordField])

  package static let emptyRecord = TypeExpression.record([])
}

package struct RecordField: Hashable, Sendable {
  package var name: Text
  package var type: TypeExpression
  package var isRequired: Bool
  package var annotations: [Annotation] = []
}

/// Types that need no declaration, by the names they have in schemas.
package enum BuiltinType: String, Hashable, Sendable, CaseIterable {
  case bool = "Bool"
  case long = "Long"
  case string = "String"
  case decimal, ipaddr, datetime, duration

  package var type: CedarType {
    switch self {
    case .bool: .bool(.any)
    case .long: .long
    case .string: .string
    case .decimal: .extension(.decimal)
    case .ipaddr: .extension(.ipaddr)
    case .datetime: .extension(.datetime)
    case .duration: .extension(.duration)
    }
  }

  /// The type that a name means once nothing declared has that name, `__cedar::` before it or not.
  static func named(_ name: Text) -> BuiltinType? {
    let string = name.string
    return BuiltinType(rawValue: string.utf8.starts(with: "__cedar::".utf8) ? String(string.dropFirst(9)) : string)
  }
}
