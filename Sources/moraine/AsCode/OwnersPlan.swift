import JSON

/// Who answers for an object: the part that zones, namespaces and tables have in common.
struct OwnersPlan: Sendable {
  private let object: ObjectName
  private let owner: String?
  private var added: [(role: String, names: [String])] = []
  private var removed: [(role: String, names: [String])] = []
  private var isNeeded = false

  /// - Parameter isThere: whether the object exists; else nobody answers for it yet.
  init(
    _ declaration: Declaration, of object: ObjectName, isThere: Bool, into fields: inout FieldChanges, _ client: CatalogClient
  ) async throws {
    self.object = object
    owner = try declaration.text("owner").map { try declaration.person($0, at: "owner") }
    let lists: [(key: StaticString, role: String, names: [String]?)] = [
      ("stewards", "steward", try declaration.people("stewards")),
      ("technical-contacts", "technical-contact", try declaration.people("technical-contacts")),
    ]
    guard owner != nil || lists.contains(where: { $0.names != nil }) else { return }
    var present: JSONObject?
    if isThere { present = try await client.get(OwnerCommand.path, query: object.query(in: client.warehouse)).json().object() }
    let isInherited = try present?.required("inherited").bool() ?? true
    let before = isInherited ? nil : try present?.optional("owner")?.string()
    isNeeded = fields.note("owner", before, owner)
    for (key, role, names) in lists {
      let there = try present?.required(key).array().map { try $0.string() } ?? []
      let (more, less) = fields.note(key.description, there, names)
      if !more.isEmpty { added.append((role, more)) }
      if !less.isEmpty { removed.append((role, less)) }
    }
    isNeeded = isNeeded || !added.isEmpty || !removed.isEmpty
  }

  func make(_ client: CatalogClient) async throws {
    guard isNeeded else { return }
    let body = JSONWriter.text { writer in
      writer.object { writer in
        writer.key("object")
        self.object.write(to: &writer, in: client.warehouse)
        if let owner { writer.field("owner", owner) }
        for (key, lists) in [("add", added), ("remove", removed)] as [(StaticString, [(role: String, names: [String])])] {
          writer.field(
            key,
            object: { people in
              for (role, names) in lists {
                people.key(role)
                people.array { for name in names { $0.value(name) } }
              }
            })
        }
      }
    }
    _ = try await client.post(OwnerCommand.path, body)
  }
}
