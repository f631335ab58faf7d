import Catalog
package import CatalogStore
package import JSON
import Postgres

/// What lies in the files of a dataset.
struct FileSetController: Sendable {
  let catalog: Catalog

  func loadIndex(_ call: Call) async throws -> Reply {
    Reply(try await catalog.loadIndex(of: call.governed("dataset"), call.context))
  }

  func startIndex(_ call: Call) async throws -> Reply {
    let outcome = try await catalog.startIndex(of: call.governed("dataset"), call.context, answer: { $0.jsonText })
    if !outcome.isNew, let earlier = try await call.earlierAnswer(of: catalog) { return earlier }
    return Reply(outcome.index)
  }

  func listObjects(_ call: Call) async throws -> Reply {
    var filter = ObjectFilter()
    filter.prefix = try call.query("prefix")
    if let type = try call.query("media-type"), !type.isEmpty { filter.mediaType = type }
    if let tag = try call.query("tag"), !tag.isEmpty {
      let parts = tag.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      filter.tag = ObjectTag(key: parts[0], value: parts.count == 2 ? parts[1] : nil)
    }
    filter.changedAfterMs = try call.count("changed-after-ms")
    filter.minimumSizeBytes = try call.count("min-size-bytes")
    filter.maximumSizeBytes = try call.count("max-size-bytes")
    let list = try await catalog.listObjects(
      of: call.governed("dataset"), snapshot: call.count("snapshot-id"), filter, call.page, call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("index", list.index)
          $0.field("objects", list.page.elements)
          $0.nextPageToken(list.page.next)
        }
      })
  }

  func updateObjectTags(_ call: Call) async throws -> Reply {
    let requests = try call.json.object().required("objects").array().map { element in
      let change = try TagController.change(element)
      guard change != TagChange() else { throw element.invalid("Expected set or remove") }
      return ObjectTagRequest(key: try element.object().required("key").string(), change: change)
    }
    let answer = JSONWriter.text { writer in writer.object { $0.field("updated", requests.count) } }
    try await catalog.updateObjectTags(of: call.governed("dataset"), requests, call.context, answer: answer)
    return Reply(json: answer)
  }

  func listFileSetSnapshots(_ call: Call) async throws -> Reply {
    let page = try await catalog.listFileSetSnapshots(of: call.governed("dataset"), call.page, call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("snapshots", page.elements)
          $0.nextPageToken(page.next)
        }
      })
  }

  func freezeFileSet(_ call: Call) async throws -> Reply {
    let outcome = try await catalog.freezeFileSet(call.governed("dataset"), call.context, answer: { $0.jsonText })
    if !outcome.isNew, let earlier = try await call.earlierAnswer(of: catalog) { return earlier }
    return Reply(outcome.snapshot)
  }
}

extension FileSetIndex: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("index", number)
      $0.field("state", state.rawValue)
      $0.field("objects", objects)
      $0.field("size-bytes", sizeBytes)
      $0.field("added", added)
      $0.field("changed", changed)
      $0.field("gone", gone)
      $0.field("passed-over", passedOver)
      if let expected { $0.field("expected-objects", expected) }
      if let problem { $0.field("problem", problem) }
      $0.field("started-at-ms", startedAt.milliseconds)
      if let finishedAt { $0.field("finished-at-ms", finishedAt.milliseconds) }
    }
  }
}

extension FileSetObject: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("key", key)
      $0.field("size-bytes", sizeBytes)
      $0.field("changed-at-ms", modifiedAtMs)
      $0.field("checksum", checksum)
      $0.field("media-type", mediaType)
      if !tags.isEmpty { $0.field("tags", tags) }
    }
  }
}

extension FileSetSnapshot: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("snapshot-id", id)
      $0.field("objects", objects)
      $0.field("size-bytes", sizeBytes)
      $0.field("root", root.hexadecimal)
      $0.field("frozen-at-ms", frozenAt.milliseconds)
      $0.field("frozen-by", frozenBy)
    }
  }
}
