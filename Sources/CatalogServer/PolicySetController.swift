import Catalog
package import CatalogStore
package import Governance
package import JSON
import Postgres

/// Policy sets: what was, is, and is to be in force.
struct PolicySetController: Sendable {
  let catalog: Catalog

  func listPolicySets(_ call: Call) async throws -> Reply {
    let page = try await catalog.listPolicySets(call.page, call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("policy-sets", page.elements)
          $0.nextPageToken(page.next)
        }
      })
  }

  func loadPolicySet(_ call: Call) async throws -> Reply {
    var choice = try Self.choice(call.parameter("number"))
    if let time = try call.asOf {
      guard choice == .current else { throw CatalogError.badRequest("A number and as-of-ms exclude each other; ask for current") }
      choice = .at(time)
    }
    let found = try await catalog.loadPolicySet(choice, call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          found.set.writeFields(to: &$0)
          $0.field("files", found.files.contents)
        }
      })
  }

  func comparePolicySets(_ call: Call) async throws -> Reply {
    let found = try await catalog.comparePolicySets(
      Self.choice(call.parameter("number")), Self.choice(call.parameter("other")), call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("from", found.old)
          $0.field("to", found.new)
          $0.field("diff", found.difference)
        }
      })
  }

  func applyPolicySet(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    let files = try object.required("files").object().strings()
    let comment = try object.optional("comment")?.string() ?? ""
    let isDryRun = try object.optional("dry-run")?.bool() ?? false
    let expected = try object.optional("if-current")?.int64()
    do {
      let (application, bundle) = try await catalog.applyPolicySet(
        files, comment: comment, isDryRun: isDryRun, ifCurrent: expected, call.context,
        answer: { Self.answer($0, $1, isApplied: $0.isNew) })
      if !application.isNew, !isDryRun, let earlier = try await call.earlierAnswer(of: catalog) { return earlier }
      return Reply(json: Self.answer(application, bundle, isApplied: !isDryRun && application.isNew))
    } catch let refusal as PolicySetRefusal where isDryRun {
      // To be told what is wrong is what a dry run is for.
      return Reply(
        json: JSONWriter.text { writer in
          writer.object {
            $0.field("applied", false)
            $0.field("valid", false)
            $0.field("problems", refusal.problems)
          }
        })
    }
  }

  private static func answer(_ application: PolicySetApplication, _ bundle: PolicyBundle, isApplied: Bool) -> [UInt8] {
    JSONWriter.text { writer in
      writer.object {
        $0.field("applied", isApplied)
        $0.field("valid", true)
        $0.field("changed", application.isNew)
        $0.field("number", application.set.number)
        $0.field("replaces", application.base?.number ?? 0)
        $0.field("hash", application.set.hash.hexadecimal)
        $0.field("tests", bundle.tests.count)
        $0.field("diff", application.difference)
        $0.field("problems", [PolicyProblem]())
        $0.field("warnings", bundle.warnings)
      }
    }
  }

  /// `current`, or a number.
  private static func choice(_ text: String) throws -> PolicySetChoice {
    if text == "current" { return .current }
    guard let number = Int64(text), number > 0 else {
      throw CatalogError.badRequest("\"\(text)\" is no policy set; give its number, or current")
    }
    return .number(number)
  }
}

extension Call {
  /// What was answered when this very request was sent before: for a change that succeeds, and changes nothing, when it was made already.
  func earlierAnswer(of catalog: Catalog) async throws -> Reply? {
    guard let idempotency = context.idempotency else { return nil }
    return try await catalog.recordedAnswer(for: idempotency)?.body.map { Reply(json: $0) }
  }

  /// The query's `as-of-ms`.
  var asOf: PostgresTimestamp? {
    get throws {
      guard let text = try query("as-of-ms"), !text.isEmpty else { return nil }
      guard let milliseconds = Int64(text) else { throw CatalogError.badRequest("as-of-ms is \"\(text)\"; it must be a whole number") }
      return try PostgresTimestamp(asOf: milliseconds)
    }
  }
}

extension PostgresTimestamp {
  /// The whole of a millisecond: what happened in it has happened.
  init(asOf milliseconds: Int64) throws {
    guard (0...253_402_300_799_999).contains(milliseconds) else {
      throw CatalogError.badRequest("as-of-ms is \(milliseconds); it must be milliseconds since 1970, before the year 10000")
    }
    self.init(microseconds: milliseconds * 1000 + 999)
  }
}

extension StoredPolicySet: JSONEncodable {
  package func write(to writer: inout JSONWriter) { writer.object { writeFields(to: &$0) } }

  func writeFields(to writer: inout JSONWriter) {
    writer.field("number", number)
    writer.field("hash", hash.hexadecimal)
    writer.field("author", author)
    writer.field("comment", comment)
    writer.field("applied-at-ms", appliedAt.milliseconds)
  }
}

extension PolicyProblem: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("file", file)
      if let line { $0.field("line", line) }
      if let column { $0.field("column", column) }
      if let policy { $0.field("policy", policy) }
      $0.field("message", message)
    }
  }
}

extension PolicyDifference: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("added", added)
      $0.field("removed", removed)
      $0.field("changed", changed)
      $0.field("files", files)
    }
  }
}

extension PolicyDifference.Entry: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("id", id)
      if let before { $0.field("before", before) }
      if let after { $0.field("after", after) }
    }
  }
}
