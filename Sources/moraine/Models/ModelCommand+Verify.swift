import ArgumentParser
import JSON

extension ModelCommand {
  struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Look whether what a version was trained on is still there and still the same.",
      discussion: """
        Metadata files, manifest lists, manifests and logs are compared with the digests on record, data files with the sizes that the \
        metadata gives. --deep reads every file, and compares it with what it was when it was read first. Ends with 1 when something is \
        missing or has changed; what was not looked at is said.
        """)

    @Argument(help: ArgumentHelp("The version: credit-risk@7.", valueName: "version"), transform: ModelVersionName.init(parsing:))
    var name: ModelVersionName
    @Flag(help: "Read every file.") var deep = false
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let expected = try Self.expectedFiles(await client.get(name.path).json().object())
        var result = VerificationResult()
        var bar = ProgressBar(isShown: !output.isQuiet && output.format == .table)
        var token: String?
        repeat {
          let portion = try await client.post(name.path + ["verify"], body(after: token)).json().object()
          try result.add(portion)
          token = try portion.optional("next-page-token")?.string()
          try bar.show(result.dataFiles, of: expected, deep ? "files read" : "files looked at")
        } while token != nil
        try bar.end()
        let overlaps = try await TrainingOverlaps.load(name, client)
        let document = try JSONDocument(parsing: result.document(name, deep: deep, overlaps)).root
        try output.show(document) { isBold in
          output.isQuiet ? "" : try result.text(of: name, overlaps, isBold: isBold)
        }
        guard result.findings == 0 else {
          throw CommandFailure(
            .failure, "\(result.findings) of what \(name) was trained on is missing or has changed",
            hint: "`moraine model show \(name)` shows what was bound, and when.")
        }
      }
    }

    private func body(after token: String?) -> [UInt8] {
      JSONWriter.text { writer in
        writer.object {
          $0.field("deep", deep)
          if let token { $0.field("page-token", token) }
        }
      }
    }

    /// How many files its inputs have, as far as that is on record; `nil` where it is not.
    private static func expectedFiles(_ version: JSONObject) throws -> Int64? {
      var count: Int64 = 0
      for input in try version.required("inputs").array().map({ try $0.object() }) {
        guard input.optional("withdrawn-at-ms") == nil, try input.optional("format")?.string() != "feature-view" else { continue }
        guard let files = try input.optional("file-count")?.int64() else { return nil }
        count += files
      }
      return count
    }
  }
}

/// What the portions of a verification come to.
struct VerificationResult {
  private struct Input {
    let name: TrainingInputName
    var counts: [(what: String, count: Int64)] = []
    var compared: Int64 = 0
    var recorded: Int64 = 0
    var sizeBytesRead: Int64 = 0
    var findings: [JSONValue] = []
    var unchecked: [String] = []
    var isComplete = false
  }

  private var inputs: [Input] = []

  var findings: Int { inputs.reduce(0) { $0 + $1.findings.count } }

  /// Those that make up the data.
  var dataFiles: Int64 {
    inputs.flatMap(\.counts).reduce(0) { ["data files", "objects"].contains($1.what) ? $0 + $1.count : $0 }
  }

  /// - Throws: what says that the answer is not understood.
  mutating func add(_ portion: JSONObject) throws {
    for json in try portion.required("inputs").array() {
      let part = try json.object()
      let name = try TrainingInputName(part)
      if inputs.last?.name.id != name.id { inputs.append(Input(name: name)) }
      var input = inputs.removeLast()
      for line in try part.required("checked").array().map({ try $0.object() }) {
        let (what, count) = (try line.required("what").string(), try line.required("count").int64())
        if let place = input.counts.firstIndex(where: { $0.what == what }) {
          input.counts[place].count += count
        } else {
          input.counts.append((what, count))
        }
      }
      input.compared += try part.required("digests-compared").int64()
      input.recorded += try part.required("digests-recorded").int64()
      input.sizeBytesRead += try part.required("size-bytes-read").int64()
      input.findings += try part.required("findings").array()
      for text in try part.required("not-checked").array().map({ try $0.string() }) where !input.unchecked.contains(text) {
        input.unchecked.append(text)
      }
      input.isComplete = try part.required("complete").bool()
      inputs.append(input)
    }
  }

  /// The portions as one document.
  func document(_ version: ModelVersionName, deep: Bool, _ overlaps: [JSONValue]) -> [UInt8] {
    JSONWriter.text { writer in
      writer.object {
        $0.field("model", version.model)
        $0.field("version", version.version)
        $0.field("deep", deep)
        $0.field("intact", findings == 0)
        $0.field("inputs", array: { array in for input in inputs { Self.write(input, to: &array) } })
        $0.field("overlaps", array: { array in for overlap in overlaps { array.raw(overlap.rawText.utf8) } })
      }
    }
  }

  private static func write(_ input: Input, to writer: inout JSONWriter) {
    writer.object {
      input.name.write(to: &$0)
      $0.field("complete", input.isComplete)
      $0.field(
        "checked",
        array: { array in
          for (what, count) in input.counts {
            array.object {
              $0.field("what", what)
              $0.field("count", count)
            }
          }
        })
      $0.field("digests-compared", input.compared)
      $0.field("digests-recorded", input.recorded)
      $0.field("size-bytes-read", input.sizeBytesRead)
      $0.field("findings", array: { array in for finding in input.findings { array.raw(finding.rawText.utf8) } })
      $0.field("not-checked", input.unchecked)
    }
  }

  func text(of version: ModelVersionName, _ overlaps: [JSONValue], isBold: Bool) throws -> String {
    var sheet = FactSheet(isBold: isBold)
    sheet.add("Model version", "\(version)")
    let verdict =
      inputs.isEmpty
      ? "nothing is bound to it" : findings == 0 ? "all that was looked at is there and unchanged" : "\(findings) missing or changed"
    sheet.add("Verified", verdict)
    sheet.add(
      "Looked at", [.fixed("ROLE"), .text("INPUT"), .text("FILES"), .text("CONTENT"), .fixed("")],
      inputs.map { input in
        let counts = input.counts.map { "\($0.count) \($0.what)" }.joined(separator: ", ")
        let content = [(input.compared, "as on record"), (input.recorded, "read for the first time")].filter { $0.0 > 0 }
        return [
          input.name.role, input.name.text, counts, content.map { "\($0.0) \($0.1)" }.joined(separator: ", "),
          input.findings.isEmpty ? "" : "\(input.findings.count) findings",
        ]
      })
    if findings > 0 {
      var rows: [[String]] = []
      for input in inputs {
        for finding in try input.findings.map({ try $0.object() }) {
          rows.append([
            try finding.required("kind").string(), try finding.required("what").string(),
            try finding.optional("file")?.string() ?? input.name.text, try finding.required("expected").string(),
            try finding.required("found").string(),
          ])
        }
      }
      sheet.add("Findings", [.fixed("KIND"), .fixed("WHAT"), .text("FILE"), .text("EXPECTED"), .text("FOUND")], rows)
    }
    let unchecked = inputs.flatMap { input in input.unchecked.map { [input.name.text, $0] } }
    if !unchecked.isEmpty { sheet.add("Not looked at", [.text("INPUT"), .text("WHAT")], unchecked) }
    try TrainingOverlaps.add(overlaps, to: &sheet)
    return sheet.text
  }
}

/// An input as answers name it.
struct TrainingInputName: Hashable, Sendable {
  let id: String
  let role: String
  let warehouse: String
  let dataset: DatasetName
  let state: String
  private let isSnapshot: Bool

  init(_ input: JSONObject) throws {
    id = try input.required("id").string()
    role = try input.required("role").string()
    warehouse = try input.required("warehouse").string()
    let levels = try input.required("namespace").array().map { try $0.string() }
    dataset = DatasetName(namespace: NamespaceName(levels: levels), name: try input.required("name").string())
    let snapshot = try input.optional("snapshot-id").map { "\(try $0.int64())" }
    isSnapshot = snapshot != nil
    state = try snapshot ?? input.required("version").string()
  }

  /// `curated.loans@8744736658442914487`
  var text: String { "\(dataset)@\(state)" }

  func write(to writer: inout JSONWriter) {
    writer.field("id", id)
    writer.field("role", role)
    writer.field("warehouse", warehouse)
    writer.field("namespace", dataset.namespace.levels)
    writer.field("name", dataset.name)
    if isSnapshot, let number = Int64(state) { writer.field("snapshot-id", number) } else { writer.field("version", state) }
  }
}

/// What inputs of a version share, as a section.
enum TrainingOverlaps {
  static func load(_ version: ModelVersionName, _ client: CatalogClient) async throws -> [JSONValue] {
    do {
      return try await client.get(version.path + ["overlaps"]).json().object().required("overlaps").array().map { $0 }
    } catch let failure as CommandFailure where failure.exit == .usage {
      // Too many pairs to compare: to be known, and no hindrance to everything else.
      try StandardStream.error.write("\(failure)\n")
      return []
    }
  }

  static func add(_ overlaps: [JSONValue], to sheet: inout FactSheet) throws {
    guard !overlaps.isEmpty else { return }
    sheet.add("Shared", lines: try overlaps.map { TerminalText.plain(try text($0.object())) })
  }

  /// `train curated.loans@1 and test curated.loans@2 share 17 files of 20 and 20, with 1700 rows`
  private static func text(_ overlap: JSONObject) throws -> String {
    let (first, second) = (
      try TrainingInputName(overlap.required("first").object()), try TrainingInputName(overlap.required("second").object())
    )
    let both = "\(first.role) \(first.text) and \(second.role) \(second.text)"
    if let problem = try overlap.optional("problem")?.string() { return "\(both): it cannot be told what they share. \(problem)" }
    let shared = try overlap.required("shared-files").int64()
    let counts = "\(try overlap.required("first-files").int64()) and \(try overlap.required("second-files").int64())"
    guard shared > 0 else { return "\(both) share no file of \(counts)" }
    let rows = try overlap.optional("shared-rows").map { ", with \(try $0.int64()) rows" } ?? ""
    return "\(both) share \(shared) files of \(counts)\(rows)"
  }
}
