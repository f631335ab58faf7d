import JSON

/// What must become different so that the catalog is as the files say.
struct Plan: Sendable {
  let changes: [PlannedChange]
  /// What no file names, of the kinds that may be taken away.
  let unnamed: [PlannedChange]

  /// - Parameter progress: told how many declarations have been looked at.
  init(_ declarations: Declarations, _ client: CatalogClient, progress: (Int) async throws -> Void) async throws {
    var changes: [PlannedChange] = []
    var unnamed: [PlannedChange] = []
    var done = 0
    for section in DeclaredSection.allCases {
      guard let declared = declarations.all[section] else { continue }
      let planner = section.planner
      let present = try await planner.list(client)
      // Many at a time, where each must be asked for.
      for start in stride(from: 0, to: declared.count, by: 64) {
        let part = declared[start..<min(start + 64, declared.count)]
        changes += try await Self.plans(Array(part), planner, present, client)
        done += part.count
        try await progress(done)
      }
      if section.isPruned {
        let names = Set(declared.map(\.name))
        unnamed += try present.keys.filter { !names.contains($0) }.sorted().compactMap { try planner.removal(of: $0, present[$0], client) }
      }
    }
    self.changes = changes
    self.unnamed = unnamed
  }

  private static func plans(
    _ declared: [Declaration], _ planner: any SectionPlanner, _ present: [String: JSONValue], _ client: CatalogClient
  ) async throws -> [PlannedChange] {
    try await withThrowingTaskGroup(of: (Int, PlannedChange?).self) { group in
      var found: [(Int, PlannedChange)] = []
      var next = 0
      func begin() {
        guard next < declared.count else { return }
        let (index, declaration) = (next, declared[next])
        next += 1
        group.addTask { (index, try await planner.plan(declaration, present[declaration.name], client)) }
      }
      for _ in 0..<8 { begin() }
      while let (index, change) = try await group.next() {
        if let change { found.append((index, change)) }
        begin()
      }
      return found.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }
}

/// How things of one section are compared and changed.
protocol SectionPlanner: Sendable {
  /// What is there, by name; empty where each thing is asked for by itself.
  func list(_ client: CatalogClient) async throws -> [String: JSONValue]

  /// - Parameter present: of `list`.
  /// - Returns: `nil` when it is as it is declared.
  func plan(_ declaration: Declaration, _ present: JSONValue?, _ client: CatalogClient) async throws -> PlannedChange?

  /// What takes it away; `nil` for what stays.
  func removal(of name: String, _ present: JSONValue?, _ client: CatalogClient) throws -> PlannedChange?
}

extension SectionPlanner {
  func list(_: CatalogClient) async throws -> [String: JSONValue] { [:] }
  func removal(of _: String, _: JSONValue?, _: CatalogClient) throws -> PlannedChange? { nil }

  /// The elements of a list, by a member of theirs.
  func pages(
    _ client: CatalogClient, _ path: [String], key: StaticString, query: [(String, String)] = [], name: (JSONObject) throws -> String
  ) async throws -> [String: JSONValue] {
    var found: [String: JSONValue] = [:]
    try await client.pages(path, query: query) { page in
      for element in try page.required(key).array() { found[try name(element.object())] = element }
    }
    return found
  }
}

extension DeclaredSection {
  fileprivate var planner: any SectionPlanner {
    switch self {
    case .teams: GroupPlanner(kind: "team")
    case .roles: GroupPlanner(kind: "role")
    case .tags: TagPlanner()
    case .zones: ZonePlanner()
    case .namespaces: NamespacePlanner()
    case .tables: TablePlanner()
    case .terms: TermPlanner()
    case .retention: RetentionPlanner()
    case .grants: GrantPlanner()
    }
  }
}
