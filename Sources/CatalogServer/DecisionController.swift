import Catalog
package import CatalogStore
import Cedar
package import JSON
import Postgres

/// Questions about decisions: why, who can, what can.
struct DecisionController: Sendable {
  let catalog: Catalog

  /// What the questions have in common.
  private struct Question {
    let object: JSONObject
    let time: PostgresTimestamp?

    init(_ call: Call) throws {
      object = try call.json.object()
      time = try object.optional("as-of-ms").map { try PostgresTimestamp(asOf: $0.int64()) }
    }

    var principal: GranteeName { get throws { GranteeName(try object.required("principal").string()) } }
    var action: String { get throws { try object.required("action").string() } }
    var resource: AccessObject { get throws { try AccessObject(json: object.required("resource")) } }
    var context: JSONValue? { object.optional("context") }
  }

  func explainDecision(_ call: Call) async throws -> Reply {
    let question = try Question(call)
    let answer = try await catalog.explainDecision(
      question.principal, question.action, on: question.resource, context: question.context, asOf: question.time, call.context)
    let decision = answer.decision
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("decision", decision.isAllowed ? "allow" : "deny")
          $0.field("principal", answer.subject.name.description)
          $0.field("action", answer.action)
          $0.field("resource", answer.object)
          $0.field("policy-set", answer.policySet)
          $0.field("policies", decision.policies)
          $0.field("errors", decision.errors.map(PolicyErrorText.init))
          $0.field("context", decision.context)
          $0.field("facts", decision.entities)
          $0.field("notes", answer.notes)
        }
      })
  }

  func whoCan(_ call: Call) async throws -> Reply {
    let question = try Question(call)
    let answer = try await catalog.whoCan(
      question.action, on: question.resource, context: question.context, asOf: question.time, call.page, call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("action", answer.action)
          $0.field("resource", answer.object)
          $0.field("policy-set", answer.policySet)
          $0.field("context", answer.context)
          $0.field("principals", answer.principals.elements.map(PermittedText.init))
          $0.nextPageToken(answer.principals.next)
        }
      })
  }

  func whatCan(_ call: Call) async throws -> Reply {
    let question = try Question(call)
    let resource = try question.object.optional("resource").map { try AccessObject(json: $0) }
    let answer = try await catalog.whatCan(question.principal, on: resource, asOf: question.time, call.page, call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("principal", answer.subject.name.description)
          $0.field("policy-set", answer.policySet)
          $0.field("objects", answer.objects.map(AllowedText.init))
          $0.nextPageToken(answer.next)
        }
      })
  }
}

private struct PolicyErrorText: JSONEncodable {
  let error: (id: String, message: String)

  func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("id", error.id)
      $0.field("message", error.message)
    }
  }
}

private struct PermittedText: JSONEncodable {
  let permitted: WhoCanAnswer.Permitted

  func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("principal", permitted.principal.name.description)
      $0.field("policies", permitted.policies)
    }
  }
}

private struct AllowedText: JSONEncodable {
  let allowed: (object: DecisionObject, actions: [String])

  func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("resource", allowed.object)
      $0.field("actions", allowed.actions)
    }
  }
}

extension DecisionObject: JSONEncodable {
  package func write(to writer: inout JSONWriter) { object.write(to: &writer) }
}

extension ExplainedDecision.Policy: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("id", id)
      $0.field("effect", isPermit ? "permit" : "forbid")
      if let principal { $0.field("for", principal) }
      if let reason { $0.field("reason", reason) }
      $0.field("text", text)
      if let grant { $0.field("grant", grant) }
    }
  }
}
