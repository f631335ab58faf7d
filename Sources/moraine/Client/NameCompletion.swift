import ArgumentParser
import JSON
import NIOCore

/// Names for the shell to complete, asked from the server while the user types: at most a second, and silent when that fails.
enum NameCompletion {
  private static let maximumNames = 1_000

  @Sendable
  static func warehouses(_ words: [String], _ index: Int, _ prefix: String) async -> [String] {
    await names(words) { client, add in
      try await client.pages(["management", "v1", "warehouses"]) { page in
        for warehouse in try page.required("warehouses").array() { try add(warehouse.object().required("name").string()) }
      }
    }
  }

  @Sendable
  static func namespaces(_ words: [String], _ index: Int, _ prefix: String) async -> [String] {
    await names(words) { client, add in try await addNamespaces(client, prefix, add, suffix: "") }
  }

  @Sendable
  static func zones(_ words: [String], _ index: Int, _ prefix: String) async -> [String] {
    await names(words) { client, add in
      try await client.pages(["governance", "v1", "warehouses", client.warehouse, "zones"]) { page in
        for zone in try page.required("zones").array() { try add(zone.object().required("name").string()) }
      }
    }
  }

  @Sendable
  static func tables(_ words: [String], _ index: Int, _ prefix: String) async -> [String] { await datasets("tables", words, prefix) }

  @Sendable
  static func views(_ words: [String], _ index: Int, _ prefix: String) async -> [String] { await datasets("views", words, prefix) }

  /// Datasets of every kind.
  @Sendable
  static func datasets(_ words: [String], _ index: Int, _ prefix: String) async -> [String] {
    await names(words) { client, add in
      try await addNamespaces(client, prefix, add, suffix: ".")
      guard let parent = parent(of: prefix) else { return }
      try await client.pages(client.path(datasets: parent)) { page in
        for dataset in try page.required("datasets").array() {
          add(DatasetName(namespace: parent, name: try dataset.object().required("name").string()).description)
        }
      }
    }
  }

  /// Names of principals of a kind.
  static func principals(_ kind: String) -> @Sendable ([String], Int, String) async -> [String] {
    { words, _, _ in
      await names(words) { client, add in
        try await client.pages(["management", "v1", "principals"], query: [("kind", kind)]) { page in
          for principal in try page.required("principals").array() { try add(principal.object().required("name").string()) }
        }
      }
    }
  }

  @Sendable
  static func clients(_ words: [String], _ index: Int, _ prefix: String) async -> [String] {
    await names(words) { client, add in
      try await client.pages(["management", "v1", "clients"]) { page in
        for client in try page.required("clients").array() { try add(client.object().required("id").string()) }
      }
    }
  }

  @Sendable
  static func mlflowServers(_ words: [String], _ index: Int, _ prefix: String) async -> [String] {
    await names(words) { client, add in
      try await client.pages(["governance", "v1", "mlflow"]) { page in
        for server in try page.required("servers").array() { try add(server.object().required("name").string()) }
      }
    }
  }

  @Sendable
  static func webhooks(_ words: [String], _ index: Int, _ prefix: String) async -> [String] {
    await names(words) { client, add in
      try await client.pages(["governance", "v1", "webhooks"]) { page in
        for webhook in try page.required("webhooks").array() { try add(webhook.object().required("name").string()) }
      }
    }
  }

  /// References to nodes of lineage: kinds, then names of models and their versions, or of datasets.
  @Sendable
  static func lineage(_ words: [String], _ index: Int, _ prefix: String) async -> [String] {
    let parts = prefix.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2 else {
      return LineageName.kinds.map { $0 + ":" } + (await datasets(words, index, prefix))
    }
    switch parts[0] {
    case "model": return await models(words, parts[1]).map { "model:\($0)" }
    case "dataset", "feature", "column": return await datasets(words, index, parts[1]).map { "\(parts[0]):\($0)" }
    default: return []
    }
  }

  /// Names of models; after an @ those of versions.
  private static func models(_ words: [String], _ prefix: String) async -> [String] {
    await names(words) { client, add in
      guard let at = prefix.firstIndex(of: "@") else {
        return try await client.pages(ModelCommand.path) { page in
          for model in try page.required("models").array() { try add(model.object().required("name").string()) }
        }
      }
      let model = String(prefix[..<at])
      try await client.pages(ModelCommand.path + [model, "versions"]) { page in
        for version in try page.required("versions").array() { add("\(model)@\(try version.object().required("version").string())") }
      }
    }
  }

  /// Namespaces to go on from, and the datasets of the namespace that is typed already.
  private static func datasets(_ kind: String, _ words: [String], _ prefix: String) async -> [String] {
    await names(words) { client, add in
      try await addNamespaces(client, prefix, add, suffix: ".")
      guard let parent = parent(of: prefix) else { return }
      try await client.pages(client.path(parent, kind)) { page in
        for identifier in try page.required("identifiers").array() {
          add(DatasetName(namespace: parent, name: try identifier.object().required("name").string()).description)
        }
      }
    }
  }

  private static func addNamespaces(_ client: CatalogClient, _ prefix: String, _ add: (String) -> Void, suffix: String) async throws {
    let parent = parent(of: prefix)
    try await client.pages(client.path("namespaces"), query: parent.map { [("parent", $0.pathText)] } ?? []) { page in
      for namespace in try page.required("namespaces").array() {
        add(NamespaceName(levels: try namespace.array().map { try $0.string() }).description + suffix)
      }
    }
  }

  /// The levels before the one being typed.
  private static func parent(of prefix: String) -> NamespaceName? {
    guard let dot = prefix.lastIndex(of: ".") else { return nil }
    return try? NamespaceName(parsing: String(prefix[..<dot]))
  }

  private static func names(
    _ words: [String], _ collect: @escaping (CatalogClient, (String) -> Void) async throws -> Void
  ) async -> [String] {
    var names: [String] = []
    guard let connection = try? ClientConnection(choosing: choice(words)) else { return [] }
    try? await CatalogClient.withClient(connection, timeout: .seconds(1)) { client in
      try await collect(client) { if names.count < maximumNames { names.append($0) } }
    }
    return names
  }

  /// What the line says of the connection so far; it may be unfinished, so ArgumentParser cannot read it.
  static func choice(_ words: [String]) -> ConnectionChoice {
    func value(_ names: String...) -> String? {
      for (index, word) in words.enumerated() {
        if names.contains(word) { return index + 1 < words.count ? words[index + 1] : nil }
        if let name = names.first(where: { $0.hasPrefix("--") && word.hasPrefix($0 + "=") }) {
          return String(word.dropFirst(name.count + 1))
        }
      }
      return nil
    }
    return ConnectionChoice(
      server: value("--server"), warehouse: value("--warehouse", "-w"), profile: value("--profile"))
  }
}
