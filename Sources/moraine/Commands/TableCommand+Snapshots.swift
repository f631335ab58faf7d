import ArgumentParser
import Iceberg
import JSON

extension TableCommand {
  struct Snapshots: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List a table's snapshots, the oldest first.")

    @OptionGroup var target: TableArgument
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let loaded = try await load(target.name, client)
        let rows = try loaded.metadata.snapshots.sorted { ($0.sequenceNumber, $0.timestampMs) < ($1.sequenceNumber, $1.timestampMs) }.map {
          snapshot in
          let summary = try snapshot.summary
          return [
            "\(snapshot.id)", "\(Instant(milliseconds: snapshot.timestampMs))", snapshot.operation ?? "", "\(snapshot.sequenceNumber)",
            snapshot.parentID.map { "\($0)" } ?? "", summary["added-records"] ?? "", summary["deleted-records"] ?? "",
            summary["total-records"] ?? "",
          ]
        }
        try output.table(
          [
            .number("SNAPSHOT"), .fixed("COMMITTED"), .fixed("OPERATION"), .number("SEQUENCE"), .number("PARENT"), .number("ADDED"),
            .number("DELETED"), .number("TOTAL"),
          ], rows, document: loaded.part("snapshots", otherwise: "[]"))
      }
    }
  }

  struct Refs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List a table's branches and tags.")

    @OptionGroup var target: TableArgument
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let loaded = try await load(target.name, client, snapshots: "refs")
        try output.table(Self.columns, Self.rows(loaded.metadata), document: loaded.part("refs", otherwise: "{}"))
      }
    }

    static let columns: [TextTable.Column] = [.text("REF"), .fixed("KIND"), .number("SNAPSHOT"), .text("KEPT")]

    static func rows(_ metadata: TableMetadata) -> [[String]] {
      metadata.refs.sorted { $0.key < $1.key }.map { name, ref in
        var kept: [String] = []
        if let count = ref.minSnapshotsToKeep { kept.append("at least \(count) snapshots") }
        if let age = ref.maxSnapshotAgeMs { kept.append("snapshots for \(duration(age))") }
        if let age = ref.maxRefAgeMs { kept.append("itself for \(duration(age))") }
        return [name, ref.kind.rawValue, "\(ref.snapshotID)", kept.joined(separator: ", ")]
      }
    }

    /// Exact, in the largest unit that divides it.
    private static func duration(_ milliseconds: Int64) -> String {
      for (unit, size) in [("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000)] as [(String, Int64)]
      where milliseconds % size == 0 {
        return "\(milliseconds / size) \(unit)"
      }
      return "\(milliseconds) ms"
    }
  }

  struct History: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show which snapshot was current when.")

    @OptionGroup var target: TableArgument
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let loaded = try await load(target.name, client)
        let ancestors = Self.ancestors(loaded.metadata)
        let rows = loaded.metadata.snapshotLog.map { entry in
          let snapshot = loaded.metadata.snapshot(entry.snapshotID)
          return [
            "\(entry.snapshotID)", "\(Instant(milliseconds: entry.timestampMs))", snapshot?.operation ?? "",
            snapshot?.parentID.map { "\($0)" } ?? "", ancestors.contains(entry.snapshotID) ? "yes" : "no",
          ]
        }
        try output.table(
          [.number("SNAPSHOT"), .fixed("CURRENT FROM"), .fixed("OPERATION"), .number("PARENT"), .fixed("ANCESTOR")], rows,
          document: loaded.part("snapshot-log", otherwise: "[]"))
      }
    }

    /// The current snapshot and those it came from.
    private static func ancestors(_ metadata: TableMetadata) -> Swift.Set<Int64> {
      let parents = Dictionary(metadata.snapshots.map { ($0.id, $0.parentID) }) { first, _ in first }
      var result: Swift.Set<Int64> = []
      var next = metadata.currentSnapshotID
      while let id = next, result.insert(id).inserted { next = parents[id] ?? nil }
      return result
    }
  }

  /// A table's metadata, read and as it came.
  fileprivate struct Loaded {
    let metadata: TableMetadata
    let json: JSONObject

    /// A member of the metadata; another text where there is none.
    func part(_ key: StaticString, otherwise text: String) throws -> JSONValue {
      try json.optional(key) ?? JSONDocument(parsing: text).root
    }
  }

  fileprivate static func load(_ name: DatasetName, _ client: CatalogClient, snapshots: String = "all") async throws -> Loaded {
    let answer = try await client.get(client.path(name.namespace, "tables", name.name), query: [("snapshots", snapshots)])
    let metadata = try answer.json().object().required("metadata")
    return Loaded(metadata: try TableMetadata(json: metadata), json: try metadata.object())
  }
}
