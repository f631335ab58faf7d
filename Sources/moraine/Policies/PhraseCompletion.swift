/// Words for the shell to complete in phrases such as `grant read on table ns.t to role:analyst`.
enum PhraseCompletion {
  static let privileges = ["see", "read", "write", "define", "manage"]
  private static let kindsOfPrincipal = ["user:", "service:", "role:", "team:"]

  @Sendable
  static func grant(_ words: [String], _ index: Int, _ prefix: String) async -> [String] {
    await complete(words, index, prefix, after: "grant", first: privileges, last: "to")
  }

  @Sendable
  static func revoke(_ words: [String], _ index: Int, _ prefix: String) async -> [String] {
    await complete(words, index, prefix, after: "revoke", first: privileges, last: "from")
  }

  /// An object, and what comes before it.
  @Sendable
  static func question(_ words: [String], _ index: Int, _ prefix: String) async -> [String] {
    await complete(words, index, prefix, after: "policy", first: [], last: nil)
  }

  /// An object that somebody may own: a kind and a name.
  @Sendable
  static func owned(_ words: [String], _ index: Int, _ prefix: String) async -> [String] {
    switch words.prefix(index).last {
    case "zone": await NameCompletion.zones(words, index, prefix)
    case "namespace": await NameCompletion.namespaces(words, index, prefix)
    case "table": await NameCompletion.tables(words, index, prefix)
    case "view": await NameCompletion.views(words, index, prefix)
    default: ["zone", "namespace", "table", "view"]
    }
  }

  private static func complete(
    _ words: [String], _ index: Int, _ prefix: String, after command: String, first: [String], last: String?
  ) async -> [String] {
    let before = Array(words.prefix(index))
    guard let start = before.firstIndex(of: command) else { return [] }
    let phrase = Array(before[(start + 1)...])
    if let last, phrase.contains(last) { return kindsOfPrincipal }
    guard let on = phrase.lastIndex(of: "on") else { return phrase.isEmpty ? first : ["on"] }
    let object = phrase[(on + 1)...]
    if object.isEmpty { return ObjectName.kinds }
    if object.count > 1 { return last.map { [$0] } ?? [] }
    switch object.first {
    case "namespace": return await NameCompletion.namespaces(words, index, prefix)
    case "table": return await NameCompletion.tables(words, index, prefix)
    case "view": return await NameCompletion.views(words, index, prefix)
    case "dataset": return await NameCompletion.datasets(words, index, prefix)
    case "zone": return await NameCompletion.zones(words, index, prefix)
    case "warehouse": return await NameCompletion.warehouses(words, index, prefix) + (last.map { [$0] } ?? [])
    default: return last.map { [$0] } ?? []
    }
  }
}
