import JSON
import TransparencyLog

extension CanonicalValue {
  /// The values of all members named `event`, in no order.
  var citedEvents: [String] {
    switch self {
    case .array(let elements): elements.flatMap(\.citedEvents)
    case .object(let members):
      members.flatMap { name, value -> [String] in
        if name == "event", case .string(let id) = value { [id] } else { value.citedEvents }
      }
    case .null, .bool, .int64, .string: []
    }
  }
}

extension CitedEvent {
  /// The id that the event's own text says.
  var ownID: String? {
    guard let json = try? JSONDocument(parsing: text).root, let object = try? json.object() else { return nil }
    return try? object.required("id").string()
  }
}
