import ArgumentParser
import Iceberg
import JSON

extension DatasetCommand {
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a table on one page: what it is, whose, where, how fresh, how big, what it promises and whether it keeps that.",
      discussion: """
        What you may not see of it is left out. `-o json` gives the answers that the page is made of. Of what is no Iceberg table it shows
        what is written down; of Delta and Hudi tables also when their logs were read, and what to do if that failed.
        """)

    @OptionGroup var target: DatasetArgument
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        do {
          let page = try await DatasetPage(target.name, client)
          try output.show(page.json) { isBold in try page.text(isBold: isBold) }
        } catch let failure as CommandFailure where failure.exit == .notFound {
          guard let page = try await GenericPage(target.name, client) else { throw failure }
          try output.show(page.json) { isBold in try page.text(isBold: isBold) }
        }
      }
    }
  }
}

/// All that is told of one dataset that is no Iceberg table.
private struct GenericPage {
  let dataset: DescribedDataset
  let json: JSONValue

  /// - Returns: `nil` when there is none.
  init?(_ name: DatasetName, _ client: CatalogClient) async throws {
    do { dataset = try await DescribedDataset(name, client) } catch let failure as CommandFailure where failure.exit == .notFound {
      return nil
    }
    var parts: [(key: StaticString, body: [UInt8])] = [("dataset", dataset.answer.body)]
    if let refresh = dataset.refresh { parts.append(("refresh", refresh.body)) }
    let text = JSONWriter.text { writer in writer.object { for part in parts { $0.field(part.key, raw: part.body) } } }
    json = try JSONDocument(parsing: text).root
  }

  func text(isBold: Bool) throws -> String {
    var sheet = FactSheet(isBold: isBold)
    try dataset.add(to: &sheet)
    return sheet.text
  }
}

/// All that is told of one table.
private struct DatasetPage {
  let name: DatasetName
  let json: JSONValue

  init(_ name: DatasetName, _ client: CatalogClient) async throws {
    self.name = name
    // Without the table itself there is no page.
    let table = try await client.get(client.path(name.namespace, "tables", name.name), query: [("snapshots", "refs")])
    var parts: [(key: StaticString, body: [UInt8])] = [("table", table.body)]
    let object = try ObjectName(["table", name.description])
    let asked: [(key: StaticString, path: [String], query: [(String, String)])] = [
      ("owners", OwnerCommand.path, object.query(in: client.warehouse)), ("tags", name.governancePath(client, "tags"), []),
      ("contract", name.governancePath(client, "contract"), []), ("breaches", name.governancePath(client, "contract", "breaches"), []),
      ("quality", name.governancePath(client, "quality"), []), ("promotions", name.governancePath(client, "promotions"), []),
      ("grants", ["governance", "v1", "grants"], object.query(in: client.warehouse)),
    ]
    for (key, path, query) in asked {
      do { parts.append((key, try await client.get(path, query: query).body)) } catch let failure as CommandFailure
        where failure.exit == .notFound || failure.exit == .refused
      {
        // There is none, or it is not for this caller.
      }
    }
    let text = JSONWriter.text { writer in writer.object { for part in parts { $0.field(part.key, raw: part.body) } } }
    json = try JSONDocument(parsing: text).root
  }

  func text(isBold: Bool) throws -> String {
    let page = try json.object()
    let loaded = try page.required("table").object()
    let metadata = try TableMetadata(json: loaded.required("metadata"))
    let labels = try loaded.optional("labels")?.object().optional("object-labels")?.object().strings() ?? [:]
    var sheet = FactSheet(isBold: isBold)
    sheet.add("Table", "\(name)")
    sheet.add("Description", metadata.properties["comment"] ?? "none; `moraine table describe` gives one")
    try addOwners(page.optional("owners"), to: &sheet)
    sheet.add("Zone", [labels["zone"], labels["zone-kind"].map { "(\($0))" }].compactMap { $0 }.joined(separator: " "))
    sheet.add("Location", metadata.location)
    try addState(of: metadata, to: &sheet)
    try addContract(page, metadata, to: &sheet)
    let tags = try page.optional("tags")?.object()
    let own = try tags?.required("tags").object().strings() ?? [:]
    if !own.isEmpty { sheet.add("Tags", Self.text(own)) }
    try addColumns(of: metadata, tags, to: &sheet)
    try addUse(page, to: &sheet)
    return sheet.text
  }

  private func addOwners(_ json: JSONValue?, to sheet: inout FactSheet) throws {
    guard let owners = try json?.object() else { return }
    let isInherited = try owners.required("inherited").bool()
    sheet.add("Owner", try owners.optional("owner").map { try $0.string() + (isInherited ? " (inherited)" : "") } ?? "nobody")
    for (title, key) in [("Stewards", "stewards"), ("Contacts", "technical-contacts")] as [(String, StaticString)] {
      let names = try owners.required(key).array().map { try $0.string() }
      if !names.isEmpty { sheet.add(title, names.joined(separator: ", ")) }
    }
    if let transfer = try owners.optional("transfer")?.object() { sheet.add("Offered to", try transfer.required("to").string()) }
  }

  private func addState(of metadata: TableMetadata, to sheet: inout FactSheet) throws {
    guard let id = metadata.currentSnapshotID, let snapshot = metadata.snapshot(id) else {
      return sheet.add("Data", "none was ever published on main")
    }
    sheet.add("Fresh as of", "\(Instant(milliseconds: snapshot.timestampMs))")
    let summary = try snapshot.summary
    let sizes = [("total-records", "rows"), ("total-data-files", "files"), ("total-files-size", "bytes")].compactMap { key, unit in
      summary[key].map { "\($0) \(unit)" }
    }
    if !sizes.isEmpty { sheet.add("Size", sizes.joined(separator: ", ")) }
    sheet.add("Snapshot", "\(id)")
    let branches = metadata.refs.keys.filter { $0 != "main" }.sorted()
    if !branches.isEmpty { sheet.add("Other refs", branches.joined(separator: ", ")) }
  }

  private func addContract(_ page: JSONObject, _ metadata: TableMetadata, to sheet: inout FactSheet) throws {
    guard let contract = try page.optional("contract")?.object() else { return sheet.add("Contract", "none") }
    let breaches = try page.optional("breaches")?.object().required("breaches").array().map { $0 }.count ?? 0
    let state = breaches == 0 ? "kept" : "\(breaches) breaches recorded; `moraine contract breaches \(name)` shows them"
    sheet.add("Contract", "version \(try contract.required("number").int64()), \(try contract.required("mode").string()): \(state)")
    guard let results = try page.optional("quality")?.object().required("results").array() else { return }
    // The newest of each check comes first.
    var latest: [String] = []
    var seen: Set<String> = []
    for result in results {
      let result = try result.object()
      guard try result.required("snapshot-id").int64() == metadata.currentSnapshotID else { continue }
      guard seen.insert(try result.required("check").string()).inserted else { continue }
      latest.append("\(try result.required("check").string()) \(try result.required("outcome").string())")
    }
    if !latest.isEmpty { sheet.add("Checks", latest.joined(separator: ", ")) }
  }

  private func addColumns(of metadata: TableMetadata, _ tags: JSONObject?, to sheet: inout FactSheet) throws {
    var tagged: [Int32: String] = [:]
    for column in try tags?.required("columns").array().map({ $0 }) ?? [] {
      let column = try column.object()
      tagged[Int32(try column.required("field-id").int())] = Self.text(try column.required("tags").object().strings())
    }
    let rows = (metadata.currentSchema?.allFields ?? []).map { located in
      [
        located.name, "\(located.field.type)", located.field.isRequired ? "required" : "", tagged[located.field.id] ?? "",
        located.field.doc ?? "",
      ]
    }
    sheet.add("Columns", [.text("NAME"), .text("TYPE"), .fixed(""), .text("TAGS"), .text("DESCRIPTION")], rows)
  }

  private func addUse(_ page: JSONObject, to sheet: inout FactSheet) throws {
    if let grants = try page.optional("grants")?.object().required("grants").array() {
      var rows: [[String]] = []
      for grant in grants {
        let grant = try grant.object()
        rows.append([try grant.required("principal").string(), try grant.required("privilege").string()])
      }
      if !rows.isEmpty { sheet.add("Granted on it", [.text("TO"), .fixed("PRIVILEGE")], rows) }
    }
    guard let promotions = try page.optional("promotions")?.object().required("promotions").array() else { return }
    var rows: [[String]] = []
    for promotion in promotions {
      let promotion = try promotion.object()
      rows.append([
        "\(Instant(milliseconds: try promotion.required("promoted-at-ms").int64()))", try promotion.required("promoted-by").string(),
        try promotion.required("reason").string(),
      ])
    }
    if !rows.isEmpty { sheet.add("Promoted", [.fixed("AT"), .text("BY"), .text("REASON")], rows) }
  }

  private static func text(_ tags: [String: String]) -> String {
    tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
  }
}
