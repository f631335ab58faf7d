import ArgumentParser
import JSON

/// `import` has a file of its own.
struct FeatureCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "feature", abstract: "Feature views of feature stores: what models are fed with, and from which tables it comes.",
    discussion: """
      `moraine feature import` reads what `feast registry-dump` prints. Each feature view becomes a dataset of format feature-view, which \
      is owned, tagged and granted like a table; its sources are linked to the tables and datasets that they are. docs/features.md tells \
      more.
      """,
    subcommands: [FeatureImportCommand.self, List.self, Show.self])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the feature views of a namespace, or its feature services.")

    @OptionGroup var target: NamespaceArgument
    @Flag(help: "List services, which are named groups of features, instead.") var services = false
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        try await services ? Self.listServices(of: target.name, client, output) : Self.listViews(of: target.name, client, output)
      }
    }

    private static func listViews(of namespace: NamespaceName, _ client: CatalogClient, _ output: CommandOutput) async throws {
      var list = ListOutput(
        output, key: "feature-views",
        columns: [
          .text("FEATURE VIEW"), .fixed("KIND"), .number("FEATURES"), .text("ENTITIES"), .number("SOURCES"), .number("UNRESOLVED"),
          .fixed("TTL"), .fixed("ONLINE"), .text("DESCRIPTION"),
        ])
      try await client.pages(client.path(features: namespace, "feature-views")) { page in
        try list.page(page) { view in
          let view = try view.object()
          return [
            "\(DatasetName(namespace: namespace, name: try view.required("name").string()))", try view.required("kind").string(),
            "\(try view.required("features").int64())",
            try view.required("entities").array().map { try $0.string() }.joined(separator: ", "),
            "\(try view.required("sources").int64())", "\(try view.required("unresolved").int64())",
            FeatureText.timeToLive(try view.optional("ttl-ms")?.int64()), try view.required("online").bool() ? "yes" : "no",
            try view.optional("description")?.string() ?? "",
          ]
        }
      }
      try list.end(none: "No feature views were imported into \(namespace).")
    }

    private static func listServices(of namespace: NamespaceName, _ client: CatalogClient, _ output: CommandOutput) async throws {
      var list = ListOutput(
        output, key: "feature-services", columns: [.text("FEATURE SERVICE"), .text("FEATURES"), .text("OWNER"), .text("DESCRIPTION")])
      try await client.pages(client.path(features: namespace, "feature-services")) { page in
        try list.page(page) { service in
          let service = try service.object()
          let features = try service.required("views").array().map { view in
            let view = try view.object()
            let names = try view.required("features").array().map { try $0.string() }
            return "\(try view.required("view").string()): \(names.joined(separator: ", "))"
          }
          return [
            try service.required("name").string(), features.joined(separator: "; "),
            try service.optional("registry-owner")?.string() ?? "", try service.optional("description")?.string() ?? "",
          ]
        }
      }
      try list.end(none: "No feature services were imported into \(namespace).")
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a feature view: its features and entities, its point-in-time key, and the datasets that it comes from.")

    @OptionGroup var target: DatasetArgument
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let document = try await client.get(client.path(features: target.name.namespace, "feature-views", target.name.name)).json()
        try output.show(document) { isBold in try Self.text(target.name, document.object(), isBold: isBold) }
      }
    }

    private static func text(_ name: DatasetName, _ view: JSONObject, isBold: Bool) throws -> String {
      var sheet = FactSheet(isBold: isBold)
      sheet.add("Feature view", "\(name)")
      sheet.add("Project", try view.required("project").string())
      sheet.add("Kind", try view.required("kind").string())
      if let description = view.optional("description") { sheet.add("Description", try description.string()) }
      if let owner = view.optional("owner") { sheet.add("Owner", try owner.string()) }
      if let owner = view.optional("registry-owner") { sheet.add("Registry's owner", try owner.string()) }
      sheet.add("Point-in-time key", try view.optional("timestamp-field")?.string() ?? "none")
      if let field = view.optional("created-timestamp-field") { sheet.add("Created timestamp", try field.string()) }
      sheet.add("Time to live", FeatureText.timeToLive(try view.optional("ttl-ms")?.int64()))
      sheet.add("Online", try view.required("online").bool() ? "yes" : "no")
      let services = try view.required("services").array().map { try $0.string() }
      if !services.isEmpty { sheet.add("Services", services.joined(separator: ", ")) }
      if let time = view.optional("imported-at-ms") {
        sheet.add("Imported", "\(Instant(milliseconds: try time.int64())) by \(try view.required("imported-by").string())")
      }
      let entities = try view.required("entities").array().map { entity in
        let entity = try entity.object()
        let keys = try entity.required("join-keys").array().map { try FeatureText.field($0.object()) }
        return [try entity.required("name").string(), keys.joined(separator: ", "), try entity.optional("description")?.string() ?? ""]
      }
      sheet.add("Entities", [.text("NAME"), .text("JOIN KEYS"), .text("DESCRIPTION")], entities)
      let features = try view.required("features").array().map { feature in
        let feature = try feature.object()
        let tags = try feature.required("tags").object().strings().sorted { $0.key < $1.key }
        return [
          try feature.required("name").string(), try feature.optional("type")?.string() ?? "",
          try feature.optional("description")?.string() ?? "", tags.map { "\($0.key)=\($0.value)" }.joined(separator: ", "),
        ]
      }
      sheet.add("Features", [.text("NAME"), .fixed("TYPE"), .text("DESCRIPTION"), .text("TAGS")], features)
      let sources = try view.required("sources").array().map { source in
        let source = try source.object()
        return [
          try source.required("name").string(), try source.required("role").string(), try FeatureText.dataset(source),
          try source.optional("location")?.string() ?? source.optional("query")?.string()
            ?? source.required("fields").array().map { try FeatureText.field($0.object()) }.joined(separator: ", "),
        ]
      }
      sheet.add("Sources", [.text("NAME"), .fixed("ROLE"), .text("DATASET"), .text("IN THE REGISTRY")], sources)
      sheet.add("Registry's tags", properties: try view.required("registry-tags").object().texts)
      return sheet.text
    }
  }
}

/// Parts of feature views, for people.
enum FeatureText {
  static func timeToLive(_ milliseconds: Int64?) -> String {
    guard let milliseconds else { return "for ever" }
    for (unit, name) in [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s")] as [(Int64, String)]
    where milliseconds % unit == 0 { return "\(milliseconds / unit) \(name)" }
    return "\(milliseconds) ms"
  }

  static func field(_ field: JSONObject) throws -> String {
    try field.required("name").string() + (field.optional("type").map { " \(try $0.string())" } ?? "")
  }

  /// The dataset that a source is.
  static func dataset(_ source: JSONObject) throws -> String {
    if try source.required("role").string() == "request" { return "the request" }
    guard let dataset = try source.optional("dataset")?.object() else { return "unresolved" }
    let levels = try dataset.required("namespace").array().map { try $0.string() }
    let name = DatasetName(namespace: NamespaceName(levels: levels), name: try dataset.required("name").string())
    return "\(try dataset.required("warehouse").string()) \(name)"
  }
}

extension CatalogClient {
  /// A path below a namespace's feature views or services.
  func path(features namespace: NamespaceName, _ segments: String...) -> [String] {
    ["governance", "v1", "warehouses", warehouse, "namespaces", namespace.pathText] + segments
  }
}
