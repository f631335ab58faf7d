import ArgumentParser
import Iceberg
import JSON

extension DatasetCommand {
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a dataset on one page: what it is, whose, where, how fresh, how big, what it promises, who uses it, what keeps it.",
      discussion: """
        Tables, views and every other kind. What you may not see is left out. `-o json` gives the answers that the page is made of. Of Delta
        and Hudi tables it tells when their logs were read, and what to do if that failed.
        """)

    @OptionGroup var target: DatasetArgument
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let page = try await DatasetPage(target.name, client)
        try output.show(page.json) { isBold in try page.text(isBold: isBold) }
      }
    }
  }
}

/// All that is told of one dataset.
private struct DatasetPage {
  private enum Kind: String {
    case table, view, dataset
  }

  let name: DatasetName
  let json: JSONValue
  private let kind: Kind
  /// Of what is neither table nor view.
  private let described: DescribedDataset?

  init(_ name: DatasetName, _ client: CatalogClient) async throws {
    self.name = name
    // Without the dataset itself there is no page.
    let main: [(key: StaticString, body: [UInt8])]
    if let table = try await Self.found({
      try await client.get(client.path(name.namespace, "tables", name.name), query: [("snapshots", "refs")])
    }) {
      (kind, described, main) = (.table, nil, [("table", table.body)])
    } else if let view = try await Self.found({ try await client.get(client.path(name.namespace, "views", name.name)) }) {
      (kind, described, main) = (.view, nil, [("view", view.body)])
    } else {
      let dataset = try await DescribedDataset(name, client)
      (kind, described) = (.dataset, dataset)
      var parts: [(key: StaticString, body: [UInt8])] = [("dataset", dataset.answer.body)]
      if let refresh = dataset.refresh { parts.append(("refresh", refresh.body)) }
      main = parts
    }
    var parts = main
    for (key, path, query) in try Self.questions(kind, name, client) {
      do { parts.append((key, try await client.get(path, query: query).body)) } catch let failure as CommandFailure
        where failure.exit == .notFound || failure.exit == .refused
      {
        // There is none, or it is not for this caller.
      }
    }
    let text = JSONWriter.text { writer in writer.object { for part in parts { $0.field(part.key, raw: part.body) } } }
    json = try JSONDocument(parsing: text).root
  }

  private static func found(_ ask: () async throws -> ServerAnswer) async throws -> ServerAnswer? {
    do { return try await ask() } catch let failure as CommandFailure where failure.exit == .notFound { return nil }
  }

  private static func questions(
    _ kind: Kind, _ name: DatasetName, _ client: CatalogClient
  ) throws -> [(key: StaticString, path: [String], query: [(String, String)])] {
    let object = try ObjectName([kind.rawValue, name.description])
    func path(_ more: String...) -> [String] {
      ["governance", "v1", "warehouses", client.warehouse, "namespaces", name.namespace.pathText, "\(kind.rawValue)s", name.name] + more
    }
    var questions: [(key: StaticString, path: [String], query: [(String, String)])] = [
      ("owners", OwnerCommand.path, object.query(in: client.warehouse)), ("tags", path("tags"), []),
      ("grants", ["governance", "v1", "grants"], object.query(in: client.warehouse)),
    ]
    if kind == .table {
      questions += [
        ("contract", path("contract"), []), ("breaches", path("contract", "breaches"), []), ("quality", path("quality"), []),
        ("promotions", path("promotions"), []), ("use", path("use"), []),
      ]
    }
    questions.append(("holds", path("holds"), []))
    if kind != .view { questions.append(("pins", path("pins"), [])) }
    let node =
      "dataset:"
      + ([client.warehouse] + name.namespace.levels + [name.name]).map {
        $0.replacing("%", with: "%25").replacing("/", with: "%2F").replacing("@", with: "%40")
      }.joined(separator: "/")
    for (key, direction) in [("upstream", "upstream"), ("downstream", "downstream")] as [(StaticString, String)] {
      questions.append((key, ["governance", "v1", "lineage"], [("node", node), ("direction", direction), ("depth", "1")]))
    }
    return questions
  }

  func text(isBold: Bool) throws -> String {
    let page = try json.object()
    var sheet = FactSheet(isBold: isBold)
    let tags = try page.optional("tags")?.object()
    switch kind {
    case .table:
      let loaded = try page.required("table").object()
      let metadata = try TableMetadata(json: loaded.required("metadata"))
      sheet.add("Table", "\(name)")
      sheet.add("Description", metadata.properties["comment"] ?? "none; `moraine table describe` gives one")
      try addOwners(page.optional("owners"), to: &sheet)
      try addPlace(loaded, metadata.location, to: &sheet)
      try addState(of: metadata, to: &sheet)
      try addContract(page, metadata, to: &sheet)
      try addTags(tags, to: &sheet)
      try addColumns(of: metadata.currentSchema, tags, to: &sheet)
    case .view:
      let loaded = try page.required("view").object()
      let metadata = try ViewMetadata(json: loaded.required("metadata"))
      sheet.add("View", "\(name)")
      sheet.add("Description", metadata.properties["comment"] ?? "none; `moraine view set` gives it the property comment")
      try addOwners(page.optional("owners"), to: &sheet)
      try addPlace(loaded, metadata.location, to: &sheet)
      if let version = metadata.currentVersion {
        sheet.add("Defined", "\(Instant(milliseconds: version.timestampMs))")
        for query in version.representations { sheet.add("Query (\(query.dialect ?? query.kind))", query.sql ?? "") }
        try addColumns(of: metadata.schemas.first { $0.id == version.schemaID }, tags, to: &sheet)
      }
      try addTags(tags, to: &sheet)
    case .dataset:
      try described?.add(to: &sheet)
      try addOwners(page.optional("owners"), to: &sheet)
    }
    try addUse(page, to: &sheet)
    try addLineage(page, to: &sheet)
    try addHolds(page, to: &sheet)
    try addPins(page, to: &sheet)
    return sheet.text
  }

  private func addPlace(_ loaded: JSONObject, _ location: String, to sheet: inout FactSheet) throws {
    let labels = try loaded.optional("labels")?.object().optional("object-labels")?.object().strings() ?? [:]
    let zone = [labels["zone"], labels["zone-kind"].map { "(\($0))" }].compactMap { $0 }.joined(separator: " ")
    if !zone.isEmpty { sheet.add("Zone", zone) }
    sheet.add("Location", location)
  }

  private func addTags(_ tags: JSONObject?, to sheet: inout FactSheet) throws {
    let own = try tags?.required("tags").object().strings() ?? [:]
    if !own.isEmpty { sheet.add("Tags", Self.text(own)) }
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

  private func addColumns(of schema: Schema?, _ tags: JSONObject?, to sheet: inout FactSheet) throws {
    var tagged: [Int32: String] = [:]
    for column in try tags?.required("columns").array().map({ $0 }) ?? [] {
      let column = try column.object()
      tagged[Int32(try column.required("field-id").int())] = Self.text(try column.required("tags").object().strings())
    }
    let rows = (schema?.allFields ?? []).map { located in
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
    try addReaders(page.optional("use"), to: &sheet)
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

  /// Who read and wrote it lately, as engines reported.
  private func addReaders(_ json: JSONValue?, to sheet: inout FactSheet) throws {
    let rows = try json?.object().required("use").array().map { json in
      let use = try json.object()
      return [
        try use.required("principal").string(), try use.required("kind").string() == "scan-report" ? "reads" : "writes",
        try use.optional("engine")?.string() ?? "", "\(try use.required("reports").int64())",
        "\(Instant(milliseconds: try use.required("last-at-ms").int64()))",
      ]
    }
    if let rows, !rows.isEmpty {
      sheet.add("Used by", [.text("WHO"), .fixed(""), .text("WITH"), .number("TIMES"), .fixed("LAST")], rows)
    }
  }

  /// What it was made of, and what was made of it, one step away.
  private func addLineage(_ page: JSONObject, to sheet: inout FactSheet) throws {
    for (title, key) in [("Made from", "upstream"), ("Flows into", "downstream")] as [(String, StaticString)] {
      guard let trace = try page.optional(key)?.object() else { continue }
      let start = try trace.optional("start")?.int64()
      let rows: [[String]] = try trace.required("nodes").array().compactMap { json in
        let node = try json.object()
        guard try node.required("id").int64() != start else { return nil }
        guard try !node.required("is-hidden").bool() else { return [try node.required("kind").string(), "something that you may not see"] }
        if let object = node.optional("object"), try node.required("kind").string() == "dataset" {
          return [try object.object().required("kind").string(), "\(try ObjectName(json: object))"]
        }
        let namespace = try node.optional("namespace").map { "\(try $0.string())/" } ?? ""
        return [try node.required("kind").string(), namespace + (try node.required("name").string())]
      }
      if !rows.isEmpty { sheet.add(title, [.fixed("KIND"), .text("NAME")], rows) }
    }
  }

  /// The legal cases that keep it.
  private func addHolds(_ page: JSONObject, to sheet: inout FactSheet) throws {
    let rows = try page.optional("holds")?.object().required("holds").array().map { json in
      let hold = try json.object()
      return [try hold.required("name").string(), try hold.required("by").string()]
    }
    if let rows, !rows.isEmpty { sheet.add("Under hold", [.text("CASE"), .text("BY ITS")], rows) }
  }

  /// What must not be lost, and for whom.
  private func addPins(_ page: JSONObject, to sheet: inout FactSheet) throws {
    let rows = try page.optional("pins")?.object().required("pins").array().map { json in
      let pin = try json.object()
      return [
        try pin.optional("snapshot-id").map { "\(try $0.int64())" } ?? pin.required("version").string(),
        try pin.optional("keep-until-ms").map { "\(Instant(milliseconds: try $0.int64()))" } ?? "no end yet",
        try pin.required("reason").string(),
      ]
    }
    if let rows, !rows.isEmpty { sheet.add("Pinned", [.fixed("STATE"), .fixed("UNTIL"), .text("WHY")], rows) }
  }

  private static func text(_ tags: [String: String]) -> String {
    tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
  }
}
