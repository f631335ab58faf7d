import ArgumentParser
import Governance
import Iceberg
import JSON

struct ExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write down what is governed, as `moraine apply` reads it.",
    discussion: """
      Only what you may see is written. Applying the file to the same catalog changes nothing.

        moraine export > governance/all.yaml
      """)

  @Option(
    name: .customLong("section"), help: "Only this: \(DeclaredSection.allCases.map(\.rawValue).joined(separator: ", ")). Repeatable.",
    completion: .list(DeclaredSection.allCases.map(\.rawValue)))
  var sections: [String] = []
  @OptionGroup var client: ClientOptions

  func validate() throws {
    for section in sections where DeclaredSection(rawValue: section) == nil {
      throw ValidationError("There is no section \(section).")
    }
  }

  func run() async throws {
    let wanted = sections.isEmpty ? DeclaredSection.allCases : sections.compactMap(DeclaredSection.init)
    try await client.run { client, output in
      var parts: [(section: DeclaredSection, text: [UInt8])] = []
      for section in DeclaredSection.allCases where wanted.contains(section) {
        let text = try await Export(client: client).text(of: section)
        if text != Array("{}".utf8), text != Array("[]".utf8) { parts.append((section, text)) }
      }
      let document = JSONWriter.text { writer in
        writer.object {
          for part in parts {
            $0.key(part.section.rawValue)
            $0.raw(part.text)
          }
        }
      }
      let json = try JSONDocument(parsing: document).root
      if output.format == .json { return try output.document(json) }
      try output.stream.write(parts.isEmpty ? "{}\n" : YAMLText.text(json))
    }
  }
}

/// What is there, as files declare it.
private struct Export {
  let client: CatalogClient

  func text(of section: DeclaredSection) async throws -> [UInt8] {
    switch section {
    case .teams: try await groups("team")
    case .roles: try await groups("role")
    case .tags: try await tags()
    case .zones: try await zones()
    case .namespaces: try await namespaces()
    case .tables: try await tables()
    case .terms: try await terms()
    case .retention: try await retention()
    case .grants: try await grants()
    }
  }

  /// An object of named things, in order.
  private func map(_ things: [(name: String, text: [UInt8])]) -> [UInt8] {
    JSONWriter.text { writer in
      writer.object {
        for thing in things.sorted(by: { $0.name < $1.name }) {
          $0.key(thing.name)
          $0.raw(thing.text)
        }
      }
    }
  }

  // MARK: People and words

  private func groups(_ kind: String) async throws -> [UInt8] {
    var things: [(String, [UInt8])] = []
    for (name, json) in try await GroupPlanner(kind: kind).list(client) {
      var members: [String] = []
      try await client.pages(["management", "v1", "principals", kind, name, "members"]) { page in
        for member in try page.required("principals").array() {
          let member = try member.object()
          members.append("\(try member.required("kind").string()):\(try member.required("name").string())")
        }
      }
      let description = try json.object().required("description").string()
      // Every catalog has the predefined roles.
      if kind == "role", members.isEmpty, DeclaredSection.predefinedRoles.contains(name) { continue }
      things.append(
        (
          name,
          object {
            $0.field("description", description)
            $0.field("members", members.sorted())
          }
        ))
    }
    return map(things)
  }

  private func tags() async throws -> [UInt8] {
    map(
      try await TagPlanner().list(client).map { name, json in
        let tag = try json.object()
        let values = try tag.optional("values")?.array().map { try $0.string() }
        let description = try tag.required("description").string()
        return (
          name,
          object {
            $0.field("description", description)
            if let values { $0.field("values", values) }
          }
        )
      })
  }

  private func terms() async throws -> [UInt8] {
    var things: [(String, [UInt8])] = []
    for (name, json) in try await TermPlanner().list(client) {
      let term = try json.object()
      let links = try await client.get(["governance", "v1", "terms", name]).json().object().required("links").array().compactMap {
        link -> String? in
        let link = try link.object()
        let object = try ObjectName(json: link.required("object"))
        guard object.kind == .table else { return nil }
        return "\(object)".dropFirst("table ".count) + (try link.optional("column").map { ":" + (try $0.string()) } ?? "")
      }
      let (definition, owner) = (try term.required("definition").string(), try term.optional("owner")?.string())
      things.append(
        (
          name,
          object {
            $0.field("definition", definition)
            if let owner { $0.field("owner", owner) }
            if !links.isEmpty { $0.field("stands-for", links) }
          }
        ))
    }
    return map(things)
  }

  private func retention() async throws -> [UInt8] {
    let planner = RetentionPlanner()
    return map(
      try await planner.list(client).compactMap { name, json in
        guard let declared = try DeclaredRetention(stored: json.object(), client.warehouse) else { return nil }
        return (name, object { declared.write(to: &$0) })
      })
  }

  private func grants() async throws -> [UInt8] {
    let names = try await GrantPlanner().list(client).keys.filter { $0.contains(" on ") }.sorted()
    return JSONWriter.text { writer in writer.array { for name in names { $0.value(name) } } }
  }

  // MARK: Places

  private func zones() async throws -> [UInt8] {
    var things: [(String, [UInt8])] = []
    for (name, json) in try await ZonePlanner().list(client) {
      let zone = try json.object()
      let owners = try await owners(of: ObjectName(["zone", name]))
      let (kind, description) = (try zone.required("kind").string(), try zone.required("description").string())
      let isDefault = try zone.required("is-default").bool()
      let rules = try zone.required("has-own-rules").bool() ? try ZoneRules(json: zone.required("rules")) : nil
      things.append(
        (
          name,
          object {
            $0.field("kind", kind)
            $0.field("description", description)
            if isDefault { $0.field("default", true) }
            if let rules { $0.field("rules", rules) }
            owners(&$0)
          }
        ))
    }
    return map(things)
  }

  /// Everything below a namespace, or in the warehouse.
  private func allNamespaces(below parent: NamespaceName? = nil) async throws -> [NamespaceName] {
    var found: [NamespaceName] = []
    let query = parent.map { [("parent", $0.pathText)] } ?? []
    try await client.pages(client.path("namespaces"), query: query) { page in
      for levels in try page.required("namespaces").array() {
        found.append(NamespaceName(levels: try levels.array().map { try $0.string() }))
      }
    }
    var all: [NamespaceName] = []
    for namespace in found { all += [namespace] + (try await allNamespaces(below: namespace)) }
    return all
  }

  private func namespaces() async throws -> [UInt8] {
    var things: [(String, [UInt8])] = []
    for name in try await allNamespaces() {
      let properties = try await client.get(client.path(name)).json().object().required("properties").object().strings()
      let owners = try await owners(of: ObjectName(["namespace", name.description]))
      things.append(
        (
          name.description,
          object {
            if let comment = properties["comment"] { $0.field("description", comment) }
            owners(&$0)
          }
        ))
    }
    return map(things)
  }

  private func tables() async throws -> [UInt8] {
    var things: [(String, [UInt8])] = []
    for namespace in try await allNamespaces() {
      var names: [DatasetName] = []
      try await client.pages(client.path(namespace, "tables")) { page in
        for table in try page.required("identifiers").array() {
          names.append(DatasetName(namespace: namespace, name: try table.object().required("name").string()))
        }
      }
      for name in names {
        do { things.append((name.description, try await table(name))) } catch let failure as CommandFailure
          where failure.exit == .notFound || failure.exit == .refused
        {
          // Its name may be seen, no more; or it went meanwhile.
        }
      }
    }
    return map(things)
  }

  private func table(_ name: DatasetName) async throws -> [UInt8] {
    let loaded = try await client.get(client.path(name.namespace, "tables", name.name), query: [("snapshots", "refs")]).json().object()
    let metadata = try loaded.required("metadata").object()
    let comment = try metadata.optional("properties")?.object().strings()["comment"]
    let current = try metadata.required("current-schema-id").int()
    let schema = try metadata.required("schemas").array().map { try Schema(json: $0) }.first { Int($0.id) == current }
    let tags = try await client.get(name.governancePath(client, "tags")).json().object()
    let own = try tags.required("tags").object().strings()
    var columns: [String: (doc: String?, tags: [String: String])] = [:]
    for located in schema?.allFields ?? [] { if let doc = located.field.doc { columns[located.name] = (doc, [:]) } }
    for column in try tags.required("columns").array() {
      let column = try column.object()
      columns[try column.required("name").string(), default: (nil, [:])].tags = try column.required("tags").object().strings()
    }
    let owners = try await owners(of: ObjectName(["table", name.description]))
    var contract: Contract?
    do {
      contract = try Contract(json: await client.get(name.governancePath(client, "contract")).json().object().required("contract"))
    } catch let failure as CommandFailure where failure.exit == .notFound {}
    return object { writer in
      if let comment { writer.field("description", comment) }
      owners(&writer)
      if !own.isEmpty { writer.field("tags", own) }
      if !columns.isEmpty {
        writer.field(
          "columns",
          object: { object in
            for (name, column) in columns.sorted(by: { $0.key < $1.key }) {
              object.key(name)
              object.object {
                if let doc = column.doc { $0.field("description", doc) }
                if !column.tags.isEmpty { $0.field("tags", column.tags) }
              }
            }
          })
      }
      if let contract { writer.field("contract", contract) }
    }
  }

  /// Writes who answers for an object by itself.
  private func owners(of object: ObjectName) async throws -> (inout JSONWriter) -> Void {
    let found = try await client.get(OwnerCommand.path, query: object.query(in: client.warehouse)).json().object()
    let owner = try found.required("inherited").bool() ? nil : try found.optional("owner")?.string()
    let stewards = try found.required("stewards").array().map { try $0.string() }
    let contacts = try found.required("technical-contacts").array().map { try $0.string() }
    return { writer in
      if let owner { writer.field("owner", owner) }
      if !stewards.isEmpty { writer.field("stewards", stewards) }
      if !contacts.isEmpty { writer.field("technical-contacts", contacts) }
    }
  }
}

extension DeclaredSection {
  /// Roles that every catalog has.
  fileprivate static let predefinedRoles = [
    "admin", "data_engineer", "data_scientist", "analyst", "auditor", "data_steward", "legal", "model_validator",
  ]
}
