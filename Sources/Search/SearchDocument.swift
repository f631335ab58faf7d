/// What a dataset is found by, whatever kind it is.
package struct SearchDocument: Hashable, Sendable {
  package struct Column: Hashable, Sendable {
    /// Nested ones with dots.
    package var name: String
    package var description: String?

    package init(name: String, description: String? = nil) {
      self.name = name
      self.description = description
    }
  }

  package var name: String
  package var warehouse: String
  package var zone: String
  /// Levels from the outermost.
  package var namespace: [String]
  package var kind: String
  /// `user:name`, `service:name`, `team:name`; its own or that of what it lies in.
  package var owner: String?
  package var description: String?
  package var tags: [String: String]
  /// Tags of its columns.
  package var columnTags: [[String: String]]
  package var columns: [Column]

  package init(
    name: String, warehouse: String, zone: String, namespace: [String], kind: String, owner: String? = nil, description: String? = nil,
    tags: [String: String] = [:], columnTags: [[String: String]] = [], columns: [Column] = []
  ) {
    self.name = name
    self.warehouse = warehouse
    self.zone = zone
    self.namespace = namespace
    self.kind = kind
    self.owner = owner
    self.description = description
    self.tags = tags
    self.columnTags = columnTags
    self.columns = columns
  }

  /// Of the rest no column is found by its name.
  package static let maximumColumns = 2_000
  /// Words of the description, and of all columns' descriptions together.
  static let maximumProseWords = 2_000
  /// Different words, and different lexemes that filters ask for. A tsvector holds a megabyte; all these at their longest fit.
  static let maximumWords = 6_000
  static let maximumFilterLexemes = 500
  /// Different words of columns that filters ask for.
  static let maximumColumnWords = 2_000
  /// Places of one word that rank it.
  static let maximumPlaces = 16
}

extension SearchDocument {
  /// A word at a place that says how much it counts: A the name, B tags, owner and namespace, C columns, D descriptions.
  private struct Builder {
    private var order: [String] = []
    private var places: [String: [String]] = [:]
    private var position = 1
    private var filterCount = 0
    private var columnWordCount = 0

    mutating func add(_ word: String, _ weight: Character) {
      guard var known = places[word] else {
        guard order.count - filterCount - columnWordCount < maximumWords else { return }
        order.append(word)
        places[word] = ["\(position)\(weight)"]
        position = min(position + 1, 16_000)
        return
      }
      if known.count < maximumPlaces {
        known.append("\(position)\(weight)")
        places[word] = known
      }
      position = min(position + 1, 16_000)
    }

    /// What is only matched, not ranked.
    mutating func add(filter: String) {
      guard places[filter] == nil, filterCount < maximumFilterLexemes else { return }
      filterCount += 1
      order.append(filter)
      places[filter] = []
    }

    mutating func add(columnWord word: String) {
      let lexeme = Lexeme.column(word)
      guard places[lexeme] == nil, columnWordCount < maximumColumnWords else { return }
      columnWordCount += 1
      order.append(lexeme)
      places[lexeme] = []
    }

    /// As `tsvector` reads it.
    func vectorText() -> String {
      order.map { word in
        let places = places[word] ?? []
        return Lexeme.quoted(word) + (places.isEmpty ? "" : ":" + places.joined(separator: ","))
      }.joined(separator: " ")
    }
  }

  /// The document as PostgreSQL's `tsvector` reads it: words with their weights, and lexemes that filters ask for.
  package func vectorText() -> String {
    var builder = Builder()
    let nameWords = Words.split(name)
    let columnWords = columns.prefix(Self.maximumColumns).flatMap { Words.split($0.name) }
    for lexeme in Lexeme.names(Set(nameWords), pieces: Set(Words.parts(of: name).flatMap(\.pieces)).count) { builder.add(filter: lexeme) }
    builder.add(filter: Lexeme.kind(kind))
    builder.add(filter: Lexeme.warehouse(warehouse))
    builder.add(filter: Lexeme.zone(zone))
    for count in namespace.indices { builder.add(filter: Lexeme.namespace(warehouse: warehouse, namespace[...count])) }
    if let owner { builder.add(filter: Lexeme.owner(owner)) }
    for tags in [tags] + columnTags {
      for (key, value) in tags.sorted(by: { $0.key < $1.key }) {
        builder.add(filter: Lexeme.tag(key))
        builder.add(filter: Lexeme.tag(key, value))
      }
    }
    for word in columnWords { builder.add(columnWord: word) }
    for word in nameWords { builder.add(word, "A") }
    for level in namespace { for word in Words.split(level) { builder.add(word, "B") } }
    for (key, value) in tags.sorted(by: { $0.key < $1.key }) {
      for word in Words.split(key) + Words.split(value) { builder.add(word, "B") }
    }
    if let owner { for word in Words.split(OwnerText.name(owner)) { builder.add(word, "B") } }
    for word in columnWords { builder.add(word, "C") }
    for tags in columnTags {
      for (key, value) in tags.sorted(by: { $0.key < $1.key }) {
        for word in Words.split(key) + Words.split(value) { builder.add(word, "C") }
      }
    }
    for word in Words.splitProse(description ?? "").prefix(Self.maximumProseWords) { builder.add(word, "D") }
    let descriptions = columns.prefix(Self.maximumColumns).lazy.compactMap(\.description)
    for word in descriptions.flatMap(Words.splitProse).prefix(Self.maximumProseWords) { builder.add(word, "D") }
    return builder.vectorText()
  }

  /// How well it is looked after, 0 to 4: of many that match alike, the best described come first.
  package var quality: Int {
    (description?.isEmpty == false ? 1 : 0) + (owner != nil ? 1 : 0) + (tags.isEmpty ? 0 : 1)
      + (columns.contains { $0.description != nil } ? 1 : 0)
  }

  /// Lists are ordered by it.
  package var sortKey: String { Self.sortKey(name) }

  package static func sortKey(_ name: String) -> String { String(decoding: name.lowercased().utf8.prefix(512), as: UTF8.self) }
}

/// Owners as they are written: `team:risk`.
package enum OwnerText {
  /// `risk` of `team:risk`.
  package static func name(_ owner: String) -> String {
    guard let colon = owner.firstIndex(of: ":") else { return owner }
    return String(owner[owner.index(after: colon)...])
  }
}
