import ArgumentParser
import JSON

struct WarehouseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "warehouse", abstract: "Warehouses: where tables are kept.",
    subcommands: [List.self, Create.self, Show.self, Drop.self])

  private static let path = ["management", "v1", "warehouses"]

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the warehouses.")

    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        var list = ListOutput(output, key: "warehouses", columns: [.text("NAME"), .text("LOCATION"), .fixed("CREATED")])
        try await client.pages(path) { page in
          try list.page(page) { warehouse in
            let object = try warehouse.object()
            let created = try object.optional("created-at-ms").map { "\(Instant(milliseconds: try $0.int64()))" } ?? ""
            return [try object.required("name").string(), try object.required("location").string(), created]
          }
        }
        try list.end(none: "There are no warehouses.")
      }
    }
  }

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Add a warehouse.")

    @Argument(help: "Name of the new warehouse: lower-case letters, digits, '-' and '_'.")
    var name: String

    @Option(help: ArgumentHelp("Where its files go: file:///folder or s3://bucket/path.", valueName: "uri"))
    var location: String

    @Option(help: ArgumentHelp("Address of the S3 service, if it is not Amazon's.", valueName: "url"))
    var endpoint: String?

    @Option(help: "Region of the bucket.")
    var region: String?

    @Flag(help: "Put the bucket in the path instead of the host name.")
    var pathStyle = false

    @Option(
      name: .customLong("option"), parsing: .singleValue,
      help: ArgumentHelp(
        "Another storage option, once for each: sts-role-arn, sts-endpoint, sts-external-id, session-duration, access-delegation, static-credentials.",
        valueName: "name=value"))
    var options: [String] = []

    @OptionGroup var client: ClientOptions

    func validate() throws {
      for option in options {
        guard let sign = option.firstIndex(of: "="), sign != option.startIndex else {
          throw ValidationError("\"\(option)\" is no option; write NAME=VALUE")
        }
      }
    }

    func run() async throws {
      let body = JSONWriter.text { writer in
        writer.object {
          $0.field("name", name)
          $0.field("location", location)
          $0.field(
            "storage",
            object: {
              if let endpoint { $0.field("endpoint", endpoint) }
              if let region { $0.field("region", region) }
              if pathStyle { $0.field("path-style-access", true) }
              for option in options {
                let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                $0.key(String(parts[0]))
                $0.value(String(parts[1]))
              }
            })
        }
      }
      try await client.run { client, output in
        try output.done("Created warehouse \(name).", await client.post(path, body))
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show a warehouse.")

    @Argument(help: "Name of the warehouse.", completion: .custom(NameCompletion.warehouses))
    var name: String

    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let document = try await client.get(path + [name]).json()
        try output.show(document) { isBold in
          let object = try document.object()
          var sheet = FactSheet(isBold: isBold)
          sheet.add("Warehouse", try object.required("name").string())
          sheet.add("Location", try object.required("location").string())
          if let id = try object.optional("id")?.string() { sheet.add("Id", id) }
          if let created = try object.optional("created-at-ms")?.int64() { sheet.add("Created", "\(Instant(milliseconds: created))") }
          sheet.add("Storage", properties: try object.optional("storage")?.object().texts ?? [])
          return sheet.text
        }
      }
    }
  }

  struct Drop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Remove an empty warehouse; its files stay.")

    @Argument(help: "Name of the warehouse.", completion: .custom(NameCompletion.warehouses))
    var name: String

    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try confirmation.confirm("Drop warehouse \(name)?")
      try await client.run { client, output in
        try output.done("Dropped warehouse \(name).", await client.delete(path + [name]))
      }
    }
  }
}
