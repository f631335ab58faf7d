import ArgumentParser
import JSON

extension DatasetCommand {
  struct Index: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Find out what lies in a dataset's files: what is new, what has changed, what is gone.",
      discussion: "The server does it in the background and goes on after a restart; one that is under way is waited for.")

    @OptionGroup var target: DatasetArgument
    @Flag(inversion: .prefixedNo, help: "Wait until it is done.") var wait = true
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let path = client.path(dataset: target.name, "index")
        var answer = try await client.post(path, Array("{}".utf8))
        var status = try IndexStatus(answer)
        guard wait else { return try output.done("Index \(status.number) of \(target.name) is under way.", answer) }
        let number = status.number
        var bar = ProgressBar(isShown: !output.isQuiet && output.format == .table)
        var pause = Duration.milliseconds(100)
        while status.number == number, status.state == "under-way" {
          try bar.show(status.objects, of: status.expected, "objects", problem: status.problem)
          try await Task.sleep(for: pause)
          pause = min(pause * 2, .seconds(1))
          answer = try await client.get(path)
          status = try IndexStatus(answer)
        }
        try bar.end()
        if status.state == "failed" { throw CommandFailure(.failure, status.problem ?? "The index failed") }
        if status.passedOver > 0, !output.isQuiet {
          try StandardStream.error.write("\(status.passedOver) links, or names that no key can be, were passed over.\n")
        }
        try output.done(
          "Indexed \(target.name): \(status.objects) objects, \(status.sizeBytes) bytes; "
            + "\(status.added) added, \(status.changed) changed, \(status.gone) gone.", answer)
      }
    }
  }

  struct Objects: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the objects of a dataset, as the last index or a snapshot has them.")

    @OptionGroup var target: DatasetArgument
    @Option(help: ArgumentHelp("As a snapshot has them.", valueName: "id")) var snapshot: Int64?
    @Option(help: "What their keys begin with.") var prefix: String?
    @Option(help: "Of this media type, as in image/png, or image/ for all images.") var mediaType: String?
    @Option(help: ArgumentHelp("With this tag, with any value unless one is given.", valueName: "key[=value]")) var tag: String?

    @Option(
      help: ArgumentHelp("Changed after: 2026-05-03, which means the end of that day, or 2026-05-03T12:00:00Z.", valueName: "date"),
      transform: PastOptions.milliseconds)
    var changedAfter: Int64?

    @Option(help: ArgumentHelp("At least so many bytes.", valueName: "bytes")) var minSize: Int64?
    @Option(help: ArgumentHelp("At most so many bytes.", valueName: "bytes")) var maxSize: Int64?
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        var list = ListOutput(
          output, key: "objects",
          columns: [.text("KEY"), .number("SIZE"), .fixed("TYPE"), .fixed("CHANGED"), .text("CHECKSUM"), .text("TAGS")])
        try await client.pages(client.path(dataset: target.name, "objects"), query: query) { page in
          try list.page(page) { object in
            let object = try object.object()
            let tags = try object.optional("tags")?.object().strings() ?? [:]
            return [
              try object.required("key").string(), "\(try object.required("size-bytes").int64())",
              try object.required("media-type").string(), "\(Instant(milliseconds: try object.required("changed-at-ms").int64()))",
              try object.required("checksum").string(),
              tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", "),
            ]
          }
        }
        try list.end(none: "No objects of \(target.name) are like that.")
      }
    }

    private var query: [(String, String)] {
      let parts: [(String, String?)] = [
        ("snapshot-id", snapshot.map { "\($0)" }), ("prefix", prefix), ("media-type", mediaType), ("tag", tag),
        ("changed-after-ms", changedAfter.map { "\($0)" }), ("min-size-bytes", minSize.map { "\($0)" }),
        ("max-size-bytes", maxSize.map { "\($0)" }),
      ]
      return parts.compactMap { name, value in value.map { (name, $0) } }
    }
  }

  struct TagObjects: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "tag-objects", abstract: "Tag objects of a dataset, or take tags from them.",
      discussion: "As many objects as wanted; each thousand of them is tagged together or not at all.")

    @OptionGroup var target: DatasetArgument
    @Argument(help: ArgumentHelp("Keys of objects; those of standard input, a line each, when there are none.", valueName: "key"))
    var keys: [String] = []
    @Option(
      name: .customLong("set"), help: ArgumentHelp("A tag to set; repeatable.", valueName: "key=value"), transform: KeyValue.init(parsing:))
    var tags: [KeyValue] = []
    @Option(name: .customLong("remove"), help: ArgumentHelp("A tag to remove; repeatable.", valueName: "key")) var removals: [String] = []
    @OptionGroup var client: ClientOptions

    func validate() throws {
      guard !tags.isEmpty || !removals.isEmpty else { throw ValidationError("Say which tags with --set or --remove.") }
    }

    func run() async throws {
      var wanted = keys
      if keys.isEmpty {
        var lines = InputLines(maximumBytes: 8_192)
        while let line = try lines.next() { wanted.append(String(decoding: line, as: UTF8.self)) }
      }
      try await client.run { [wanted] client, output in
        var rest = wanted[...]
        while !rest.isEmpty {
          let part = rest.prefix(1_000)
          rest = rest.dropFirst(1_000)
          _ = try await client.post(client.path(dataset: target.name, "objects", "tags"), body(part))
        }
        try output.done("Tagged \(wanted.count) objects of \(target.name).")
      }
    }

    private func body(_ keys: ArraySlice<String>) -> [UInt8] {
      JSONWriter.text { writer in
        writer.object {
          $0.field(
            "objects",
            array: { array in
              for key in keys {
                array.object {
                  $0.field("key", key)
                  $0.field("set", tags.properties)
                  $0.field("remove", removals)
                }
              }
            })
        }
      }
    }
  }

  struct Freeze: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Keep a dataset's objects, as the last index has them, as a snapshot with a root over all of them.")

    @OptionGroup var target: DatasetArgument
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let document = try await client.post(client.path(dataset: target.name, "snapshots"), Array("{}".utf8)).json()
        try output.show(document) { isBold in
          let object = try document.object()
          if output.isQuiet { return "\(try object.required("snapshot-id").int64())\n" }
          var sheet = FactSheet(isBold: isBold)
          sheet.add("Snapshot", "\(try object.required("snapshot-id").int64())")
          sheet.add("Objects", "\(try object.required("objects").int64())")
          sheet.add("Bytes", "\(try object.required("size-bytes").int64())")
          sheet.add("Root", try object.required("root").string())
          sheet.add("Frozen", "\(Instant(milliseconds: try object.required("frozen-at-ms").int64()))")
          sheet.add("By", try object.required("frozen-by").string())
          return sheet.text
        }
      }
    }
  }

  struct Snapshots: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the snapshots of a dataset that is no table.")

    @OptionGroup var target: DatasetArgument
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        var list = ListOutput(
          output, key: "snapshots",
          columns: [.number("SNAPSHOT"), .number("OBJECTS"), .number("BYTES"), .fixed("FROZEN"), .text("BY"), .fixed("ROOT")])
        try await client.pages(client.path(dataset: target.name, "snapshots")) { page in
          try list.page(page) { snapshot in
            let object = try snapshot.object()
            return [
              "\(try object.required("snapshot-id").int64())", "\(try object.required("objects").int64())",
              "\(try object.required("size-bytes").int64())", "\(Instant(milliseconds: try object.required("frozen-at-ms").int64()))",
              try object.required("frozen-by").string(), try object.required("root").string(),
            ]
          }
        }
        try list.end(none: "\(target.name) has no snapshots.")
      }
    }
  }
}

/// How far an index has got.
private struct IndexStatus {
  let number: Int64
  let state: String
  let objects: Int64
  let sizeBytes: Int64
  let added: Int64
  let changed: Int64
  let gone: Int64
  let passedOver: Int64
  let expected: Int64?
  let problem: String?

  init(_ answer: ServerAnswer) throws {
    let object = try answer.json().object()
    number = try object.required("index").int64()
    state = try object.required("state").string()
    objects = try object.required("objects").int64()
    sizeBytes = try object.required("size-bytes").int64()
    added = try object.required("added").int64()
    changed = try object.required("changed").int64()
    gone = try object.required("gone").int64()
    passedOver = try object.required("passed-over").int64()
    expected = try object.optional("expected-objects")?.int64()
    problem = try object.optional("problem")?.string()
  }
}
