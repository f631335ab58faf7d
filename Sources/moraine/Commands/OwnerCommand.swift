import ArgumentParser
import JSON

struct OwnerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "owner", abstract: "Who answers for what: owners, stewards, technical contacts.",
    discussion: """
      OBJECT is zone, namespace, table, view, dataset or model, and a NAME. PRINCIPAL is team:NAME, user:NAME or service:NAME, or the name alone
      where only one is called so. What has no owner of its own belongs to the owner of what it lies in.

      Nobody becomes an owner unasked: `owner set` names you or a team of yours, `owner transfer` offers the object to somebody else, who
      answers with `owner accept` or `owner decline`. Stewards and administrators may name anybody.

        moraine owner set table sales.orders --owner team:sales --add-steward user:ann
        moraine owner transfer table sales.orders --to team:finance --message "Theirs since the merger"
        moraine owner orphans
      """,
    subcommands: [
      Show.self, Set.self, Transfer.self, Transfers.self, Accept.self, Decline.self, Withdraw.self, List.self, Orphans.self, Reassign.self,
    ])

  static let path = ["governance", "v1", "owners"]
  private static let transfersPath = ["governance", "v1", "transfers"]

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show who answers for an object.")

    @OptionGroup var target: OwnedTarget
    @OptionGroup var client: ClientOptions

    func run() async throws {
      let object = try target.object
      try await client.run { client, output in
        let document = try await client.get(path, query: object.query(in: client.warehouse)).json()
        try output.show(document) { isBold in
          let ownership = try document.object()
          var sheet = FactSheet(isBold: isBold)
          let inherited = try ownership.required("inherited").bool()
          sheet.add("Owner", try ownership.optional("owner").map { try $0.string() + (inherited ? " (inherited)" : "") } ?? "nobody")
          for (title, key) in [("Stewards", "stewards"), ("Contacts", "technical-contacts")] as [(String, StaticString)] {
            let names = try ownership.required(key).array().map { try $0.string() }
            sheet.add(title, names.isEmpty ? "nobody" : names.joined(separator: ", "))
          }
          if let transfer = try ownership.optional("transfer")?.object() {
            sheet.add("Offered to", "\(try transfer.required("to").string()) by \(try transfer.required("asked-by").string())")
          }
          return sheet.text
        }
      }
    }
  }

  struct Set: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Name who answers for an object.")

    @OptionGroup var target: OwnedTarget
    @Option(help: ArgumentHelp("Who owns it.", valueName: "principal")) var owner: String?
    @Flag(help: "Let it belong to the owner of what it lies in.") var inherit = false
    @Option(help: ArgumentHelp("Who else says what it means. Repeatable.", valueName: "principal")) var addSteward: [String] = []
    @Option(help: ArgumentHelp("Who does so no more. Repeatable.", valueName: "principal")) var removeSteward: [String] = []
    @Option(help: ArgumentHelp("Who else keeps it running. Repeatable.", valueName: "principal")) var addContact: [String] = []
    @Option(help: ArgumentHelp("Who does so no more. Repeatable.", valueName: "principal")) var removeContact: [String] = []
    @OptionGroup var client: ClientOptions

    func validate() throws {
      if owner != nil, inherit { throw ValidationError("Give either --owner or --inherit.") }
      if owner == nil, !inherit, (addSteward + removeSteward + addContact + removeContact).isEmpty {
        throw ValidationError(
          "Say what is to change: --owner, --inherit, --add-steward, --remove-steward, --add-contact, --remove-contact.")
      }
    }

    func run() async throws {
      let object = try target.object
      try await client.run { client, output in
        let body = JSONWriter.text { writer in
          writer.object {
            $0.key("object")
            object.write(to: &$0, in: client.warehouse)
            if let owner { $0.field("owner", owner) }
            if inherit {
              $0.key("owner")
              $0.null()
            }
            Self.people("add", stewards: addSteward, contacts: addContact, &$0)
            Self.people("remove", stewards: removeSteward, contacts: removeContact, &$0)
          }
        }
        try output.done("Changed who answers for \(object).", await client.post(path, body))
      }
    }

    private static func people(_ key: StaticString, stewards: [String], contacts: [String], _ writer: inout JSONWriter) {
      writer.field(
        key,
        object: {
          if !stewards.isEmpty { $0.field("steward", stewards) }
          if !contacts.isEmpty { $0.field("technical-contact", contacts) }
        })
    }
  }

  // MARK: Handing over

  struct Transfer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Offer an object to somebody.")

    @OptionGroup var target: OwnedTarget
    @Option(help: ArgumentHelp("Who is to own it.", valueName: "principal")) var to: String
    @Option(help: "What they should know.") var message = ""
    @OptionGroup var client: ClientOptions

    func run() async throws {
      let object = try target.object
      try await client.run { client, output in
        let body = JSONWriter.text { writer in
          writer.object {
            $0.key("object")
            object.write(to: &$0, in: client.warehouse)
            $0.field("to", to)
            $0.field("message", message)
          }
        }
        let answer = try await client.post(transfersPath, body)
        let id = try answer.json().object().required("id").string()
        try output.done("Offered \(object) to \(to). They answer with: moraine owner accept \(id)", answer)
      }
    }
  }

  struct Transfers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List offers that wait for an answer: those you made or may answer, or those of an object.")

    @Argument(help: ArgumentHelp("OBJECT: offers of this one", valueName: "object"), completion: .custom(PhraseCompletion.owned))
    var words: [String] = []
    @Flag(help: "Everybody's.") var all = false
    @Flag(help: "Also those that were answered.") var history = false
    @OptionGroup var client: ClientOptions

    func run() async throws {
      let object = words.isEmpty ? nil : try ObjectName(words)
      try await client.run { client, output in
        var query = object?.query(in: client.warehouse) ?? []
        if all { query.append(("all", "true")) }
        if history { query.append(("history", "true")) }
        var list = ListOutput(
          output, key: "transfers",
          columns: [.fixed("ID"), .text("OBJECT"), .text("FROM"), .text("TO"), .text("ASKED BY"), .fixed("ASKED"), .text("ANSWER")])
        try await client.pages(transfersPath, query: query) { page in
          try list.page(page) { json in
            let transfer = try json.object()
            let object = try transfer.optional("object").map { "\(try ObjectName(json: $0))" }
            return [
              try transfer.required("id").string(), try object ?? "\(transfer.required("object-name").string()) (gone)",
              try transfer.optional("owner")?.string() ?? "inherited", try transfer.required("to").string(),
              try transfer.required("asked-by").string(), "\(Instant(milliseconds: try transfer.required("asked-at-ms").int64()))",
              try transfer.optional("answer")?.string() ?? "waits",
            ]
          }
        }
        try list.end(none: "No offer waits.")
      }
    }
  }

  struct Accept: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Take what was offered to you or a team of yours.")

    @OptionGroup var offer: OfferTarget

    func run() async throws { try await offer.answer("accepted", said: "It is yours now") }
  }

  struct Decline: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Do not take what was offered.")

    @OptionGroup var offer: OfferTarget

    func run() async throws { try await offer.answer("declined", said: "Declined") }
  }

  struct Withdraw: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Take an offer back.")

    @OptionGroup var offer: OfferTarget

    func run() async throws { try await offer.answer("withdrawn", said: "Withdrawn") }
  }

  struct OfferTarget: ParsableArguments {
    @Argument(help: "Id of the offer, as `owner transfers` tells it.") var id: String
    @Option(help: "Why.") var reason = ""
    @OptionGroup var client: ClientOptions

    func answer(_ word: String, said: String) async throws {
      try await client.run { client, output in
        let body = JSONWriter.text { writer in
          writer.object {
            $0.field("answer", word)
            $0.field("reason", reason)
          }
        }
        try output.done("\(said): \(id).", await client.post(transfersPath + [id], body))
      }
    }
  }

  // MARK: Lists

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List all that somebody answers for.")

    @Argument(help: "PRINCIPAL.") var principal: String
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        try await OwnerCommand.list(client, output, path + [principal, "objects"], none: "\(principal) answers for nothing.")
      }
    }
  }

  struct Orphans: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List what nobody answers for: without an owner, or with one who is gone or disabled.")

    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        try await OwnerCommand.list(client, output, ["governance", "v1", "orphans"], none: "Everything has an owner.")
      }
    }
  }

  private static func list(_ client: CatalogClient, _ output: CommandOutput, _ path: [String], none: String) async throws {
    var list = ListOutput(output, key: "objects", columns: [.text("OBJECT"), .fixed("ROLE"), .text("OWNER")])
    try await client.pages(path) { page in
      try list.page(page) { json in
        let owned = try json.object()
        return [
          "\(try ObjectName(json: owned.required("object")))", try owned.required("role").string(),
          try owned.optional("owner")?.string() ?? "",
        ]
      }
    }
    try list.end(none: none)
  }

  struct Reassign: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give all that somebody answers for to somebody else: when people leave.",
      discussion: "For stewards and administrators. What was done when it stops midway stays done; run it again for the rest.")

    @Argument(help: "PRINCIPAL who leaves.") var from: String
    @Argument(help: "PRINCIPAL who takes over.") var to: String
    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        var owned: [(object: ObjectName, role: String)] = []
        try await client.pages(path + [from, "objects"]) { page in
          for json in try page.required("objects").array() {
            let object = try json.object()
            owned.append((try ObjectName(json: object.required("object")), try object.required("role").string()))
          }
        }
        guard !owned.isEmpty else { return try output.done("\(from) answers for nothing.") }
        try confirmation.confirm("Give \(owned.count) \(owned.count == 1 ? "thing" : "things") of \(from) to \(to)?")
        for (object, role) in owned {
          let body = JSONWriter.text { writer in
            writer.object {
              $0.key("object")
              object.write(to: &$0, in: client.warehouse)
              if role == "owner" {
                $0.field("owner", to)
              } else {
                for (key, name) in [("add", to), ("remove", from)] {
                  $0.key(key)
                  $0.object { people in
                    people.key(role)
                    people.array { $0.value(name) }
                  }
                }
              }
            }
          }
          _ = try await client.post(path, body)
        }
        try output.done("Gave \(owned.count) \(owned.count == 1 ? "thing" : "things") of \(from) to \(to).")
      }
    }
  }
}

/// `table sales.orders`
struct OwnedTarget: ParsableArguments {
  @Argument(
    help: ArgumentHelp("zone, namespace, table, view, dataset or model, and its NAME", valueName: "object"),
    completion: .custom(PhraseCompletion.owned))
  var words: [String]

  var object: ObjectName {
    get throws { try ObjectName(words) }
  }
}
