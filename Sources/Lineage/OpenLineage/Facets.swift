package import JSON

/// The facets of one entity, as they were sent. Those that we use are typed beside it; all others are here, as their texts.
package struct Facets: Sendable {
  package let object: JSONObject?

  init(_ json: JSONValue?) throws(JSONError) { object = try json?.object() }

  /// The facet of that name, unless it is null or says that it was deleted.
  func facet(_ name: StaticString) throws(JSONError) -> JSONObject? {
    guard let facet = try object?.optional(name)?.object() else { return nil }
    return facet.optional("_deleted")?.rawText == "true" ? nil : facet
  }

  /// Every facet by its name, in the order in which they stand.
  package var all: [(name: String, facet: JSONValue)] { object.map { $0.map { ($0.key, $0.value) } } ?? [] }
}

extension JSONObject {
  func text(_ name: StaticString) throws(JSONError) -> String? { try optional(name)?.string() }

  /// A list that may be absent.
  func list<T>(_ name: StaticString, _ decode: (JSONValue) throws(JSONError) -> T) throws(JSONError) -> [T] {
    try optional(name)?.array().decode(decode) ?? []
  }

  /// A count; JSON Schema's `number` may be written with a fraction, of which there is none to count.
  func count(_ name: StaticString) throws(JSONError) -> Int64? {
    guard let json = optional(name) else { return nil }
    if let exact = try? json.int64() { return exact }
    guard let whole = Int64(exactly: try json.double()) else { throw json.invalid("Expected a whole number") }
    return whole
  }

  /// A snapshot's id: 64 bits, exactly. Clients that must not round write it as a string.
  func snapshotID(_ name: StaticString) throws(JSONError) -> Int64? {
    guard let json = optional(name) else { return nil }
    guard json.kind == .string else { return try json.int64() }
    guard let id = Int64(try json.string()) else { throw json.invalid("Expected a whole number of 64 bits") }
    return id
  }

  /// A time, in microseconds since 1970.
  func time(_ name: StaticString) throws(JSONError) -> Int64? {
    guard let json = optional(name) else { return nil }
    guard let time = EventTime.microseconds(try json.string()) else { throw json.invalid("Expected a date and time") }
    return time
  }
}

/// Who owns a job or a dataset (OwnershipJobFacet, OwnershipDatasetFacet).
package struct ReportedOwner: Hashable, Sendable {
  package let name: String
  package let type: String?

  static func list(_ facet: JSONObject?) throws(JSONError) -> [ReportedOwner] {
    try facet?.list("owners") { json throws(JSONError) in
      let owner = try json.object()
      return ReportedOwner(name: try owner.required("name").string(), type: try owner.text("type"))
    } ?? []
  }
}
