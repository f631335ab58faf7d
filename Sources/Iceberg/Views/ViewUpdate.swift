package import JSON

/// A change to a view's metadata: the 8 of the REST specification (`ViewUpdate`).
package enum ViewUpdate: Hashable, Sendable {
  case assignUUID(String)
  case upgradeFormatVersion(Int)
  case addSchema(Schema)
  case setLocation(String)
  case setProperties([String: String])
  case removeProperties([String])
  case addViewVersion(ViewVersion)
  case setCurrentViewVersion(Int32)

  package static let actions = [
    "assign-uuid", "upgrade-format-version", "add-schema", "set-location", "set-properties", "remove-properties", "add-view-version",
    "set-current-view-version",
  ]

  package var action: String {
    switch self {
    case .assignUUID: "assign-uuid"
    case .upgradeFormatVersion: "upgrade-format-version"
    case .addSchema: "add-schema"
    case .setLocation: "set-location"
    case .setProperties: "set-properties"
    case .removeProperties: "remove-properties"
    case .addViewVersion: "add-view-version"
    case .setCurrentViewVersion: "set-current-view-version"
    }
  }
}

extension ViewUpdate: JSONDecodable {
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    let action = try object.required("action").string()
    switch action {
    case "assign-uuid": self = .assignUUID(try object.required("uuid").string())
    case "upgrade-format-version": self = .upgradeFormatVersion(try object.required("format-version").int())
    case "add-schema": self = .addSchema(try Schema(json: object.required("schema")))
    case "set-location": self = .setLocation(try object.required("location").string())
    case "set-properties": self = .setProperties(try object.either("updates", "updated").object().strings())
    case "remove-properties": self = .removeProperties(try object.either("removals", "removed").strings())
    case "add-view-version": self = .addViewVersion(try ViewVersion(json: object.required("view-version")))
    case "set-current-view-version": self = .setCurrentViewVersion(try object.required("view-version-id").int32())
    default:
      throw json.invalid("Cannot convert metadata update action \"\(action)\"; for views there are \(Self.actions.joined(separator: ", "))")
    }
  }
}
