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
        // What is still to be looked below, the next one last.
        var open: [NamespaceName?] = [parent]
        while let next = open.popLast() {
          var children: [NamespaceName] = []
          try await client.pages(client.path("namespaces"), query: next.map { [("parent", $0.pathText)] } ?? []) { page in
            try list.page(page) { namespace in ["\(try Self.name(namespace))"] }
            if recursive { children += try page.required("namespaces").array().map(Self.name) }
          }
          open += children.reversed()
        }
        try list.end(none: "There are no namespaces\(parent.map { " below \($0)" } ?? "").")
      }
    }

    private static func name(_ value: JSONValue) throws -> NamespaceName {
      NamespaceName(levels: try value.array().map { try $0.string() })
    }
  }
}
