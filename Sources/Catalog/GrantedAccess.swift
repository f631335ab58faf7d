import ObjectStorage

/// Settings with keys for all files whose location begins with `prefix` (REST specification, `StorageCredential`). It prints as "…".
package struct StorageCredential: Sendable, CustomStringConvertible, CustomReflectable {
  package let prefix: String
  package let config: [String: String]

  package var description: String { "…" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

/// What lets a client at a table's files. It prints as "…".
package struct GrantedAccess: Sendable, CustomStringConvertible, CustomReflectable {
  /// Beside what every client is told.
  package var config: [String: String] = [:]
  package var credentials: [StorageCredential] = []
  package var signsRequests = false
  /// Tells it from what was granted before: part of the ETag, and empty when nothing is.
  var generation = ""

  package static let none = GrantedAccess()

  package var description: String { "…" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

extension GrantedAccess {
  /// Keys, in the older place and in the newer one.
  init(keys: [String: String], at location: String, refreshedAt endpoint: String?, generation: String) {
    config = keys
    // Relative to where the client finds this server: what it is called from there, we do not know.
    if let endpoint { config["client.refresh-credentials-endpoint"] = endpoint }
    credentials = [StorageCredential(prefix: location, config: config)]
    self.generation = generation
  }

  /// Signatures, by all the names that clients know them under.
  init(signingAt endpoint: String) {
    config = [
      "s3.remote-signing-enabled": "true", "s3.signer.endpoint": endpoint, "signer.endpoint": endpoint,
      // pyiceberg asks for signatures only if told by whom, and only in this one of its two ways to files.
      "s3.signer": "S3V4RestSigner", "py-io-impl": "pyiceberg.io.fsspec.FsspecFileIO",
    ]
    signsRequests = true
    generation = "sign"
  }
}
