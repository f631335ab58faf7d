import ArgumentParser
import FoundationInternationalization
import JSON

struct ZoneCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "zone", abstract: "Zones: what the areas of a warehouse are for.",
    discussion: """
      A namespace is in the zone that its property `zone` names when it is made, else in its parent's, else in the zone named like its
      first level, else in the default zone.
      """,
    subcommands: [List.self, Create.self, Show.self, Update.self])

  private static func path(_ client: CatalogClient, _ more: String...) -> [String] {
    ["governance", "v1", "warehouses", client.warehouse, "zones"] + more
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the zones of the warehouse.")

    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        var list = ListOutput(output, key: "zones", columns: [.text("NAME"), .fixed("KIND"), .fixed("DEFAULT"), .text("DESCRIPTION")])
        try await client.pages(path(client)) { page in
          try list.page(page) { zone in
            let object = try zone.object()
            return [
              try object.required("name").string(), try object.required("kind").string(),
              try object.required("is-default").bool() ? "yes" : "", try object.required("description").string(),
            ]
          }
        }
        try list.end(none: "There are no zones.")
      }
    }
  }

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Add a zone.")

    @Argument(help: "Name of the new zone: lower-case letters, digits, '-' and '_'.") var name: String
    @Option(help: "landing, raw, curated, sandbox, feature or unstructured.") var kind: String
    @Option(help: "What it is for.") var description = ""
    @Flag(name: .customLong("default"), help: "Put namespaces into it that no other zone claims.") var isDefault = false
    @OptionGroup var rules: ZoneRulesOptions
    @OptionGroup var client: ClientOptions

    func run() async throws {
      let rules = try rules.json()
      let body = JSONWriter.text { writer in
        writer.object {
          $0.field("name", name)
          if let rules { $0.field("rules", raw: rules) }
          $0.field("kind", kind)
          $0.field("description", description)
          $0.field("is-default", isDefault)
        }
      }
      try await client.run { client, output in
        try output.done("Created zone \(name).", await client.post(path(client), body))
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show a zone.")

    @Argument(help: "Name of the zone.") var name: String
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let document = try await client.get(path(client, name)).json()
        try output.show(document) { isBold in
          let object = try document.object()
          var sheet = FactSheet(isBold: isBold)
          sheet.add("Zone", try object.required("name").string())
          sheet.add("Kind", try object.required("kind").string())
          sheet.add("Warehouse", try object.required("warehouse").string())
          sheet.add("Default", try object.required("is-default").bool() ? "yes" : "no")
          let description = try object.required("description").string()
          if !description.isEmpty { sheet.add("Description", description) }
          if let owner = object.optional("owner") { sheet.add("Owner", try owner.string()) }
          try Self.add(object.required("rules"), to: &sheet)
          sheet.add("Created", "\(Instant(milliseconds: try object.required("created-at-ms").int64()))")
          return sheet.text
        }
      }
    }

    private static func add(_ rules: JSONValue, to sheet: inout FactSheet) throws {
      let rules = try rules.object()
      for rule in try rules.required("refs").array() {
        let rule = try rule.object()
        let allowed = try rule.required("allow").array().map { try $0.string() }
        sheet.add("Ref \(try rule.required("ref").string())", allowed.isEmpty ? "nothing" : allowed.joined(separator: ", "))
      }
      sheet.add("Schema", try rules.required("schema-changes").string())
      sheet.add("Drop", try rules.required("drop").bool() ? "allowed" : "refused")
      sheet.add("Purge", try rules.required("purge").bool() ? "allowed" : "refused")
      sheet.add("Files", try rules.required("file-formats").array().map { try $0.string() }.joined(separator: ", "))
      if let prefix = rules.optional("location-prefix") { sheet.add("Location", "below \(try prefix.string())") }
      sheet.add("Recorded reads", try rules.required("record-reads").string())
      let retention = try rules.required("retention").object()
      let days = Double(try retention.required("minimum-age-ms").int64()) / 86_400_000
      sheet.add("Retention", "\(days.formatted()) days, \(try retention.required("minimum-snapshots").int()) snapshots at least")
    }
  }

  struct Update: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Change what is given of a zone.")

    @Argument(help: "Name of the zone.") var name: String
    @Option(help: "landing, raw, curated, sandbox, feature or unstructured.") var kind: String?
    @Option(help: "What it is for.") var description: String?
    @Flag(name: .customLong("default"), help: "Put namespaces into it that no other zone claims.") var isDefault = false
    @OptionGroup var rules: ZoneRulesOptions
    @Flag(help: "Give it back the rules of its kind.") var standardRules = false
    @OptionGroup var client: ClientOptions

    func run() async throws {
      let rules = standardRules ? Array("null".utf8) : try rules.json()
      let body = JSONWriter.text { writer in
        writer.object {
          if let rules { $0.field("rules", raw: rules) }
          if let kind { $0.field("kind", kind) }
          if let description { $0.field("description", description) }
          if isDefault { $0.field("is-default", true) }
        }
      }
      try await client.run { client, output in
        try output.done("Changed zone \(name).", await client.post(path(client, name), body))
      }
    }
  }
}
