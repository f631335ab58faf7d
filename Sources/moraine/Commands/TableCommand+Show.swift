import ArgumentParser
import Iceberg
import JSON

extension TableCommand {
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a table: its schema, partitioning, sort order, properties, refs and current snapshot.")

    @OptionGroup var target: TableArgument
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let document = try await client.get(
          client.path(target.name.namespace, "tables", target.name.name),
          // A person sees the current state alone, for which the snapshots that refs name suffice.
          query: output.format == .table ? [("snapshots", "refs")] : []
        ).json()
        try output.show(document) { isBold in
          let object = try document.object()
          let metadata = try TableMetadata(json: object.required("metadata"))
          return try Self.text(target.name, metadata, at: object.optional("metadata-location")?.string(), isBold: isBold)
        }
      }
    }

    static func text(_ name: DatasetName, _ metadata: TableMetadata, at metadataLocation: String?, isBold: Bool) throws -> String {
      var sheet = FactSheet(isBold: isBold)
      sheet.add("Table", "\(name)")
      sheet.add("Location", metadata.location)
      if let metadataLocation { sheet.add("Metadata", metadataLocation) }
      if let uuid = metadata.uuid { sheet.add("UUID", uuid) }
      sheet.add("Format version", "\(metadata.formatVersion)")
      sheet.add("Last updated", "\(Instant(milliseconds: metadata.lastUpdatedMs))")
      let schema = metadata.currentSchema
      sheet.add("Schema \(metadata.currentSchemaID)", lines: schema.map { SchemaTree($0).lines } ?? [])
      let spec = metadata.defaultSpec
      sheet.add(
        "Partition spec \(metadata.defaultSpecID)",
        lines: (spec?.fields ?? []).map { field in
          TerminalText.plain("\(field.fieldID): \(field.name) = \(field.transform)(\(columns(field.sourceIDs, schema)))")
        })
      let order = metadata.sortOrders.first { $0.id == metadata.defaultSortOrderID }
      sheet.add(
        "Sort order \(metadata.defaultSortOrderID)",
        lines: (order?.fields ?? []).map { field in
          TerminalText.plain(
            "\(field.transform)(\(columns(field.sourceIDs, schema))) \(field.direction.rawValue) \(field.nullOrder.rawValue)")
        })
      sheet.add("Properties", properties: metadata.properties.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) })
      sheet.add("Refs", Refs.columns, Refs.rows(metadata))
      try addCurrentSnapshot(metadata, to: &sheet)
      return sheet.text
    }

    private static func columns(_ ids: [Int32], _ schema: Schema?) -> String {
      ids.map { schema?.name(ofField: $0) ?? "field \($0)" }.joined(separator: ", ")
    }

    private static func addCurrentSnapshot(_ metadata: TableMetadata, to sheet: inout FactSheet) throws {
      guard let id = metadata.currentSnapshotID, let snapshot = metadata.snapshot(id) else {
        return sheet.add("Current snapshot", "none")
      }
      var facts = [("committed at", "\(Instant(milliseconds: snapshot.timestampMs))"), ("sequence number", "\(snapshot.sequenceNumber)")]
      if let parent = snapshot.parentID { facts.append(("parent", "\(parent)")) }
      if let list = snapshot.manifestList { facts.append(("manifest list", list)) }
      let summary = try snapshot.summary.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
      sheet.add("Current snapshot \(id)", properties: (facts + summary).map { (key: $0.0, value: $0.1) })
    }
  }
}
