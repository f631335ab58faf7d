package import JSON

/// Entities, contexts and their values as JSON (Cedar documentation, "Entities and context JSON syntax").
///
/// Entities and extension values carry their `__entity` and `__extn`, so that no schema is needed to read them. A record with the one
/// member `__entity` or `__extn` reads back as what that stands for: the format has no way to say otherwise.
extension EntityUID: JSONEncodable {
  /// `{"id": …, "type": …}`
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("id", id.string)
      $0.field("type", type.text.string)
    }
  }
}

extension Value: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    switch self {
    case .bool(let value): writer.value(value)
    case .long(let value): writer.value(value)
    case .string(let value): writer.value(value.string)
    case .entity(let value): writer.object { $0.field("__entity", value) }
    case .set(let set): writer.values(set.elements)
    case .record(let record): record.write(to: &writer)
    case .extension(let value): value.write(to: &writer)
    }
  }
}

/// A record of values, such as a context; members in the order of their names' bytes.
extension Record: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      for field in fields {
        writer.key(field.name.string)
        field.value.write(to: &writer)
      }
    }
  }
}

extension ExtensionValue: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    switch self {
    case .decimal(let value): Self.write(.decimal, "\(value)", to: &writer)
    case .ip(let value): Self.write(.ip, "\(value)", to: &writer)
    case .duration(let value): Self.write(.duration, "\(value)", to: &writer)
    case .datetime(let value): Self.write(value, to: &writer)
    }
  }

  /// Outside the years 0000 to 9999, of which no text exists, as an offset from 1970.
  private static func write(_ value: CedarDatetime, to writer: inout JSONWriter) {
    if let text = value.text { return write(.datetime, text, to: &writer) }
    writer.object {
      $0.field(
        "__extn",
        object: {
          $0.field(
            "args",
            array: {
              write(.datetime, "1970-01-01", to: &$0)
              write(.duration, "\(CedarDuration(milliseconds: value.millisecondsSinceEpoch))", to: &$0)
            })
          $0.field("fn", ExtensionFunction.offset.rawValue)
        })
    }
  }

  private static func write(_ function: ExtensionFunction, _ argument: String, to writer: inout JSONWriter) {
    writer.object {
      $0.field(
        "__extn",
        object: {
          $0.field("arg", argument)
          $0.field("fn", function.rawValue)
        })
    }
  }
}

/// `uid`, `attrs`, `tags` and `parents`, as the reader takes them; tags only where there are any.
extension Entity: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("attrs", attributes)
      $0.field("parents", parents)
      if !tags.isEmpty { $0.field("tags", tags) }
      $0.field("uid", uid)
    }
  }
}

/// All entities, ordered by type and id.
extension EntityStore: JSONEncodable {
  package func write(to writer: inout JSONWriter) { writer.values(all.sorted { $0.uid < $1.uid }) }
}
