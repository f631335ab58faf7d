import ArgumentParser
import JSON

extension NamespaceCommand {
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the namespaces of a warehouse, or those directly below another.")

    @Argument(
      help: ArgumentHelp("The namespace to look below; without it, the outermost ones.", valueName: "parent"),
      completion: .custom(NameCompletion.namespaces), transform: NamespaceName.init(parsing:))
    var parent: NamespaceName?

    @Flag(name: .shortAndLong, help: "Those below these too, and so on.")
    var recursive = false

    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        var list = ListOutput(output, key: "namespaces", columns: [.text("NAMESPACE")])
        guard recursive else {
          try await client.pages(client.path("namespaces"), query: Self.query(below: parent)) { page in
            try list.page(page) { ["\(try Self.name($0))"] }
          }
          return try list.end(none: none)
        }
        // Each before those below it: what is still to be shown, the next one last.
        var waiting = try await Self.children(of: parent, client)
        while let next = waiting.popLast() {
          try list.add([next]) { ["\(try Self.name($0))"] }
          waiting += try await Self.children(of: Self.name(next), client)
        }
        try list.end(none: none)
      }
    }

    private var none: String { "There are no namespaces\(parent.map { " below \($0)" } ?? "")." }

    private static func query(below parent: NamespaceName?) -> [(String, String)] { parent.map { [("parent", $0.pathText)] } ?? [] }

    /// The last one first.
    private static func children(of parent: NamespaceName?, _ client: CatalogClient) async throws -> [JSONValue] {
      var children: [JSONValue] = []
      try await client.pages(client.path("namespaces"), query: query(below: parent)) { page in
        children += try page.required("namespaces").array()
      }
      return children.reversed()
    }

    private static func name(_ value: JSONValue) throws -> NamespaceName {
      NamespaceName(levels: try value.array().map { try $0.string() })
    }
  }
}
