import JSON

/// What is told of a dataset that is no table or view.
struct DescribedDataset {
  let name: DatasetName
  let answer: ServerAnswer
  /// Of what has a log of its own that was read.
  let refresh: ServerAnswer?

  init(_ name: DatasetName, _ client: CatalogClient) async throws {
    self.name = name
    answer = try await client.get(client.path(dataset: name))
    let format = try answer.json().object().required("format").string()
    guard ["delta", "hudi"].contains(format) else {
      refresh = nil
      return
    }
    do { refresh = try await client.get(client.path(dataset: name, "refresh")) } catch let failure as CommandFailure
      where failure.exit == .usage
    {
      // It was never read.
      refresh = nil
    }
  }

  func add(to sheet: inout FactSheet) throws {
    let object = try answer.json().object()
    sheet.add("Dataset", "\(name)")
    sheet.add("Format", try object.required("format").string())
    if let location = object.optional("location") { sheet.add("Location", try location.string()) }
    if let description = object.optional("description") { sheet.add("Description", try description.string()) }
    if let owner = object.optional("owner") { sheet.add("Owner", try owner.string()) }
    if let version = object.optional("current-version") { sheet.add("Current version", try version.string()) }
    let table = try object.optional("table").map { try LoggedTableFacts($0) }
    if let committed = table?.committedAtMs {
      sheet.add("Fresh as of", "\(Instant(milliseconds: committed))\(table?.operation.map { ", by \($0)" } ?? "")")
    }
    if let size = table?.size { sheet.add("Size", size) }
    if let table, !table.partitionColumns.isEmpty { sheet.add("Partitioned by", table.partitionColumns.joined(separator: ", ")) }
    if let table { sheet.add("Written for", table.format) }
    if let refresh { sheet.add("Log read", try RefreshStatus(refresh.json()).text) }
    sheet.add("Id", try object.required("id").string())
    sheet.add("Changed", "\(Instant(milliseconds: try object.required("changed-at-ms").int64()))")
    let columns = try object.required("columns").array().map { column in
      let column = try column.object()
      return [
        try column.required("name").string(), try column.required("type").string(),
        try column.required("nullable").bool() ? "" : "required", try column.optional("comment")?.string() ?? "",
      ]
    }
    sheet.add("Columns", [.text("NAME"), .text("TYPE"), .fixed("REQUIRED"), .text("COMMENT")], columns)
    sheet.add("Properties", properties: try object.required("properties").object().texts)
    sheet.add("Tags", properties: try object.required("tags").object().texts)
  }
}
