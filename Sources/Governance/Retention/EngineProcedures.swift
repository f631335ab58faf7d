package import Iceberg

/// An engine whose own procedures can carry out a plan.
package enum RetentionDialect: String, Sendable, CaseIterable {
  case sparkSQL = "spark-sql"
  case trinoSQL = "trino-sql"
}

extension TableRetention {
  /// Statements that do in an engine what this plan says, with comments where the engine's procedures cannot say it.
  ///
  /// - Parameters:
  ///   - catalog: what the engine calls this catalog.
  ///   - name: the table's namespace levels and its name.
  package func script(
    _ dialect: RetentionDialect, catalog: String, table name: [String], refs: [String: SnapshotReference], orphanAgeMs: Int64
  ) -> String {
    var lines = ["-- \(Self.comment(name.joined(separator: ".")))"]
    if let obstacle { return (lines + ["-- Nothing: \(Self.comment(obstacle))."]).joined(separator: "\n") + "\n" }
    for due in due {
      lines.append("-- \(Self.comment(due.rule.title)): \(due.rule.rule.outcome.rawValue) is due; the catalog itself does that.")
    }
    switch dialect {
    case .sparkSQL: lines += spark(catalog, name, orphanAgeMs)
    case .trinoSQL: lines += trino(catalog, name, refs, orphanAgeMs)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: Spark

  /// Ids at once: a statement has to stay one that people can read.
  private static let idsPerCall = 200

  private func spark(_ catalog: String, _ name: [String], _ orphanAgeMs: Int64) -> [String] {
    let call = "CALL \(Self.backticked(catalog)).system"
    // The argument is an identifier in a string literal: quoted twice.
    let table = Self.sparkLiteral(name.map(Self.backticked).joined(separator: "."))
    var lines = refNotes
    let ids = expiredSnapshotIDs
    if ids.isEmpty { lines.append("-- No snapshot is to expire.") }
    var rest = ids[...]
    while !rest.isEmpty {
      let part = rest.prefix(Self.idsPerCall)
      rest = rest.dropFirst(part.count)
      // The oldest time of all, so that the procedure expires nothing but what it is told.
      lines.append(
        "\(call).expire_snapshots(table => \(table), snapshot_ids => ARRAY(\(part.map { "\($0)L" }.joined(separator: ", "))), "
          + "older_than => TIMESTAMP '1970-01-01 00:00:00', stream_results => true);")
    }
    if !pins.isEmpty || !holds.isEmpty { lines.append(Self.keptNote) }
    return lines + orphans("\(call).remove_orphan_files(table => \(table), older_than => \(Self.timestamp(nowMs - orphanAgeMs)));")
  }

  // MARK: Trino

  private func trino(_ catalog: String, _ name: [String], _ refs: [String: SnapshotReference], _ orphanAgeMs: Int64) -> [String] {
    guard let table = name.last else { return [] }
    let path = [catalog, name.dropLast().joined(separator: "."), table].map(Self.doubleQuoted).joined(separator: ".")
    var lines = refNotes
    let expired = snapshots.filter(\.isExpired)
    let kept = snapshots.filter { !$0.isExpired }
    if let newest = expired.map(\.timestampMs).max() {
      // Trino knows an age and nothing else: it takes what refs do not name and is as old as what is to go.
      let safe = kept.filter { fate in !refs.values.contains { $0.snapshotID == fate.snapshotID } }.map(\.timestampMs).min()
      let limit = min(newest.addingWithoutOverflow(1), safe ?? .max)
      let covered = limit > 0 ? expired.filter { $0.timestampMs < limit }.count : 0
      if covered < expired.count {
        lines.append(
          "-- Trino expires by age only: \(covered) of \(expired.count) snapshots can go so; the others are as old as snapshots that are kept."
        )
        lines.append("-- Use spark-sql, or let the catalog do it.")
      }
      if covered > 0 {
        lines.append("-- The age counts from when the statement runs: run it at once, later it takes more.")
        lines.append("-- Needs iceberg.expire-snapshots.min-retention of at most that age.")
        lines.append(
          "ALTER TABLE \(path) EXECUTE expire_snapshots(retention_threshold => '\(Self.seconds(nowMs - limit))s');")
      }
    } else {
      lines.append("-- No snapshot is to expire.")
    }
    if !pins.isEmpty || !holds.isEmpty { lines.append(Self.keptNote) }
    return lines + orphans("ALTER TABLE \(path) EXECUTE remove_orphan_files(retention_threshold => '\(Self.seconds(orphanAgeMs))s');")
  }

  // MARK: Texts

  /// Engines take for an orphan whatever the table itself does not name.
  private func orphans(_ statement: String) -> [String] {
    guard isEvidence else { return ["-- Only if no other table has files there:", statement] }
    return ["-- Orphans are left to the catalog: old metadata files may be evidence, which engines do not know of."]
  }

  private static let keptNote = "-- Pinned and held snapshots are left out; the catalog refuses a commit that would remove one."

  private var refNotes: [String] {
    expiredRefs.map { "-- The ref \(Self.comment($0)) is older than it may become; expire_snapshots removes it." }
  }

  /// Whole ones, rounded up: rather too old than too young.
  private static func seconds(_ milliseconds: Int64) -> Int64 { max(0, milliseconds.addingWithoutOverflow(999) / 1_000) }

  /// One line, whatever names hold.
  private static func comment(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F || (0x2028...0x2029).contains($0.value) ? " " : $0 }))
  }

  private static func backticked(_ text: String) -> String { "`\(text.replacing("`", with: "``"))`" }

  private static func doubleQuoted(_ text: String) -> String { "\"\(text.replacing("\"", with: "\"\""))\"" }

  /// Spark's string literals know escapes with a backslash.
  private static func sparkLiteral(_ text: String) -> String {
    "'\(text.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))'"
  }

  /// A literal in UTC: calls take no functions.
  private static func timestamp(_ milliseconds: Int64) -> String {
    let days = milliseconds.floorDivided(by: 86_400_000)
    let rest = milliseconds - days * 86_400_000
    func padded(_ number: Int64, _ width: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    let time = [rest / 3_600_000, rest / 60_000 % 60, rest / 1_000 % 60].map { padded($0, 2) }.joined(separator: ":")
    return "TIMESTAMP '\(MomentText.date(Int(days))) \(time).\(padded(rest % 1_000, 3))Z'"
  }
}

extension Int64 {
  fileprivate func floorDivided(by other: Int64) -> Int64 {
    let quotient = self / other
    return self % other < 0 ? quotient - 1 : quotient
  }
}
