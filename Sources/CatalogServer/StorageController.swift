package import Catalog
import CatalogStore
import HTTPTypes
import Iceberg
package import JSON
import ObjectStorage

/// What lets clients at a table's files.
struct StorageController: Sendable {
  let catalog: Catalog

  func loadCredentials(_ call: Call) async throws -> Reply {
    let credentials = try await catalog.loadCredentials(call.table, call.context)
    var reply = Reply(json: JSONWriter.text { writer in writer.object { $0.field("storage-credentials", credentials) } })
    reply.headers[.cacheControl] = Reply.keptByNobody
    return reply
  }

  func signRequest(_ call: Call) async throws -> Reply {
    let signed = try await catalog.signRequest(SignRequest(json: call.json), for: call.table, call.context)
    var reply = Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("uri", signed.uri)
          $0.field(
            "headers",
            object: { headers in
              for (name, value) in signed.headers {
                headers.key(name)
                headers.array { $0.value(value) }
              }
            })
        }
      })
    // A signature is for one request at one time: Java keeps what is "private" and would send it again.
    reply.headers[.cacheControl] = "no-cache, no-store"
    return reply
  }
}

extension SignRequest {
  /// `RemoteSignRequest` of the specification. Values of a header may be a list or, as older clients write it, one text.
  fileprivate init(json: JSONValue) throws {
    let object = try json.object()
    _ = try object.required("region").string()
    self.init(
      method: try object.required("method").string(), uri: try object.required("uri").string(),
      headers: try object.required("headers").object().map { member in
        (
          name: member.key,
          values: member.value.kind == .string ? [try member.value.string()] : try member.value.array().map { try $0.string() }
        )
      },
      body: try object.optional("body")?.string(), provider: try object.optional("provider")?.string())
  }
}

extension StorageCredential: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("prefix", prefix)
      $0.field("config", config)
    }
  }
}

extension HTTPField.Name {
  static let accessDelegation = HTTPField.Name("X-Iceberg-Access-Delegation")!
}

extension Reply {
  /// For answers that hold keys: neither a proxy nor a browser keeps them.
  static let keptByNobody = "no-store"
}
