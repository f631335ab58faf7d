import ArgumentParser
import Iceberg
import JSON

extension ViewCommand {
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show a view: its columns, its query in each dialect, its properties.")

    @OptionGroup var target: ViewArgument
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let document = try await client.get(client.path(target.name.namespace, "views", target.name.name)).json()
        try output.show(document) { isBold in
          Self.text(target.name, try ViewMetadata(json: document.object().required("metadata")), isBold: isBold)
        }
      }
    }

    static func text(_ name: DatasetName, _ metadata: ViewMetadata, isBold: Bool) -> String {
      var sheet = FactSheet(isBold: isBold)
      sheet.add("View", "\(name)")
      sheet.add("Location", metadata.location)
      sheet.add("UUID", metadata.uuid)
      guard let version = metadata.currentVersion else { return sheet.text }
      sheet.add("Version", "\(version.id)")
      sheet.add("Defined", "\(Instant(milliseconds: version.timestampMs))")
      sheet.add("Default namespace", "\(NamespaceName(levels: version.defaultNamespace.levels))")
      if let schema = metadata.schemas.first(where: { $0.id == version.schemaID }) {
        sheet.add("Schema \(schema.id)", lines: SchemaTree(schema).lines)
      }
      for representation in version.representations {
        let lines = (representation.sql ?? "").split(separator: "\n", omittingEmptySubsequences: false)
        sheet.add(
          "Query (\(TerminalText.plain(representation.dialect ?? representation.kind)))",
          lines: lines.map { TerminalText.plain(String($0)) })
      }
      sheet.add("Properties", properties: metadata.properties.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) })
      return sheet.text
    }
  }
}
