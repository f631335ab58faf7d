package import Catalog
import CatalogStore
package import Postgres

/// All that a server needs to know, read once at start.
package struct ServerConfiguration: Sendable {
  package var host = "127.0.0.1"
  /// 0 lets the system choose.
  package var port = 8181
  /// How Postgres is reached.
  package var database: PostgresConfiguration
  /// Made at start unless they are there; the first one serves requests that name none.
  package var warehouses: [WarehouseDefinition] = []
  package var catalog = CatalogOptions()
  package var identity = IdentityOptions()
  /// The certificate to serve under; `nil` for plain HTTP.
  package var tls: TLSFiles?
  /// Whether a proxy in front ends TLS, so that plain HTTP may leave this machine.
  package var isBehindTLSProxy = false
  /// Where the log's private key is; `nil` to sign nothing.
  package var logKeyFile: LogKeyFile?
  /// `AWS_ACCESS_KEY_ID` and the like.
  package var environment: [String: String] = [:]

  package init(database: PostgresConfiguration) { self.database = database }
}

/// A warehouse as the command line spells it: `NAME=URI`, S3 options in the query:
/// `lake=s3://bucket/prefix?endpoint=http://127.0.0.1:9000&region=us-east-1&path-style-access=true`; all of ``Warehouse/storageOptions``.
package struct WarehouseDefinition: Hashable, Sendable {
  package let name: String
  package let location: String
  package let storage: [String: String]

  package init(parsing text: String) throws {
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { throw WarehouseDefinitionError(text: text, problem: "it must be NAME=URI") }
    name = parts[0]
    let address = parts[1].split(separator: "?", maxSplits: 1).map(String.init)
    location = address[0]
    var storage: [String: String] = [:]
    for option in address.count > 1 ? address[1].split(separator: "&") : [] {
      let pair = option.split(separator: "=", maxSplits: 1).map(String.init)
      guard pair.count == 2, let key = Warehouse.storageKey(named: pair[0]) else {
        let names = Warehouse.storageOptions.map(\.name).joined(separator: ", ")
        throw WarehouseDefinitionError(text: text, problem: "\"\(option)\" is no option; there are \(names)")
      }
      storage[key] = try decodePathComponent(pair[1])
    }
    self.storage = storage
  }
}

package struct WarehouseDefinitionError: Error, CustomStringConvertible {
  let text: String
  let problem: String
  package var description: String { "The warehouse \"\(text)\" cannot be used: \(problem)" }
}
