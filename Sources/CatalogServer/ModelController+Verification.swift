package import Catalog
import CatalogStore
import Governance
import Iceberg
package import JSON
import Postgres

/// Whether what a version was trained on is still there, and what its inputs share.
extension ModelController {
  func verifyModelVersion(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    let token = try object.optional("page-token")?.string()
    let portion = try await catalog.verifyModelVersion(
      call.parameter("version"), of: call.parameter("model"), byContent: object.optional("deep")?.bool() ?? false,
      after: token.flatMap { $0.isEmpty ? nil : try PageToken.decode($0) }, call.context, answer: { $0.jsonText })
    return Reply(portion)
  }

  func listTrainingOverlaps(_ call: Call) async throws -> Reply {
    let compared = try await catalog.trainingOverlaps(of: call.parameter("version"), of: call.parameter("model"), call.context)
    return Reply(json: JSONWriter.text { writer in writer.object { $0.field("overlaps", compared) } })
  }
}

extension VerificationPortion: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("model", version.model)
      $0.field("version", version.name)
      $0.field("deep", isByContent)
      $0.field("inputs", inputs)
      $0.nextPageToken(next)
    }
  }
}

extension InputVerification: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      input.writeName(to: &$0)
      $0.field("complete", isComplete)
      $0.field(
        "checked",
        array: { array in
          for (what, count) in files.counts.sorted(by: { $0.key < $1.key }) {
            array.object {
              $0.field("what", what)
              $0.field("count", count)
            }
          }
        })
      $0.field("digests-compared", files.digestsCompared)
      $0.field("digests-recorded", files.digestsRecorded)
      $0.field("size-bytes-read", files.sizeBytesRead)
      $0.field("findings", findings)
      $0.field("not-checked", unchecked)
    }
  }
}

extension VerificationFinding: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("kind", kind.rawValue)
      $0.field("what", what)
      if let file { $0.field("file", file) }
      $0.field("expected", expected)
      $0.field("found", found)
    }
  }
}

extension ComparedInputs: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("first", object: { first.writeName(to: &$0) })
      $0.field("second", object: { second.writeName(to: &$0) })
      switch outcome {
      case .told(let overlap):
        $0.field("first-files", overlap.firstFiles)
        $0.field("second-files", overlap.secondFiles)
        $0.field("shared-files", overlap.sharedFiles)
        if let rows = overlap.sharedRows { $0.field("shared-rows", rows) }
        $0.field("computed-at-ms", overlap.computedAt.milliseconds)
      case .unknown(let reason): $0.field("problem", reason)
      }
    }
  }
}

extension TrainingInput {
  /// Which one it is, and in which state.
  fileprivate func writeName(to writer: inout JSONWriter) {
    writer.field("id", id.description)
    writer.field("role", role.rawValue)
    writer.field("warehouse", path.warehouse)
    writer.field("namespace", path.identifier.namespace.levels)
    writer.field("name", path.identifier.name)
    switch bound.state {
    case .snapshot(let id), .fileSetSnapshot(let id): writer.field("snapshot-id", id)
    case .formatVersion(let version): writer.field("version", version)
    }
  }
}

extension TrainingInputDetails {
  func writeMembers(to writer: inout JSONWriter) {
    if !columns.isEmpty { writer.field("schema", columns) }
    if let definition { writer.field("definition", raw: definition) }
    guard !sources.isEmpty else { return }
    writer.field(
      "sources",
      array: { array in
        for source in sources {
          array.object {
            $0.field("role", source.role)
            $0.field("name", source.name)
            if let location = source.location { $0.field("location", location) }
            if let input = source.input { $0.field("input", input.description) }
            if let note = source.note { $0.field("note", note) }
          }
        }
      })
  }
}
