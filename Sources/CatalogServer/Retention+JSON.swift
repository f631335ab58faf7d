package import Catalog
package import CatalogStore
package import Governance
import Iceberg
package import JSON
import Postgres

extension StoredRetentionRule: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("id", id.description)
      $0.field("rule", rule)
      switch scope {
      case .object(let object): $0.field("object", object)
      case .tag(let key, let value):
        $0.field(
          "tag",
          object: {
            $0.field("key", key)
            if let value { $0.field("value", value) }
          })
      case nil: break
      }
      $0.field("scope", scopeName)
      $0.field("defined-by", definedBy)
      $0.field("defined-at-ms", definedAt.milliseconds)
    }
  }
}

extension JSONWriter {
  /// `namespace` and `name`, beside the warehouse.
  fileprivate mutating func fields(of path: DatasetPath) {
    field("warehouse", path.warehouse)
    field("namespace", path.identifier.namespace.levels)
    field("name", path.identifier.name)
  }
}

extension RetentionDuty {
  fileprivate func write(to writer: inout JSONWriter, at nowMs: Int64) {
    writer.object {
      $0.field("kind", source.rawValue)
      $0.field("by", title)
      switch end {
      case .time(let ms): $0.field("until-ms", ms)
      case .condition(let text): $0.field("as-long-as", text)
      case .never: $0.field("without-end", true)
      }
      $0.field("binds", binds(at: nowMs))
    }
  }
}

extension DueRule: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("rule", rule.rule.name)
      $0.field("scope", rule.scope)
      $0.field("then", rule.rule.outcome.rawValue)
      $0.field("due-at-ms", dueAtMs)
    }
  }
}

extension SnapshotFate {
  func write(to writer: inout JSONWriter, in retention: TableRetention) {
    writer.object {
      $0.field("snapshot-id", snapshotID)
      $0.field("timestamp-ms", timestampMs)
      $0.field("expires", isExpired)
      if let due { $0.field("due", due) }
      if let nextDueAtMs { $0.field("maximum-ends-at-ms", nextDueAtMs) }
      if let obstacle = retention.obstacle { $0.field("obstacle", obstacle) }
      $0.field(
        "kept-by",
        array: { array in
          for duty in duties { duty.write(to: &array, at: retention.nowMs) }
        })
    }
  }
}

extension PlannedTable: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    let retention = retention
    let expired = retention.snapshots.filter(\.isExpired)
    // Due, and kept all the same: what people ask about.
    let held = retention.snapshots.filter { $0.due != nil && !$0.isExpired }
    writer.object {
      $0.fields(of: path)
      $0.field("snapshots", retention.snapshots.count)
      $0.field("expired-snapshots", expired.count)
      $0.field("kept-though-due", held.count)
      $0.field("files-added", filesAdded)
      $0.field("bytes-added", bytesAdded)
      $0.field("expired-refs", retention.expiredRefs)
      $0.field("due", retention.due)
      if let obstacle = retention.obstacle { $0.field("obstacle", obstacle) }
      $0.field(
        "expire",
        array: { array in
          for fate in expired { fate.write(to: &array, in: retention) }
        })
      $0.field(
        "keep",
        array: { array in
          for fate in held { fate.write(to: &array, in: retention) }
        })
      $0.field(
        "duties",
        array: { array in
          for duty in retention.duties { duty.write(to: &array, at: retention.nowMs) }
        })
      if let script { $0.field("script", script) }
    }
  }
}

extension RetentionRun: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("id", id.description)
      $0.fields(of: path)
      $0.field("state", state.rawValue)
      $0.field("orphans", removesOrphans)
      $0.field("asked-by", askedBy)
      $0.field("asked-at-ms", askedAt.milliseconds)
      if let finishedAt { $0.field("finished-at-ms", finishedAt.milliseconds) }
      if let outcome { $0.field("outcome", outcome) }
      if let problem { $0.field("problem", problem) }
      $0.field("expired-snapshots", snapshots)
      $0.field("files", files)
      $0.field("size-bytes", sizeBytes)
      $0.field("deleted-files", deletedFiles)
      $0.field("deleted-bytes", deletedBytes)
      $0.field("files-outside", filesOutside)
    }
  }
}

extension DeletedFile: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("path", path)
      $0.field("kind", kind.name)
      if let sizeBytes { $0.field("size-bytes", sizeBytes) }
      if let snapshotID { $0.field("snapshot-id", snapshotID) }
      if let rule { $0.field("rule", rule) }
      if let deletedAt { $0.field("deleted-at-ms", deletedAt.milliseconds) }
    }
  }
}

extension RetentionDecision: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("id", id.description)
      $0.fields(of: path)
      $0.field("rule", rule)
      $0.field("scope", ruleScope)
      $0.field("then", outcome.rawValue)
      $0.field("due-at-ms", dueAt.milliseconds)
      $0.field("holds", holds)
      $0.field("pins", pins)
      $0.field("model-versions", modelVersions)
      $0.field("opened-at-ms", openedAt.milliseconds)
      if let answer { $0.field("answer", answer.rawValue) }
      if let keepUntil { $0.field("keep-until-ms", keepUntil.milliseconds) }
      if let comment { $0.field("comment", comment) }
      if let answeredBy { $0.field("answered-by", answeredBy) }
      if let answeredAt { $0.field("answered-at-ms", answeredAt.milliseconds) }
    }
  }
}
