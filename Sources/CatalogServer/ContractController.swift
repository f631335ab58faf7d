import Catalog
package import CatalogStore
import Governance
package import JSON
import Postgres

/// What tables promise, and what checks found out about them.
struct ContractController: Sendable {
  let catalog: Catalog

  func loadContract(_ call: Call) async throws -> Reply {
    Reply(try await catalog.loadContract(of: call.governed("table"), call.context))
  }

  func loadContractVersion(_ call: Call) async throws -> Reply {
    let text = try call.parameter("number")
    guard let number = Int64(text), number > 0 else {
      throw CatalogError.badRequest("\"\(text)\" is no version of a contract; give its number")
    }
    return Reply(try await catalog.loadContract(of: call.governed("table"), number: number, call.context))
  }

  func listContractVersions(_ call: Call) async throws -> Reply {
    let (page, current) = try await catalog.listContracts(of: call.governed("table"), call.page, call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("current", current)
          $0.field("versions", page.elements)
          $0.nextPageToken(page.next)
        }
      })
  }

  func applyContract(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    let (contract, isNew) = try await catalog.applyContract(
      Contract(json: object.required("contract")), to: call.governed("table"), comment: object.optional("comment")?.string() ?? "",
      ifCurrent: object.optional("if-current")?.int64(), call.context, answer: { $0.jsonText })
    if !isNew, let earlier = try await call.earlierAnswer(of: catalog) { return earlier }
    return Reply(contract)
  }

  func retireContract(_ call: Call) async throws -> Reply {
    try await catalog.retireContract(of: call.governed("table"), call.context)
    return .noContent
  }

  func checkContract(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    let findings = try await catalog.checkContract(
      of: call.governed("table"), object.optional("contract").map { try Contract(json: $0) },
      snapshotID: object.optional("snapshot-id")?.int64(), call.context)
    return Reply(findings)
  }

  func listContractBreaches(_ call: Call) async throws -> Reply {
    let page = try await catalog.listContractBreaches(of: call.governed("table"), call.page, call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("breaches", page.elements)
          $0.nextPageToken(page.next)
        }
      })
  }

  // MARK: Results of checks

  func listQuality(_ call: Call) async throws -> Reply {
    let snapshot = try call.query("snapshot-id").flatMap { text -> Int64? in
      if text.isEmpty { return nil }
      guard let id = Int64(text) else { throw CatalogError.badRequest("snapshot-id is \"\(text)\"; it must be a whole number") }
      return id
    }
    let page = try await catalog.listQuality(of: call.governed("table"), snapshotID: snapshot, call.page, call.context)
    return Reply(json: Self.results(page.elements, next: page.next))
  }

  func recordQuality(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    let results = try object.required("results").array().decode { value throws(JSONError) in try QualityResult(json: value) }
    let recorded = try await catalog.recordQuality(
      of: call.governed("table"), Self.snapshot(object), results, source: object.optional("source")?.string() ?? "manual", call.context,
      answer: { Self.results($0) })
    return Reply(json: Self.results(recorded))
  }

  private static func results(_ results: [RecordedQualityResult], next: String? = nil) -> [UInt8] {
    JSONWriter.text { writer in
      writer.object {
        $0.field("results", results)
        $0.nextPageToken(next)
      }
    }
  }

  /// `snapshot-id`, or `ref`, else main.
  static func snapshot(_ object: JSONObject) throws -> SnapshotChoice {
    let id = try object.optional("snapshot-id")?.int64()
    let ref = try object.optional("ref")?.string()
    if let id {
      guard ref == nil else { throw CatalogError.badRequest("snapshot-id and ref exclude each other") }
      return .id(id)
    }
    return .ref(ref ?? "main")
  }
}

extension StoredContract: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("number", number)
      $0.field("hash", hash.hexadecimal)
      $0.field("mode", contract.mode.rawValue)
      $0.field("author", author)
      $0.field("comment", comment)
      $0.field("applied-at-ms", createdAt.milliseconds)
      $0.field("contract", contract)
    }
  }
}

extension ContractFindings: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("kept", isKept)
      if let snapshotID { $0.field("snapshot-id", snapshotID) }
      $0.field("violations", violations)
      $0.field("gate-passed", gate.isEmpty)
      $0.field("gate", gate)
    }
  }
}

extension RecordedBreach: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("violation", violation)
      $0.field("contract-number", contractNumber)
      $0.field("version", version)
      $0.field("principal", principal)
      $0.field("occurred-at-ms", occurredAt.milliseconds)
    }
  }
}

extension RecordedQualityResult: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("snapshot-id", snapshotID)
      $0.field("check", result.check)
      $0.field("outcome", result.outcome.rawValue)
      $0.field("source", source)
      $0.field("checked-at-ms", result.checkedAtMs ?? recordedAt.milliseconds)
      if let details = result.details { $0.field("details", raw: details) }
      $0.field("recorded-by", recordedBy)
      $0.field("recorded-at-ms", recordedAt.milliseconds)
    }
  }
}
