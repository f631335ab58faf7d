import Catalog
package import CatalogStore
package import JSON
import Postgres

/// Who answers for what, and handing over.
struct OwnershipController: Sendable {
  let catalog: Catalog

  func loadOwners(_ call: Call) async throws -> Reply {
    guard let object = try AccessObject(query: call) else {
      throw CatalogError.badRequest("Say whose owners: object-kind, warehouse, and namespace and name where it has them")
    }
    return Reply(try await catalog.ownership(of: object, call.context))
  }

  func updateOwners(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    var change = OwnershipChange()
    if let owner = object["owner"] {
      change.owner = owner.isNull ? .inherited : .given(GranteeName(try owner.string()))
    }
    change.added = try Self.people(object.optional("add"))
    change.ended = try Self.people(object.optional("remove"))
    return Reply(
      try await catalog.updateOwnership(
        of: AccessObject(json: object.required("object")), change, call.context, answer: { $0.jsonText }))
  }

  private static func people(_ json: JSONValue?) throws -> [Responsibility: [GranteeName]] {
    guard let json else { return [:] }
    var people: [Responsibility: [GranteeName]] = [:]
    for member in try json.object() {
      guard let role = Responsibility(rawValue: member.key) else {
        let known = Responsibility.allCases.map(\.rawValue).joined(separator: " and ")
        throw CatalogError.badRequest("\"\(member.key)\" is no responsibility; there are \(known)")
      }
      people[role] = try member.value.array().map { GranteeName(try $0.string()) }
    }
    return people
  }

  func listOwned(_ call: Call) async throws -> Reply {
    Reply(objects: try await catalog.owned(by: GranteeName(call.parameter("principal")), call.page, call.context))
  }

  func listOrphans(_ call: Call) async throws -> Reply {
    Reply(objects: try await catalog.orphans(call.page, call.context))
  }

  // MARK: Handing over

  func listTransfers(_ call: Call) async throws -> Reply {
    let page = try await catalog.transfers(
      of: AccessObject(query: call), everybodys: call.flag("all"), includingAnswered: call.flag("history"), call.page, call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("transfers", page.elements)
          $0.nextPageToken(page.next)
        }
      })
  }

  func offerOwnership(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    return Reply(
      try await catalog.offerOwnership(
        of: AccessObject(json: object.required("object")), to: GranteeName(object.required("to").string()),
        message: object.optional("message")?.string() ?? "", call.context, answer: { $0.jsonText }))
  }

  func answerTransfer(_ call: Call) async throws -> Reply {
    let text = try call.parameter("transfer")
    guard let id = PostgresUUID(text) else { throw CatalogError.badRequest("\"\(text)\" is no id of a transfer; it must be a UUID") }
    let object = try call.json.object()
    let word = try object.required("answer").string()
    guard let answer = OwnershipTransfer.Answer(rawValue: word) else {
      throw CatalogError.badRequest("\"\(word)\" is no answer; it may be accepted, declined or withdrawn")
    }
    try await catalog.answerTransfer(
      OwnershipTransferID(id), answer, reason: object.optional("reason")?.string() ?? "", call.context)
    return .noContent
  }
}

extension Reply {
  fileprivate init(objects page: Page<OwnedObject>) {
    self.init(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("objects", page.elements)
          $0.nextPageToken(page.next)
        }
      })
  }
}

extension Ownership: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("object", object)
      if let owner { $0.field("owner", owner) }
      $0.field("inherited", ownOwner == nil)
      $0.field("stewards", responsible[.steward] ?? [])
      $0.field("technical-contacts", responsible[.technicalContact] ?? [])
      if let transfer { $0.field("transfer", transfer) }
    }
  }
}

extension OwnershipTransfer: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("id", id.description)
      if let object { $0.field("object", object) }
      $0.field("object-name", objectName)
      if let owner { $0.field("owner", owner) }
      $0.field("to", recipient.description)
      $0.field("message", message)
      $0.field("asked-by", askedBy)
      $0.field("asked-at-ms", askedAt.milliseconds)
      if let answer { $0.field("answer", answer.rawValue) }
      if let answeredBy { $0.field("answered-by", answeredBy) }
      if let answeredAt { $0.field("answered-at-ms", answeredAt.milliseconds) }
      if let reason, !reason.isEmpty { $0.field("reason", reason) }
    }
  }
}

extension OwnedObject: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("object", object)
      $0.field("role", role)
      if let owner { $0.field("owner", owner) }
    }
  }
}
