import JSON

/// Code that reads the inputs of a model version.
struct TrainingSnippet {
  struct Input {
    let name: TrainingInputName
    /// `nil` for an Iceberg table.
    let format: String?
    let location: String
    let filter: String?
    let columns: [String]?
  }

  let version: ModelVersionName
  let server: ServerAddress
  let hasToken: Bool
  let inputs: [Input]

  /// What a loaded version has that was not withdrawn.
  static func inputs(of version: JSONObject) throws -> [Input] {
    try version.required("inputs").array().map { try $0.object() }.filter { $0.optional("withdrawn-at-ms") == nil }.map { input in
      Input(
        name: try TrainingInputName(input), format: try input.optional("format")?.string(),
        location: try input.required("location").string(), filter: try input.optional("row-filter")?.string(),
        columns: try input.optional("columns")?.array().map { try $0.string() })
    }
  }

  func text(for engine: SnippetEngine) -> String {
    let lines =
      switch engine {
      case .pyiceberg: python
      case .spark: spark
      case .duckdb: duckDB
      }
    return lines.map { line in
      line.split(separator: "\n", omittingEmptySubsequences: false).map { TerminalText.plain(String($0)) }.joined(separator: "\n") + "\n"
    }.joined()
  }

  private var warehouses: [String] { Set(inputs.map(\.name.warehouse)).sorted() }
  private func has(_ formats: String?...) -> Bool { inputs.contains { formats.contains($0.format) } }
  private func title(of input: Input) -> String { "\(input.name.role): \(input.name.text)".replacing("\n", with: " ") }
  private static let behind = "a feature view; its data is that of its sources, which are inputs of their own where the catalog has them"

  // MARK: Python

  /// `data` holds, by role, name and state, an Arrow table, or of a file set the locations of its objects.
  private var python: [String] {
    var lines = ["# What \(version) was trained on: data[role, dataset, state]."]
    if hasToken || has("files") { lines.append("import os") }
    if has("files") { lines += ["import json", "import urllib.parse", "import urllib.request"] }
    if has("delta") { lines += ["", "import pyarrow as pa", "from deltalake import DeltaTable, QueryBuilder"] }
    if has(nil) { lines += ["", "from pyiceberg.catalog import load_catalog"] }
    lines.append("")
    lines.append("server = \(Self.pythonText(server.description))")
    if hasToken || has("files") { lines.append("token = os.environ.get(\"MORAINE_TOKEN\")") }
    if has(nil) {
      let names = warehouses.map(Self.pythonText).joined(separator: ", ")
      let options = hasToken ? ", **({\"token\": token} if token else {})" : ""
      lines.append("lake = {name: load_catalog(name, type=\"rest\", uri=server, warehouse=name\(options)) for name in [\(names)]}")
    }
    if has("files") { lines.append(Self.objectsFunction) }
    lines += ["data = {}", ""]
    for input in inputs { lines += python(input) }
    return lines
  }

  private func python(_ input: Input) -> [String] {
    let name = input.name
    let key = [name.role, "\(name.dataset)", name.state].map(Self.pythonText).joined(separator: ", ")
    switch input.format {
    case nil:
      let levels = (name.dataset.namespace.levels + [name.dataset.name]).map(Self.pythonText).joined(separator: ", ")
      var options = ["snapshot_id=\(name.state)"]
      if let filter = input.filter { options.append("row_filter=\(Self.pythonText(filter))") }
      if let columns = input.columns {
        options.append("selected_fields=(\(columns.map { Self.pythonText($0) + "," }.joined(separator: " ")))")
      }
      return [
        "data[\(key)] = lake[\(Self.pythonText(name.warehouse))].load_table((\(levels))).scan(",
        "    \(options.joined(separator: ", "))).to_arrow()",
      ]
    case "delta":
      let query = "SELECT \(Self.columns(input, quote: "\"")) FROM data\(Self.condition(input))"
      return [
        "data[\(key)] = pa.table(QueryBuilder().register(",
        "    \"data\", DeltaTable(\(Self.pythonText(input.location)), version=\(name.state))).execute(\(Self.pythonText(query))).read_all())",
      ]
    case "files":
      let levels = name.dataset.namespace.levels.map(Self.pythonText).joined(separator: ", ")
      return [
        "data[\(key)] = objects(",
        "    \(Self.pythonText(name.warehouse)), [\(levels)], \(Self.pythonText(name.dataset.name)), \(name.state), \(Self.pythonText(input.location)))",
      ]
    case "feature-view"?: return ["# \(title(of: input)) is \(Self.behind)."]
    case let format?: return ["# \(title(of: input)) is of format \(format): read it with Spark, at \(input.location)."]
    }
  }

  private static let objectsFunction = """


    def objects(warehouse, namespace, name, snapshot, location):
        \"\"\"The locations of what a snapshot of a file set holds.\"\"\"
        quote = lambda text: urllib.parse.quote(text, safe="")
        path = f"/governance/v1/warehouses/{quote(warehouse)}/namespaces/{quote(chr(31).join(namespace))}/datasets/{quote(name)}/objects"
        found, page = [], ""
        while page is not None:
            request = urllib.request.Request(
                f"{server}{path}?snapshot-id={snapshot}&pageToken={page}", headers={"Authorization": f"Bearer {token}"} if token else {})
            with urllib.request.urlopen(request) as answer:
                body = json.load(answer)
            found += [f"{location}/{one['key']}" for one in body["objects"]]
            page = body.get("next-page-token")
        return found


    """

  /// A text literal of Python.
  static func pythonText(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "\"") { result, scalar in
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      default:
        if scalar.value < 0x20 || scalar.value == 0x7F {
          result += "\\x" + (scalar.value < 0x10 ? "0" : "") + String(scalar.value, radix: 16)
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    } + "\""
  }

  // MARK: SQL

  private var spark: [String] {
    var lines = ["-- What \(version) was trained on. Spark needs, for each warehouse as a catalog of its name:"]
    for warehouse in warehouses {
      let catalog = "spark.sql.catalog.\(warehouse)"
      lines.append("--   \(catalog)=org.apache.iceberg.spark.SparkCatalog  \(catalog).type=rest")
      lines.append("--   \(catalog).uri=\(server)  \(catalog).warehouse=\(warehouse)" + (hasToken ? "  \(catalog).token=…" : ""))
    }
    for input in inputs {
      let columns = Self.columns(input, quote: "`")
      lines += ["", "-- \(title(of: input))"]
      switch input.format {
      case nil:
        let name = Self.quoted([input.name.warehouse] + input.name.dataset.namespace.levels + [input.name.dataset.name], "`")
        lines.append("SELECT \(columns) FROM \(name) VERSION AS OF \(input.name.state)\(Self.condition(input));")
      case "delta":
        let name = "delta." + Self.quoted([input.location], "`")
        lines.append("SELECT \(columns) FROM \(name) VERSION AS OF \(input.name.state)\(Self.condition(input));")
      case "hudi":
        lines.append(
          "-- In Python: spark.read.format(\"hudi\").option(\"as.of.instant\", \(Self.pythonText(input.name.state))).load(\(Self.pythonText(input.location)))"
        )
      case "feature-view"?: lines.append("-- It is \(Self.behind).")
      case let format?: lines.append("-- It is of format \(format), at \(input.location).")
      }
    }
    return lines
  }

  private var duckDB: [String] {
    var lines = ["-- What \(version) was trained on."]
    if has(nil) {
      lines += ["INSTALL iceberg;", "LOAD iceberg;"]
      if hasToken { lines.append("CREATE OR REPLACE SECRET moraine (TYPE iceberg, TOKEN 'put yours here');") }
      for warehouse in warehouses {
        let access = hasToken ? "SECRET moraine" : "AUTHORIZATION_TYPE 'none'"
        lines.append(
          "ATTACH \(Self.sqlText(warehouse)) AS \(Self.quoted(["lake_" + warehouse], "\"")) (TYPE iceberg, ENDPOINT \(Self.sqlText(server.description)), \(access));"
        )
      }
    }
    if has("delta") { lines += ["INSTALL delta;", "LOAD delta;"] }
    for input in inputs {
      let columns = Self.columns(input, quote: "\"")
      lines += ["", "-- \(title(of: input))"]
      switch input.format {
      case nil:
        let schema = input.name.dataset.namespace.levels.joined(separator: ".")
        let name = Self.quoted(["lake_" + input.name.warehouse, schema, input.name.dataset.name], "\"")
        lines.append("SELECT \(columns) FROM \(name) AT (VERSION => \(input.name.state))\(Self.condition(input));")
      case "delta":
        lines.append(
          "SELECT \(columns) FROM delta_scan(\(Self.sqlText(input.location)), version => \(input.name.state))\(Self.condition(input));")
      case "feature-view"?: lines.append("-- It is \(Self.behind).")
      case let format?: lines.append("-- It is of format \(format), at \(input.location).")
      }
    }
    return lines
  }

  private static func columns(_ input: Input, quote: Character) -> String {
    input.columns.map { $0.map { quoted([$0], quote) }.joined(separator: ", ") } ?? "*"
  }

  private static func condition(_ input: Input) -> String { input.filter.map { " WHERE \($0)" } ?? "" }

  private static func quoted(_ names: [String], _ quote: Character) -> String {
    names.map { "\(quote)\($0.replacing("\(quote)", with: "\(quote)\(quote)"))\(quote)" }.joined(separator: ".")
  }

  private static func sqlText(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
}
