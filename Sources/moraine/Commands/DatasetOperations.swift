import JSON

/// What tables and views have in common.
struct DatasetOperations {
  enum Kind: String {
    case table, view

    /// The segment of the API's paths.
    var segment: String { rawValue + "s" }
  }

  let kind: Kind
  let client: CatalogClient
  let output: CommandOutput

  func list(_ namespace: NamespaceName) async throws {
    var list = ListOutput(output, key: "identifiers", columns: [.text(kind.rawValue.uppercased())])
    try await client.pages(client.path(namespace, kind.segment)) { page in
      try list.page(page) { identifier in
        let object = try identifier.object()
        let levels = try object.required("namespace").array().map { try $0.string() }
        return ["\(DatasetName(namespace: NamespaceName(levels: levels), name: try object.required("name").string()))"]
      }
    }
    try list.end(none: "There are no \(kind.segment) in \(namespace).")
  }

  func rename(_ source: DatasetName, _ destination: DatasetName) async throws {
    let body = JSONWriter.text { writer in
      writer.object {
        $0.field("source", object: { write(source, to: &$0) })
        $0.field("destination", object: { write(destination, to: &$0) })
      }
    }
    try output.done("Renamed \(kind) \(source) to \(destination).", await client.post(client.path(kind.segment, "rename"), body))
  }

  private func write(_ name: DatasetName, to writer: inout JSONWriter) {
    writer.field("namespace", name.namespace.levels)
    writer.field("name", name.name)
  }

  /// Says so when it is there; else throws what ends the process with its own code.
  func exists(_ name: DatasetName) async throws {
    guard try await client.exists(client.path(name.namespace, kind.segment, name.name)) else {
      throw CommandFailure(.notFound, "There is no \(kind) \(name)")
    }
    try output.done("\(kind.rawValue.prefix(1).uppercased())\(kind.rawValue.dropFirst()) \(name) exists.")
  }
}
