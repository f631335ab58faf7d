import ArgumentParser
import JSON

struct HoldCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hold", abstract: "Legal holds: cases that keep what they name until somebody releases them.",
    discussion: """
        moraine hold place case-118 --reason "Litigation" --authority "District court" --on table curated.loans --on tag customer=acme
        moraine hold release case-118 --reason "Settled"
      """,
    subcommands: [List.self, Show.self, Place.self, Release.self])

  private static let path = ["governance", "v1", "holds"]

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List holds.")

    @Flag(help: "Also those that were released.") var released = false
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        var list = ListOutput(
          output, key: "holds", columns: [.text("HOLD"), .fixed("PLACED"), .fixed("RELEASED"), .text("AUTHORITY"), .text("REASON")])
        try await client.pages(path, query: released ? [("released", "true")] : []) { page in
          try list.page(page) { json in
            let hold = try json.object()
            return [
              try hold.required("name").string(), "\(Instant(milliseconds: try hold.required("placed-at-ms").int64()))",
              try hold.optional("released-at-ms").map { "\(Instant(milliseconds: try $0.int64()))" } ?? "",
              try hold.required("authority").string(), try hold.required("reason").string(),
            ]
          }
        }
        try list.end(none: "There are no holds.")
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show a hold and what it keeps.")

    @Argument(help: "Name of the hold.") var name: String
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let document = try await client.get(path + [name]).json()
        try output.show(document) { isBold in
          let hold = try document.object()
          var sheet = FactSheet(isBold: isBold)
          sheet.add("Hold", try hold.required("name").string())
          sheet.add("Reason", try hold.required("reason").string())
          sheet.add("Authority", try hold.required("authority").string())
          sheet.add(
            "Placed", "\(Instant(milliseconds: try hold.required("placed-at-ms").int64())) by \(try hold.required("placed-by").string())")
          if let time = try hold.optional("released-at-ms")?.int64() {
            let by = try hold.required("released-by").string()
            sheet.add("Released", "\(Instant(milliseconds: time)) by \(by): \(try hold.required("release-reason").string())")
          }
          sheet.add("Keeps", lines: try hold.required("objects").array().map { TerminalText.plain(try HeldObjectName.text($0)) })
          return sheet.text
        }
      }
    }
  }

  struct Place: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Keep objects for a case: nobody drops, purges or expires anything of them until it is released.",
      discussion: """
        An object is `table NAME`, `view NAME`, `dataset NAME`, `namespace NAME`, `zone NAME`, `warehouse [NAME]`, or `tag KEY[=VALUE]` for \
        all that carries the tag, later too. Several holds may keep one object.
        """)

    @Argument(help: "Name of the case.") var name: String
    @Option(help: "Why.") var reason: String
    @Option(help: "Who asks for it: a court, a regulator.") var authority: String
    @Option(name: .customLong("on"), parsing: .upToNextOption, help: ArgumentHelp("What it keeps; repeatable.", valueName: "object"))
    var words: [String]
    @OptionGroup var client: ClientOptions

    func run() async throws {
      let objects = try HeldObjectName.parse(words)
      try await client.run { client, output in
        let body = JSONWriter.text { writer in
          writer.object {
            $0.field("name", name)
            $0.field("reason", reason)
            $0.field("authority", authority)
            $0.field("objects", array: { array in for object in objects { object.write(to: &array, in: client.warehouse) } })
          }
        }
        try output.done("Placed the hold \(name).", await client.post(path, body))
      }
    }
  }

  struct Release: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "End a hold; it stays on record.")

    @Argument(help: "Name of the hold.") var name: String
    @Option(help: "Why.") var reason: String
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let body = JSONWriter.text { writer in writer.object { $0.field("reason", reason) } }
        try output.done("Released the hold \(name).", await client.post(path + [name, "release"], body))
      }
    }
  }
}

/// What a hold keeps, as the command line names it.
private enum HeldObjectName {
  case object(ObjectName)
  case tag(String, value: String?)

  /// `table a.b tag c=d zone raw`: a kind before each name; a warehouse needs none.
  static func parse(_ words: [String]) throws -> [Self] {
    var objects: [Self] = []
    var rest = words[...]
    while let kind = rest.popFirst() {
      if kind == "tag" {
        guard let text = rest.popFirst() else {
          throw CommandFailure.usage("The tag has no key", hint: "Write it as: --on tag customer=acme")
        }
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        objects.append(.tag(parts[0], value: parts.count > 1 ? parts[1] : nil))
      } else if kind == "warehouse", rest.first.map({ ObjectName.kinds.contains($0) || $0 == "tag" }) ?? true {
        objects.append(.object(try ObjectName([kind])))
      } else {
        objects.append(.object(try ObjectName([kind] + rest.prefix(1))))
        rest = rest.dropFirst()
      }
    }
    return objects
  }

  func write(to writer: inout JSONWriter, in warehouse: String) {
    switch self {
    case .object(let object): object.write(to: &writer, in: warehouse)
    case .tag(let key, let value):
      writer.object {
        $0.field("kind", "tag")
        $0.field("key", key)
        if let value { $0.field("value", value) }
      }
    }
  }

  static func text(_ json: JSONValue) throws -> String {
    let object = try json.object()
    let kind = try object.required("kind").string()
    if kind == "tag" {
      return "tag \(try object.required("key").string())" + (try object.optional("value").map { "=\(try $0.string())" } ?? "")
    }
    if let name = try object.optional("gone")?.string() { return "\(kind) \(name), which is gone" }
    return "\(try ObjectName(json: json))"
  }
}
